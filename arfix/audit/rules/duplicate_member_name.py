"""Several members share one name.

## What it finds

Names that more than one member has. One finding per name: info, or a warning if two of the members differ and
define the same symbol, which means that they are two builds of one source file. The finding says which of the two
is newer: by the dates in the headers or, if these are equal, by the order, since `ar q` appends.

## Why it matters

Linkers identify members by position, so such an archive links. Tools that identify members by name lose some: `ar
x` keeps only the last one, `ar d` removes and `ar r` replaces only the first, and Python archive readers keep only
one. A recipe that names such a member may not mean the one its author had in mind.

## What linkers do

All accept it. Their messages do not show which of the members they mean.

## How to repair

Of two builds, one is probably stale: `arfix strip libx.a 'x.o#1'` removes the first. arfix does not choose. Other
members with the same name need no repair: `arfix extract` writes each to its own file, and the rule
`identical-member` reports identical copies.

## Example

    $ arfix check --all libx.a
    info duplicate-member-name: members that share a name
      libx.a
        x.o  2 members share this name: ar x, ar d and ar r act on one of them only
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.audit.finding import Severity
from arfix.audit.rule import ArchiveRule, RuleText

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from arfix.audit.checked_library import CheckedLibrary
    from arfix.audit.finding import Finding

TEXT = RuleText(
    id="duplicate-member-name",
    title="members that share a name",
    why="Linkers accept this, but ar x, ar d, ar r and recipes that use the name act on only one of them.",
    explanation=__doc__ or "",
    severity=Severity.INFO,
)


def check(library: CheckedLibrary) -> Iterator[Finding]:
    """Yield a finding for each name that more than one member has, in archive order."""
    named: dict[str, list[int]] = {}
    for position, unit in enumerate(library.units):
        if unit.label is not None and unit.label.is_repeated:
            named.setdefault(unit.label.name, []).append(position)
    for name, positions in named.items():
        builds = _builds(library, positions)
        yield TEXT.finding(
            builds or f"{len(positions)} members share this name: ar x, ar d and ar r act on one of them only",
            archive=library.path,
            member=name,
            related=tuple(f"{library.path}({library.selector(position)})" for position in positions),
            severity=Severity.WARNING if builds else None,
        )


def _builds(library: CheckedLibrary, positions: Sequence[int]) -> str:
    """Return the message about the first two members of a name that define the same symbol; empty if none do."""
    # All definers of a symbol so far have the same bytes: the first is enough, and each member is looked at once.
    definers: dict[str, int] = {}
    for position in positions:
        unit = library.units[position]
        if unit.fault is not None:
            continue
        strong = unit.table.strong
        shared = [
            (definers[symbol], symbol)
            for symbol in strong
            if symbol in definers and library.units[definers[symbol]].view != unit.view
        ]
        if shared:
            earlier, symbol = min(shared)
            return _describe(library, earlier, position, symbol)
        for symbol in strong:
            definers.setdefault(symbol, position)
    return ""


def _describe(library: CheckedLibrary, first: int, second: int, symbol: str) -> str:
    """Return the message about two builds, given by their positions: which is newer, and why."""
    dates = [library.archive.members[position].date for position in (first, second)]
    newer, older = map(library.selector, (second, first) if dates[1] >= dates[0] else (first, second))
    if dates[0] == dates[1]:
        how = "stands behind the other and is probably newer, since ar q appends"
    else:
        how = f"is newer ({_day(max(dates))}, the other {_day(min(dates))})"
    return (
        f"{library.selector(first)} and {library.selector(second)} are two builds of one source: both define {symbol}. "
        f"{newer} {how}; {older} is probably a stale build"
    )


def _day(date: int) -> str:
    """Return the UTC date of a time in seconds since 1970."""
    from datetime import UTC, datetime  # noqa: PLC0415 (few archives have two builds of a member)

    try:
        return datetime.fromtimestamp(date, UTC).strftime("%Y-%m-%d %H:%M:%S")
    except (OverflowError, OSError, ValueError):
        return str(date)


RULE = ArchiveRule(TEXT, check)
