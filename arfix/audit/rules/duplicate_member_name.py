"""Several members share one name.

## What it finds

Names that more than one member has. One finding per name.

## Why it matters

Linkers tell members apart by position, so such an archive links. Tools that go by name lose members: `ar x` leaves
the last of them, `ar d` removes the first only, `ar r` replaces the first only, and Python's archive readers keep
one. Recipes that name such a member say less than they seem to.

## What linkers do

All take it. Their messages name the member without saying which one.

## How to repair

Nothing needs repair for a link. `arfix strip libx.a 'x.o#2'` names one of several, `arfix extract` keeps them
apart, and identical copies are told by the rule `identical-member`.

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
            yield TEXT.finding(
                f"{count} members share this name: ar x, ar d and ar r act on one of them only",
                archive=library.path,
                member=name,
                related=tuple(f"{library.path}({name}#{number})" for number in range(1, count + 1)),
            )


RULE = ArchiveRule(TEXT, check)
