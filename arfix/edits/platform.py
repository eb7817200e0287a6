"""The platform's libraries: their names, and archives of a sysroot to compare with.

A platform library nested in another archive got there by mistake (libtool does this). Splicing it would put a second C
library into every program; the right repair is to drop it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from arfix.errors import ArfixError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

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
    base = name.replace("\\", "/").rpartition("/")[2]
    if not base.startswith("lib") or not base.endswith(".a"):
        return False
    stem = base[3:-2]
    if stem in PLATFORM_LIBRARIES or stem.startswith("clang_rt."):
        return True
    head, dash, version = stem.rpartition("-")
    return bool(dash) and version[:1].isdigit() and head in PLATFORM_LIBRARIES


@dataclass(frozen=True, slots=True)
class Provided:
    """That the platform has a nested archive already.

    Attributes:
        path: The platform's file.
        by_name: It has the same file name; else every member of the nested archive is in it, byte for byte.
        common: How many members of the nested archive are in it, byte for byte; None if it is no archive.
        members: How many members the nested archive has.
    """

    path: str
    by_name: bool
    common: int | None
    members: int


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

    def find(self, name: str, members: Sequence[Member]) -> Provided | None:
        """Return the platform library that provides a nested archive of that name and members, or None.

        A file of the same name is enough. Without one, an archive is that holds every one of the members.
        """
        base = _base(name)
        for path in self.paths:
            if _base(path) == base:
                archive = self._open(path)
                common = None if archive is None else _common(members, archive.members)
                return Provided(path, by_name=True, common=common, members=len(members))
        for path in self.paths if members else ():
            archive = self._open(path)
            if archive is not None and _common(members, archive.members) == len(members):
                return Provided(path, by_name=False, common=len(members), members=len(members))
        return None

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
