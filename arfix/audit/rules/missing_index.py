"""The archive has objects but no symbol index.

## What it finds

Archives that hold at least one object and no index member (`/`, `/SYM64/`, `__.SYMDEF`). The rule `stale-index`
reports an index that cannot be read.

## Why it matters

In a link on demand, the linker uses the index to find the member that defines a symbol. With `--whole-archive` the
index is not needed, so a missing one is noticed only when someone links the archive on demand.

## What linkers do

Linked whole, all four accept the archive. On demand, GNU ld (`archive has no index; run ranlib to add one`) and
gold (`no archive symbol table (run ranlib)`) refuse it; lld and mold read the members themselves and need no index.

## How to repair

`arfix index libx.a`. An archive loses its index if it is edited with `ar S`, or by an `ar` that does not know the
format of the objects.

## Example

    $ arfix check libx.a
    warning missing-index: archive without a symbol index
      libx.a
        12 objects, but no symbol index: GNU ld and gold take nothing from it on demand
        repair: arfix index libx.a
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.archive.oddity import OddityKind
from arfix.audit.finding import Fix, Severity
from arfix.audit.rule import ArchiveRule, RuleText
from arfix.counted import counted
from arfix.edits.requests import RebuildIndex

if TYPE_CHECKING:
    from collections.abc import Iterator

    from arfix.audit.checked_library import CheckedLibrary
    from arfix.audit.finding import Finding

TEXT = RuleText(
    id="missing-index",
    title="archive without a symbol index",
    why="On demand, GNU ld and gold refuse an archive without an index; lld and mold read the members themselves.",
    explanation=__doc__ or "",
    severity=Severity.WARNING,
)


def check(library: CheckedLibrary) -> Iterator[Finding]:
    """Yield a finding if the archive has objects and no index."""
    damaged = any(oddity.kind is OddityKind.BAD_INDEX for oddity in library.archive.oddities)
    if library.archive.index is None and library.objects and not damaged:
        yield TEXT.finding(
            f"{counted(len(library.objects), 'object')}, but no symbol index: GNU ld and gold take nothing from it "
            "on demand",
            archive=library.path,
            fix=Fix(library.path, RebuildIndex()),
            severity=Severity.ERROR if library.settings.on_demand else TEXT.severity,
        )


RULE = ArchiveRule(TEXT, check)
