"""Runs a survey: deals the files out to workers, publishes what they wrote, and copes with those that die."""

from __future__ import annotations

import os
import uuid
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, wait
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from arfix.arguments import path_given, paths_given
from arfix.errors import AccessError, ArfixError, EditError, Where
from arfix.extras import require
from arfix.short_repr import short_repr
from arfix.survey.facts import with_counts
from arfix.survey.inputs import InputFile, find_inputs
from arfix.survey.member_ranges import may_split
from arfix.survey.parts import write_part
from arfix.survey.pool import LocalPool, WorkerDiedError
from arfix.survey.schema import Table
from arfix.survey.store import Part, Store
from arfix.survey.worker import Task, read_files

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from concurrent.futures import Executor

    from arfix.survey.member_ranges import RangeTask, Verdict

    AnyPath = str | os.PathLike[str]

#: A part has about so many bytes of files, and at most so many files.
_PART_BYTES: Final = 24 << 20
_PART_FILES: Final = 64
#: The least number of parts for each worker, if there are enough files.
_PARTS_EACH: Final = 6
#: Tasks given to another executor for each of its workers, so that none waits while results travel.
_TASKS_AHEAD: Final = 2


class Progress(NamedTuple):
    """How far a survey has come.

    Attributes:
        files: Files that were read in this run.
        total: Files to read in this run.
        read: Bytes of archives that were read.
        failures: Files that could not be read.
        name: A file that was read last.
    """

    files: int
    total: int
    read: int
    failures: int
    name: str


@dataclass
class Surveyed:
    """The result of a run.

    Attributes:
        folder: The folder of the tables.
        files: Archives and packages that were read in this run.
        skipped: Files that earlier runs had read.
        archives: Different archives read in this run.
        duplicates: Archives whose content was read elsewhere.
        read: Bytes of archives that were read in this run.
        failures: Files that could not be read; each has a finding.
        redone: Parts that were done again, as a worker died.
        peak_memory: The most memory that a worker used, in bytes; 0 where that is not known.
        is_complete: Whether everything was read; False after an interruption.
    """

    __repr__ = short_repr

    folder: str
    files: int = 0
    skipped: int = 0
    archives: int = 0
    duplicates: int = 0
    read: int = 0
    failures: int = 0
    redone: int = 0
    peak_memory: int = 0
    is_complete: bool = True


def survey(  # noqa: PLR0913 (one parameter for each choice)
    paths: AnyPath | Iterable[AnyPath],
    folder: AnyPath,
    *,
    executor: Executor | None = None,
    workers: int = 0,
    resume: bool = False,
    progress: Callable[[Progress], object] | None = None,
) -> Surveyed:
    """Read all archives that the paths lead to, and write the tables of the survey.

    Args:
        paths: Folders, archives and packages, on this machine or as URLs for fsspec.
        folder: Where the tables go: a folder, or a URL.
        executor: Who works: any executor whose workers see the same paths. None for processes of this machine.
        workers: How many processes to start, or how many workers the executor has; 0 for one for each processor.
        resume: Go on with a survey that is in the folder, or add to it.
        progress: Called after each part.

    Returns:
        What was done.

    Raises:
        EditError: The folder has a survey already and `resume` is False, or a file changed since it was read.
        AccessError: A path cannot be read, or the folder not written.
        UnsupportedError: A package is missing (`pip install 'arfix[survey]'`).
        KeyboardInterrupt: After Ctrl-C; what was done is kept.
    """
    require("pyarrow", "survey")
    where = path_given(folder, "folder")
    store = Store(where)
    done = list(store.parts())
    if done and not resume:
        raise EditError(
            "the folder has a survey already", where=Where(where), hint="`resume=True` goes on with it, or adds to it."
        )
    store.clean(done)
    count = workers or os.cpu_count() or 1
    run = _Run(store, done, progress)
    files = run.new_files(find_inputs(paths_given(paths, "paths")))
    store.prepare()
    run.executor = (
        LocalPool(count if any(map(may_split, files)) else min(count, len(files) or 1))
        if executor is None
        else executor
    )
    run.ahead = count if executor is None else count * _TASKS_AHEAD
    try:
        run.read(files)
    finally:
        if executor is None:
            run.executor.shutdown(cancel_futures=bool(run.running))
        run.finish()
    return run.result


def _is_death(error: BaseException) -> bool:
    """Return whether an error means that a worker was lost, perhaps because of the files that it read."""
    return isinstance(error, (WorkerDiedError, CancelledError, MemoryError)) or type(error).__name__ == "KilledWorker"


class _Attempt(NamedTuple):
    """Some files to read.

    Attributes:
        files: The files.
        is_second: Whether a worker has died over them.
        at_once: Whether one worker has to read a large archive.
        member_range: The members to read of the file, if it is not all of it.
    """

    files: tuple[InputFile, ...]
    is_second: bool = False
    at_once: bool = False
    member_range: RangeTask | None = None


class _Split:
    """A large archive that several workers read.

    Attributes:
        judged: The part with its findings, which is published last.
        verdict: What the judge said.
        file: The archive.
        counts: Sums over the members that were read.
        names: The parts with these members.
        missing: How many ranges are not there yet.
    """

    def __init__(self, judged: Part, verdict: Verdict, file: InputFile) -> None:
        self.judged = judged
        self.verdict = verdict
        self.file = file
        self.counts = verdict.counts
        self.parts: list[Part] = []
        self.missing = len(verdict.member_ranges)

    def take(self, part: Part) -> None:
        """Count a range that is published."""
        if part.member_range is not None:
            self.counts = self.counts.plus(part.member_range.counts)
            self.parts.append(part)
            self.missing -= 1


class _Run:
    """One run of a survey."""

    executor: Executor
    ahead: int

    def __init__(self, store: Store, done: Sequence[Part], progress: Callable[[Progress], object] | None) -> None:
        self.store = store
        self.progress = progress
        self.result = Surveyed(store.folder)
        self.known = {key for part in done for key in part.archives}
        self.inputs = {url: (size, stamp) for part in done for url, size, stamp in part.inputs}
        self.parts = list(done)
        #: Pieces of archives that are not complete, by their hash.
        named = {name for part in done for name in part.member_ranges}
        self.member_ranges = [part for part in done if part.member_range is not None and part.name not in named]
        self.splits: dict[str, _Split] = {}
        self.total = 0
        self.running: dict[Future[Part], tuple[_Attempt, str]] = {}

    def new_files(self, files: Iterable[InputFile]) -> list[InputFile]:
        """Return the files that were not read before; raises `EditError` for one that has changed since."""
        fresh = []
        for file in files:
            before = self.inputs.get(file.url)
            if before is None:
                fresh.append(file)
            elif before == (file.size, file.stamp):
                self.result.skipped += 1
            else:
                raise EditError(
                    "the file changed since the survey read it",
                    where=Where(file.url),
                    hint="Make a new survey in another folder.",
                )
        self.total = len(fresh)
        return fresh

    def read(self, files: Sequence[InputFile]) -> None:
        """Read the files, the largest first, so that all workers end at about the same time."""
        waiting = [_Attempt(group) for group in _groups(files, self.ahead)]
        waiting.reverse()
        while waiting or self.running:
            while waiting and len(self.running) < self.ahead:
                self._submit(waiting.pop())
            finished, _ = wait(self.running, return_when=FIRST_COMPLETED)
            for future in finished:
                waiting += self._finish(future)

    def _submit(self, attempt: _Attempt) -> None:
        name = uuid.uuid4().hex
        known = frozenset[str]() if attempt.member_range else frozenset(self.known)
        can_split = len(attempt.files) == 1 and not attempt.at_once and may_split(attempt.files[0])
        task = Task(
            name, self.store.folder, attempt.files, known, may_split=can_split, member_range=attempt.member_range
        )
        self.running[self.executor.submit(read_files, task)] = attempt, name

    def _finish(self, future: Future[Part]) -> Iterator[_Attempt]:
        """Publish a part that is done; yield what has to be done again."""
        attempt, name = self.running.pop(future)
        error = CancelledError() if future.cancelled() else future.exception()
        if attempt.member_range is not None and (error is None or _is_death(error) or isinstance(error, ArfixError)):
            part = future.result() if error is None else None
            yield from self._finish_range(attempt, attempt.member_range.archive, name, part, error)
            return
        if error is None:
            part = future.result()
            if self.known.isdisjoint(part.archives):
                if part.verdict is None:
                    self._publish(part, attempt)
                else:
                    yield from self._split(part, part.verdict, attempt)
                return
            self.store.discard(name)  # two workers met the same content at once
            yield attempt
            return
        self.store.discard(name)
        if not _is_death(error):
            if isinstance(error, ArfixError):
                raise error
            raise AccessError(
                f"a worker failed: {type(error).__name__}: {error}; what was read is kept",
                where=Where(self.store.folder),
                hint="`resume=True` goes on, once the cause is gone.",
            ) from error
        self.result.redone += 1
        if not attempt.is_second:
            yield attempt._replace(is_second=True)
        elif len(attempt.files) > 1:
            yield from (_Attempt((file,), is_second=True) for file in attempt.files)
        else:
            task = Task(uuid.uuid4().hex, self.store.folder, attempt.files, fatal=True)
            self._publish(read_files(task), attempt)

    def _split(self, judged: Part, verdict: Verdict, attempt: _Attempt) -> Iterator[_Attempt]:
        """Begin to read an archive that was judged; yield the ranges that no earlier run has left."""
        (key,) = judged.archives
        self.known.add(key)
        split = self.splits[key] = _Split(judged, verdict, attempt.files[0])
        there = {part.member_range[:3]: part for part in self.member_ranges if part.member_range is not None}
        for member_range in reversed(verdict.member_ranges):  # the last that waits is the next to be read
            part = there.get((key, member_range.members.first, member_range.members.end))
            if part is None:
                yield _Attempt(attempt.files, member_range=member_range)
            else:
                self.member_ranges.remove(part)
                split.take(part)
        self._complete(key)

    def _finish_range(
        self, attempt: _Attempt, key: str, name: str, part: Part | None, error: BaseException | None
    ) -> Iterator[_Attempt]:
        """Publish a range of an archive, and the archive after its last range; yield what has to be done again."""
        split = self.splits.get(key)
        if part is not None and split is not None:
            self.store.publish(part)
            self.parts.append(part)
            self.result.peak_memory = max(self.result.peak_memory, part.peak_memory)
            split.take(part)
            self._complete(key)
            return
        self.store.discard(name)
        if split is None:  # it was given up meanwhile
            return
        is_dead = error is not None and _is_death(error)
        self.result.redone += is_dead
        if is_dead and not attempt.is_second:
            yield attempt._replace(is_second=True)
            return
        # Whoever reads the archive at once finds what is wrong with it.
        del self.splits[key]
        self.known.discard(key)
        self.store.discard(split.judged.name)
        self._retract(split.parts)
        yield _Attempt(attempt.files, is_second=is_dead, at_once=True)

    def _complete(self, key: str) -> None:
        """Publish an archive of which all ranges are there, so that all of them count."""
        split = self.splits[key]
        if split.missing:
            return
        del self.splits[key]
        self.known.discard(key)
        row = with_counts(split.verdict.row, split.counts)
        machine = split.verdict.member_ranges[0].machine
        files = write_part(self.store, split.judged.name, [(Table.ARCHIVES, machine, row)])
        names = tuple(part.name for part in split.parts)
        judged = split.judged._replace(files=(*split.judged.files, *files), member_ranges=names, verdict=None)
        self._publish(judged, _Attempt((split.file,)))

    def _retract(self, parts: Sequence[Part]) -> None:
        """Remove ranges of which nothing will come."""
        for part in parts:
            self.store.retract(part)
        self.parts = [part for part in self.parts if part not in parts]

    def _publish(self, part: Part, attempt: _Attempt) -> None:
        self.store.publish(part)
        self.parts.append(part)
        self.known.update(part.archives)
        result = self.result
        result.files += len(part.inputs)
        result.archives += len(part.archives)
        result.duplicates += len(part.duplicates)
        result.read += part.read
        result.failures += part.failures
        result.peak_memory = max(result.peak_memory, part.peak_memory)
        if self.progress is not None:
            name = attempt.files[-1].path
            self.progress(Progress(result.files, self.total, result.read, result.failures, name))

    def finish(self) -> None:
        """Give up what is not done, and write what refers to other parts."""
        self.result.is_complete = not self.running and not self.splits
        for future, (_, name) in self.running.items():
            future.cancel()
            self.store.discard(name)
        for split in self.splits.values():
            self.store.discard(split.judged.name)
        if self.result.is_complete:
            self._retract(self.member_ranges)
        self._write_duplicates()
        self.store.end()

    def _write_duplicates(self) -> None:
        """Write the rows of archives whose content was read elsewhere: the same facts, under another path."""
        written = {tuple(one) for part in self.parts if not part.inputs for one in part.duplicates}
        missing = [one for part in self.parts for one in part.duplicates if tuple(one) not in written]
        if missing:
            from arfix.survey.duplicates import write_duplicates  # noqa: PLC0415 (rare)

            write_duplicates(self.store, self.parts, missing)


def _groups(files: Sequence[InputFile], workers: int) -> Iterator[tuple[InputFile, ...]]:
    """Yield the files in groups of about equal size, the largest files first; enough groups to keep all workers busy.

    The size of a compressed package says little about the work in it, hence several groups for each worker.
    """
    most = min(_PART_BYTES, sum(file.size for file in files) // (workers * _PARTS_EACH) + 1)
    group: list[InputFile] = []
    size = 0
    for file in sorted(files, key=lambda file: (-file.size, file.url)):
        if group and (size + file.size > most or len(group) >= _PART_FILES):
            yield tuple(group)
            group, size = [], 0
        group.append(file)
        size += file.size
    if group:
        yield tuple(group)
