"""The results of a survey and of its queries, as text, JSON, CSV and Parquet."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from math import isfinite
from typing import TYPE_CHECKING

from arfix.counted import counted
from arfix.report.text import Align, Column, human_size, printable, render_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pyarrow as pa

    from arfix.report.style import Style
    from arfix.survey.query import Query
    from arfix.survey.run import Progress, Surveyed


def render_surveyed(result: Surveyed) -> str:
    """Return what a run did, in a few lines."""
    lines = [
        (
            f"{printable(result.folder)}: {counted(result.files, 'file')} read, with "
            f"{counted(result.archives, 'archive')} of {human_size(result.read)}"
        )
    ]
    if result.duplicates:
        lines.append(f"  {counted(result.duplicates, 'archive')} of the same content as another, not read again")
    if result.skipped:
        lines.append(f"  {counted(result.skipped, 'file')} read by earlier runs")
    if result.redone:
        lines.append(f"  {counted(result.redone, 'part')} done again, as a worker died")
    if result.failures:
        lines.append(f"  {counted(result.failures, 'file')} could not be read; each is a row of the table findings")
    return "\n".join(lines) + "\n"


def describe_surveyed(result: Surveyed) -> dict[str, object]:
    """Return the same for JSON."""
    return {
        "folder": result.folder,
        "files": result.files,
        "skipped": result.skipped,
        "archives": result.archives,
        "duplicates": result.duplicates,
        "bytes": result.read,
        "failures": result.failures,
        "redone": result.redone,
        "peak_memory": result.peak_memory,
    }


def progress_text(progress: Progress, seconds: float) -> str:
    """Return what a survey has read after so many seconds, for a progress line that counts the files itself."""
    rate = human_size(int(progress.read / max(seconds, 0.001)))
    failed = f", {progress.failures:,} failed" if progress.failures else ""
    return f"{rate}/s{failed}  {progress.name}"


def render_queries(queries: Iterable[Query]) -> str:
    """Return a list of the questions."""
    rows = [(f"{one.name} {one.argument}".rstrip(), one.summary) for one in queries]
    return render_table((Column("query"), Column("answer")), rows)


def render_answer(answer: pa.Table, style: Style) -> str:
    """Return an answer as a table for terminals."""
    columns = [
        Column(name, Align.RIGHT if str(kind).startswith(("int", "uint", "double", "decimal")) else Align.LEFT)
        for name, kind in zip(answer.column_names, answer.schema.types, strict=True)
    ]
    rows = [[cell_text(value) for value in row.values()] for row in rows_of(answer)]
    return render_table(columns, rows, style) + f"{counted(len(rows), 'row')}\n"


def rows_of(answer: pa.Table) -> list[Mapping[str, object]]:
    """Return the rows of an answer; columns of one name get a number."""
    names: list[str] = []
    for name in answer.column_names:
        names.append(name if name not in names else f"{name}_{len(names)}")
    rows: list[Mapping[str, object]] = answer.rename_columns(names).to_pylist()
    return rows


def json_rows(answer: pa.Table) -> list[dict[str, object]]:
    """Return the rows of an answer with values that JSON has.

    DuckDB has others: sums of integers are decimals of 38 digits, which become integers. Numbers that are none become
    null; bytes become hexadecimal; dates, times and everything else become text.
    """
    return [{name: _json_value(value) for name, value in row.items()} for row in rows_of(answer)]


def _json_value(value: object) -> object:
    found = value
    match value:
        case None | bool() | int() | str():
            pass
        case float():
            found = value if isfinite(value) else None
        case Decimal():
            found = int(value) if value == value.to_integral_value() else float(value)
        case bytes():
            found = value.hex()
        case dict():
            found = {str(key): _json_value(one) for key, one in value.items()}
        case list() | tuple():
            found = [_json_value(one) for one in value]
        case _:
            found = str(value)
    return found


def cell_text(value: object) -> str:
    """Return a value of an answer as people read it."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case int() | Decimal():
            return f"{value:,}"
        case list():
            return ", ".join(map(cell_text, value))
        case _:
            return str(value)


def encode_csv(answer: pa.Table) -> bytes:
    """Return an answer as CSV with a header; lists are joined by blanks."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(answer.column_names)
    for row in rows_of(answer):
        writer.writerow([" ".join(map(str, one)) if isinstance(one, list) else one for one in row.values()])
    return text.getvalue().encode("utf-8", "backslashreplace")


def encode_parquet(answer: pa.Table) -> bytes:
    """Return an answer as a Parquet file."""
    import pyarrow as pa  # noqa: PLC0415 (optional)
    import pyarrow.parquet as pq  # noqa: PLC0415 (optional)

    sink = pa.BufferOutputStream()
    pq.write_table(answer, sink, compression="zstd")
    return bytes(sink.getvalue().to_pybytes())
