"""A member of the archive is not an object file.

## What it finds

Members that are neither object code nor archives: text, linker scripts, libtool's `.la` files, empty files, shared
objects, executables, or unknown data. This includes the `__.LIBDEP` member that `ar --record-libdeps` writes. One
finding per member.

## Why it matters

Linked on demand, such a member goes unnoticed: it has no entry in the symbol index, so no linker reads it. With
`--whole-archive` the linker reads it as an object.

## What linkers do

Linked whole, GNU ld (`member libx.a(README) in archive is not an object`), gold (`is not an ELF object`) and lld
(`not an ELF file`) refuse the link. mold ignores the member and returns 0. A shared object as a member is worse:
GNU ld and gold link against it as a library, mold ignores it, and lld reads it as an object and prints many errors.

## How to repair

Remove the member: `arfix strip libx.a MEMBER`. A shared object belongs on the command line and not into an archive:
remove it, and add it to the link.

## Example

    $ arfix check libx.a
    error non-object-member: member that is not an object file
      libx.a
        README  text, not an object: linkers refuse it or ignore it
        repair: arfix strip libx.a README
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.audit.finding import Fix, Severity
from arfix.audit.rule import ArchiveRule, RuleText
from arfix.edits.requests import Strip
from arfix.formats.model import OBJECT_CONTENTS, Content

if TYPE_CHECKING:
    from collections.abc import Iterator

    from arfix.audit.checked_library import CheckedLibrary
    from arfix.audit.finding import Finding

TEXT = RuleText(
    id="non-object-member",
    title="member that is not an object file",
    why="On demand it goes unnoticed; whole, GNU ld, gold and lld refuse the link, and mold ignores the member.",
    explanation=__doc__ or "",
    severity=Severity.ERROR,
)

#: Contents that are objects, or that the rule `nested-archive` reports. What is damaged is told by `malformed`.
_REPORTED_ELSEWHERE = OBJECT_CONTENTS | {Content.ARCHIVE, Content.THIN_ARCHIVE}

_WORDS = {
    Content.ELF_SHARED: "a shared object",
    Content.ELF_EXECUTABLE: "an executable",
    Content.LIBTOOL_LA: "a libtool .la file",
    Content.LINKER_SCRIPT: "a linker script",
    Content.TEXT: "text",
    Content.EMPTY: "empty",
    Content.MACHO_UNIVERSAL: "a Mach-O universal file",
}


def check(library: CheckedLibrary) -> Iterator[Finding]:
    """Yield a finding for each member that is neither an object nor an archive."""
    severity = Severity.WARNING if library.settings.on_demand else TEXT.severity
    for position, facts in enumerate(library.facts):
        content = None if facts is None else facts.content
        if facts is None or content in _REPORTED_ELSEWHERE or library.units[position].fault is not None:
            continue
        yield TEXT.finding(
            f"{_WORDS.get(facts.content, 'bytes of an unknown kind')}, not an object: linkers refuse it or ignore it",
            archive=library.path,
            member=library.labels[position],
            fix=Fix(library.path, Strip((library.selector(position),))),
            severity=severity,
        )


RULE = ArchiveRule(TEXT, check)
