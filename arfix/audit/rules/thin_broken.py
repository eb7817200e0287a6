"""A thin archive names a file that is not there, or is another one by now.

## What it finds

Members of a thin archive (`!<thin>`) whose file cannot be read, and those whose file has another size than the archive says.

## Why it matters

A thin archive holds names and no bytes. Moved, installed or cleaned away from its objects it is worthless; when an object was compiled
again after the archive was made, its symbol index no longer speaks of the object that is there.

## What linkers do

GNU ld, gold, lld and mold fail when they open the member: `No such file or directory`. On demand that happens only once a symbol
in that member is wanted. A file of another size is taken as it is.

## How to repair

Build the archive again. A thin archive was never meant to be installed: make a full one with `ar cr` in its place. When the objects are there and
only changed, `arfix index libx.a` makes the index true again.

## Example

    $ arfix check libx.a
    error  thin-broken  libx.a(obj/x.o): the file obj/x.o cannot be read
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.audit.finding import Severity, arfix_command
from arfix.audit.rule import ArchiveRule, RuleText
from arfix.errors import ArfixError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from arfix.audit.finding import Finding
    from arfix.audit.library import Library

TEXT = RuleText(
    id="thin-broken",
    title="thin member whose file is missing or has changed",
    why="A thin archive holds names, not bytes: a linker fails when it opens the member, on demand only once it wants it.",
    explanation=__doc__ or "",
    severity=Severity.ERROR,
)


def check(library: Library) -> Iterator[Finding]:
    """Yield a finding for each thin member whose bytes are not what the archive says."""
    for position, member in enumerate(library.archive.members):
        if member.thin_path is None:
            continue
        try:
            found = member.data.nbytes
        except ArfixError as error:
            yield TEXT.finding(
                f"the file {member.thin_path} cannot be read: {error.message}",
                archive=library.path,
                member=library.labels[position],
            )
            continue
        announced = _announced_size(member.header)
        if announced is not None and announced != found:
            yield TEXT.finding(
                f"the file {member.thin_path} has {found:,} bytes, the archive says {announced:,}",
                archive=library.path,
                member=library.labels[position],
                fix=arfix_command("index", library.path),
                severity=Severity.WARNING,
            )


def _announced_size(header: bytes) -> int | None:
    """Return the size field of a stored header (bytes 48 to 58, decimal), or None when it is no number."""
    field = header[48:58].rstrip(b" ")
    return int(field) if field.isdigit() else None


RULE = ArchiveRule(TEXT, check)
