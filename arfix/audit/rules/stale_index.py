"""The symbol index does not match the definitions in the members.

## What it finds

Index entries that point to no member or to a member that does not define the symbol, and definitions without an
entry. One finding per archive. Members without machine code (slim GCC LTO, LLVM bitcode) are reported if the index
has none of their symbols: an `ar` without the compiler's plugin exits 0 and lists only `__gnu_lto_slim`, or
nothing.

## Why it matters

In a link on demand, a linker relies on the index: a symbol without an entry is undefined even if a member defines
it, and an entry for the wrong member pulls that one in. Linked whole, the linker reads the members and ignores the
index. So the result depends on how the archive is linked.

## What linkers do

On demand, GNU ld, gold and lld before 15 look symbols up in the index only; mold and later releases of lld read the
members. Linked whole, all four read the members.

## How to repair

`arfix index libx.a` rebuilds the index. It keeps entries that cannot be derived from the members, so no entry is
lost silently.

## Example

    $ arfix check libx.a
    error stale-index: index that does not match the members
      libx.a
        2 of 40 symbols have no entry (x_open, x_close)
        repair: arfix index libx.a
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from arfix.archive.model import NO_MEMBER
from arfix.archive.oddity import OddityKind
from arfix.audit.finding import Fix, Severity
from arfix.audit.rule import ArchiveRule, RuleText
from arfix.counted import counted
from arfix.edits.requests import RebuildIndex
from arfix.errors import ArfixError
from arfix.formats.model import ELF_CONTENTS, Content

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from arfix.archive.model import Index
    from arfix.audit.checked_library import CheckedLibrary
    from arfix.audit.finding import Finding
    from arfix.linkage.model import Unit

TEXT = RuleText(
    id="stale-index",
    title="index that does not match the members",
    why="A linker relies on the index on demand and ignores it for a whole link, so the results differ.",
    explanation=__doc__ or "",
    severity=Severity.ERROR,
)

#: Contents whose entries can be told from their bytes alone.
_DERIVABLE = ELF_CONTENTS - {Content.LTO_SLIM}
#: Contents whose symbols `ar` reads with the compiler's plugin alone.
_BYTECODE = frozenset({Content.LTO_SLIM, Content.BITCODE})
_EXAMPLES = 3


def check(library: CheckedLibrary) -> Iterator[Finding]:
    """Yield a finding if the index cannot be read or does not match the members' definitions."""
    complaints = [one.message for one in library.archive.oddities if one.kind is OddityKind.BAD_INDEX]
    if not complaints and library.archive.index is not None:
        complaints = list(_compare(library, library.archive.index))
    if complaints:
        yield TEXT.finding("; ".join(complaints), archive=library.path, fix=Fix(library.path, RebuildIndex()))


def _compare(library: CheckedLibrary, index: Index) -> Iterator[str]:
    """Yield a message for each kind of difference between the index and the members."""
    stored: dict[int, list[str]] = {}
    for name, position in index:
        stored.setdefault(position, []).append(name)
    astray = len(stored.pop(NO_MEMBER, ()))
    if astray:
        lead = "leads" if astray == 1 else "lead"
        yield f"{astray} of {counted(len(index), 'entry')} {lead} to no member"
    absent: list[str] = []
    wrong: list[str] = []
    total = 0
    for position, unit in enumerate(library.units):
        defined = _definitions(unit)
        if defined is None:
            continue
        total += len(defined)
        found = stored.get(position, [])
        if len(found) != len(defined) or set(found) != set(defined):
            lacking = Counter(defined) - Counter(found)
            if lacking:
                optional = unit.facts.optional_index_names
                absent += (name for name in lacking.elements() if name not in optional)
            wrong += (Counter(found) - Counter(defined)).elements()
    if absent:
        have = "has" if len(absent) == 1 else "have"
        yield f"{len(absent)} of {counted(total, 'symbol')} {have} no entry ({_examples(absent)})"
    if wrong:
        name = "entry names a member that does" if len(wrong) == 1 else "entries name members that do"
        yield f"{len(wrong)} {name} not define the symbol ({_examples(wrong)})"
    unlisted = [library.labels[position] for position in _unlisted(library, stored)]
    if unlisted:
        has = "has none of its symbols" if len(unlisted) == 1 else "have none of their symbols"
        yield f"{_examples(unlisted)} {has} in the index, which was made without the compiler's LTO plugin"


def _unlisted(library: CheckedLibrary, stored: dict[int, list[str]]) -> Iterator[int]:
    """Yield members without machine code whose symbols are not in the index."""
    for position, unit in enumerate(library.units):
        if unit.content in _BYTECODE and unit.fault is None:
            try:
                names = unit.facts.index_names
            except ArfixError:
                continue
            if names and set(names).isdisjoint(stored.get(position, ())):
                yield position


def _definitions(unit: Unit) -> Sequence[str] | None:
    """Return the index entries of a member; None if they cannot be read from its bytes.

    The symbols that the link has read will do, unless a version in a name makes the index spell it differently.
    """
    if unit.content not in _DERIVABLE or unit.fault is not None:
        return None
    names = unit.table.definitions
    return unit.facts.index_names if any("@" in name for name in names) else names


def _examples(names: list[str]) -> str:
    shown = ", ".join(names[:_EXAMPLES])
    return shown if len(names) <= _EXAMPLES else f"{shown}, ..."


RULE = ArchiveRule(TEXT, check)
