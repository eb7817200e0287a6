"""The platform's libraries: their names, and archives of a sysroot to compare with.

A platform library nested in another archive got there by mistake (libtool does this). Splicing it would put a second C
library into every program; the right repair is to drop it.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from arfix.archive.read import read_archive
from arfix.archive.source import BytesSource
from arfix.errors import ArfixError, Where
from arfix.symbols.definitions import read_member_symbols

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from arfix.archive.model import Archive, Member

#: Libraries of the C toolchain and C library, without `lib` and `.a`. Source: the archives of newlib, glibc, musl,
#: libgcc and compiler-rt as Debian 12 ships them, and libposix of Nanvix.
PLATFORM_LIBRARIES = frozenset(
    {
        "c",
        "m",
        "g",
        "posix",
        "pthread",
        "rt",
        "dl",
        "util",
        "resolv",
        "crypt",
        "anl",
        "mvec",
        "xnet",
        "nosys",
        "gloss",
        "rdimon",
        "semihost",
        "sysbase",
        "gcc",
        "gcc_eh",
        "gcov",
        "atomic",
        "ssp",
        "ssp_nonshared",
        "c_nonshared",
        "compiler_rt",
        "unwind",
        "stdc++",
        "supc++",
        "c++",
        "c++abi",
    }
)


def is_platform_library(name: str) -> bool:
    """Return whether a file or member name is that of a library of the platform: `libc.a`, `/usr/lib/libm-2.36.a`."""
    stem = _stem(name)
    return stem in PLATFORM_LIBRARIES or stem.startswith("clang_rt.")


def _stem(name: str) -> str:
    """Return a library's name without folder, `lib`, version and `.a`; empty if it is not a library's name."""
    base = _base(name)
    if not base.startswith("lib") or not base.endswith(".a"):
        return ""
    stem = base[3:-2]
    head, dash, version = stem.rpartition("-")
    return head if dash and version[:1].isdigit() and head in PLATFORM_LIBRARIES else stem


#: Some functions of C libraries: a library of another project that only shares the name of one has none.
_C_FUNCTIONS = frozenset(
    [
        "abort",
        "atexit",
        "atoi",
        "bcopy",
        "calloc",
        "close",
        "environ",
        "errno",
        "execve",
        "exit",
        "fclose",
        "fopen",
        "fork",
        "fprintf",
        "fputs",
        "fread",
        "free",
        "fstat",
        "fwrite",
        "getenv",
        "getpid",
        "gettimeofday",
        "isatty",
        "kill",
        "link",
        "lseek",
        "malloc",
        "memchr",
        "memcmp",
        "memcpy",
        "memmove",
        "memset",
        "mmap",
        "open",
        "perror",
        "printf",
        "pthread_create",
        "puts",
        "qsort",
        "raise",
        "rand",
        "read",
        "realloc",
        "recv",
        "select",
        "send",
        "setjmp",
        "signal",
        "sleep",
        "socket",
        "sprintf",
        "stat",
        "strchr",
        "strcmp",
        "strcpy",
        "strdup",
        "strerror",
        "strlen",
        "strncmp",
        "strtol",
        "syscall",
        "time",
        "times",
        "unlink",
        "vprintf",
        "wait",
        "wcslen",
        "write",
    ]
)
_MATHS = frozenset(
    [
        "acos",
        "asin",
        "atan",
        "cabs",
        "cbrt",
        "ceil",
        "cos",
        "exp",
        "fabs",
        "floor",
        "fmod",
        "hypot",
        "ldexp",
        "log",
        "pow",
        "sin",
        "sqrt",
        "tan",
    ]
)
_CXX = ("Z", "cxa_", "gxx_")
#: The same for the other libraries, without leading underscores; what ends with `_` or begins with Z begins many names.
_TELLING: dict[str, tuple[str, ...]] = {
    "pthread": ("pthread_", "sem_"),
    "rt": ("aio_", "clock_", "lio_", "mq_", "shm_", "timer_"),
    "dl": ("dladdr", "dlclose", "dlerror", "dlopen", "dlsym"),
    "util": ("forkpty", "login", "login_tty", "logout", "openpty"),
    "resolv": ("dn_", "inet_", "ns_", "res_"),
    "crypt": ("crypt", "crypt_r", "crypt_rn", "encrypt", "setkey"),
    "anl": ("gai_", "getaddrinfo_a"),
    "mvec": ("ZGV",),
    "stdc++": _CXX,
    "supc++": _CXX,
    "c++": _CXX,
    "c++abi": _CXX,
    "gcc_eh": ("Unwind_", "gcc_", "register_frame"),
    "unwind": ("Unwind_", "register_frame", "unw_"),
    "gcov": ("gcov_",),
    "atomic": ("atomic_",),
    "ssp": ("memcpy_chk", "stack_chk_", "strcpy_chk"),
    "ssp_nonshared": ("stack_chk_",),
}


def has_platform_contents(name: str, definitions: Collection[str]) -> bool:
    """Return whether these can be the definitions of the platform's library of that name.

    `libutil.a` and `libm.a` are names that projects give to libraries of their own, which nothing else contains. An
    archive that defines nothing passes, as glibc's empty `libpthread.a` does.
    """
    stem = _stem(name)
    if not definitions or stem.startswith("clang_rt.") or stem in {"gcc", "compiler_rt"}:
        return True
    bare = {one.lstrip("_") for one in definitions}
    if not _C_FUNCTIONS.isdisjoint(bare):
        return True
    if stem == "m":
        return not _MATHS.isdisjoint({short for one in bare for short in (one, one[:-1])})
    telling = _TELLING.get(stem, ())
    starts = tuple(one for one in telling if one.endswith("_") or one[0] == "Z")
    return not bare.isdisjoint(telling) or any(one.startswith(starts) for one in bare)


def is_platform_copy(name: str, view: memoryview) -> bool:
    """Return whether a nested archive is a library of the platform, by its name and what it defines.

    An archive that cannot be read passes for its name.
    """
    if not is_platform_library(name):
        return False
    where = Where(name)
    with suppress(ArfixError):
        return has_platform_contents(name, defined_in(read_archive(BytesSource(where, view), where)))
    return True


def defined_in(archive: Archive) -> frozenset[str]:
    """Return the names that an archive defines: those of its index, or of its members if it has none."""
    if archive.index is not None:
        return frozenset(archive.index.names)
    return frozenset(name for member in archive.members for name in read_member_symbols(member).definitions)


@dataclass(frozen=True, slots=True)
class Provided:
    """That the platform has a nested archive already.

    Attributes:
        path: The platform's file.
        by_name: It has the same file name; else every member of the nested archive is in it, byte for byte.
        common: How many members of the nested archive are in it, byte for byte; None if it is no archive.
        members: How many members the nested archive has.
        lost: Names that the nested archive defines and the platform's file does not, in order.
    """

    path: str
    by_name: bool
    common: int | None
    members: int
    lost: tuple[str, ...] = ()


@dataclass(slots=True)
class Platform:
    """The archives of a platform, opened when they are first compared with.

    Attributes:
        paths: Their paths, in the order they are asked.
        open_archive: Opens one.
    """

    paths: tuple[str, ...]
    open_archive: Callable[[str], Archive]
    _opened: dict[str, Archive | None] = field(default_factory=dict)

    def find(self, name: str, nested: Archive) -> Provided | None:
        """Return the platform library that provides a nested archive of that name, or None.

        A file of the same name is enough for a C library, and for any other if it defines at least half of the names.
        Without one, an archive is that holds every one of the members.
        """
        base = _base(name)
        members = nested.members
        for path in self.paths:
            if _base(path) == base:
                found = self._of_same_name(path, nested)
                if found is not None:
                    return found
        for path in self.paths if members else ():
            archive = self._open(path)
            if archive is not None and _common(members, archive.members) == len(members):
                return Provided(path, by_name=False, common=len(members), members=len(members))
        return None

    def _of_same_name(self, path: str, nested: Archive) -> Provided | None:
        archive = self._open(path)
        mine = defined_in(nested)
        count = len(nested.members)
        if archive is None:
            known = has_platform_contents(path, mine) if is_platform_library(path) else True
            return Provided(path, by_name=True, common=None, members=count) if known else None
        common = _common(nested.members, archive.members)
        lost = tuple(sorted(mine - defined_in(archive)))
        is_other = 2 * common < count and 2 * len(lost) > len(mine)
        if is_other and not (is_platform_library(path) and has_platform_contents(path, mine)):
            return None
        return Provided(path, by_name=True, common=common, members=count, lost=lost)

    def close(self) -> None:
        """Close every archive that was opened."""
        for archive in self._opened.values():
            if archive is not None:
                archive.close()
        self._opened.clear()

    def _open(self, path: str) -> Archive | None:
        """Return the archive; None for a linker script, an object or what cannot be read."""
        if path not in self._opened:
            try:
                self._opened[path] = self.open_archive(path)
            except ArfixError:
                self._opened[path] = None
        return self._opened[path]


def _base(path: str) -> str:
    return path.replace("\\", "/").rpartition("/")[2]


def _common(members: Iterable[Member], theirs: Iterable[Member]) -> int:
    """Return how many of `members` are among `theirs`, byte for byte; names do not count."""
    by_size: dict[int, list[Member]] = {}
    for one in theirs:
        by_size.setdefault(one.size, []).append(one)
    return sum(1 for member in members if _is_among(member, by_size.get(member.size, ())))


def _is_among(member: Member, candidates: Sequence[Member]) -> bool:
    try:
        view = member.data
        return any(bytes(view) == bytes(candidate.data) for candidate in candidates)
    except ArfixError:
        return False
