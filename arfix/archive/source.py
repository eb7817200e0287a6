"""Defines `Source`, one readable run of bytes, and `Extent`, a stretch of it. Neither copies anything.

A member never owns its bytes. It holds an `Extent` into the mapping of the archive it was read from, so that looking
costs no copy and the writer can hand unchanged stretches to the kernel (`arfix/archive/files.py`).
"""

from __future__ import annotations

import mmap
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from arfix.errors import Where


class Source(Protocol):
    """Something that holds bytes: a mapped file, or bytes in memory."""

    @property
    def where(self) -> Where:
        """The file these bytes came from, for messages."""

    @property
    def view(self) -> memoryview:
        """All bytes, read-only, format `B`. Opening may be delayed until here; raises `ArfixError` when it fails."""

    @property
    def descriptor(self) -> int | None:
        """An open file descriptor whose offset 0 is `view[0]`, for copies in the kernel; None when there is none."""

    def read(self, offset: int, size: int) -> bytes:
        """Return a copy of up to `size` bytes from `offset` on.

        For a look at a few bytes of many members: of a mapped file they are read, which costs a fifth of mapping a page
        and takes no memory.
        """

    def forget(self) -> None:
        """Return the memory of cached pages to the system; views stay valid, and reading loads the pages again.

        For passes over a whole large archive: a mapping takes up as much memory as was ever looked at.
        """

    def close(self) -> None:
        """Let go of the file; a second call does nothing."""


@dataclass(frozen=True, slots=True)
class BytesSource:
    """Bytes in memory: input given as bytes, or content made by arfix itself."""

    where: Where
    view: memoryview
    descriptor: int | None = None

    def read(self, offset: int, size: int) -> bytes:
        """Return a copy of these bytes."""
        return bytes(self.view[offset : offset + size])

    def forget(self) -> None:
        """Do nothing: these bytes are nowhere else."""

    def close(self) -> None:
        """Do nothing: memory needs no closing."""


class Extent(NamedTuple):
    """`size` bytes of `source` from `offset` on (both in bytes, both checked by the creator of the extent)."""

    source: Source
    offset: int
    size: int

    @property
    def view(self) -> memoryview:
        """The bytes, as a view on the source."""
        return self.source.view[self.offset : self.offset + self.size]

    def read(self, offset: int, size: int) -> bytes:
        """Return a copy of `size` bytes from `offset` on, counted from the start of the extent and inside it."""
        return self.source.read(self.offset + offset, size)


def extent_of(data: bytes, where: Where) -> Extent:
    """Return an extent over bytes in memory."""
    return Extent(BytesSource(where, memoryview(data)), 0, len(data))


def forget_pages(view: memoryview) -> None:
    """Let the kernel take back the memory of a mapped file that was looked at; what is looked at again is mapped again.

    Pages of a mapping count as the process's own once touched, and the kernel maps 16 around each: a look at the tables
    of every object in a large archive would seem to take the size of the archive. Anything but a read-only mapping, and
    systems without `madvise`, are left alone.
    """
    mapping = view.obj
    advice = getattr(mmap, "MADV_DONTNEED", None)
    if view.readonly and advice is not None and isinstance(mapping, mmap.mmap):
        mapping.madvise(advice)
