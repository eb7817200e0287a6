"""Mach-O members do not start at a multiple of 8 bytes.

## What it finds

64-bit Mach-O objects whose offset in the archive is not a multiple of 8. One finding per archive.

## Why it matters

Apple's linker maps an archive and reads its objects in place, so their tables must be aligned. Archivers that store
the name after the header pad it for this reason; some do not, and members are then off by 4 bytes.

## What linkers do

Apple's ld64 warns (`archive member not 8-byte aligned`); the linker of Xcode 15 and later refuses (`64-bit mach-o
member 'x.o' not 8-byte aligned`). ld64.lld accepts such members.

## How to repair

`arfix index libx.a` rewrites the archive with every member aligned, as Apple's `ranlib` and `libtool` do. The
contents of the members do not change.

## Example

    $ arfix check libx.a
    warning misaligned-member: members of a Mach-O library that are not aligned
      libx.a
        1 of 2 members does not start at a multiple of 8 bytes (client.o)
        repair: arfix index libx.a
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.archive.format import DARWIN_ALIGNMENT
from arfix.audit.finding import Fix, Severity, counted_names
from arfix.audit.rule import ArchiveRule, RuleText
from arfix.edits.index_state import misaligned
from arfix.edits.requests import RebuildIndex

if TYPE_CHECKING:
    from collections.abc import Iterator

    from arfix.audit.checked_library import CheckedLibrary
    from arfix.audit.finding import Finding

TEXT = RuleText(
    id="misaligned-member",
    title="members of a Mach-O library that are not aligned",
    why="Apple's linker reads 64-bit objects in place and refuses those that do not start at a multiple of 8 bytes.",
    explanation=__doc__ or "",
    severity=Severity.WARNING,
)


def check(library: CheckedLibrary) -> Iterator[Finding]:
    """Yield a finding if any 64-bit Mach-O member is not aligned."""
    positions = misaligned(library.archive)
    if positions:
        do = "does" if len(positions) == 1 else "do"
        yield TEXT.finding(
            f"{len(positions)} of {len(library.archive)} members {do} not start at a multiple of "
            f"{DARWIN_ALIGNMENT} bytes "
            f"({counted_names([library.labels[position] for position in positions])})",
            archive=library.path,
            fix=Fix(library.path, RebuildIndex()),
        )


RULE = ArchiveRule(TEXT, check)
