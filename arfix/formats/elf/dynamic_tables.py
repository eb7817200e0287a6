"""The places of the dynamic symbols of a linked ELF image, and of their versions.

Section headers give them; where those were stripped the dynamic segment does, as it does for a loader.
"""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING, NamedTuple

from arfix.formats.elf.constants import DT, DYNAMIC_ENTRIES, PROGRAM_HEADERS, PT, SHT, SYMBOLS
from arfix.formats.elf.symbol_table import SymbolTable, find_symbol_table
from arfix.formats.errors import malformed

if TYPE_CHECKING:
    from arfix.formats.elf.file import Elf
    from arfix.formats.elf.header import ElfHeader


class DynamicTables(NamedTuple):
    """The parts of an image that say what it exports and needs, as views; empty if there is none.

    Attributes:
        symbols: The dynamic symbol table, or None.
        strings: Names of symbols, versions and libraries.
        entries: (tag, value) of the dynamic section, up to its end.
        versions: One 16-bit version number for each symbol.
        defined: Chain of version definitions.
        needed: Chain of version needs.
    """

    symbols: SymbolTable | None
    strings: memoryview
    entries: tuple[tuple[int, int], ...]
    versions: memoryview
    defined: memoryview
    needed: memoryview


def locate_dynamic_tables(elf: Elf) -> DynamicTables:
    """Return where the dynamic tables of an image are; raises `FormatError` when they do not lie within it."""
    view, header = elf.view, elf.header
    by_type = {section.type: section for section in elf.sections}
    if SHT.DYNSYM not in by_type:
        return _from_segments(view, header)
    table = find_symbol_table(view, header, SHT.DYNSYM)
    parts = [
        elf.contents(by_type[kind]) if kind in by_type else view[:0]
        for kind in (SHT.DYNAMIC, SHT.GNU_VERSYM, SHT.GNU_VERDEF, SHT.GNU_VERNEED)
    ]
    strings = view[:0]
    if table is not None:
        strings = view[table.strings_offset : table.strings_offset + table.strings_size]
    return DynamicTables(table, strings, _entries(parts[0], header), *parts[1:])


def _entries(part: memoryview, header: ElfHeader) -> tuple[tuple[int, int], ...]:
    """Return the (tag, value) pairs of a dynamic section, up to the null tag."""
    layout = DYNAMIC_ENTRIES[header.bits, header.order]
    found = []
    for tag, value in layout.iter_unpack(part[: len(part) // layout.size * layout.size]):
        if tag == DT.NULL:
            break
        found.append((tag, value))
    return tuple(found)


class _Segment(NamedTuple):
    """One program header: `p_type`, `p_vaddr`, `p_offset` and `p_filesz`."""

    type: int
    address: int
    offset: int
    size: int


class _Image(NamedTuple):
    """An image and its loaded segments."""

    view: memoryview
    header: ElfHeader
    segments: tuple[_Segment, ...]

    def at(self, address: int | None) -> memoryview:
        """Return the bytes from `address` to the end of its segment; empty for None."""
        if address is None:
            return self.view[:0]
        for _, start, offset, size in self.segments:
            if start <= address < start + size:
                return self.view[offset + address - start : offset + size]
        raise malformed(f"the dynamic section names address {address:#x}, which no segment holds", 0)


def _from_segments(view: memoryview, header: ElfHeader) -> DynamicTables:
    """Return the tables that the dynamic segment names; none of them when there is no such segment."""
    layout = PROGRAM_HEADERS[header.bits, header.order]
    end = header.program_offset + header.program_count * layout.size
    if end > len(view):
        raise malformed(f"program headers should end at {end:#x}, but the image ends at {len(view):#x}", 0)
    rows = list(layout.iter_unpack(view[header.program_offset : end]))
    if header.bits == 32:
        segments = [_Segment(kind, address, offset, size) for kind, offset, address, _, size, _, _, _ in rows]
    else:
        segments = [_Segment(kind, address, offset, size) for kind, _, offset, address, _, size, _, _ in rows]
    image = _Image(view, header, tuple(segment for segment in segments if segment.type == PT.LOAD))
    dynamic = next((segment for segment in segments if segment.type == PT.DYNAMIC), None)
    if dynamic is None:
        nothing = view[:0]
        return DynamicTables(None, nothing, (), nothing, nothing, nothing)
    end = dynamic.offset + dynamic.size
    if end > len(view):
        raise malformed(
            f"the dynamic section has a size of {dynamic.size} bytes, more than the file has", dynamic.offset
        )
    entries = _entries(view[dynamic.offset : end], header)
    tags = dict(entries)
    strings = image.at(tags.get(DT.STRTAB))[: tags.get(DT.STRSZ, 0)]
    parts = [image.at(tags.get(tag)) for tag in (DT.VERSYM, DT.VERDEF, DT.VERNEED)]
    return DynamicTables(_symbol_table(image, tags), strings, entries, *parts)


def _symbol_table(image: _Image, tags: dict[int, int]) -> SymbolTable | None:
    """Return the dynamic symbol table; how long it is only the hash tables know."""
    if DT.SYMTAB not in tags or DT.STRTAB not in tags:
        return None
    header = image.header
    count = _count_from_hash(image, tags)
    symbols, strings = (_offset(image, tags[tag]) for tag in (DT.SYMTAB, DT.STRTAB))
    room = (len(image.view) - symbols) // SYMBOLS[header.bits, header.order].size
    if count > room:
        raise malformed(f"{count} dynamic symbols are announced, but there is room for {room}", symbols)
    size = min(tags.get(DT.STRSZ, 0), len(image.view) - strings)
    return SymbolTable(header.bits, header.order, header.machine, 0, symbols, count, 1 if count else 0, strings, size)


def _offset(image: _Image, address: int) -> int:
    """Return the offset in the file of what is loaded at `address`."""
    for _, start, offset, size in image.segments:
        if start <= address < start + size and offset + address - start <= len(image.view):
            return offset + address - start
    raise malformed(f"the dynamic section names address {address:#x}, which no segment holds", 0)


def _count_from_hash(image: _Image, tags: dict[int, int]) -> int:
    """Return the number of dynamic symbols.

    The old hash table says it (`nchain`). Of the GNU one, the last chain has to be followed to its end, which a set
    lowest bit marks. Source: gABI, "Hash Table"; binutils `bfd/elflink.c` for the GNU one.
    """
    order = image.header.byteorder
    if DT.HASH in tags:
        return int.from_bytes(image.at(tags[DT.HASH])[4:8], order)
    part = image.at(tags.get(DT.GNU_HASH))
    if len(part) < 16:
        return 0
    buckets, first, bloom = (int.from_bytes(part[at : at + 4], order) for at in (0, 4, 8))
    start = 16 + bloom * (image.header.bits // 8)
    chains = start + buckets * 4
    words = part[start:chains]
    numbers = Struct(image.header.order + "I").iter_unpack(words[: len(words) & -4])
    last = int(max((number for (number,) in numbers), default=0))
    if last < first:
        return first
    at = chains + (last - first) * 4
    while at + 4 <= len(part):
        last += 1
        if int.from_bytes(part[at : at + 4], order) & 1:
            return last
        at += 4
    raise malformed("the GNU hash table has no end", 0)
