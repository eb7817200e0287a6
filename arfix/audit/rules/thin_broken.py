"""A thin archive names a file that is not there, or is another one by now.

## What it finds

Members of a thin archive (`!<thin>`) whose file cannot be read, and those whose file has another size than the
archive says.

## Why it matters

A thin archive holds names and no bytes. Moved, installed or cleaned away from its objects it is worthless; when an
object was compiled again after the archive was made, its symbol index no longer speaks of the object that is there.

## What linkers do

gold, lld and mold fail when they open the member (`No such file or directory`). GNU ld leaves it out of a whole archive
without a word and exits 0; on demand it fails. On demand GNU ld, gold and lld 14 open a member only once a symbol in
it is wanted; lld 19 and mold open all. A file of another size is taken as it is.

## How to repair

Build the archive again. A thin archive was never meant to be installed: make a full one with `ar cr` in its place.
When the objects are there and only changed, `arfix index libx.a` makes the index true again.

## Example

    $ arfix check libx.a
    error thin-broken: thin member whose file is missing or has changed
      libx.a
        obj/x.o  the file obj/x.o cannot be read: No such file or directory
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.audit.finding import Severity
from arfix.audit.rule import ArchiveRule, RuleText
from arfix.errors import ArfixError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from arfix.audit.checked_library import CheckedLibrary
    from arfix.audit.finding import Finding

TEXT = RuleText(
    id="thin-broken",
    title="thin member whose file is missing or has changed",
    why="A thin archive holds names, not bytes: a linker fails when it opens the member, on demand perhaps never.",
    explanation=__doc__ or "",
    severity=Severity.ERROR,
)


def check(library: CheckedLibrary) -> Iterator[Finding]:
    """Yield a finding for each thin member whose file is missing or does not match the archive."""
    for position, member in enumerate(library.archive.members):
        if member.thin_path is None:
            continue
        try:
            _ = member.data
        except ArfixError as error:
            yield TEXT.finding(
                f"the file {member.thin_path} cannot be read: {error.message}",
                archive=library.path,
                member=library.labels[position],
            )


RULE = ArchiveRule(TEXT, check)
