"""Links of several libraries, as `pkg-config` gives them for Debian packages, held against real linkers.

A folder is made of the packages and what they depend on. For each module that `pkg-config` finds there, a small
program that uses the module's library is linked against shared objects (`--libs`), against archives where there are
any (`--libs --static`), and, where nothing else is asked for, with `-static`.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from arfix.errors import ArfixError
from arfix.formats.elf.file import Elf
from arfix.formats.model import SymbolType
from arfix.linkage.linkers import identify_linker
from arfix.linkage.model import Linker
from arfix.linkline.libraries import find_library
from bench.agreement_record import LineCell, Record, short_version
from samples import debian
from tests.oracle.command_line import Line, LineAgreement, agree, line_of_gcc

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


#: Packages with a module for `pkg-config` and, nearly all, an archive.
PACKAGES = (
    *("zlib1g-dev", "libpng-dev", "libjpeg62-turbo-dev", "libtiff-dev", "libwebp-dev", "libfreetype-dev"),
    *("libfontconfig-dev", "libxml2-dev", "libexpat1-dev", "libcurl4-openssl-dev", "libssl-dev", "libssh2-1-dev"),
    *("libnghttp2-dev", "libidn2-dev", "libpsl-dev", "librtmp-dev", "libldap-dev", "libgnutls28-dev", "nettle-dev"),
    *("libgmp-dev", "libtasn1-6-dev", "libunistring-dev", "libevent-dev", "libuv1-dev", "libsqlite3-dev"),
    *("libarchive-dev", "liblzma-dev", "libzstd-dev", "liblz4-dev", "libpcre2-dev", "libpcre3-dev", "libffi-dev"),
    *("libncurses-dev", "libreadline-dev", "libedit-dev", "libusb-1.0-0-dev", "libogg-dev", "libvorbis-dev"),
    *("libflac-dev", "libopus-dev", "libtheora-dev", "libspeex-dev", "libsndfile1-dev", "libsamplerate0-dev"),
    *("libfftw3-dev", "libxslt1-dev", "libyaml-dev", "libjansson-dev", "libjson-c-dev", "libhiredis-dev"),
    *("libmicrohttpd-dev", "libc-ares-dev", "liburing-dev", "libnuma-dev", "libfuse3-dev", "libfuse-dev"),
    *("libcap-dev", "libseccomp-dev", "libmnl-dev", "libnl-3-dev", "libpcap-dev", "libelf-dev", "libdw-dev"),
    *("libunwind-dev", "libx11-dev", "libxcb1-dev", "libxau-dev", "libxdmcp-dev", "libxext-dev", "libxrender-dev"),
    *("libxft-dev", "libcairo2-dev", "libpixman-1-dev", "libgsl-dev", "liblua5.3-dev", "libgcrypt20-dev"),
    *("libgpg-error-dev", "libsodium-dev", "libzmq3-dev", "libpq-dev", "libxxhash-dev", "libblkid-dev"),
    *("libmount-dev", "uuid-dev", "libselinux1-dev", "libsepol-dev", "libacl1-dev", "libattr1-dev"),
    *("libdbus-1-dev", "libpopt-dev", "libmagic-dev", "libargon2-dev", "libcjson-dev", "libmodbus-dev"),
    *("libprotobuf-c-dev", "libprotobuf-dev", "libre2-dev", "libglib2.0-dev", "libharfbuzz-dev", "libbrotli-dev"),
)
#: What comes from the machine's own toolchain, and what no link needs.
_NOT_TAKEN = re.compile(r":|^libc6|^libgcc|^libstdc|perl|python|^libpam|^libllvm|^libgl|gcc|systemd-shared")
_TAKEN = re.compile(r"^(lib|zlib|nettle|uuid|x11proto|comerr)")
#: Functions of the library that the program uses.
_USES = 6
_LIBRARIES = "usr/lib/x86_64-linux-gnu"
_PROGRAMS = ("ld.bfd", "ld.gold", "ld.lld-14", "ld.lld-19", "mold")


class Outcome(NamedTuple):
    """All links, and the packages that could not be had."""

    links: tuple[LineAgreement, ...]
    missing: tuple[str, ...]


def run_lines(only: Iterable[str] = ()) -> Outcome:
    """Link everything with every linker that is installed; `only` names packages."""
    with tempfile.TemporaryDirectory(prefix="arfix-lines-") as folder:
        missing = tuple(_sysroot(tuple(only) or PACKAGES, Path(folder, "sys")))
        modules = sorted(path.stem for path in Path(folder, "sys", _LIBRARIES, "pkgconfig").glob("*.pc"))
        found: list[LineAgreement] = []
        with ProcessPoolExecutor(2) as pool:
            for module, links in zip(modules, pool.map(partial(_link_module, Path(folder)), modules), strict=True):
                found += links
                print(f"{module}: {len(links)}", file=sys.stderr)
    return Outcome(tuple(found), missing)


def _sysroot(packages: tuple[str, ...], folder: Path) -> Iterator[str]:
    """Put the files of all packages and of what they depend on into one folder; yield those that cannot be had."""
    options = ("--recurse", "--no-recommends", "--no-suggests", "--no-conflicts", "--no-breaks", "--no-replaces")
    ran = subprocess.run(
        ["apt-cache", "depends", *options, "--no-enhances", *packages], capture_output=True, text=True, check=False
    )
    listed = {line for line in ran.stdout.splitlines() if line[:1].isalnum()}
    names = sorted({one for one in listed if _TAKEN.search(one) and not _NOT_TAKEN.search(one)} | {*packages})
    cache = debian.CACHE / "lines"
    cache.mkdir(parents=True, exist_ok=True)
    known = {path.name.partition("_")[0] for path in cache.glob("*.deb")}
    wanted = [name for name in names if name not in known]
    if wanted:  # one name that this release does not have would make apt-get fetch nothing
        shown = subprocess.run(["apt-cache", "show", *wanted], capture_output=True, text=True, check=False).stdout
        had = {line.removeprefix("Package: ") for line in shown.splitlines() if line.startswith("Package: ")}
        wanted = sorted(had.intersection(wanted))
        subprocess.run(["apt-get", "download", "-q", "-o", "APT::Sandbox::User=root", *wanted], cwd=cache, check=False)
    folder.mkdir(parents=True)
    for path in sorted(cache.glob("*.deb")):
        if path.name.partition("_")[0] in names:
            subprocess.run(["dpkg-deb", "-x", path, folder], check=True)
    had = {path.name.partition("_")[0] for path in cache.glob("*.deb")}
    yield from (name for name in packages if name not in had)
    for library_file in (folder / "lib/x86_64-linux-gnu").glob("*.so*"):
        target = folder / _LIBRARIES / library_file.name
        if not target.exists() and not target.is_symlink():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(library_file, target, follow_symlinks=True)


def _link_module(folder: Path, module: str) -> list[LineAgreement]:
    try:
        lines = list(_lines(folder, module))
    except (OSError, ArfixError, subprocess.CalledProcessError):
        return []
    programs = [identify_linker(path) for name in _PROGRAMS if (path := shutil.which(name))]
    found: list[LineAgreement] = []
    for line in lines:
        with tempfile.TemporaryDirectory(prefix="arfix-line-") as scratch:
            try:
                found += agree(line, programs, Path(scratch))
            except (ArfixError, OSError, subprocess.TimeoutExpired) as error:
                found += [LineAgreement(line, one, 0, 0, 0, (f"failed: {error}",)) for one in programs]
    return found


def _lines(folder: Path, module: str) -> Iterator[Line]:
    """Yield the links of one module: nothing for one without a library that has functions."""
    sysroot, libraries = folder / "sys", str(folder / "sys" / _LIBRARIES)
    flags = _pkg_config(sysroot, "--libs", module)
    names = [word[2:] for word in flags if word.startswith("-l")]
    symbols = list(_functions(libraries, names[0])) if names else []
    if not symbols:
        return
    program = _program(folder, module, symbols)
    shared = [f"-L{libraries}", *flags]
    yield line_of_gcc(f"{module} --libs", [program, *shared])
    static = _pkg_config(sysroot, "--libs", "--static", module)
    archives = [_archive(word[2:], libraries) if word.startswith("-l") else word for word in static]
    if any(word.endswith(".a") for word in archives):
        yield line_of_gcc(f"{module} --libs --static", [program, f"-L{libraries}", *archives])
    system = ("-L", "-lm", "-lpthread", "-ldl", "-lrt", "-pthread")
    if all(word.endswith(".a") or word.startswith(system) for word in archives):
        yield line_of_gcc(f"{module} -static", ["-static", program, *archives])


def _archive(name: str, libraries: str) -> str:
    """Return the archive of a library where the packages have one, else what `-l` finds."""
    return find_library(name, [libraries], static=True) or f"-l{name}"


def _pkg_config(sysroot: Path, *words: str) -> list[str]:
    folders = f"{sysroot / _LIBRARIES / 'pkgconfig'}:{sysroot / 'usr/share/pkgconfig'}"
    environment = {**os.environ, "PKG_CONFIG_LIBDIR": folders, "PKG_CONFIG_SYSROOT_DIR": str(sysroot)}
    ran = subprocess.run(["pkg-config", *words], env=environment, capture_output=True, text=True, check=True)
    return [word for word in ran.stdout.split() if word.startswith(("-l", "-L", "-pthread"))]


def _functions(libraries: str, name: str) -> Iterator[str]:
    """Yield some functions of a shared object, from all over it."""
    path = find_library(name, [libraries])
    if path is None:
        return
    facts = Elf(memoryview(Path(path).read_bytes())).dynamic
    names = sorted(
        symbol.name
        for symbol, _, is_default, _ in facts.symbols
        if symbol.is_defined and symbol.type is SymbolType.FUNCTION and is_default and symbol.name.isidentifier()
    )
    yield from names[:: max(1, len(names) // _USES)][:_USES]


def _program(folder: Path, module: str, symbols: list[str]) -> str:
    """Compile a program that uses the functions; return the object."""
    source = folder / f"{module}.c"
    lines = [*(f"extern char {name}[];" for name in symbols), "void *volatile used;", "int main(void) {"]
    lines += [*(f"used = {name};" for name in symbols), "return 0; }"]
    source.write_text("\n".join(lines), encoding="utf-8")
    subprocess.run(
        ["gcc", "-fPIC", "-fno-builtin", "-w", "-c", "-o", source.with_suffix(".o"), source],
        check=True,
        capture_output=True,
    )
    return str(source.with_suffix(".o"))


def record_lines(record: Record, outcome: Outcome) -> Record:
    """Return the record with the results of these links."""
    links = outcome.links
    names = {one.line.name for one in links}
    found = []
    for version in sorted({short_version(one.program) for one in links}):
        ours = [one for one in links if short_version(one.program) == version]
        found.append(
            LineCell(
                version,
                len(ours),
                sum(not one.differences for one in ours),
                sum(one.pulled for one in ours),
                sum(one.undefined for one in ours),
                sum(one.duplicates for one in ours),
            )
        )
    differing = (
        f"- {one.line.name}, {one.program.label}: {'; '.join(one.differences[:3])}"
        + (f" and {len(one.differences) - 3} more" if len(one.differences) > 3 else "")
        for one in links
        if one.differences
    )
    return replace(
        record,
        lines={
            "total": len(names),
            "modules": len({name.partition(" ")[0] for name in names}),
            "shared": sum(name.endswith(" --libs") for name in names),
            "archives": sum(name.endswith(" --static") for name in names),
            "static": sum(name.endswith(" -static") for name in names),
        },
        line_cells=tuple(found),
        line_disagreements=tuple(differing),
        line_missing=outcome.missing,
    )


def failures(outcome: Outcome) -> int:
    """Return how many links of GNU ld and lld differ: those are predicted in full."""
    return sum(bool(one.differences) for one in outcome.links if one.program.linker in (Linker.LD, Linker.LLD))


__all__ = ["Outcome", "failures", "record_lines", "run_lines"]
