"""Members carry dates, owners or modes of the machine that built them.

## What it finds

Member headers whose date, user, group or mode is not the deterministic 0, 0, 0 and 644. One finding per archive.
Darwin archives are not checked: there the debug map identifies an object by its date.

## Why it matters

This has no effect on a link. But two builds of the same source produce different archives, so caches, content
hashes and comparisons report a change where there is none.

## What linkers do

Linkers ignore these fields.

## How to repair

Build with `ar crD` (the default of Debian's `ar`), or set `SOURCE_DATE_EPOCH` if the archiver supports it. `arfix
normalize libx.a` sets the fields as `ar D` does. The other commands do not change the headers of members that they
do not edit.

## Example

    $ arfix check --all libx.a
    info not-deterministic: dates, owners or modes in member headers
      libx.a
        x.o  12 of 12 members carry a date, owner or mode of a build
        repair: arfix normalize libx.a
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.archive.model import Kind
from arfix.audit.finding import Fix, Severity
from arfix.audit.rule import ArchiveRule, RuleText
from arfix.counted import counted
from arfix.edits.member_conversion import is_zeroed
from arfix.edits.requests import Normalize

if TYPE_CHECKING:
    from collections.abc import Iterator

    from arfix.archive.model import Member
    from arfix.audit.checked_library import CheckedLibrary
    from arfix.audit.finding import Finding

TEXT = RuleText(
    id="not-deterministic",
    title="dates, owners or modes in member headers",
    why="Linkers ignore them, but builds of the same source differ, and comparisons report a change.",
    explanation=__doc__ or "",
    severity=Severity.INFO,
)

_DARWIN = frozenset({Kind.DARWIN, Kind.DARWIN64})

_PERMISSIONS = 0o777
_PLAIN_FILE = 0o644


def check(library: CheckedLibrary) -> Iterator[Finding]:
    """Yield a finding if any member header records the machine that built it."""
    if library.archive.kind in _DARWIN:
        return
    telling = [position for position, member in enumerate(library.archive.members) if _has_origin(member)]
    if telling:
        carry = "carries" if len(telling) == 1 else "carry"
        yield TEXT.finding(
            f"{len(telling)} of {counted(len(library.archive), 'member')} {carry} a date, owner or mode of a build",
            archive=library.path,
            member=library.labels[telling[0]],
            fix=Fix(library.path, Normalize()),
        )


def _has_origin(member: Member) -> bool:
    if is_zeroed(member):
        return False
    plain = member.mode & _PERMISSIONS in {0, _PLAIN_FILE}
    return bool(member.date > 0 or member.uid > 0 or member.gid > 0 or not plain)


RULE = ArchiveRule(TEXT, check)
