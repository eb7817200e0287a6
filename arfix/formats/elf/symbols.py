"""Symbols of an ELF object: whole entries, or only the names that it defines or needs, many times faster."""

from __future__ import annotations

import sys
from itertools import compress
from typing import TYPE_CHECKING, NamedTuple

from arfix.formats.elf.constants import EM, SHN, SHT, STB, STT, STV
from arfix.formats.elf.symbol_table import stored_symbols
from arfix.formats.errors import malformed
from arfix.formats.model import Binding, Place, Symbol, SymbolType, Visibility
from arfix.formats.strings import read_strings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from typing import Final

    from arfix.formats.elf.file import Elf
    from arfix.formats.elf.symbol_table import StoredSymbol, SymbolTable

_BINDING: Final[Mapping[int, Binding]] = {
    STB.LOCAL: Binding.LOCAL,
    STB.GLOBAL: Binding.GLOBAL,
    STB.WEAK: Binding.WEAK,
    STB.GNU_UNIQUE: Binding.UNIQUE,
}
_TYPE: Final[Mapping[int, SymbolType]] = {
    STT.NOTYPE: SymbolType.NONE,
    STT.OBJECT: SymbolType.OBJECT,
    STT.FUNC: SymbolType.FUNCTION,
    STT.SECTION: SymbolType.SECTION,
    STT.FILE: SymbolType.FILE,
    STT.COMMON: SymbolType.COMMON,
    STT.TLS: SymbolType.TLS,
    STT.GNU_IFUNC: SymbolType.IFUNC,
}
#: `st_info` -> (binding, type). Unknown bindings count as global, as they do for linkers.
_INFO: Final = tuple(
    (_BINDING.get(info >> 4, Binding.GLOBAL), _TYPE.get(info & 15, SymbolType.OTHER)) for info in range(256)
)
_BINDINGS: Final = tuple(binding for binding, _ in _INFO)
_TYPES: Final = tuple(type_ for _, type_ in _INFO)
#: `st_other & 3` -> visibility.
_VISIBILITY: Final = tuple(Visibility[visibility.name] for visibility in STV)
_LORESERVE: Final = SHN.LORESERVE.value
_UNDEF: Final = SHN.UNDEF.value
_XINDEX: Final = SHN.XINDEX.value
#: Reserved `st_shndx` -> place, the same for every machine.
_PLACES: Final[Mapping[int, Place]] = {
    SHN.UNDEF: Place.UNDEFINED,
    SHN.ABS: Place.ABSOLUTE,
    SHN.COMMON: Place.COMMON,
}
_MIPS_SUNDEFINED: Final = 0xFF04
#: The same for one machine: the common blocks for large and small data, and MIPS's own undefined.
#: Sources: x86-64 psABI (SHN_X86_64_LCOMMON); MIPS psABI (SHN_MIPS_ACOMMON, SCOMMON, SUNDEFINED); binutils `elf/*.h`.
_MACHINE_PLACES: Final[Mapping[int, Mapping[int, Place]]] = {
    EM.MIPS: {0xFF00: Place.COMMON, 0xFF03: Place.COMMON, _MIPS_SUNDEFINED: Place.UNDEFINED},
    EM.IA_64: {0xFF00: Place.COMMON},
    EM.X86_64: {0xFF02: Place.COMMON},
    EM.M32R: {0xFF00: Place.COMMON},
    EM.TI_C6000: {0xFF00: Place.COMMON},
    EM.QDSP6: {0xFF00 + number: Place.COMMON for number in range(5)},
}
_MIPS: Final = (EM.MIPS.value, EM.MIPS_RS3_LE.value)
#: `st_info` with none of these bits has binding 0, which is local.
_NOT_LOCAL: Final = 0xF0
#: Largest word of `st_info`, `st_other` and `st_shndx` (low to high) in which the last is `SHN_UNDEF`.
_LAST_UNDEFINED: Final = 0xFFFF


def decode_symbols(elf: Elf, table: SymbolTable | None, *, only_globals: bool = False) -> tuple[Symbol, ...]:
    """Return the entries of a symbol table in its order, without the null entry; empty for None.

    Args:
        elf: The ELF file, any class and byte order.
        table: Where the table is: SHT_SYMTAB, or SHT_DYNSYM for what a linked image exports.
        only_globals: Leave out local symbols; several times faster where there are many.

    Raises:
        FormatError: The table, its strings or its section numbers are not all there.
    """
    if table is None:
        return ()
    view = elf.view
    start = (table.first_global if only_globals else 0) or 1
    rows = stored_symbols(view, table, start)
    names = _names(view, table, [row[0] for row in rows])
    extended = _extended_numbers(elf, table) if any(row[3] == _XINDEX for row in rows) else None
    places = {**_PLACES, **_MACHINE_PLACES.get(table.machine, {})}
    symbols: list[Symbol] = []
    append, new = symbols.append, tuple.__new__
    for number, (name, (_, info, other, index, value, size)) in enumerate(zip(names, rows, strict=True), start):
        binding, type_ = _INFO[info]
        if index < _LORESERVE:
            place = Place.DEFINED if index else Place.UNDEFINED
            section = index
        elif index == _XINDEX:
            place, section = Place.DEFINED, _extended(extended, number, table)
        else:
            place, section = places.get(index, Place.DEFINED), 0
        append(new(Symbol, (name, binding, type_, _VISIBILITY[other & 3], place, section, value, size, number)))
    if only_globals:
        return tuple(symbol for symbol in symbols if symbol.binding is not Binding.LOCAL)
    return tuple(symbols)


#: A symbol as linking looks at it: name, binding, type, visibility, place, value, size, `st_shndx` as stored.
GlobalRow = tuple[str, Binding, SymbolType, Visibility, Place, int, int, int]


def iter_globals(elf: Elf) -> Iterator[GlobalRow]:
    """Yield the symbols that are not local, in table order, sections as stored: half the price of `decode_symbols`.

    Raises `FormatError`, as `decode_symbols` does, before the first one.
    """
    view, table = elf.view, elf.symbol_table
    if table is None:
        return iter(())
    rows = stored_symbols(view, table, table.first_global or 1)
    names = _names(view, table, [row[0] for row in rows])
    return _global_rows(names, rows, {**_PLACES, **_MACHINE_PLACES.get(table.machine, {})})


class GlobalColumns(NamedTuple):
    """The symbols of an object that are not local, in table order: what `Symbol` has of each, as a column.

    Attributes:
        names: As the table spells them.
        bindings: None is local.
        types: Of what they name.
        visibilities: As stored.
        places: Where they are defined, if they are.
        sizes: In bytes.
        numbers: Their numbers in the table.
    """

    names: Sequence[str]
    bindings: Sequence[Binding]
    types: Sequence[SymbolType]
    visibilities: Sequence[Visibility]
    places: Sequence[Place]
    sizes: Sequence[int]
    numbers: Sequence[int]


def global_columns(elf: Elf) -> GlobalColumns:
    """Return the symbols that are not local as columns, at a third of the price of `decode_symbols`.

    Raises:
        FormatError: The table, its strings or its section numbers are not all there.
    """
    view, table = elf.view, elf.symbol_table
    start = 1 if table is None else table.first_global or 1
    rows = [] if table is None else stored_symbols(view, table, start)
    if table is None or not rows:
        return GlobalColumns((), (), (), (), (), (), ())
    names = _names(view, table, [row[0] for row in rows])
    numbers: Sequence[int] = range(start, start + len(rows))
    kept = [row[1] & _NOT_LOCAL for row in rows]
    if not all(kept):
        names = list(compress(names, kept))
        numbers = list(compress(numbers, kept))
        rows = list(compress(rows, kept))
        if not rows:
            return GlobalColumns((), (), (), (), (), (), ())
    _, infos, others, indexes, _, sizes = zip(*rows, strict=True)
    if _XINDEX in indexes:
        words = _extended_numbers(elf, table)
        for number, index in zip(numbers, indexes, strict=True):
            if index == _XINDEX:
                _extended(words, number, table)
    defined, undefined = Place.DEFINED, Place.UNDEFINED
    places = {**_PLACES, **_MACHINE_PLACES.get(table.machine, {})}
    return GlobalColumns(
        names,
        [_BINDINGS[info] for info in infos],
        [_TYPES[info] for info in infos],
        [_VISIBILITY[other & 3] for other in others],
        [(defined if index else undefined) if index < _LORESERVE else places.get(index, defined) for index in indexes],
        sizes,
        numbers,
    )


def global_names(elf: Elf, numbers: Iterable[int]) -> list[str]:
    """Return the names of those of the symbols, by their numbers in the table, that are not local.

    Raises `FormatError` as `decode_symbols` does; numbers of symbols that are not there are passed over.
    """
    view, table = elf.view, elf.symbol_table
    if table is None:
        return []
    layout = table.layout
    unpack, size, start, info_field = layout.unpack_from, layout.size, table.offset, 1 if table.bits == 64 else 3
    first, end = table.first_global or 1, table.symbol_count
    rows = [unpack(view, start + number * size) for number in numbers if first <= number < end]
    return _names(view, table, [row[0] for row in rows if row[info_field] & _NOT_LOCAL])


def _global_rows(names: list[str], rows: list[StoredSymbol], places: Mapping[int, Place]) -> Iterator[GlobalRow]:
    """Yield the rows that are not local, decoded. `SHN_XINDEX` counts as a section."""
    undefined, defined = Place.UNDEFINED, Place.DEFINED
    for name, (_, info, other, index, value, size) in zip(names, rows, strict=True):
        if info & _NOT_LOCAL:
            binding, type_ = _INFO[info]
            usual = defined if index else undefined
            place = usual if index < _LORESERVE else places.get(index, defined)
            yield name, binding, type_, _VISIBILITY[other & 3], place, value, size, index


def _names(view: memoryview, table: SymbolTable, offsets: list[int]) -> list[str]:
    """Return the strings at `offsets` in the table's strings."""
    return read_strings(table.strings(view), offsets, table.strings_offset)


def _extended_numbers(elf: Elf, table: SymbolTable) -> memoryview | None:
    """Return the SHT_SYMTAB_SHNDX words that belong to `table`, as bytes; None when there are none.

    Source: gABI, "Section Header": the section's `sh_link` is the symbol table whose section numbers it extends.
    """
    for section in elf.sections:
        is_here = section.offset + section.size <= len(elf.view)
        if section.type == SHT.SYMTAB_SHNDX and section.link == table.section and is_here:
            return elf.view[section.offset : section.offset + section.size]
    return None


def _extended(words: memoryview | None, number: int, table: SymbolTable) -> int:
    """Return the true section number of symbol `number`."""
    if words is None or len(words) < (number + 1) * 4:
        raise malformed(f"symbol {number} has an extended section number, which is not there", table.offset)
    return int.from_bytes(words[number * 4 : number * 4 + 4], "little" if table.order == "<" else "big")


def count_symbols(elf: Elf) -> tuple[int, int]:
    """Return how many non-local symbols are defined (common and absolute ones too) and how many are not."""
    table = elf.symbol_table
    if table is None:
        return 0, 0
    columns = _native_columns(elf.view, table)
    if columns is None:
        return len(_name_offsets(elf.view, table, defined=True)), len(_name_offsets(elf.view, table, defined=False))
    words = [word for word in columns[1].tolist() if word & _NOT_LOCAL]
    undefined = sum(map(_LAST_UNDEFINED.__ge__, words))
    return len(words) - undefined, undefined


def names_where(elf: Elf, *, defined: bool) -> list[str]:
    """Return the names of the non-local symbols that are defined, or of those that are not, in table order."""
    table = elf.symbol_table
    return [] if table is None else _names(elf.view, table, _name_offsets(elf.view, table, defined=defined))


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
    undefined = {_UNDEF, _MIPS_SUNDEFINED} if table.machine in _MIPS else {_UNDEF}
    return [
        name
        for name, info, _, index, _, _ in stored_symbols(view, table, table.first_global or 1)
        if (index not in undefined) is defined and info & _NOT_LOCAL
    ]


def _native_columns(view: memoryview, table: SymbolTable) -> tuple[memoryview, memoryview] | None:
    """Return two columns of the non-local entries, as words, where the host stores words as the object does.

    The first holds `st_name`; the second `st_info`, `st_other` and `st_shndx`, from the low end up.
    """
    if sys.byteorder != "little" or table.order != "<" or table.machine in _MIPS:
        return None
    size = table.layout.size
    start = table.first_global or 1
    words = view[table.offset + start * size : table.offset + table.symbol_count * size].cast("I")
    step, column = size // 4, 1 if table.bits == 64 else 3
    return words[0::step], words[column::step]
