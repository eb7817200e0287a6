"""Joins rendered bytes and stretches of files into as few chunks as possible.

A member whose header, data and padding stand in its file just as they are to be written is one stretch of that file,
and neighbours there make one longer stretch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.archive.source import Extent

if TYPE_CHECKING:
    from collections.abc import Iterable

    from arfix.archive.member_layout import RenderedMember
    from arfix.archive.source import Source

#: Bytes made here, or a stretch of a file.
Chunk = bytes | Extent

#: Bytes from this size on are a chunk of their own and never copied: the index of a large archive has many megabytes.
LARGE_CHUNK = 1 << 16


def join_pieces(head: Iterable[bytes], pieces: Iterable[RenderedMember]) -> tuple[Chunk, ...]:
    """Return the bytes of `head` and of the pieces, as few chunks as can be."""
    chunks = _Joined()
    for part in head:
        chunks.add(part)
    for piece in pieces:
        content = piece.content
        if content is None:
            chunks.add(piece.front)
            continue
        read, padding = content.source.read, piece.padding
        start, end = content.offset, content.offset + content.size
        in_front = start - len(piece.front)
        if in_front >= 0 and read(in_front, len(piece.front)) == piece.front:
            start = in_front
        else:
            chunks.add(piece.front)
        if padding and read(end, len(padding)) == padding:
            end, padding = end + len(padding), b""
        chunks.add_extent(content.source, start, end)
        chunks.add(padding)
    return chunks.finished()


class _Joined:
    """Joins neighbours: bytes with bytes, and an extent with the one that ends where it starts."""

    def __init__(self) -> None:
        self._chunks: list[Chunk] = []
        self._bytes = bytearray()
        self._source: Source | None = None
        self._start = self._end = 0

    def add(self, data: bytes) -> None:
        if len(data) > LARGE_CHUNK:
            self.finished()
            self._chunks.append(data)
        elif data:
            self._end_extent()
            self._bytes += data

    def add_extent(self, source: Source, start: int, end: int) -> None:
        if start == end:
            return
        if source is self._source and start == self._end:
            self._end = end
            return
        self.finished()
        self._source, self._start, self._end = source, start, end

    def finished(self) -> tuple[Chunk, ...]:
        self._end_extent()
        if self._bytes:
            self._chunks.append(bytes(self._bytes))
            self._bytes.clear()
        return tuple(self._chunks)

    def _end_extent(self) -> None:
        if self._source is not None:
            self._chunks.append(Extent(self._source, self._start, self._end - self._start))
            self._source = None
