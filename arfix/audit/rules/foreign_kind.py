"""The archive has a format that the usual linkers for its objects cannot read.

## What it finds

ELF objects in a BSD or Darwin archive, and Mach-O objects in a GNU or COFF archive. One finding per archive.

## Why it matters

The kind of an archive decides how long names and the symbol index are stored. llvm-ar on macOS, bsdtar and some
build tools choose the kind for the host instead of the objects, so a cross-built library gets the wrong kind. It
then links with some linkers and not with others.

## What linkers do

If a BSD or Darwin archive contains ELF objects, GNU ld does not read an index written by llvm-ar (`archive has no
index; run ranlib to add one`), and treats it as a member under `--whole-archive` (`member libx.a(__.SYMDEF) in
archive is not an object`). It does read an index written by Apple's tools. gold reads neither the index nor names
stored after the header. lld and mold read these kinds. Apple's linker does not accept a GNU archive at all;
`ld64.lld` does.

## How to repair

For ELF objects, `arfix convert libx.a --kind gnu` writes a GNU archive; `arfix index libx.a` does the same, as GNU
ranlib does. For Mach-O objects, `arfix convert libx.a --kind darwin` writes a Darwin archive.

## Example

    $ arfix check libx.a
    error foreign-kind: archive format that linkers for its objects do not read
      libx.a
        ELF objects in a Darwin archive, whose index GNU ld and gold read as a member
        repair: arfix convert libx.a --kind gnu
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.archive.model import Kind
from arfix.audit.finding import Fix, Severity
from arfix.audit.rule import ArchiveRule, RuleText
from arfix.edits.index_state import foreign_kind
from arfix.edits.requests import Convert
from arfix.formats.model import Content

if TYPE_CHECKING:
    from collections.abc import Iterator

    from arfix.audit.checked_library import CheckedLibrary
    from arfix.audit.finding import Finding

TEXT = RuleText(
    id="foreign-kind",
    title="archive format that linkers for its objects do not read",
    why="lld and mold read all kinds of archives; GNU ld, gold and Apple's linker read only their own.",
    explanation=__doc__ or "",
    severity=Severity.ERROR,
)

_GNU = frozenset({Kind.GNU, Kind.GNU64, Kind.COFF})


def check(library: CheckedLibrary) -> Iterator[Finding]:
    """Yield a finding if the archive's kind does not suit its objects."""
    said = foreign_kind(library.archive)
    if said:
        yield TEXT.finding(
            said,
            archive=library.path,
            fix=Fix(library.path, Convert(Kind.GNU)),
            severity=None if "GNU ld" in said else Severity.WARNING,
        )
    elif library.archive.kind in _GNU and not library.archive.thin and Content.MACHO in library.contents:
        yield TEXT.finding(
            f"Mach-O objects in a {library.archive.kind.value} archive, which Apple's linker does not read",
            archive=library.path,
            fix=Fix(library.path, Convert(Kind.DARWIN)),
            severity=Severity.WARNING,
        )


RULE = ArchiveRule(TEXT, check)
