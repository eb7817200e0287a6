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
    from collections.abc import Iterator

    from arfix.audit.finding import Finding
    from arfix.audit.library import Library

TEXT = RuleText(
    id="duplicate-member-name",
    title="members that share a name",
    why="Linkers do not mind, but ar x, ar d and ar r act on one of them only, and so do recipes that name it.",
    explanation=__doc__ or "",
    severity=Severity.INFO,
)


def check(library: Library) -> Iterator[Finding]:
    """Yield a finding for each name that more than one member has, in archive order."""
    counts: dict[str, int] = {}
    if library.repeated_names:
        for member in library.archive.members:
            counts[member.name] = counts.get(member.name, 0) + 1
    for name, count in counts.items():
        if count > 1:
            builds = _builds(library, name)
            yield TEXT.finding(
                builds or f"{count} members share this name: ar x, ar d and ar r act on one of them only",
                archive=library.path,
                member=name,
                related=tuple(f"{library.path}({name}#{number})" for number in range(1, count + 1)),
                severity=Severity.WARNING if builds else None,
            )


def _builds(library: Library, name: str) -> str:
    """Return what is known of two members of one name that define one symbol; empty where there are none."""
    same = [position for position, member in enumerate(library.archive.members) if member.name == name]
    for number, position in enumerate(same[1:], 2):
        for earlier, other in enumerate(same[: number - 1], 1):
            shared = _shared(library, other, position)
            if shared:
                return _describe(library, name, (earlier, other), (number, position), shared)
    return ""


def _shared(library: Library, one: int, other: int) -> str:
    """Return a symbol that two members define strongly; empty where there is none or they are the same bytes."""
    first, second = library.units[one], library.units[other]
    if first.fault is not None or second.fault is not None or first.view == second.view:
        return ""
    return min(set(first.table.strong) & set(second.table.strong), default="")


def _describe(library: Library, name: str, first: tuple[int, int], second: tuple[int, int], symbol: str) -> str:
    """Return which of two builds, given as (number, position), is the newer one, and how that is known."""
    dates = [library.archive.members[position].date for _, position in (first, second)]
    newer, older = (second, first) if dates[1] >= dates[0] else (first, second)
    if dates[0] == dates[1]:
        how = "stands behind the other and is probably newer, since ar q appends"
    else:
        how = f"is newer ({_day(max(dates))}, the other {_day(min(dates))})"
    return (
        f"{name}#{first[0]} and {name}#{second[0]} are two builds of one source: both define {symbol}. "
        f"{name}#{newer[0]} {how}; {name}#{older[0]} is probably a stale build"
    )


def _day(date: int) -> str:
    """Return a time in seconds since 1970 as people write it, in UTC."""
    from datetime import UTC, datetime  # noqa: PLC0415 (few archives have two builds of a member)

    try:
        return datetime.fromtimestamp(date, UTC).strftime("%Y-%m-%d %H:%M:%S")
    except (OverflowError, OSError, ValueError):
        return str(date)


RULE = ArchiveRule(TEXT, check)
