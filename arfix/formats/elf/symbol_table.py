"""The place of a symbol table and its strings in an ELF file."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from arfix.formats.elf.constants import SECTION_HEADERS, SHT, SYMBOLS, USUAL_PLACES
from arfix.formats.elf.sections import extent
from arfix.formats.errors import malformed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from struct import Struct
    from typing import Final

    from arfix.formats.elf.header import ElfHeader

_SYMTAB: Final = SHT.SYMTAB.value
_STRTAB: Final = SHT.STRTAB.value
_NOBITS: Final = SHT.NOBITS.value


class SymbolTable(NamedTuple):
    """Where a symbol table and its strings are. Offsets in bytes from the start of the object, all checked.

    Attributes:
        bits: 32 or 64.
        order: `<` or `>`.
        machine: `e_machine`.
        section: Index of the table's own section header.
        offset: Of the first symbol.
        symbol_count: Number of symbols.
        first_global: `sh_info`: index of the first symbol that is not local; 0 when the header's number cannot be true.
        strings_offset: Of the string table.
        strings_size: In bytes.
    """

    bits: int
    order: str
    machine: int
    section: int
    offset: int
    symbol_count: int
    first_global: int
    strings_offset: int
    strings_size: int

    @property
    def layout(self) -> Struct:
        """Layout of one symbol."""
        return SYMBOLS[self.bits, self.order]

    def strings(self, view: memoryview) -> bytes:
        """Return the string table of the object in `view`."""
        return bytes(view[self.strings_offset : self.strings_offset + self.strings_size])


#: A symbol as stored, of either class: name, info, other, section, value, size.
StoredSymbol = tuple[int, int, int, int, int, int]


def stored_symbols(view: memoryview, table: SymbolTable, start: int = 0) -> list[StoredSymbol]:
    """Return the entries of `table` in `view` from number `start` on, the fields of both classes in one order."""
    layout = table.layout
    part = view[table.offset + start * layout.size : table.offset + table.symbol_count * layout.size]
    if table.bits == 64:
        return list(layout.iter_unpack(part))
    return [
        (name, info, other, index, value, size) for name, value, size, info, other, index in layout.iter_unpack(part)
    ]


def stored_symbol(view: memoryview, table: SymbolTable, number: int) -> StoredSymbol:
    """Return the entry of that number, which must be there."""
    fields = table.layout.unpack_from(view, table.offset + number * table.layout.size)
    if table.bits == 64:
        return fields
    name, value, size, info, other, index = fields
    return name, info, other, index, value, size


def encode_symbols(table: SymbolTable, rows: Iterable[StoredSymbol]) -> bytes:
    """Return the bytes of a symbol table of the class and byte order of `table`."""
    pack = table.layout.pack
    if table.bits == 64:
        return b"".join([pack(*row) for row in rows])
    return b"".join([pack(name, value, size, info, other, index) for name, info, other, index, value, size in rows])


def usual_symbol_table(read: Callable[[int, int], bytes | memoryview], size: int) -> SymbolTable | None:
    """Return the symbol table if it is third from the end and its strings behind it; None if it is not.

    That is how GNU as orders sections, and looking there first takes a third of the time of reading the headers.

    Args:
        read: Returns the bytes at an offset; it is given offset and size.
        size: Of the object, in bytes.
    """
    head = read(0, 64)
    probe = USUAL_PLACES.get(bytes(head[:6]))
    if probe is None or size < 64:  # with four sections an object is longer
        return None
    machine, start, step, count = probe.header.unpack_from(head, 18)
    at = start + (count - 3) * step
    if not start or count < 4 or step != SECTION_HEADERS[probe.bits, probe.order].size or at + 3 * step > size:
        return None
    headers = read(at, 3 * step)
    kind, offset, table_size, link, info, link_kind, strings, strings_size = probe.tables.unpack_from(headers)
    if kind != _SYMTAB or link_kind != _STRTAB or link != count - 2:
        return None
    if offset + table_size > size or strings + strings_size > size:
        return None
    symbols = table_size // SYMBOLS[probe.bits, probe.order].size
    first = info if 0 < info <= symbols else 0
    return SymbolTable(probe.bits, probe.order, machine, count - 3, offset, symbols, first, strings, strings_size)


def find_symbol_table(view: memoryview, header: ElfHeader, kind: int) -> SymbolTable | None:
    """Return where the symbol table of section type `kind` is (SHT_SYMTAB or SHT_DYNSYM), or None without one.

    Section headers are looked at from the end: assemblers put the symbol table behind the sections of the program,
    and objects of C++ have thousands of those. Raises `FormatError` when the table or its strings do not lie within
    the object.
    """
    layout = header.section_layout
    unpack = layout.unpack_from
    start, step = header.section_offset, layout.size
    for number in range(header.section_count - 1, 0, -1):
        _, found, _, _, offset, size, link, info, _, _ = unpack(view, start + number * step)
        if found == kind:
            break
    else:
        return None
    if not 0 < link < header.section_count:
        raise malformed(f"the symbol table has its strings in section {link}", start + number * step)
    _, link_kind, _, _, strings_offset, strings_size, *_ = unpack(view, start + link * step)
    extent(view, found, offset, size, "symbol table")
    extent(view, link_kind, strings_offset, strings_size, "strings of the symbol table")
    if link_kind == _NOBITS:
        raise malformed("strings of the symbol table take no space in the file", start + link * step)
    count = size // SYMBOLS[header.bits, header.order].size
    first = info if 0 < info <= count else 0
    return SymbolTable(
        header.bits, header.order, header.machine, number, offset, count, first, strings_offset, strings_size
    )
