"""Several members share one name.

## What it finds

Names that more than one member has. One finding per name: info, or a warning where two of them differ and define one
symbol, so that they are two builds of one source file. The newer is named: by the dates in the headers, or where these
are the same by order, since `ar q` appends.

## Why it matters

Linkers tell members apart by position, so such an archive links. Tools that go by name lose members: `ar x` leaves
the last of them, `ar d` removes the first only, `ar r` replaces the first only, and Python's archive readers keep
one. Recipes that name such a member say less than they seem to.

## What linkers do

All take it. Their messages name the member without saying which one.

## How to repair

Of two builds one is probably stale: `arfix strip libx.a 'x.o#1'` removes the first. arfix does not choose. Other
members of one name need no repair for a link: `arfix extract` keeps them apart, and identical copies are found by the
rule `identical-member`.

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
    why="Linkers do not mind, but ar x, ar d and ar r act on one of them only, and so do recipes that name it.",
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
