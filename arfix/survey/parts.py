"""Writes the rows of one part of a survey: a Parquet file for each table and machine."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from arfix.extras import require
from arfix.survey.schema import Table, schema_of

require("pyarrow", "survey", "a survey")  # for those who call the library: the error says what to install

import pyarrow as pa  # noqa: E402
import pyarrow.parquet as pq  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from arfix.survey.facts import Row
    from arfix.survey.store import Store

#: Rows of one table and machine that are kept in memory before they are written as a row group.
_ROWS_AT_ONCE: Final = 20_000


class PartWriter:
    """Writes Parquet files into a folder: `TABLE/machine=M/NAME.parquet`, compressed with zstd. A `Sink`.

    Attributes:
        files: The files, relative to the folder.
    """

    def __init__(self, folder: Path, name: str) -> None:
        """Write files of that name into the folder, when there are rows."""
        self.files: list[str] = []
        self._folder = folder
        self._name = name
        self._columns: dict[tuple[Table, str], list[list[object]]] = {}
        self._writers: dict[tuple[Table, str], pq.ParquetWriter] = {}

    def add(self, table: Table, machine: str, rows: Sequence[Row]) -> None:
        """Add rows to the partition of a machine."""
        if rows:
            self.add_columns(table, machine, list(zip(*rows, strict=True)))

    def add_columns(self, table: Table, machine: str, columns: Sequence[Sequence[object]]) -> None:
        """Add rows that come column by column, all of one length."""
        kept = self._columns.get((table, machine))
        if kept is None:
            kept = self._columns[table, machine] = [[] for _ in columns]
        for have, more in zip(kept, columns, strict=True):
            have.extend(more)
        if len(kept[0]) >= _ROWS_AT_ONCE:
            self._write(table, machine)

    def close(self) -> None:
        """Write what is left, and end all files."""
        for table, machine in list(self._columns):
            self._write(table, machine)
        for writer in self._writers.values():
            writer.close()
        self._writers.clear()

    def _write(self, table: Table, machine: str) -> None:
        columns = self._columns.pop((table, machine))
        schema = schema_of(table)
        arrays = [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)]
        writer = self._writers.get((table, machine))
        if writer is None:
            file = f"{table.value}/machine={machine}/{self._name}.parquet"
            path = self._folder / file
            path.parent.mkdir(parents=True, exist_ok=True)
            writer = pq.ParquetWriter(path, schema, compression="zstd", write_statistics=True)
            self._writers[table, machine] = writer
            self.files.append(file)
        writer.write_table(pa.Table.from_arrays(arrays, schema=schema))


def write_part(store: Store, name: str, rows: Iterable[tuple[Table, str, Row]]) -> tuple[str, ...]:
    """Write rows, each with its table and machine, to the staging folder of a part, and return its files."""
    with tempfile.TemporaryDirectory(prefix="arfix-survey-") as scratch:
        folder = Path(scratch) if store.is_remote else store.staging(name)
        writer = PartWriter(folder, name)
        for table, machine, row in rows:
            writer.add(table, machine, [row])
        writer.close()
        if store.is_remote:
            store.upload(name, folder, writer.files)
    return tuple(writer.files)
