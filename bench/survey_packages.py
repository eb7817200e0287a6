"""The Debian packages that `make survey` reads, fetched with apt and kept as they are."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING

from bench.agreement_lines import PACKAGES as LINE_PACKAGES
from samples.debian import CACHE, Unavailable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

#: Where the packages are kept, as `NAME_VERSION_ARCHITECTURE.deb`.
FOLDER = CACHE / "survey"
#: Packages with static libraries: those that `make agreement` links, more of the same, and C libraries and compilers'
#: libraries of other machines.
PACKAGES = (
    *LINE_PACKAGES,
    *("libc6-dev", "libgcc-12-dev", "libstdc++-12-dev", "musl-dev", "dietlibc-dev", "libbz2-dev", "libssl-dev"),
    *("libgmp-dev", "libmpfr-dev", "libmpc-dev", "libisl-dev", "libsqlite3-dev", "libicu-dev", "libncurses-dev"),
    *("binutils-dev", "libiberty-dev", "libaio-dev", "libattr1-dev", "libcap-ng-dev", "libaudit-dev", "libpam0g-dev"),
    *("libkrb5-dev", "libsasl2-dev", "libmbedtls-dev", "libwolfssl-dev", "libgcrypt20-dev", "libksba-dev"),
    *("libassuan-dev", "libgpgme-dev", "libnpth0-dev", "libp11-kit-dev", "libcrypto++-dev", "libbotan-2-dev"),
    *("libsnappy-dev", "liblzo2-dev", "libzip-dev", "libminizip-dev", "libisal-dev", "libdeflate-dev"),
    *("libgoogle-glog-dev", "libgflags-dev", "libgtest-dev", "libgmock-dev", "libbenchmark-dev", "libfmt-dev"),
    *("libspdlog-dev", "libyaml-cpp-dev", "libjsoncpp-dev", "libtinyxml2-dev", "libpugixml-dev", "libmsgpack-dev"),
    *("libabsl-dev", "libgrpc-dev", "libleveldb-dev", "librocksdb-dev", "liblmdb-dev", "libdb5.3-dev", "libgdbm-dev"),
    *("libboost-test1.81-dev", "libboost-regex1.81-dev", "libboost-filesystem1.81-dev", "libboost-thread1.81-dev"),
    *("libboost-serialization1.81-dev", "libboost-program-options1.81-dev", "libboost-log1.81-dev"),
    *("libopenblas-pthread-dev", "libatlas-base-dev", "liblapack-dev", "libblas-dev", "libgfortran-12-dev"),
    *("libhdf5-dev", "libnetcdf-dev", "libsuitesparse-dev", "libarpack2-dev", "libsuperlu-dev", "libglpk-dev"),
    *("libav-dev", "libavcodec-dev", "libavformat-dev", "libavutil-dev", "libx264-dev", "libx265-dev", "libvpx-dev"),
    *("libmp3lame-dev", "libfaad-dev", "libmad0-dev", "libmpg123-dev", "libao-dev", "libasound2-dev", "libgsm1-dev"),
    *("libdav1d-dev", "libaom-dev", "libopenjp2-7-dev", "libgif-dev", "liblcms2-dev", "libjbig-dev", "libexif-dev"),
    *("libpcap0.8-dev", "libnet1-dev", "libnids-dev", "libldns-dev", "libunbound-dev", "libtirpc-dev", "libnfs-dev"),
    *(
        "libipset-dev",
        "libnfnetlink-dev",
        "libnetfilter-conntrack-dev",
        "libnftnl-dev",
        "libiptc-dev",
        "libxtables-dev",
    ),
    *("libdpdk-dev", "libibverbs-dev", "librdmacm-dev", "libfabric-dev", "libhwloc-dev", "libopenmpi-dev"),
    *("libxen-dev", "libxml++2.6-dev", "libxerces-c-dev", "libxmlsec1-dev", "libtcl8.6", "tcl8.6-dev", "tk8.6-dev"),
    *("liblua5.4-dev", "libluajit-5.1-dev", "libpython3.11-dev", "ruby3.1-dev", "libperl-dev", "guile-3.0-dev"),
    *("libev-dev", "libck-dev", "libuv1-dev", "libunistring-dev", "libatomic-ops-dev", "libgc-dev", "libffcall-dev"),
    *("libsigsegv-dev", "liburcu-dev", "libtcmalloc-minimal4", "libgoogle-perftools-dev", "libjemalloc-dev"),
    *("libbpf-dev", "libdwarf-dev", "libcapstone-dev", "libunicorn-dev", "libkeystone-dev", "libzydis-dev"),
    *("libxmu-dev", "libxt-dev", "libxaw7-dev", "libxpm-dev", "libxi-dev", "libxtst-dev", "libxfixes-dev"),
    *("libxcomposite-dev", "libxdamage-dev", "libxrandr-dev", "libxinerama-dev", "libxcursor-dev", "libxkbfile-dev"),
    *("libsm-dev", "libice-dev", "libxss-dev", "libxv-dev", "libxvmc-dev", "libxxf86vm-dev", "libfontenc-dev"),
    *("libc6-dev-arm64-cross", "libc6-dev-armhf-cross", "libc6-dev-armel-cross", "libc6-dev-i386-cross"),
    *("libc6-dev-mips-cross", "libc6-dev-mipsel-cross", "libc6-dev-mips64el-cross", "libc6-dev-ppc64el-cross"),
    *("libc6-dev-powerpc-cross", "libc6-dev-riscv64-cross", "libc6-dev-s390x-cross", "libc6-dev-m68k-cross"),
    *("libc6-dev-sparc64-cross", "libc6-dev-hppa-cross", "libc6-dev-sh4-cross"),
    *("libgcc-12-dev-arm64-cross", "libgcc-12-dev-armhf-cross", "libgcc-12-dev-i386-cross"),
    *("libgcc-12-dev-riscv64-cross", "libgcc-12-dev-s390x-cross", "libgcc-12-dev-ppc64el-cross"),
    *("libgcc-12-dev-mips-cross", "libstdc++-12-dev-arm64-cross", "libstdc++-12-dev-riscv64-cross"),
    *("libstdc++-12-dev-armhf-cross", "libstdc++-12-dev-s390x-cross", "libstdc++-12-dev-ppc64el-cross"),
    *("libz-mingw-w64-dev", "mingw-w64-x86-64-dev", "libgcrypt-mingw-w64-dev", "avr-libc", "picolibc-arm-none-eabi"),
)
_AT_ONCE = 25


def fetch(names: Sequence[str] = PACKAGES) -> tuple[list[Path], list[str]]:
    """Return the packages that apt has, fetched, and the names of those that it has not."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    wanted = list(dict.fromkeys(names))
    policy = _run("apt-cache", "policy", *wanted).stdout
    versions = dict(re.findall(r"^(\S+?)(?::\S+)?:\n  Installed: .*\n  Candidate: ([^(\s]+)", policy, re.MULTILINE))
    there = {name: FOLDER / f"{name}_{version.replace(':', '%3a')}" for name, version in versions.items()}
    missing = [name for name, path in there.items() if not _files(path)]
    for at in range(0, len(missing), _AT_ONCE):
        ran = _run("apt-get", "download", "-q", "-o", "Acquire::Retries=5", "-o", "APT::Sandbox::User=root",
                   *missing[at : at + _AT_ONCE])  # fmt: skip
        if ran.returncode:
            print(ran.stderr, file=sys.stderr)
    found = sorted(file for path in there.values() for file in _files(path))
    if not found:
        raise Unavailable("apt fetched no package")
    return found, sorted(set(wanted) - set(there))


def _files(path: Path) -> list[Path]:
    return [file for suffix in ("amd64", "all") if (file := path.with_name(f"{path.name}_{suffix}.deb")).is_file()]


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, check=False)


if __name__ == "__main__":
    packages, absent = fetch()
    print(len(packages), "packages,", sum(one.stat().st_size for one in packages), "bytes; not there:", *absent)
