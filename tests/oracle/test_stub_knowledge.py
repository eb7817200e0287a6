"""The knowledge base and the numbers of errors, held against the headers of real C libraries."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

import pytest

from arfix.stubs.knowledge import Signature, known_names, look_up
from arfix.stubs.platform import ERROR_NAMES, CLibrary, number_of
from arfix.stubs.target import target_of_triple
from tests.tools import need, output_of

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.oracle

COMPILERS = (
    *(
        "x86_64-linux-gnu",
        "mips-linux-gnu",
        "sparc64-linux-gnu",
        "alpha-linux-gnu",
        "hppa-linux-gnu",
        "s390x-linux-gnu",
    ),
    *("powerpc-linux-gnu", "m68k-linux-gnu", "sh4-linux-gnu", "riscv64-linux-gnu", "arm-none-eabi"),
)

#: Headers that declare what POSIX and GNU/Linux have.
HEADERS = """
    aio aliases argz arpa/inet assert complex crypt ctype dirent dlfcn elf envz err errno error execinfo fcntl
    fenv fnmatch fstab fts ftw getopt glob grp gshadow iconv ifaddrs inttypes langinfo libgen libintl link
    locale malloc math mntent monetary mqueue net/if netdb nl_types obstack poll printf pthread pty pwd regex
    resolv rpc/netdb sched search semaphore setjmp shadow signal spawn stdio stdio_ext stdlib string strings
    sys/auxv sys/epoll sys/eventfd sys/file sys/fsuid sys/inotify sys/ioctl sys/ipc sys/klog sys/mman sys/mount
    sys/msg sys/personality sys/prctl sys/ptrace sys/quota sys/random sys/reboot sys/resource sys/select sys/sem
    sys/sendfile sys/shm sys/signalfd sys/socket sys/stat sys/statfs sys/statvfs sys/swap sys/sysinfo sys/time
    sys/timeb sys/timerfd sys/times sys/timex sys/uio sys/utsname sys/wait sys/xattr syslog termios threads time
    uchar ucontext unistd utime utmp utmpx wchar wctype wordexp
""".split()  # noqa: SIM905 (a list literal would fill a page)

#: What the C types of results are called in the knowledge base (on a 64-bit machine, where that makes no difference).
SIGNATURES = {
    "void": {Signature.VOID, Signature.NORETURN},
    "int": {Signature.INT},
    "unsigned int": {Signature.UINT},
    "long int": {Signature.LONG},
    "long unsigned int": {Signature.ULONG, Signature.SIZE},
    "size_t": {Signature.SIZE},
    "ssize_t": {Signature.SSIZE},
    "long long int": {Signature.LLONG},
    "long long unsigned int": {Signature.ULLONG},
    "__off_t": {Signature.OFF},
    "off_t": {Signature.OFF},
    "__off64_t": {Signature.OFF},
    "time_t": {Signature.TIME},
    "clock_t": {Signature.CLOCK},
    "__pid_t": {Signature.PID},
    "pid_t": {Signature.PID},
    "__uid_t": {Signature.UID},
    "__gid_t": {Signature.UID},
    "__mode_t": {Signature.MODE},
    "key_t": {Signature.KEY},
    "wint_t": {Signature.WINT},
    "float": {Signature.FLOAT},
    "double": {Signature.DOUBLE},
    "long double": {Signature.LDOUBLE},
    "uint16_t": {Signature.UINT},
    "uint32_t": {Signature.UINT},
    "in_addr_t": {Signature.UINT},
    "__uint32_t": {Signature.UINT},
    "speed_t": {Signature.UINT},
    "pthread_t": {Signature.ULONG},
    "thrd_t": {Signature.ULONG},
    "wctype_t": {Signature.ULONG},
    "intmax_t": {Signature.LONG, Signature.LLONG},
    "uintmax_t": {Signature.ULONG, Signature.ULLONG},
    "error_t": {Signature.INT},
    "__ssize_t": {Signature.SSIZE},
    "mqd_t": {Signature.INT},
    "__useconds_t": {Signature.UINT},
    "__clock_t": {Signature.CLOCK},
    "__time_t": {Signature.TIME},
}
#: Types that are pointers, or structures, under a name of their own.
POINTERS = {"__sighandler_t", "sighandler_t", "locale_t", "wctrans_t", "nl_catd", "iconv_t", "sigset_t *", "FTS *"}
STRUCTURES = {"div_t", "ldiv_t", "lldiv_t", "imaxdiv_t"}


@pytest.fixture(scope="module")
def prototypes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return function name -> type of its result, as gcc reads glibc's headers."""
    folder = tmp_path_factory.mktemp("prototypes")
    source = folder / "all.c"
    source.write_text("#define _GNU_SOURCE\n" + "".join(f"#include <{name}.h>\n" for name in HEADERS), encoding="utf-8")
    listing = folder / "all.txt"
    command: list[str | Path] = [need("gcc"), "-w", "-aux-info", listing, "-fsyntax-only", source]
    subprocess.run(command, check=True, capture_output=True)
    found = {}
    for line in listing.read_text(encoding="utf-8", errors="replace").splitlines():
        declared = re.sub(r"^/\*.*?\*/ (extern )?", "", line)
        match = re.match(r"(?P<type>[^(]*?)\b(?P<name>\w+) \(", declared)
        if match:
            found[match["name"]] = match["type"].strip()
        elif match := re.match(r"(?P<type>.*?)\(\*(?P<name>\w+) \(", declared):
            found[match["name"]] = "function *"
    return found


def signatures_of(declared: str) -> set[Signature] | None:
    """Return what the knowledge base may say of a function whose result has this type, None for an unknown type."""
    plain = re.sub(r"\b(const|volatile|_Noreturn|inline|struct|union|enum|static|noreturn)\b", "", declared).strip()
    if declared.endswith("*") or plain in POINTERS:
        return {Signature.POINTER}
    if plain in STRUCTURES or "struct" in declared:
        return {Signature.STRUCT}
    return SIGNATURES.get(plain)


def test_signatures_are_those_of_glibc(prototypes: dict[str, str]) -> None:
    assert len(prototypes) > 1500
    wrong = []
    checked = 0
    for name in known_names():
        known = look_up(name)
        if known is None or name not in prototypes:
            continue
        checked += 1
        allowed = signatures_of(prototypes[name])
        if allowed is None or known.signature not in allowed:
            wrong.append(f"{name}: {prototypes[name]} is not {known.signature.value}")
    assert checked > 1100
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("triple", COMPILERS)
def test_error_numbers_are_those_of_the_headers(triple: str, tmp_path: Path) -> None:
    source = tmp_path / "names.c"
    names = sorted(ERROR_NAMES - ({"ENOTBLK", "ETXTBSY"} if triple == "arm-none-eabi" else set()))
    source.write_text("#include <errno.h>\n" + "".join(f"number {name[0]}_{name[1:]} = {name};\n" for name in names))
    printed = output_of(need(f"{triple}-gcc"), "-E", "-P", source)
    read = {m[1].replace("_", "", 1): int(m[2]) for m in re.finditer(r"number (\w+) = (\d+);", printed)}
    target = target_of_triple(triple)
    assert read == {name: number_of(name, target.libc or CLibrary.GLIBC, target.machine) for name in names}
