"""The report of a survey, or of the answer to a query, as an HTML page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from arfix.counted import counted
from arfix.report.html.model import (
    PLAIN,
    CellKind,
    Column,
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
from arfix.report.text import human_size
from arfix.survey.query import SQL, ask
from arfix.survey.text import cell_text, rows_of
from arfix.symbols.demangled import demangle

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa

    from arfix.report.html.model import Cell
    from arfix.survey.query import Query

#: As many findings as a table has rows, the worst first.
_FINDINGS: Final = """
    SELECT * FROM findings
    ORDER BY CASE severity WHEN 'error' THEN 0 WHEN 'warning' THEN 1 ELSE 2 END, rule, source, path, member, symbol
    LIMIT 20000
"""
#: Rows of a table, and tiles of the map, before the rest is only counted.
_MOST: Final = 20_000
_MOST_TILES: Final = 4_000

_TARGETS: Final = (("exe", "executable"), ("pie", "PIE"), ("shared", "shared object"))
_TONES: Final = {"error": Tone.BAD, "warning": Tone.WARN}
_BLOCKED = Mark("error", "cannot be linked whole into an executable")
_WARNED = Mark("warning", "cannot be linked whole into a PIE or shared object")

_ARCHIVE_COLUMNS = (
    Column("archive", CellKind.NAME, 8),
    Column("package", CellKind.NAME, 5),
    Column("machine", CellKind.TEXT, 3),
    Column("kind", CellKind.TEXT, 2),
    Column("size", CellKind.SIZE, 3),
    Column("members", CellKind.NUMBER, 3),
    Column("symbols", CellKind.NUMBER, 3),
    Column("blocked as executable by", CellKind.TEXT, 6),
)
_FINDING_COLUMNS = (
    Column("severity", CellKind.TONE, 3),
    Column("rule", CellKind.TEXT, 5),
    Column("archive", CellKind.NAME, 7),
    Column("member", CellKind.NAME, 5),
    Column("symbol", CellKind.NAME, 6),
    Column("finding", CellKind.TEXT, 10),
)


def survey_page(folder: str, command: str) -> Report:
    """Return the report of the survey in a folder: its archives, and what was found in them.

    Raises:
        UnsupportedError: DuckDB is not installed.
    """
    archives = _rows(folder, "SELECT * FROM archives ORDER BY source, path")
    findings = _rows(folder, _FINDINGS)
    (count,) = _rows(folder, "SELECT count(*) AS number FROM findings")
    total = sum(_number(row["size"]) for row in archives)
    blocked = sum(bool(row["blocked_exe"]) for row in archives)
    more = _number(count["number"]) - len(findings)
    paths = {row["archive"]: _path(row) for row in archives}
    return Report(
        "survey",
        folder,
        f"{counted(len(archives), 'archive')}, {human_size(total)}; {blocked:,} blocked from an executable",
        Tone.WARN if blocked else Tone.GOOD,
        command,
        (VerdictGroup("By target", tuple(_verdict(word, title, archives) for word, title in _TARGETS)),),
        maps=(_map(folder, archives),) if archives else (),
        tables=(
            Table("archives", "Archives", _ARCHIVE_COLUMNS, tuple(_archive(row) for row in archives[:_MOST])),
            Table(
                "findings",
                "Findings",
                _FINDING_COLUMNS,
                tuple(_finding(row, paths) for row in findings),
                f"{more:,} more are in the table findings" if more > 0 else "",
            ),
        ),
    )


def answer_page(folder: str, query: Query, answer: pa.Table, command: str) -> Report:
    """Return the report of an answer."""
    rows = rows_of(answer)
    numeric = [str(kind).startswith(("int", "uint")) for kind in answer.schema.types]
    columns = tuple(
        Column(name, CellKind.NUMBER if is_number else CellKind.NAME)
        for name, is_number in zip(rows[0] if rows else answer.column_names, numeric, strict=True)
    )
    made = tuple(
        Row((str(at), *map(str, row.values())), tuple(_cell(value) for value in row.values()))
        for at, row in enumerate(rows[:_MOST])
    )
    note = f"the first {_MOST:,} of {len(rows):,} rows" if len(rows) > _MOST else ""
    return Report(
        "survey query",
        f"{folder}: {query.name}",
        f"{query.summary.rstrip('.')}: {counted(len(rows), 'row')}",
        Tone.NEUTRAL,
        command,
        tables=(Table("answer", "Answer", columns, made, note),),
    )


def _cell(value: object) -> Cell:
    return value if isinstance(value, int) and not isinstance(value, bool) else cell_text(value)


def _rows(folder: str, sql: str) -> list[Mapping[str, object]]:
    return rows_of(ask(folder, SQL, (sql,)))


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0


def _path(row: Mapping[str, object]) -> str:
    return str(row["path"] or row["source"] or "")


def _verdict(word: str, title: str, archives: Sequence[Mapping[str, object]]) -> Verdict:
    rules: dict[str, int] = {}
    blocked = 0
    for row in archives:
        found = row[f"blocked_{word}"]
        if isinstance(found, list) and found:
            blocked += 1
            for rule in found:
                rules[str(rule)] = rules.get(str(rule), 0) + 1
    text = ", ".join(f"{rule} {count:,}" for rule, count in sorted(rules.items(), key=lambda one: -one[1])[:4])
    said = f"{blocked:,} of {len(archives):,} blocked" if blocked else "every archive links whole"
    return Verdict(title, Tone.WARN if blocked else Tone.GOOD, said, text)


def _archive(row: Mapping[str, object]) -> Row:
    return Row(
        (str(row["source"]), str(row["path"])),
        (
            _path(row),
            _cell(row["package"]),
            _cell(row.get("machine")),
            _cell(row["kind"]),
            _number(row["size"]),
            _number(row["members"]),
            _number(row["defined"]),
            _cell(row["blocked_exe"]),
        ),
        details=(("Source", str(row["source"])), ("Hash", str(row["archive"]))),
    )


def _finding(row: Mapping[str, object], paths: Mapping[object, str]) -> Row:
    severity, symbol = str(row["severity"]), _cell(row["symbol"])
    plain = demangle(symbol) if isinstance(symbol, str) and symbol else None
    place = paths.get(row["archive"]) or _path(row)
    cells = (severity, _cell(row["rule"]), place, _cell(row["member"]), symbol, _cell(row["message"]))
    details = (("Demangled", plain),) if plain else ()
    return Row(
        (str(row["rule"]), place, str(row["member"]), str(symbol)), cells, _TONES.get(severity, Tone.NEUTRAL), details
    )


def _map(folder: str, archives: Sequence[Mapping[str, object]]) -> Map:
    largest = sorted(archives, key=lambda row: -_number(row["size"]))[:_MOST_TILES]
    tiles = tuple(_tile(row) for row in largest)
    used = {tile.mark for tile in tiles}
    note = f"The {len(tiles):,} largest. " if len(archives) > len(tiles) else ""
    return Map(
        "sizes",
        "Archives by size",
        (folder,),
        tuple(mark for mark in (_BLOCKED, _WARNED, PLAIN) if mark.id in used),
        tiles,
        note=f"{note}The area of an archive is its size.",
        noun="archive",
    )


def _tile(row: Mapping[str, object]) -> Tile:
    mark = PLAIN
    if row["blocked_pie"] or row["blocked_shared"]:
        mark = _WARNED
    if row["blocked_exe"]:
        mark = _BLOCKED
    facts = [("Package", str(row["package"] or "")), ("Size", human_size(_number(row["size"])))]
    facts += [("Members", f"{_number(row['members']):,}")]
    facts += [(f"Blocked as {title} by", str(_cell(row[f"blocked_{word}"]))) for word, title in _TARGETS]
    return Tile(0, _path(row), _number(row["size"]), mark.id, tuple(fact for fact in facts if fact[1]))
