"""The folder that a survey writes: tables, and a record of each part that was published.

    DIR/archives/machine=x86-64/PART.parquet   the same for members, symbols and findings
    DIR/parts/PART.json                        which files a part has, and what was read for it
    DIR/staging/PART/...                       what a worker writes, until it is published

A part counts from the moment its record is there. The parts of a large archive count together, from the moment that the
record of the last one is there, which names the others (`member_ranges.py`). Table files without a record are left over
from a run that was killed while it published; they are removed before the next run, and `files_of` never returns them.

The folder may be a URL that fsspec knows. There a rename is a copy, and the record is again what counts.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from arfix.archive.files import sync_directory
from arfix.errors import AccessError, FormatError, Where
from arfix.extras import require
from arfix.survey.inputs import is_remote
from arfix.survey.member_ranges import Counts
from arfix.survey.schema import VERSION, Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import pyarrow as pa

    from arfix.survey.member_ranges import Verdict

_STAGING: Final = "staging"
_PARTS: Final = "parts"


class Duplicate(NamedTuple):
    """An archive whose content was read elsewhere."""

    archive: str
    source: str
    package: str | None
    path: str


class DoneRange(NamedTuple):
    """A range of the members of a large archive that was read.

    Attributes:
        archive: The hash of the archive.
        first: The number of the first member.
        end: The number after the last.
        counts: Sums over these members.
    """

    archive: str
    first: int
    end: int
    counts: Counts


class Part(NamedTuple):
    """What a worker made of some files, or of some members of a large archive.

    Attributes:
        name: Its name, which no other part has.
        files: Its table files, relative to the folder.
        inputs: For each file that was read, its URL, size and stamp.
        archives: The hashes of the archives whose rows it has.
        duplicates: Archives that it did not read, as their hash was known.
        read: Bytes of archives that were read.
        failures: Files that could not be read, each of which has a finding.
        peak_memory: The most memory that the worker had used by then, in bytes; 0 where that is not known.
        member_range: The members that it has the rows of, and nothing else; such a part counts once another one names
            it.
        member_ranges: The names of the parts that have the members of its archive.
        verdict: What is left to do of a large archive; not recorded.
    """

    name: str
    files: tuple[str, ...]
    inputs: tuple[tuple[str, int, str], ...]
    archives: tuple[str, ...]
    duplicates: tuple[Duplicate, ...] = ()
    read: int = 0
    failures: int = 0
    peak_memory: int = 0
    member_range: DoneRange | None = None
    member_ranges: tuple[str, ...] = ()
    verdict: Verdict | None = None

    @property
    def record(self) -> dict[str, object]:
        """What is recorded of it, as JSON has it."""
        values = self._asdict()
        del values["verdict"]
        return values


def _done_range(record: Sequence[Any] | None) -> DoneRange | None:
    if record is None:
        return None
    archive, first, end, counts = record
    return DoneRange(archive, first, end, Counts(*counts))


class Store:
    """The folder of a survey."""

    def __init__(self, folder: str) -> None:
        """Use a folder of this machine, or a URL; nothing is made yet."""
        self.folder = folder if is_remote(folder) else str(Path(folder).absolute())
        self._system: Any = None
        self._root = self.folder
        if is_remote(folder):
            try:
                self._system, self._root = require("fsspec", "survey").core.url_to_fs(folder)
            except (ValueError, ImportError, OSError) as error:
                raise AccessError(f"cannot open: {error}", where=Where(folder)) from error

    @property
    def is_remote(self) -> bool:
        """Whether the folder is not on a file system of this machine."""
        return self._system is not None

    @property
    def filesystem(self) -> object:
        """The file system for pyarrow, where that is not this machine's."""
        return self._system

    def prepare(self) -> None:
        """Make the folder on this machine; raises `AccessError` where nothing can be written there."""
        if self.is_remote:
            return
        folder = Path(self.folder, _STAGING)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder):
                pass
        except OSError as error:
            raise AccessError(
                f"cannot write: {error.strerror or error}",
                where=Where(self.folder),
                hint="The tables need a folder that can be written to: -o DIR.",
            ) from error

    def url(self, file: str) -> str:
        """Return where a file of the folder is, for messages."""
        return f"{self.folder.rstrip('/')}/{file}"

    def staging(self, part: str) -> Path:
        """Return the local folder where a worker writes a part; `upload` moves it to a remote store."""
        return Path(self.folder, _STAGING, part)

    def upload(self, part: str, folder: Path, files: Iterable[str]) -> None:
        """Copy the files of a part from a local folder to the staging folder of a remote store."""
        for file in files:
            self._system.put_file(str(folder / file), self._join(_STAGING, part, file))

    def publish(self, part: Part) -> None:
        """Move the files of a part to their tables, then write its record."""
        for file in part.files:
            self._rename(f"{_STAGING}/{part.name}/{file}", file)
        record = json.dumps({"version": VERSION, **part.record}, ensure_ascii=True)
        self._write(f"{_PARTS}/{part.name}.json", record.encode())
        self.discard(part.name)

    def discard(self, part: str) -> None:
        """Remove what a worker wrote for a part, if it is still in the staging folder."""
        self._remove_tree(f"{_STAGING}/{part}")

    def retract(self, part: Part) -> None:
        """Remove a part that was published."""
        self._remove(f"{_PARTS}/{part.name}.json")
        for file in part.files:
            self._remove(file)

    def end(self) -> None:
        """Remove the staging folder if nobody writes there any more."""
        if not self.is_remote:
            with suppress(OSError):
                Path(self.folder, _STAGING).rmdir()

    def parts(self) -> Iterator[Part]:
        """Yield every published part.

        Raises:
            FormatError: A record is damaged, or of another version of arfix.
        """
        for name, data in self._records():
            try:
                record = json.loads(data)
                version = record.pop("version")
                if version != VERSION:
                    raise FormatError(
                        f"a survey of version {version}; this arfix reads version {VERSION}",
                        where=Where(self.folder),
                        hint="Make a new survey in another folder.",
                    )
                yield Part(
                    record["name"],
                    tuple(record["files"]),
                    tuple((url, size, stamp) for url, size, stamp in record["inputs"]),
                    tuple(record["archives"]),
                    tuple(Duplicate(*one) for one in record["duplicates"]),
                    record["read"],
                    record["failures"],
                    record["peak_memory"],
                    _done_range(record.get("member_range")),
                    tuple(record.get("member_ranges", ())),
                )
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise FormatError(
                    f"the record of a part is damaged: {error}", where=Where(self.url(f"{_PARTS}/{name}"))
                ) from error

    def check(self, parts: Iterable[Part]) -> frozenset[str]:
        """Return all table files that are there; raise `FormatError` if one of a part is not."""
        there = frozenset(file for table in Table for file in self._find(table.value))
        for part in parts:
            for file in part.files:
                if file not in there:
                    raise self.damage(file, "a file of the survey is missing")
        return there

    def damage(self, file: str, message: str) -> FormatError:
        """Return the error about a table file."""
        return FormatError(message, where=Where(self.url(file)), hint="Make a new survey in another folder.")

    def clean(self, parts: Iterable[Part]) -> None:
        """Remove what belongs to none of the published parts; raise `FormatError` if something of these is missing."""
        parts = list(parts)
        known = {file for part in parts for file in part.files}
        for file in self.check(parts) - known:
            self._remove(file)
        self._remove_tree(_STAGING)

    def files_of(self, parts: Iterable[Part]) -> Mapping[Table, list[str]]:
        """Return the files of each table, as `filesystem` calls them."""
        found: dict[Table, list[str]] = {table: [] for table in Table}
        parts = list(parts)
        complete = {name for part in parts for name in part.member_ranges}
        for part in parts:
            if part.member_range is not None and part.name not in complete:
                continue  # other members of the archive are still missing
            for file in part.files:
                found[Table(file.partition("/")[0])].append(self._join(file))
        return found

    def read_table(self, file: str) -> pa.Table:
        """Return a table file, read whole."""
        import pyarrow.parquet as pq  # noqa: PLC0415 (optional)

        if self.is_remote:
            with self._system.open(self._join(file), "rb") as stream:
                return pq.ParquetFile(stream).read()
        return pq.ParquetFile(Path(self.folder, file)).read()

    # What follows is done twice: for this machine, and for fsspec.

    def _join(self, *words: str) -> str:
        return "/".join((self._root.rstrip("/"), *words))

    def _records(self) -> Iterator[tuple[str, bytes]]:
        names = sorted(file for file in self._find(_PARTS) if file.endswith(".json"))
        for file in names:
            yield file.rpartition("/")[2], self._read(file)

    def _read(self, file: str) -> bytes:
        try:
            return (
                bytes(self._system.cat_file(self._join(file)))
                if self.is_remote
                else Path(self.folder, file).read_bytes()
            )
        except OSError as error:
            raise AccessError(f"cannot read: {error.strerror or error}", where=Where(self.url(file))) from error

    def _find(self, folder: str) -> list[str]:
        """Return every file below a folder, relative to the root."""
        if self.is_remote:
            with suppress(FileNotFoundError):
                self._system.invalidate_cache()
                root = self._join("")
                return [str(name).removeprefix(root) for name in self._system.find(self._join(folder))]
            return []
        top = Path(self.folder)
        return [path.relative_to(top).as_posix() for path in (top / folder).rglob("*") if path.is_file()]

    def _write(self, file: str, data: bytes) -> None:
        if self.is_remote:
            self._system.pipe_file(self._join(file), data)
            return
        path = Path(self.folder, file)
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(".tmp")
        with temporary.open("wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
        sync_directory(str(path.parent))

    def _rename(self, old: str, new: str) -> None:
        if self.is_remote:
            self._system.mv(self._join(old), self._join(new))
            return
        target = Path(self.folder, new)
        target.parent.mkdir(parents=True, exist_ok=True)
        Path(self.folder, old).replace(target)
        sync_directory(str(target.parent))

    def _remove(self, file: str) -> None:
        if self.is_remote:
            self._system.rm_file(self._join(file))
        else:
            Path(self.folder, file).unlink(missing_ok=True)

    def _remove_tree(self, folder: str) -> None:
        if self.is_remote:
            with suppress(FileNotFoundError):
                self._system.rm(self._join(folder), recursive=True)
        else:
            shutil.rmtree(Path(self.folder, folder), ignore_errors=True)
