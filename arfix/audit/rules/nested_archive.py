"""A member of the archive is itself an archive.

## What it finds

Members that begin with `!<arch>` or `!<thin>`. One finding per member.

## Why it matters

No linker reads an archive inside an archive. Linked on demand, this goes unnoticed: the nested archive has no entry
in the symbol index, so the linker never reads it, and at most a symbol is undefined. With `--whole-archive` the
linker reads every member as an object, and this one is not an object.

The usual source is libtool: if it is given `/abs/libdep.a` instead of `-L/abs -ldep`, it runs `ar cr libx.a
/abs/libdep.a main.o`.

## What linkers do

| linker | whole | on demand |
|---|---|---|
| GNU ld | `member libx.a(libdep.a) in archive is not an object`, no errors for later members | `undefined reference` |
| gold | `member libdep.a at 1366 is not an ELF object` | `undefined reference` |
| lld | `not an ELF file` | warns `neither ET_REL nor LLVM bitcode` |
| mold | no message, exit 0; the symbols are missing | `undefined symbol` |

## How to repair

- The platform already has the nested library (libc, libm, libposix, libgcc, ...): remove it with `arfix flatten
  libx.a --drop`, or with `arfix flatten libx.a --platform SYSROOT/lib`, which compares contents and removes only
  what the platform really has. If its members were kept, this archive would contain a second copy of the C library.
- The nested library exists nowhere else: replace it by its members with `arfix flatten libx.a`.

## Example

    $ arfix check libffi.a
    error nested-archive: archive stored as a member
      No linker reads it. Whole, GNU ld, gold and lld refuse the link; mold silently drops its symbols.
      libffi.a
        libc.a  an archive of 5,452,590 bytes is stored as a member, and no linker looks inside; it is ...
        repair: arfix flatten libffi.a --drop
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.audit.finding import Fix, Severity
from arfix.audit.rule import ArchiveRule, RuleText
from arfix.edits.platform import is_platform_library
from arfix.edits.requests import Flatten, FlattenChoice, Strip
from arfix.formats.model import Content

if TYPE_CHECKING:
    from collections.abc import Iterator

    from arfix.audit.checked_library import CheckedLibrary
    from arfix.audit.finding import Finding

TEXT = RuleText(
    id="nested-archive",
    title="archive stored as a member",
    why="No linker reads it. Whole, GNU ld, gold and lld refuse the link; mold silently drops its symbols.",
    explanation=__doc__ or "",
    severity=Severity.ERROR,
)

_NESTED = frozenset({Content.ARCHIVE, Content.THIN_ARCHIVE})


def check(library: CheckedLibrary) -> Iterator[Finding]:
    """Yield a finding for each nested archive; those to drop first, before another's repair splices them all."""
    members = library.archive.members
    positions = [position for position, content in enumerate(library.contents) if content in _NESTED]
    positions.sort(key=lambda position: not is_platform_library(members[position].name))
    names = [members[position].name for position in positions]
    all_platform = all(map(is_platform_library, names))
    severity = Severity.WARNING if library.settings.on_demand else TEXT.severity
    for position, name in zip(positions, names, strict=True):
        belongs = is_platform_library(name)
        advice = "; it is the platform's own library, so drop it" if belongs else ""
        kind = "a thin archive" if library.contents[position] is Content.THIN_ARCHIVE else "an archive"
        size = library.archive.members[position].size
        yield TEXT.finding(
            f"{kind} of {size:,} bytes is stored as a member, and no linker looks inside{advice}",
            archive=library.path,
            member=library.labels[position],
            fix=_fix(library, position, belongs=belongs, all_platform=all_platform),
            severity=severity,
        )


def _fix(library: CheckedLibrary, position: int, *, belongs: bool, all_platform: bool) -> Fix:
    """Return the repair, which drops archives of the platform and splices others."""
    if library.settings.sysroot is not None:
        return Fix(library.path, Flatten(platform=(library.settings.sysroot,)))
    if all_platform:
        return Fix(library.path, Flatten(FlattenChoice.DROP))
    if belongs:
        return Fix(library.path, Strip((library.selector(position),)))
    return Fix(library.path, Flatten())


RULE = ArchiveRule(TEXT, check)
