"""The symbol index does not say what the members define.

## What it finds

Index entries that lead to no member or to a member that does not define the symbol, and definitions that have no
entry. One finding per archive. Members whose symbols only a compiler's plugin can tell (slim LTO, bitcode) are left
out of the comparison.

## Why it matters

On demand a linker believes the index and nothing else: a symbol without an entry is undefined although a member
defines it, and an entry that leads to another member pulls that one in. Whole, the members themselves are read and
the index does not count, so the two ways of linking see two different libraries.

## What linkers do

On demand GNU ld, gold and lld look a symbol up in the index alone: with a wrong or absent entry it is undefined,
although a member defines it. mold reads the members themselves. Whole, all four read the members.

## How to repair

`arfix index libx.a` builds the index anew. It never makes an index poorer in silence: entries that cannot be
derived again are kept.

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

from arfix.archive.model import NO_MEMBER, OddityKind
from arfix.audit.finding import Severity, arfix_command
from arfix.audit.rule import ArchiveRule, RuleText
from arfix.errors import ArfixError
from arfix.objects.model import ELF_CONTENTS, Content

if TYPE_CHECKING:
    from collections.abc import Iterator

    from arfix.archive.model import Index
    from arfix.audit.finding import Finding
    from arfix.audit.library import Library

TEXT = RuleText(
    id="stale-index",
    title="index that does not match the members",
    why="On demand a linker believes the index alone, so on demand and whole are two different libraries.",
    explanation=__doc__ or "",
    severity=Severity.ERROR,
)

#: Contents whose entries can be told from their bytes alone.
_DERIVABLE = ELF_CONTENTS - {Content.LTO_SLIM}
_EXAMPLES = 3


def check(library: Library) -> Iterator[Finding]:
    """Yield one finding when the index cannot be read or does not match what the members define."""
    complaints = [one.message for one in library.archive.oddities if one.kind is OddityKind.BAD_INDEX]
    if not complaints and library.archive.index is not None:
        complaints = list(_compare(library, library.archive.index))
    if complaints:
        yield TEXT.finding("; ".join(complaints), archive=library.path, fix=arfix_command("index", library.path))


def _compare(library: Library, index: Index) -> Iterator[str]:
    """Yield what is wrong with the index, in words."""
    astray = sum(position == NO_MEMBER for position in index.members)
    if astray:
        yield f"{astray} of {len(index)} entries lead to no member"
    expected: Counter[tuple[str, int]] = Counter()
    known: set[int] = set()
    for position, facts in enumerate(library.facts):
        if facts is None or facts.content not in _DERIVABLE:
            continue
        try:
            names = facts.index_names
        except ArfixError:
            continue
        known.add(position)
        expected.update([(name, position) for name in names])
    stored = Counter(entry for entry in index if entry[1] in known)
    if stored == expected:
        return
    absent = [name for name, _ in (expected - stored).elements()]
    if absent:
        yield f"{len(absent)} of {expected.total()} symbols have no entry ({_some(absent)})"
    wrong = [name for name, _ in (stored - expected).elements()]
    if wrong:
        yield f"{len(wrong)} entries name members that do not define the symbol ({_some(wrong)})"


def _some(names: list[str]) -> str:
    shown = ", ".join(names[:_EXAMPLES])
    return shown if len(names) <= _EXAMPLES else f"{shown}, ..."


RULE = ArchiveRule(TEXT, check)
