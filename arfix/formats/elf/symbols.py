"""Which symbols does an ELF object define and need? Read straight from the mapping.

`read_symbols` gives whole entries, `read_references` and `read_definitions` only names, many times faster.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from arfix.formats.constants import (
    ELF_SYMBOLS,
    SHN_ABS,
    SHN_COMMON,
    SHN_LORESERVE,
    SHN_UNDEF,
    SHN_XINDEX,
    SHT_SYMTAB,
    SHT_SYMTAB_SHNDX,
)
from arfix.formats.elf.file import locate_symbol_table, read_header
from arfix.formats.errors import malformed
from arfix.formats.model import Binding, Place, Symbol, SymbolType, Visibility
from arfix.formats.strings import read_strings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Final

    from arfix.formats.elf.file import SymbolTable

_BINDING: Final = {0: Binding.LOCAL, 1: Binding.GLOBAL, 2: Binding.WEAK, 10: Binding.UNIQUE}
_TYPE: Final = {
    0: SymbolType.NONE,
    1: SymbolType.OBJECT,
    2: SymbolType.FUNCTION,
    3: SymbolType.SECTION,
    4: SymbolType.FILE,
    5: SymbolType.COMMON,
    6: SymbolType.TLS,
    10: SymbolType.IFUNC,
}
#: `st_info` -> (binding, type). A binding nobody defined is taken as global: linkers treat what is not local so.
_INFO: Final = tuple(
    (_BINDING.get(info >> 4, Binding.GLOBAL), _TYPE.get(info & 15, SymbolType.OTHER)) for info in range(256)
)
_VISIBILITY: Final = (Visibility.DEFAULT, Visibility.INTERNAL, Visibility.HIDDEN, Visibility.PROTECTED)
#: Reserved `st_shndx` -> place, the same for every machine.
_PLACES: Final = {SHN_UNDEF: Place.UNDEFINED, SHN_ABS: Place.ABSOLUTE, SHN_COMMON: Place.COMMON}
#: The same for one machine: the common blocks for large and small data, and MIPS's own undefined.
#: Sources: x86-64 psABI (SHN_X86_64_LCOMMON); MIPS psABI (SHN_MIPS_ACOMMON, SCOMMON, SUNDEFINED); binutils `elf/*.h`.
_MACHINE_PLACES: Final = {
    8: {0xFF00: Place.COMMON, 0xFF03: Place.COMMON, 0xFF04: Place.UNDEFINED},
    50: {0xFF00: Place.COMMON},
    62: {0xFF02: Place.COMMON},
    88: {0xFF00: Place.COMMON},
    140: {0xFF00: Place.COMMON},
    164: {0xFF00 + number: Place.COMMON for number in range(5)},
}
_MIPS: Final = (8, 10)
_MIPS_SUNDEFINED: Final = 0xFF04
_WIDE: Final = 64
#: `st_info` with none of these bits has binding 0, which is local.
_NOT_LOCAL: Final = 0xF0
#: Largest word of `st_info`, `st_other` and `st_shndx` (low to high) in which the last is `SHN_UNDEF`.
_LAST_UNDEFINED: Final = 0xFFFF


def read_symbols(view: memoryview, *, only_globals: bool = False, kind: int = SHT_SYMTAB) -> tuple[Symbol, ...]:
    """Return the entries of the symbol table in its order, without the null entry; empty without a table.

    Args:
        view: The ELF file, any class and byte order.
        only_globals: Leave out local symbols; several times faster where there are many.
        kind: Section type of the table: `SHT_SYMTAB`, or `SHT_DYNSYM` for what a linked image exports.

    Raises:
        FormatError: The table, its strings or its section numbers are not all there.
    """
    table = locate_symbol_table(view, kind)
    return () if table is None else read_symbol_table(view, table, only_globals=only_globals)


def read_symbol_table(view: memoryview, table: SymbolTable, *, only_globals: bool = False) -> tuple[Symbol, ...]:
    """Return the entries of `table`, as `read_symbols` does."""
    start = (table.first_global if only_globals else 0) or 1
    rows = _rows(view, table, start)
    names = _names(view, table, [row[0] for row in rows])
    extended = _extended_numbers(view, table) if any(row[3] == SHN_XINDEX for row in rows) else None
    places = _PLACES | _MACHINE_PLACES.get(table.machine, {})
    symbols: list[Symbol] = []
    append, new = symbols.append, tuple.__new__
    for number, (name, (_, info, other, index, value, size)) in enumerate(zip(names, rows, strict=True), start):
        binding, type_ = _INFO[info]
        if index < SHN_LORESERVE:
            place = Place.DEFINED if index else Place.UNDEFINED
            section = index
        elif index == SHN_XINDEX:
            place, section = Place.DEFINED, _extended(extended, number, table)
        else:
            place, section = places.get(index, Place.DEFINED), 0
        append(new(Symbol, (name, binding, type_, _VISIBILITY[other & 3], place, section, value, size, number)))
    if only_globals:
        return tuple(symbol for symbol in symbols if symbol.binding is not Binding.LOCAL)
    return tuple(symbols)


#: A symbol as linking looks at it: name, binding, type, visibility, place, value, size, `st_shndx` as stored.
GlobalRow = tuple[str, Binding, SymbolType, Visibility, Place, int, int, int]


def read_globals(view: memoryview) -> Iterator[GlobalRow]:
    """Yield the symbols that are not local, in table order, sections as stored: half the price of `read_symbols`.

    Raises `FormatError`, as `read_symbols` does, before the first one.
    """
    table = locate_symbol_table(view)
    if table is None:
        return iter(())
    rows = _rows(view, table, table.first_global or 1)
    names = _names(view, table, [row[0] for row in rows])
    return _global_rows(names, rows, _PLACES | _MACHINE_PLACES.get(table.machine, {}))


def read_names(view: memoryview, numbers: Iterable[int]) -> list[str]:
    """Return the names of those of the symbols, by their numbers in the table, that are not local.

    Raises `FormatError` as `read_symbols` does; numbers of symbols that are not there are passed over.
    """
    table = locate_symbol_table(view)
    if table is None:
        return []
    layout = ELF_SYMBOLS[table.bits, table.order]
    unpack, size, start, info_field = layout.unpack_from, layout.size, table.offset, 1 if table.bits == _WIDE else 3
    first, end = table.first_global or 1, table.symbol_count
    rows = [unpack(view, start + number * size) for number in numbers if first <= number < end]
    return _names(view, table, [row[0] for row in rows if row[info_field] & _NOT_LOCAL])


def _global_rows(
    names: list[str], rows: list[tuple[int, int, int, int, int, int]], places: Mapping[int, Place]
) -> Iterator[GlobalRow]:
    """Yield the rows that are not local, decoded. An extended section number (`SHN_XINDEX`) stands for some section."""
    undefined, defined = Place.UNDEFINED, Place.DEFINED
    for name, (_, info, other, index, value, size) in zip(names, rows, strict=True):
        if info & _NOT_LOCAL:
            binding, type_ = _INFO[info]
            usual = defined if index else undefined
            place = usual if index < SHN_LORESERVE else places.get(index, defined)
            yield name, binding, type_, _VISIBILITY[other & 3], place, value, size, index


def _rows(view: memoryview, table: SymbolTable, start: int) -> list[tuple[int, int, int, int, int, int]]:
    """Return the entries from `start` on, of either class as (name, info, other, section, value, size)."""
    layout = ELF_SYMBOLS[table.bits, table.order]
    part = view[table.offset + start * layout.size : table.offset + table.symbol_count * layout.size]
    if table.bits == _WIDE:
        rows = list(layout.iter_unpack(part))
    else:
        rows = [
            (name, info, other, index, value, size)
            for name, value, size, info, other, index in layout.iter_unpack(part)
        ]
    return rows


def _names(view: memoryview, table: SymbolTable, offsets: list[int]) -> list[str]:
    """Return the strings at `offsets` in the table's strings."""
    strings = bytes(view[table.strings_offset : table.strings_offset + table.strings_size])
    return read_strings(strings, offsets, table.strings_offset)


def _extended_numbers(view: memoryview, table: SymbolTable) -> memoryview | None:
    """Return the SHT_SYMTAB_SHNDX words that belong to `table`, as bytes; None when there are none.

    Source: gABI, "Section Header": the section's `sh_link` is the symbol table whose section numbers it extends.
    """
    header = read_header(view)
    layout = header.section_layout
    for number in range(header.section_count - 1, 0, -1):
        _, kind, _, _, offset, size, link, *_ = layout.unpack_from(view, header.section_offset + number * layout.size)
        if kind == SHT_SYMTAB_SHNDX and link == table.section and offset + size <= len(view):
            return view[offset : offset + size]
    return None


def _extended(words: memoryview | None, number: int, table: SymbolTable) -> int:
    """Return the true section number of symbol `number`."""
    if words is None or len(words) < (number + 1) * 4:
        raise malformed(f"symbol {number} has an extended section number, which is not there", table.offset)
    return int.from_bytes(words[number * 4 : number * 4 + 4], "little" if table.order == "<" else "big")


def read_definitions(view: memoryview) -> list[str]:
    """Return the names of non-local symbols that are defined, common or absolute, in table order, duplicates kept.

    These are the index entries that GNU ar makes of an ELF object. Raises `FormatError` as `read_symbols` does.
    """
    return _names_where(view, defined=True)


def read_references(view: memoryview) -> list[str]:
    """Return the names of non-local undefined symbols, weak ones included, in table order.

    Raises `FormatError` as `read_symbols` does.
    """
    return _names_where(view, defined=False)


def count_symbols(view: memoryview) -> tuple[int, int]:
    """Return how many non-local symbols are defined (common and absolute ones too) and how many are not.

    No name is read, so that a list of thousands of members costs little. Raises `FormatError` as `read_symbols` does.
    """
    table = locate_symbol_table(view)
    if table is None:
        return 0, 0
    columns = _native_columns(view, table)
    if columns is None:
        return len(_name_offsets(view, table, defined=True)), len(_name_offsets(view, table, defined=False))
    words = [word for word in columns[1].tolist() if word & _NOT_LOCAL]
    undefined = sum(map(_LAST_UNDEFINED.__ge__, words))
    return len(words) - undefined, undefined


def _names_where(view: memoryview, *, defined: bool) -> list[str]:
    table = locate_symbol_table(view)
    return [] if table is None else _names(view, table, _name_offsets(view, table, defined=defined))


def _name_offsets(view: memoryview, table: SymbolTable, *, defined: bool) -> list[int]:
    """Return `st_name` of the non-local symbols that are defined, or of those that are not.

    Where the host stores words as the object does, no tuple of each entry is made.
    """
    columns = _native_columns(view, table)
    if columns is not None:
        pairs = zip(columns[0].tolist(), columns[1].tolist(), strict=True)
        if defined:
            return [name for name, word in pairs if word > _LAST_UNDEFINED and word & _NOT_LOCAL]
        return [name for name, word in pairs if word <= _LAST_UNDEFINED and word & _NOT_LOCAL]
    undefined = {SHN_UNDEF, _MIPS_SUNDEFINED} if table.machine in _MIPS else {SHN_UNDEF}
    return [
        name
        for name, info, _, index, _, _ in _rows(view, table, table.first_global or 1)
        if (index not in undefined) is defined and info & _NOT_LOCAL
    ]


def _native_columns(view: memoryview, table: SymbolTable) -> tuple[memoryview, memoryview] | None:
    """Return two columns of the non-local entries, as words, where the host stores words as the object does.

    The first holds `st_name`; the second `st_info`, `st_other` and `st_shndx`, from the low end up.
    """
    if sys.byteorder != "little" or table.order != "<" or table.machine in _MIPS:
        return None
    size = ELF_SYMBOLS[table.bits, table.order].size
    start = table.first_global or 1
    words = view[table.offset + start * size : table.offset + table.symbol_count * size].cast("I")
    step, column = size // 4, 1 if table.bits == _WIDE else 3
    return words[0::step], words[column::step]
