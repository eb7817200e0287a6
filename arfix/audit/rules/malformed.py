"""The archive or one of its members violates its format.

## What it finds

- error: the file has an archive's magic but cannot be read as an archive, or the tables of an object lie outside
  its bytes;
- warning: bytes after the last member, no padding after a last member of odd size, a second index or name table,
  special members in the wrong place;
- info: padding bytes and number fields that readers tolerate.

The rule `stale-index` reports a wrong index.

## Why it matters

Readers differ in what they tolerate, so such a file works on one machine and fails on another. `ar t` on a
truncated archive exits 0. A damaged object can go unnoticed while the archive is linked on demand, and breaks the
link with `--whole-archive`.

## What linkers do

GNU ld and mold accept trailing bytes and a missing last padding byte; gold (`short archive header`), lld and
llvm-ar (`truncated or malformed archive`) refuse the archive for either. All refuse an object whose tables lie
outside its bytes, once they read it.

## How to repair

`arfix index libx.a` rewrites the container, which removes trailing bytes and adds missing padding. Otherwise build
or download the archive again: it was truncated, or written by a faulty tool. `arfix salvage libx.a -o OUT.a`
recovers the readable members. A damaged member that nothing needs can be removed: `arfix strip libx.a MEMBER`.

## Example

    $ arfix check libx.a
    error malformed: violations of the archive or object format
      libx.a
        x.o  symbol table should end at 0x1200, but the object ends at 0x1000
        repair: arfix strip libx.a x.o
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.audit.finding import Fix, Safety, Severity
from arfix.audit.rule import ArchiveRule, RuleText
from arfix.edits.index_state import is_container_trouble
from arfix.edits.requests import RebuildIndex, Strip
from arfix.errors import UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from arfix.audit.checked_library import CheckedLibrary
    from arfix.audit.finding import Finding
    from arfix.errors import ArfixError

TEXT = RuleText(
    id="malformed",
    title="violations of the archive or object format",
    why="Readers differ in what they tolerate; a damaged object may break a whole link only.",
    explanation=__doc__ or "",
    severity=Severity.ERROR,
)


def check(library: CheckedLibrary) -> Iterator[Finding]:
    """Yield a finding for each oddity of the archive and each object whose tables cannot be read."""
    for oddity in library.archive.oddities:
        traits = oddity.kind.traits
        if not traits.in_index:  # else the rule `stale-index` reports it
            refused = f"; {' and '.join(traits.refused_by)} refuse the archive" if traits.refused_by else ""
            yield TEXT.finding(
                f"{oddity.message}{refused}",
                archive=library.path,
                member="(".join(oddity.where.members) + ")" * (len(oddity.where.members) - 1) or None,
                severity=Severity.INFO if traits.forgiven else Severity.WARNING,
                fix=Fix(library.path, RebuildIndex()) if is_container_trouble(oddity) else None,
            )
    for position, facts in enumerate(library.facts):
        problem = None if facts is None else library.units[position].fault
        if problem is not None and not isinstance(problem, UnsupportedError):
            yield TEXT.finding(
                problem.message,
                archive=library.path,
                member=library.labels[position],
                fix=Fix(library.path, Strip((library.selector(position),)), Safety.UNSAFE),
            )


def unreadable(path: str, error: ArfixError) -> Finding:
    """Return the finding for a file with an archive's magic that cannot be read."""
    offset = "" if error.where is None or error.where.offset is None else f" (at {error.where.offset:#x})"
    members = () if error.where is None else error.where.members
    return TEXT.finding(f"{error.message}{offset}", archive=path, member=members[-1] if members else None)


RULE = ArchiveRule(TEXT, check)
