"""The archive has objects but no symbol index.

## What it finds

Archives that hold at least one object and no index member (`/`, `/SYM64/`, `__.SYMDEF`). An index that cannot be
read is told by the rule `stale-index`.

## Why it matters

On demand the index is how a linker finds the member that defines a symbol. Under `--whole-archive` it is not needed by
every linker, so a missing index shows only when somebody links the same archive on demand.

## What linkers do

Whole, all four take the archive. On demand GNU ld (`archive has no index; run ranlib to add one`) and gold (`no archive
symbol table (run ranlib)`) refuse it; lld and mold read the members themselves and need no index.

## How to repair

`arfix index libx.a`. An archive loses its index when it is edited with `ar S`, or by an `ar` that knows nothing of
the objects' format.

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
            f"{len(library.objects)} objects, but no symbol index: GNU ld and gold take nothing from it on demand",
            archive=library.path,
            fix=Fix(library.path, RebuildIndex()),
            severity=Severity.ERROR if library.settings.on_demand else TEXT.severity,
        )


RULE = ArchiveRule(TEXT, check)
