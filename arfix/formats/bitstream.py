"""Blocks and records of an LLVM bitstream, as far as its outermost level and blobs need them.

Source: LLVM, "LLVM Bitcode File Format", sections "Bitstream Format" and "Bitcode Wrapper Format".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from arfix.formats.errors import malformed

if TYPE_CHECKING:
    from collections.abc import Iterator

_WRAPPER: Final = b"\xde\xc0\x17\x0b"
_END_BLOCK, _ENTER_SUBBLOCK, _DEFINE_ABBREV, _UNABBREV_RECORD = range(4)
_OUTER_WIDTH: Final = 2
_LITERAL, _FIXED, _VBR, _ARRAY, _CHAR6, _BLOB = range(6)
_CHAR6_WIDTH: Final = 6
#: Records and abbreviations of the blocks read here have a handful of parts; more would only waste time.
_MAX_PARTS: Final = 4096
#: A module has about five.
_MAX_BLOCKS: Final = 1024


class Block(NamedTuple):
    """One block of the outermost level: its number, its abbreviation width, and its contents."""

    id: int
    width: int
    body: memoryview
    offset: int


class _Operand(NamedTuple):
    """One operand of an abbreviation: a literal (`kind` 0, `value` itself) or an encoding with its width."""

    kind: int
    value: int


class _Bits:
    """Reads bit fields from the low end of each byte up."""

    __slots__ = ("at", "base", "view")

    def __init__(self, view: memoryview, base: int) -> None:
        self.view = view
        self.base = base
        self.at = 0

    def fixed(self, width: int) -> int:
        start, end = self.at >> 3, self.at + width + 7 >> 3
        if width > 64 or end > len(self.view):
            raise malformed(f"the bitstream ends within a field of {width} bits", self.base + start)
        value = int.from_bytes(self.view[start:end], "little") >> (self.at & 7)
        self.at += width
        return value & ((1 << width) - 1)

    def vbr(self, width: int) -> int:
        """Return a number in pieces of `width` bits, whose highest bit says that another follows."""
        if not 1 < width <= 32:
            raise malformed(f"the bitstream has a variable field of {width} bits", self.base + (self.at >> 3))
        value = shift = 0
        high = 1 << width - 1
        while True:
            piece = self.fixed(width)
            value |= (piece & high - 1) << shift
            if not piece & high:
                return value
            shift += width - 1
            if shift > 64:
                raise malformed("a number in the bitstream has no end", self.base + (self.at >> 3))

    def align(self) -> None:
        """Step to the next 32-bit word."""
        self.at = (self.at + 31) & ~31

    def take(self, size: int) -> memoryview:
        """Return the next `size` bytes; the position must be at a byte."""
        start = self.at >> 3
        if start + size > len(self.view):
            raise malformed(f"{size} bytes are announced in the bitstream, more than there are", self.base + start)
        self.at += size * 8
        return self.view[start : start + size]


def unwrap(view: memoryview) -> memoryview:
    """Return the bitcode inside Apple's wrapper (magic, version, offset, size, CPU type), or `view` without one."""
    if bytes(view[:4]) != _WRAPPER:
        return view
    offset, size = (int.from_bytes(view[at : at + 4], "little") for at in (8, 12))
    if offset + size > len(view):
        raise malformed(f"wrapped bitcode should end at {offset + size:#x}, but the file ends at {len(view):#x}", 8)
    return view[offset : offset + size]


def outer_blocks(view: memoryview) -> Iterator[Block]:
    """Yield the blocks of the outermost level of unwrapped bitcode; raises `FormatError` when one does not fit."""
    bits = _Bits(view, 0)
    bits.at = 32
    found = 0
    while (bits.at >> 3) + 4 <= len(view):
        if bits.fixed(32) == int.from_bytes(b"BC\xc0\xde", "little"):
            continue  # several modules, one after another
        bits.at -= 32
        if bits.fixed(_OUTER_WIDTH) != _ENTER_SUBBLOCK:
            raise malformed("the bitstream has something else than a block at its outermost level", bits.at >> 3)
        found += 1
        if found > _MAX_BLOCKS:
            raise malformed(f"the bitstream has more than {_MAX_BLOCKS} blocks at its outermost level", bits.at >> 3)
        number, width = bits.vbr(8), bits.vbr(4)
        bits.align()
        words = bits.fixed(32)
        offset = bits.at >> 3
        yield Block(number, width, bits.take(words * 4), offset)


def find_blob(block: Block, record: int) -> memoryview | None:
    """Return the blob of the first record with that code in `block`, or None without one.

    Raises `FormatError` when the block holds nested blocks, or anything does not fit.
    """
    bits = _Bits(block.body, block.offset)
    abbreviations: list[list[_Operand]] = []
    while bits.at + block.width <= len(block.body) * 8:
        kind = bits.fixed(block.width)
        if kind == _END_BLOCK:
            return None
        if kind == _ENTER_SUBBLOCK:
            raise malformed("a block of blobs holds another block", block.offset)
        if kind == _DEFINE_ABBREV:
            abbreviations.append(_read_abbreviation(bits))
        elif kind == _UNABBREV_RECORD:
            bits.vbr(6)
            for _ in range(_count(bits, bits.vbr(6))):
                bits.vbr(6)
        else:
            if kind - 4 >= len(abbreviations):
                raise malformed(f"a record uses abbreviation {kind}, which does not exist", block.offset)
            code, blob = _read_record(bits, abbreviations[kind - 4])
            if code == record and blob is not None:
                return blob
    return None


def _count(bits: _Bits, count: int) -> int:
    if count > _MAX_PARTS:
        raise malformed(f"{count} parts of a record are announced", bits.base + (bits.at >> 3))
    return count


def _read_abbreviation(bits: _Bits) -> list[_Operand]:
    parts = []
    for _ in range(_count(bits, bits.vbr(5))):
        if bits.fixed(1):
            parts.append(_Operand(_LITERAL, bits.vbr(8)))
        else:
            kind = bits.fixed(3)
            parts.append(_Operand(kind, bits.vbr(5) if kind in {_FIXED, _VBR} else _CHAR6_WIDTH))
    return parts


def _read_record(bits: _Bits, parts: list[_Operand]) -> tuple[int | None, memoryview | None]:
    """Return the code of a record, its first value, and its blob."""
    values: list[int] = []
    blob = None
    for position, part in enumerate(parts):
        if part.kind == _BLOB:
            size = bits.vbr(6)
            bits.align()
            blob = bits.take(size)
            bits.align()
        elif part.kind == _ARRAY:
            element = parts[position + 1] if position + 1 < len(parts) else _Operand(0, 0)
            values.extend(_scalar(bits, element) for _ in range(_count(bits, bits.vbr(6))))
            break
        else:
            values.append(_scalar(bits, part))
    return (values[0] if values else None), blob


def _scalar(bits: _Bits, part: _Operand) -> int:
    if part.kind == _LITERAL:
        return part.value
    if part.kind == _VBR:
        return bits.vbr(part.value)
    if part.kind in {_FIXED, _CHAR6}:
        return bits.fixed(part.value)
    raise malformed(f"an abbreviation has encoding {part.kind}", bits.base + (bits.at >> 3))
