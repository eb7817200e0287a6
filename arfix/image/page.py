"""The report of an image audit as an HTML page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from arfix.counted import counted
from arfix.image.text import explain_forbidden, explain_gap, explain_state, image_name, summarize
from arfix.report.html.model import (
    PLAIN,
    CellKind,
    Column,
    Comparison,
    Map,
    Mark,
    Report,
    Row,
    Table,
    Tile,
    Tone,
    Verdict,
    VerdictGroup,
)
from arfix.report.html.pages import subject_of
from arfix.report.text import human_size
from arfix.symbols.demangled import demangle

if TYPE_CHECKING:
    from collections.abc import Iterator

    from arfix.image.audit import AuditedFile, ImageAudit
    from arfix.linkage.exports import Resolved

_SEVERAL = Mark("error", "in several images")
_STATE = Mark("warning", "with state that the program can change")
_REST = Mark("out", "of no library that was searched for")
_MARKS = (_SEVERAL, _STATE, _REST, PLAIN)

_FINDING_COLUMNS = (
    Column("severity", CellKind.TONE, 4),
    Column("finding", CellKind.TEXT, 4),
    Column("image", CellKind.NAME, 5),
    Column("symbol", CellKind.NAME, 7),
    Column("why", CellKind.TEXT, 10),
)
_LIBRARY_COLUMNS = (
    Column("image", CellKind.NAME, 6),
    Column("library", CellKind.NAME, 5),
    Column("in file", CellKind.SIZE, 3),
    Column("members", CellKind.NUMBER, 3),
    Column("of another build", CellKind.NUMBER, 3),
    Column("state", CellKind.SIZE, 3),
)
_DUPLICATE_COLUMNS = (
    Column("library", CellKind.NAME, 5),
    Column("images", CellKind.NAME, 8),
    Column("members", CellKind.NUMBER, 3),
    Column("wasted", CellKind.SIZE, 3),
    Column("state of each copy", CellKind.TEXT, 8),
)


def image_page(audit: ImageAudit, command: str) -> Report:
    """Return the report of an audit."""
    tables = [
        Table("findings", "Findings", _FINDING_COLUMNS, tuple(_findings(audit))),
        Table("duplicates", "More than once", _DUPLICATE_COLUMNS, tuple(_duplicates(audit))),
        Table("libraries", "Libraries in images", _LIBRARY_COLUMNS, tuple(_libraries(audit))),
    ]
    images = [one.module.path for one in audit.resolved]
    return Report(
        "image",
        subject_of(images),
        summarize(audit),
        Tone.GOOD if audit.is_sound else Tone.BAD,
        command,
        (VerdictGroup("By image", tuple(_verdict(audit, one) for one in audit.resolved)),),
        comparisons=tuple(_comparisons(audit)),
        maps=(_map(audit),) if audit.libraries and audit.files else (),
        tables=tuple(table for table in tables if table.rows or table.id == "findings"),
        notes=tuple(_notes(audit)),
    )


def _verdict(audit: ImageAudit, one: Resolved) -> Verdict:
    forbidden = sum(export.image == one.module.path for export in audit.forbidden)
    words = [f"{counted(len(one.errors), 'symbol')} not found"] if one.errors else []
    words += [f"{counted(forbidden, 'export')} too many"] if forbidden else []
    text = f"needs {counted(len(one.module.needs), 'symbol')}, exports {len(one.module.exports):,}"
    return Verdict(
        image_name(one.module.path), Tone.BAD if words else Tone.GOOD, ", ".join(words) or "finds every symbol", text
    )


def _findings(audit: ImageAudit) -> Iterator[Row]:
    for one in audit.resolved:
        errors = {id(gap) for gap in one.errors}
        for gap in one.gaps:
            name = gap.need.name if gap.need.version is None else f"{gap.need.name}@{gap.need.version}"
            severity, tone = ("error", Tone.BAD) if id(gap) in errors else ("info", Tone.NEUTRAL)
            cells = (
                severity,
                gap.verdict.value.replace("-", " "),
                image_name(one.module.path),
                name,
                explain_gap(audit, one, gap),
            )
            yield Row(("gap", one.module.path, name), cells, tone, _demangled(gap.need.name))
    for export in audit.forbidden:
        cells = (
            "error",
            "exported and should not be",
            image_name(export.image),
            export.symbol,
            explain_forbidden(export),
        )
        yield Row(("export", export.image, export.symbol), cells, Tone.BAD, _demangled(export.symbol))


def _demangled(name: str) -> tuple[tuple[str, str], ...]:
    plain = demangle(name)
    return (("Demangled", plain),) if plain else ()


def _duplicates(audit: ImageAudit) -> Iterator[Row]:
    for one in audit.duplicates:
        library = Path(audit.libraries[one.position].path).name
        images = ", ".join(map(image_name, one.images))
        details = (("Members", ", ".join(one.members)),)
        cells = (library, images, len(one.members), one.wasted, explain_state(one.state))
        yield Row((library, *one.images), cells, Tone.WARN, details)


def _libraries(audit: ImageAudit) -> Iterator[Row]:
    for file in audit.files:
        for library, copy in zip(audit.libraries, file.copies, strict=True):
            if copy is not None:
                state = sum(section.size for section in copy.state)
                name = Path(library.path).name
                details = (("Members", ", ".join(copy.members)),)
                cells = (file.name, name, copy.size_in_file, len(copy.members), len(copy.other_build), state)
                yield Row((file.path, library.path), cells, details=details)


def _comparisons(audit: ImageAudit) -> Iterator[Comparison]:
    for file in audit.files:
        old = audit.before.get(file.name)
        if old is None:
            continue
        yield Comparison(file.name, old.size, file.size, is_size=True)
        for library, before, after in zip(audit.libraries, old.copies, file.copies, strict=True):
            if before is not None or after is not None:
                yield Comparison(
                    f"{file.name}: {Path(library.path).name}",
                    0 if before is None else before.size_in_file,
                    0 if after is None else after.size_in_file,
                    is_size=True,
                )


def _map(audit: ImageAudit) -> Map:
    """Return the members of libraries that are in the images, and the rest of each image."""
    shared = {(one.position, member) for one in audit.duplicates for member in one.members}
    tiles: list[Tile] = []
    for group, file in enumerate(audit.files):
        tiles += _tiles(audit, group, file, shared)
    used = {tile.mark for tile in tiles}
    return Map(
        "members",
        "Members in images",
        tuple(file.path for file in audit.files),
        tuple(mark for mark in _MARKS if mark.id in used),
        tuple(tiles),
        note="The area of a member is its size in the file of the image.",
    )


def _tiles(audit: ImageAudit, group: int, file: AuditedFile, shared: set[tuple[int, str]]) -> Iterator[Tile]:
    for number, (library, copy) in enumerate(zip(audit.libraries, file.copies, strict=True)):
        sizes: dict[str, list[int]] = {}
        for section in () if copy is None else copy.sections:
            both = sizes.setdefault(section.member, [0, 0])
            both[0] += section.size_in_file
            both[1] += section.size if section.is_state else 0
        for member, (size, state) in sizes.items():
            mark = _SEVERAL if (number, member) in shared else _STATE if state else PLAIN
            facts = (
                ("Library", library.path),
                ("In the file", human_size(size)),
                ("State", human_size(state) if state else "none"),
                ("Copies", mark.label if mark is _SEVERAL else "this one"),
            )
            name = member if len(audit.libraries) == 1 else f"{Path(library.path).name}({member})"
            yield Tile(group, name, size, mark.id, facts)
    yield Tile(group, "the rest", max(file.rest, 0), _REST.id, (("In the file", human_size(max(file.rest, 0))),))


def _notes(audit: ImageAudit) -> Iterator[str]:
    unfound = dict.fromkeys(name for one in audit.resolved for name in one.unfound)
    yield from (f"{name} was not found; what it has is not known" for name in unfound)
    for one in audit.preempted:
        number = counted(len(one.symbols), "symbol")
        yield f"{image_name(one.path)} exports {number} that the program has too, and first"
