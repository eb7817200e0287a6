"""Writes the rows of one part of a survey: a Parquet file for each table and machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.parquet as pq

from arfix.survey.schema import Table, schema_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from arfix.survey.facts import Row

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
        self._rows: dict[tuple[Table, str], list[Row]] = {}
        self._writers: dict[tuple[Table, str], pq.ParquetWriter] = {}

    def add(self, table: Table, machine: str, rows: Sequence[Row]) -> None:
        """Add rows to the partition of a machine."""
        kept = self._rows.setdefault((table, machine), [])
        kept.extend(rows)
        if len(kept) >= _ROWS_AT_ONCE:
            self._write(table, machine)

    def close(self) -> None:
        """Write what is left, and end all files."""
        for table, machine in list(self._rows):
            self._write(table, machine)
        for writer in self._writers.values():
            writer.close()
        self._writers.clear()

    def _write(self, table: Table, machine: str) -> None:
        rows = self._rows.pop((table, machine))
        if not rows:
            return
        schema = schema_of(table)
        columns = zip(*rows, strict=True)
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
