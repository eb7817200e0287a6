"""A thin archive refers to a file that is missing or has changed.

## What it finds

Members of a thin archive (`!<thin>`) whose file cannot be read, or whose file does not have the size recorded in
the archive.

## Why it matters

A thin archive contains only the names of its members. It is useless once it is moved or installed without its
objects, or the objects are deleted. If an object is compiled again after the archive was made, the symbol index no
longer matches it.

## What linkers do

gold, lld and mold fail when they open the member (`No such file or directory`). Linked whole, GNU ld silently skips
the member and exits 0; on demand it fails. On demand, GNU ld, gold and lld 14 open a member only when one of its
symbols is needed; lld 19 and mold open all members. All use a file of a different size as it is.

## How to repair

Build the archive again. Thin archives are not meant to be installed: create a regular one with `ar cr`. If the
objects exist and have only changed, `arfix index libx.a` updates the index.

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
    why="A thin archive contains only file names: a linker fails when it opens the member.",
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
