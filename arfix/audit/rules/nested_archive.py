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
  what the platform really has. A project's own `libutil.a` or `libm.a`, which defines other functions, is not the
  platform's. If its members were kept, this archive would contain a second copy of the C library.
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

from contextlib import suppress
from typing import TYPE_CHECKING

from arfix.archive.read import read_archive
from arfix.archive.source import BytesSource
from arfix.audit.finding import Fix, Safety, Severity, counted_names
from arfix.audit.rule import ArchiveRule, RuleText
from arfix.edits.platform import defined_in, is_platform_copy
from arfix.edits.requests import Flatten, FlattenChoice, Strip
from arfix.errors import ArfixError
from arfix.formats.model import Content
from arfix.symbols.definitions import read_member_symbols

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
    overridden = _overridden(library, positions)
    copies = {one for one in positions if is_platform_copy(members[one].name, library.units[one].view)}
    positions.sort(key=lambda position: position not in copies)
    all_platform = len(copies) == len(positions)
    severity = Severity.WARNING if library.settings.on_demand else TEXT.severity
    for position in positions:
        belongs = position in copies
        advice = "; it is the platform's own library, so drop it" if belongs else ""
        kind = "a thin archive" if library.contents[position] is Content.THIN_ARCHIVE else "an archive"
        size = library.archive.members[position].size
        yield TEXT.finding(
            f"{kind} of {size:,} bytes is stored as a member, and no linker looks inside{advice}",
            archive=library.path,
            member=library.labels[position],
            fix=_fix(library, position, overridden, belongs=belongs, all_platform=all_platform),
            severity=severity,
        )


def _overridden(library: CheckedLibrary, positions: list[int]) -> tuple[str, ...]:
    """Return the weak definitions of the archive's own members that a nested archive would replace."""
    tables = [library.units[position].table for position, _ in library.objects] if positions else []
    groups = (group.names for table in tables for group in table.groups)
    weak = {name for table in tables for name in table.weak}.difference(*groups)
    found: dict[str, None] = {}
    for position in positions if weak else ():
        unit = library.units[position]
        with suppress(ArfixError):
            nested = read_archive(BytesSource(unit.where, unit.view), unit.where)
            if not weak.isdisjoint(defined_in(nested)):
                strong = {name for member in nested for name in read_member_symbols(member).strong}
                found |= dict.fromkeys(sorted(weak & strong))
    return tuple(found)


def _fix(
    library: CheckedLibrary, position: int, overridden: tuple[str, ...], *, belongs: bool, all_platform: bool
) -> Fix:
    """Return the repair, which drops archives of the platform and splices others.

    It is unsafe if functions of the nested archive would take the place of weak ones: mold links such an archive as it
    is, with the weak ones.
    """
    costs = (f"the nested definitions of {counted_names(overridden)} replace weak ones",) if overridden else ()
    safety = Safety.UNSAFE if overridden else Safety.SAFE
    if library.settings.sysroot is not None:
        return Fix(library.path, Flatten(platform=(library.settings.sysroot,)), safety, costs)
    if all_platform:
        return Fix(library.path, Flatten(FlattenChoice.DROP))
    if belongs:
        return Fix(library.path, Strip((library.selector(position),)))
    return Fix(library.path, Flatten(), safety, costs)


RULE = ArchiveRule(TEXT, check)
