"""Differences between releases of one linker, each with the release that introduced it.

A release is known by its numbers as `--version` prints them: (2, 44) for GNU ld and gold, which come with binutils,
(19, 1) for lld, (2, 37) for mold. Where no release is given, the newest one counts.

Source of each row: tried with every release named there, in Debian's packages: GNU ld and gold 2.40 and 2.44, lld 14 to
19 and 22, mold 1.10 and 2.37 (`tests/oracle/test_linkers_*.py`).
"""

from __future__ import annotations

import re
from enum import Enum
from itertools import pairwise
from typing import Final, NamedTuple, assert_never

from arfix.linkage.model import Linker

#: The numbers of a release, the first two of its version.
Release = tuple[int, int]


class Habit(Enum):
    """What some releases of a linker do and others do not. The value is a clause that follows the linker's name."""

    BELIEVES_INDEX = "looks for symbols in an archive's index, and not in its members"
    TAKES_ALIASES = "takes a default version `f@@V` for `f@V` as well"
    ALIASES_CLASH = "calls `f@V` and `f@@V` two definitions of one symbol"
    READS_ARCHIVES_ONCE = "does not read an archive again that the line names twice"
    COUNTS_NONE = "counts relocations of type NONE as references"
    EXPORTING_DEFINES_DYNAMIC = "defines `_DYNAMIC` in a static program for `--export-dynamic` alone"
    REPLACES_BEFORE_TLS_CHECK = "compares thread-local symbols when a definition takes the place of another one"
    WANTS_TYPED_POINTERS = "reads no bitcode of LLVM 15 and later, whose pointers have no types"
    FIXES_ADDRESSES_IN_PIE = "links addresses of a PIE's own functions and variables as if they were known"
    FIXES_HIDDEN_ADDRESSES_IN_PIE = "does so for hidden and protected ones, too"
    REFUSES_UNDEFINED_VERSIONS = "refuses a version script that gives a version to a symbol that is not defined"
    CHECKS_FAR_PAGES = "looks whether an address is within 4 GiB, and lets Thumb's `beq.w` reach 1 MiB"
    COLLECTS_ALIASED = "leaves out sections that only a symbol of `--defsym` refers to"
    CHECKS_MOVW = "refuses the halves of an address in ARM code of a PIE or shared object"
    REFUSES_HIDDEN_IN_VAIN = "refuses a shared object that refers to a hidden symbol which nothing defines"
    PULLS_FOR_COMMON = "takes a member of an archive that gives a common symbol a real definition"
    PULLS_FOR_WEAK_NEEDS = "takes members of archives for weak references of shared objects"
    COLLECTS_BEFORE_DUPLICATES = "does not count a second definition in a section that `--gc-sections` leaves out"
    CHECKS_HIDDEN = "looks whether shared objects refer to what the output hides"
    CHECKS_LIBRARIES = "looks for what shared objects lack, where `--no-allow-shlib-undefined` asks for it"
    CHECKS_LIBRARIES_UNASKED = "does so in programs without being asked"
    CHECKS_NO_LIBRARY_ALONE = "does so only if the line names all shared objects that those on it need"


class _Range(NamedTuple):
    """Releases of a linker: from `first` (None: from the beginning) to the one before `end` (None: to the newest)."""

    linker: Linker
    first: Release | None = None
    end: Release | None = None

    def holds(self, release: Release | None) -> bool:
        if release is None:
            return self.end is None
        return (self.first is None or release >= self.first) and (self.end is None or release < self.end)


_CHECKING: Final = (Linker.LD, Linker.GOLD, Linker.LLD)

_HABITS: Final[dict[Habit, tuple[_Range, ...]]] = {
    Habit.BELIEVES_INDEX: (_Range(Linker.LD), _Range(Linker.GOLD), _Range(Linker.LLD, end=(15, 0))),
    Habit.TAKES_ALIASES: (_Range(Linker.LD), _Range(Linker.GOLD), _Range(Linker.LLD, end=(16, 0))),
    Habit.ALIASES_CLASH: (_Range(Linker.LD), _Range(Linker.GOLD, end=(2, 44)), _Range(Linker.LLD, end=(16, 0))),
    # Source: mold's history, "Move reader-related attributes to ReaderContext".
    Habit.READS_ARCHIVES_ONCE: (_Range(Linker.MOLD, end=(2, 33)),),
    Habit.COUNTS_NONE: (_Range(Linker.LD), _Range(Linker.GOLD), _Range(Linker.LLD, end=(16, 0))),
    Habit.EXPORTING_DEFINES_DYNAMIC: (_Range(Linker.LLD, end=(19, 0)),),
    Habit.REPLACES_BEFORE_TLS_CHECK: (_Range(Linker.LLD, end=(15, 0)),),
    Habit.WANTS_TYPED_POINTERS: (_Range(Linker.LLD, end=(15, 0)),),
    Habit.FIXES_ADDRESSES_IN_PIE: (_Range(Linker.LLD, end=(18, 0)),),
    Habit.FIXES_HIDDEN_ADDRESSES_IN_PIE: (_Range(Linker.LLD, first=(16, 0), end=(18, 0)),),
    Habit.REFUSES_UNDEFINED_VERSIONS: (_Range(Linker.LLD, first=(16, 0)),),
    # Of mold, 1.10 and 2.37 alone were measured for the next three.
    Habit.CHECKS_FAR_PAGES: (_Range(Linker.MOLD, first=(2, 0)),),
    Habit.CHECKS_MOVW: (_Range(Linker.MOLD, first=(2, 0)),),
    Habit.COLLECTS_ALIASED: (_Range(Linker.LD), _Range(Linker.MOLD, end=(2, 0))),
    Habit.REFUSES_HIDDEN_IN_VAIN: (
        *(_Range(linker) for linker in (Linker.LD, Linker.GOLD, Linker.LLD)),
        _Range(Linker.MOLD, end=(2, 0)),
    ),
    # Source: lld turned `--fortran-common` off with LLVM 15.
    Habit.PULLS_FOR_COMMON: (_Range(Linker.LD), _Range(Linker.MOLD), _Range(Linker.LLD, end=(15, 0))),
    Habit.PULLS_FOR_WEAK_NEEDS: (_Range(Linker.MOLD, end=(2, 0)),),
    Habit.COLLECTS_BEFORE_DUPLICATES: (_Range(Linker.MOLD, end=(2, 0)),),
    Habit.CHECKS_HIDDEN: (_Range(Linker.LD), _Range(Linker.LLD, first=(17, 0))),
    Habit.CHECKS_LIBRARIES: (*map(_Range, _CHECKING), _Range(Linker.MOLD, first=(2, 33))),
    Habit.CHECKS_LIBRARIES_UNASKED: (*map(_Range, _CHECKING), _Range(Linker.MOLD, first=(2, 38))),
    Habit.CHECKS_NO_LIBRARY_ALONE: (_Range(Linker.MOLD, first=(2, 40)),),
}
#: Habits that decide which symbols are found and defined twice.
_OF_SYMBOLS: Final = (
    *(Habit.BELIEVES_INDEX, Habit.TAKES_ALIASES, Habit.ALIASES_CLASH, Habit.PULLS_FOR_COMMON),
    *(Habit.READS_ARCHIVES_ONCE, Habit.COUNTS_NONE),
)


def has_habit(habit: Habit, linker: Linker, release: Release | None = None) -> bool:
    """Return whether that release of the linker does so; the newest one where `release` is None."""
    return any(one.linker is linker and one.holds(release) for one in _HABITS[habit])


class Generation(NamedTuple):
    """Releases of a linker in a row that find symbols in the same way.

    Attributes:
        linker: The linker.
        release: One of them; None for the newest.
        first: The first of them; None if nothing is known to differ before it.
        end: The first release that differs again; None if they go on to the newest.
    """

    linker: Linker
    release: Release | None = None
    first: Release | None = None
    end: Release | None = None


def generations(linker: Linker) -> tuple[Generation, ...]:
    """Return the releases of a linker in runs that find symbols in the same way, oldest first."""
    rows = [one for habit in _OF_SYMBOLS for one in _HABITS[habit] if one.linker is linker]
    points = sorted({point for one in rows for point in (one.first, one.end) if point is not None})
    bounds = [None, *points, None]
    return tuple(
        Generation(linker, None if end is None else first or (0, 0), first, end) for first, end in pairwise(bounds)
    )


def release_of(linker: Linker, version: str) -> Release | None:
    """Return the release that the first line of `--version` names, or None if it names none.

    Makers put words, and numbers of their own, into brackets: `GNU ld (crosstool-NG 1.24.0) 2.32`. gold's own number
    has not changed for years, so that of its binutils counts, which is the last word in the brackets.
    """
    match linker:
        case Linker.GOLD:
            text = version.rpartition(")")[0].rpartition(" ")[2] or version
        case Linker.LD:
            text = version.rpartition(")")[2] or version
        case Linker.LLD:
            text = version.partition("LLD ")[2]
        case Linker.MOLD:
            text = version.partition("mold ")[2]
        case _:
            assert_never(linker)
    found = re.search(r"(\d+)\.(\d+)", text)
    return None if found is None else (int(found[1]), int(found[2]))
