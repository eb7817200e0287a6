"""The archive is of a kind that the linkers of its objects do not read.

## What it finds

ELF objects in a BSD or Darwin archive, and Mach-O objects in a GNU or COFF archive. One finding per archive.

## Why it matters

The kind of an archive decides how long names and the symbol index are stored. llvm-ar on macOS, bsdtar and some build
tools choose the kind by the host and not by the objects, so a library cross-built there is of the wrong kind. It links
with one linker and not with the next.

## What linkers do

With ELF objects in a BSD or Darwin archive GNU ld does not read an index that llvm-ar wrote (`archive has no index; run
ranlib to add one`), and takes it for a member under `--whole-archive` (`member libx.a(__.SYMDEF) in archive is not an
object`). It reads one that Apple's tools wrote. gold reads neither the index nor names that stand behind the header.
lld and mold read these kinds. Apple's linker does not take a GNU archive at all; lld's `ld64.lld` does.

## How to repair

`arfix convert libx.a --kind gnu` writes ELF objects as a GNU archive, and so does `arfix index libx.a`, as GNU ranlib
does; `arfix convert libx.a --kind darwin` writes Mach-O objects as a Darwin one.

## Example

    $ arfix check libx.a
    error foreign-kind: archive of a kind that linkers of its objects do not read
      libx.a
        ELF objects in a Darwin archive, whose index GNU ld and gold do not read and take for a member
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
    title="archive of a kind that linkers of its objects do not read",
    why="The kind decides how names and the symbol index are stored; lld and mold read any, the platform's own do not.",
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
