"""Large archives are read by several workers: one judges the archive, and the others each read a range of its members.

The judge reads what needs all members: the hash, the link, the findings. Then each range gives its rows of the tables
`members` and `symbols`. The archive's own row is written last, from the verdict and the counts of all ranges, and only
then does any of it count.
"""

from __future__ import annotations

import mmap
import os
from typing import TYPE_CHECKING, Final, NamedTuple

from arfix.archive.files import open_to_read
from arfix.archive.model import Kind
from arfix.errors import AccessError, ArfixError, Where

if TYPE_CHECKING:
    from collections.abc import Iterator

    from arfix.archive.model import Archive
    from arfix.survey.inputs import InputFile

#: Archives of fewer bytes are read by one worker.
SPLIT_FROM: Final = 32 << 20
#: A range has at most so many bytes, or one member; and at most so many members.
_RANGE_BYTES: Final = 16 << 20
_RANGE_MEMBERS: Final = 1000
#: Where names and index stand before the first member, so that a range can be read without the members before it.
_KINDS: Final = frozenset({Kind.GNU, Kind.GNU64, Kind.COFF})
#: How many bytes of a member are looked at to tell variants of the format apart.
_MAGIC: Final = 16


class Counts(NamedTuple):
    """Sums over members for the row of the archive: objects, nested archives, defined and undefined symbols."""

    objects: int = 0
    nested: int = 0
    defined: int = 0
    undefined: int = 0

    def plus(self, other: Counts) -> Counts:
        """Return the sums over the members of both."""
        return Counts(*(one + two for one, two in zip(self, other, strict=True)))


class MemberRange(NamedTuple):
    """Some members of an archive that follow each other.

    Attributes:
        first: The number of the first.
        end: The number after the last.
        start: Where the content of the first begins, in bytes from the start of the archive.
        stop: Where the content of the last ends.
    """

    first: int
    end: int
    start: int
    stop: int


class RangeTask(NamedTuple):
    """What a worker has to know of an archive to read a range of its members.

    Attributes:
        archive: The hash of the archive.
        members: Which members.
        head: So many bytes at the start of the file hold the index and the names.
        machine: The machine of the archive: the partition of its rows.
        positions: One character for each member of the range (`_Judge.positions` in `facts.py`).
    """

    archive: str
    members: MemberRange
    head: int
    machine: str
    positions: str


class Verdict(NamedTuple):
    """What the judge of an archive says.

    Attributes:
        row: The row of the archive, without the counts of its ranges.
        counts: What the judge counted itself, the nested archives.
        member_ranges: The ranges that are still to be read.
    """

    row: tuple[object, ...]
    counts: Counts
    member_ranges: tuple[RangeTask, ...]


def may_split(file: InputFile) -> bool:
    """Return whether a file may be read by several workers: a large archive that is a file of its own on a disk."""
    return file.size >= SPLIT_FROM and not file.is_package and "://" not in file.url and hasattr(os, "pread")


def ranges_of(archive: Archive) -> tuple[MemberRange, ...]:
    """Return the ranges to read an archive in; empty for one that is better read at once."""
    if archive.kind not in _KINDS or archive.thin or archive.oddities:
        return ()
    found = tuple(_ranges(archive))
    return found if len(found) > 1 else ()


def _ranges(archive: Archive) -> Iterator[MemberRange]:
    members = archive.members
    first, size = 0, 0
    for number, member in enumerate(members):
        if number > first and (size + member.size > _RANGE_BYTES or number - first >= _RANGE_MEMBERS):
            yield _range(archive, first, number)
            first, size = number, 0
        size += member.size
    if first < len(members):
        yield _range(archive, first, len(members))


def _range(archive: Archive, first: int, end: int) -> MemberRange:
    last = archive.members[end - 1].content
    return MemberRange(first, end, archive.members[first].content.offset, last.offset + last.size)


def head_of(archive: Archive) -> int:
    """Return how many bytes at the start of an archive with members hold its index and names."""
    return min(archive.members[0].content.offset + _MAGIC, archive.source.size if archive.source else 0)


class WindowSource:
    """A file of which some ranges are in memory, and which is read where it is looked at elsewhere: a `Source`.

    `view` has zeros outside of the ranges. Raises `AccessError` where the file is not the one that was found.
    """

    #: None, as the bytes are not copied from in the kernel.
    descriptor: int | None = None

    def __init__(self, file: InputFile, windows: tuple[tuple[int, int], ...]) -> None:
        """Read the windows, each from one offset to another."""
        self.where = Where(file.url)
        self._file = file
        self._open: int | None = open_to_read(file.url)
        try:
            self.check()
            memory = mmap.mmap(-1, file.size)
            for start, stop in windows:
                memory[start:stop] = self._exactly(start, stop - start)
            self._view = memoryview(memory).toreadonly()
        except OSError as error:
            self.close()
            raise AccessError(f"cannot read: {error}", where=self.where) from error
        except ArfixError:
            self.close()
            raise

    @property
    def view(self) -> memoryview:
        """All bytes, as far as they are there."""
        return self._view

    def read(self, offset: int, size: int) -> bytes:
        """Return a copy of some bytes of the file."""
        return self._exactly(offset, min(size, self._file.size - offset))

    def forget(self) -> None:
        """Do nothing: the ranges are nowhere else."""

    def check(self) -> None:
        """Raise `AccessError` if the file is not as it was when it was found."""
        if self._open is not None:
            now = os.fstat(self._open)
            if (now.st_size, str(now.st_mtime_ns)) != (self._file.size, self._file.stamp):
                raise AccessError("the file changed while it was read", where=self.where)

    def close(self) -> None:
        """Let go of the file."""
        descriptor, self._open = self._open, None
        if descriptor is not None:
            os.close(descriptor)

    def _exactly(self, offset: int, size: int) -> bytes:
        if self._open is None:
            raise AccessError("the file is closed", where=self.where)
        data = b""
        while len(data) < size and (more := os.pread(self._open, size - len(data), offset + len(data))):
            data += more
        if len(data) < size:
            raise AccessError("the file changed while it was read", where=self.where)
        return data
