"""The work of one worker: reads a few files, and writes their rows as a part.

`read_files` runs in other processes, perhaps on other machines. It is given paths and returns counts; bytes and rows
never travel.
"""

from __future__ import annotations

import gc
import hashlib
import os
import sys
import tempfile
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import IO, TYPE_CHECKING, Final, NamedTuple, cast

from arfix.archive.files import open_source, open_to_read, opener_beside
from arfix.archive.format import AIX_BIG_MAGIC, AIX_SMALL_MAGIC, MAGIC, MAGIC_SIZE, THIN_MAGIC
from arfix.archive.read import read_archive
from arfix.archive.source import BytesSource
from arfix.errors import AccessError, ArfixError, MissingPackageError, UnsupportedError, Where
from arfix.extras import require
from arfix.formats.identify import identify
from arfix.survey.facts import (
    NO_MACHINE,
    Place,
    judge_archive,
    other_file_row,
    place_finding,
    read_facts,
    read_range,
)
from arfix.survey.inputs import is_remote
from arfix.survey.member_ranges import RangeTask, WindowSource, ranges_of
from arfix.survey.packages import CANNOT_WRITE, MappedSource, read_package
from arfix.survey.parts import PartWriter
from arfix.survey.schema import Table
from arfix.survey.store import DoneRange, Duplicate, Part, Store
from arfix.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from arfix.archive.model import OpenBeside
    from arfix.archive.source import Source
    from arfix.survey.inputs import InputFile
    from arfix.survey.member_ranges import Verdict

_MAGICS: Final = frozenset({MAGIC, THIN_MAGIC, AIX_BIG_MAGIC, AIX_SMALL_MAGIC})
#: What archives are called in findings, so that the rows of equal content are equal wherever it was found.
_NAME: Final = "archive"
_CHUNK: Final = 1 << 20
#: Files from this size on, in bytes, are not held in memory.
_COPIED: Final = 16 << 20
#: How often pages of a large archive are given back, in seconds.
_GIVE_BACK_EVERY: Final = 0.02


class Task(NamedTuple):
    """What a worker is asked to do.

    Attributes:
        name: The name of the part.
        folder: The folder of the survey.
        files: What to read.
        known: Hashes of archives whose content was read before.
        version: The version of arfix that asks.
        fatal: Do not read the files: each killed the workers that read it.
        may_split: Only judge an archive that several workers can read, and leave its members to them.
        member_range: The members to read of the one file, and nothing else.
    """

    name: str
    folder: str
    files: tuple[InputFile, ...]
    known: frozenset[str] = frozenset()
    fatal: bool = False
    may_split: bool = False
    member_range: RangeTask | None = None
    version: str = __version__


def read_files(task: Task) -> Part:
    """Read the files of a task and write their rows to the staging folder; any bytes give rows or a finding."""
    if task.version != __version__:
        raise UnsupportedError(
            f"a worker has arfix {__version__}, and this is arfix {task.version}", hint="Install the same version."
        )
    store = Store(task.folder)
    with tempfile.TemporaryDirectory(prefix="arfix-survey-") as scratch:
        folder = Path(scratch) if store.is_remote else store.staging(task.name)
        work = _Work(task, PartWriter(folder, task.name))
        if task.member_range is not None:
            work.read_range(task.files[0], task.member_range)
        else:
            for file in task.files:
                work.read(file)
        work.writer.close()
        if store.is_remote:
            store.upload(task.name, folder, work.writer.files)
    return work.part()


class _Work:
    """One task as it proceeds."""

    def __init__(self, task: Task, writer: PartWriter) -> None:
        self.task = task
        self.writer = writer
        self.archives: dict[str, None] = {}
        self.duplicates: list[Duplicate] = []
        self.bytes = 0
        self.failures = 0
        self.verdict: Verdict | None = None
        self.done: DoneRange | None = None

    def part(self) -> Part:
        """Return what was done."""
        files = () if self.task.member_range else self.task.files
        return Part(
            self.task.name,
            tuple(self.writer.files),
            tuple((file.url, file.size, file.stamp) for file in files),
            tuple(self.archives),
            tuple(self.duplicates),
            self.bytes,
            self.failures,
            _peak_memory(),
            self.done,
            verdict=self.verdict,
        )

    def read_range(self, file: InputFile, wanted: RangeTask) -> None:
        """Read a range of the members of an archive; an `ArfixError` means that this has to be done in another way."""
        windows = (0, wanted.head), (wanted.members.start, wanted.members.stop)
        with closing(WindowSource(file, windows)) as source:
            counts = read_range(read_archive(source, Where(_NAME)), wanted, self.writer)
            source.check()
        self.done = DoneRange(wanted.archive, wanted.members.first, wanted.members.end, counts)

    def read(self, file: InputFile) -> None:
        """Read one archive or package."""
        place = Place(file.source, None, file.path)
        if self.task.fatal:
            self._fail(place, "unreadable", "the process that read this file was killed, more than once")
            return
        try:
            self._read_file(file, place)
        except ArfixError as error:
            self._fail(place, "unreadable", error.message)
        except Exception as error:
            if isinstance(error, OSError) and error.errno in CANNOT_WRITE:
                raise
            self._fail(place, "internal-error", f"{type(error).__name__}: {error}")

    def _read_file(self, file: InputFile, place: Place) -> None:
        with closing(_open(file)) as source:
            if file.is_package or not (_is_archive_name(file) or bytes(source.view[:MAGIC_SIZE]) in _MAGICS):
                self._read_package(file, source)
            else:
                beside = None if is_remote(file.url) else opener_beside(file.url)
                self._read_archive(source, _hash(source, file.url), place, beside)

    def _read_package(self, file: InputFile, source: Source) -> None:
        package = file.path.rpartition("/")[2]
        place = Place(file.source, package, "")
        try:
            for found in read_package(source, Where(package)):
                with closing(found.source):
                    self._read_archive(found.source, found.hash, place._replace(path=found.path))
                source.forget()
        except ArfixError as error:
            self._fail(place, "unreadable-package", error.message)

    def _read_archive(self, source: Source, key: str, place: Place, beside: OpenBeside | None = None) -> None:
        if key in self.task.known or key in self.archives:
            self.duplicates.append(Duplicate(key, *place))
            return
        size = len(source.view)
        self.bytes += size
        self.archives[key] = None
        if size < _COPIED:
            gc.disable()  # looking for cycles takes a tenth of the time
        try:
            if bytes(source.view[:MAGIC_SIZE]) in _MAGICS:
                with _giving_back(source):
                    archive = read_archive(source, Where(_NAME), open_beside=beside)
                    ranges = ranges_of(archive) if self.task.may_split else ()
                    if ranges:
                        self.verdict = judge_archive(archive, key, place, self.writer, ranges)
                    else:
                        read_facts(archive, key, place, self.writer)
            else:
                kind = identify(source.view).value
                self.writer.add(Table.ARCHIVES, NO_MACHINE, [other_file_row(key, place, size, kind)])
        except ArfixError as error:
            self.writer.add(Table.ARCHIVES, NO_MACHINE, [other_file_row(key, place, size, "damaged")])
            self._fail(place, "malformed", str(error).removeprefix(f"{_NAME}: ").removeprefix(_NAME))
        except MissingPackageError as error:
            self.writer.add(Table.ARCHIVES, NO_MACHINE, [other_file_row(key, place, size, "unreadable")])
            self._fail(place, "unreadable", error.message)
        except Exception as error:  # a fault of arfix costs one archive
            if isinstance(error, OSError) and error.errno in CANNOT_WRITE:
                raise
            self.writer.add(Table.ARCHIVES, NO_MACHINE, [other_file_row(key, place, size, "damaged")])
            self._fail(place, "internal-error", f"{type(error).__name__}: {error}")
        finally:
            gc.enable()

    def _fail(self, place: Place, rule: str, message: str) -> None:
        self.failures += 1
        self.writer.add(Table.FINDINGS, NO_MACHINE, [place_finding(place, rule, message)])


def _is_archive_name(file: InputFile) -> bool:
    return file.path.lower().endswith((".a", ".lib"))


def _hash(source: Source, url: str) -> str:
    """Return the key of an archive: its SHA-256, and for a thin one that of its place too: members are beside it."""
    digest = hashlib.sha256()
    size = len(source.view)
    if source.read(0, MAGIC_SIZE) == THIN_MAGIC:
        digest.update(url.encode("utf-8", "surrogateescape"))
    for at in range(0, size, _CHUNK):
        digest.update(source.read(at, min(_CHUNK, size - at)))
        source.forget()
    return digest.hexdigest()


@contextmanager
def _giving_back(source: Source) -> Iterator[None]:
    """Give the pages of a large mapped file back all the time: whatever was looked at counts as memory of the process.

    The kernel may map two megabytes at once for a look at a few bytes, so counting looks does not help.
    """
    if not isinstance(source, MappedSource):
        yield
        return
    done = Event()

    def give_back() -> None:
        while not done.wait(_GIVE_BACK_EVERY):
            source.forget()

    thread = Thread(target=give_back, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _peak_memory() -> int:
    try:
        import resource  # noqa: PLC0415 (Windows has none)
    except ImportError:
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def _stream(url: str) -> AbstractContextManager[IO[bytes]]:
    if is_remote(url):
        return cast("AbstractContextManager[IO[bytes]]", require("fsspec", "survey").open(url, "rb"))
    return os.fdopen(open_to_read(url), "rb")


def _open(file: InputFile) -> Source:
    """Return the bytes of a file. Those of a remote or large one are copied to a temporary file without a name.

    A mapping of the file itself would need a lease, which not every file system gives.
    """
    if not is_remote(file.url) and file.size < _COPIED:
        return open_source(file.url)
    where = Where(file.url)
    try:
        with _stream(file.url) as remote, tempfile.TemporaryFile() as local:
            size = 0
            while chunk := remote.read(_CHUNK):
                size += local.write(chunk)
            local.flush()
            return MappedSource(local, where) if size else BytesSource(where, memoryview(b""))
    except OSError as error:
        raise AccessError(f"cannot read: {error}", where=where) from error
