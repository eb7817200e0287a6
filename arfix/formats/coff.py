"""Symbols that a COFF object defines and needs; regular objects and those with many sections (`bigobj`).

Read here and not with LIEF: LIEF 1.0.0 gives empty names where a name is the tail of another in the string table, as
LLVM stores them.
"""

from __future__ import annotations

from functools import cache
from struct import Struct
from typing import Final, NamedTuple

from arfix.archive.names import decode_name
from arfix.formats.constants import COFF_BIGOBJ_HEADER, COFF_HEADER, COFF_MACHINES, COFF_SECTION_HEADER_SIZE
from arfix.formats.errors import malformed
from arfix.formats.model import Binding, Content, Machine, Place, Symbol, SymbolType, Visibility
from arfix.formats.strings import read_strings

#: name[8], value, section, type, storage class, number of auxiliary records. Source: PE/COFF, "COFF Symbol Table".
_SYMBOL: Final = Struct("<8sIhHBB")
#: The same of a bigobj, with a wider section number (winnt.h, IMAGE_SYMBOL_EX).
_BIG_SYMBOL: Final = Struct("<8sIiHBB")
_CLASS_EXTERNAL: Final = 2
_CLASS_STATIC: Final = 3
_CLASS_FILE: Final = 103
_CLASS_SECTION: Final = 104
_CLASS_WEAK_EXTERNAL: Final = 105
_GLOBAL_CLASSES: Final = frozenset({_CLASS_EXTERNAL, _CLASS_WEAK_EXTERNAL})
_ABSOLUTE: Final = -1
_FUNCTION: Final = 0x20
_DEFAULT: Final = Visibility.DEFAULT
#: How the name field begins where the name is in the string table, and the field of a symbol without a name.
_LONG: Final = bytes(4)
_NONE: Final = bytes(8)
_BINDINGS: Final = {_CLASS_EXTERNAL: Binding.GLOBAL, _CLASS_WEAK_EXTERNAL: Binding.WEAK}


#: The flags of a section, the last field of its header.
_SECTION_FLAGS: Final = Struct("<36xI")
#: IMAGE_SCN_LNK_COMDAT; offset of the selection in an auxiliary record, and IMAGE_COMDAT_SELECT_NODUPLICATES.
_LNK_COMDAT: Final = 0x1000
_SELECTION: Final = 14
_SELECT_NO_DUPLICATES: Final = 1


class _Header(NamedTuple):
    machine: int
    symbols_offset: int
    symbols: int
    layout: Struct


def _read_header(view: memoryview, content: Content) -> _Header:
    """Return what the header says of the symbol table, checked against what is there."""
    if content is Content.COFF_BIGOBJ:
        if len(view) < COFF_BIGOBJ_HEADER.size:
            raise malformed(f"bigobj header ends after {len(view)} bytes, expected {COFF_BIGOBJ_HEADER.size}", 0)
        _, _, _, machine, _, _, _, _, _, _, _, offset, count = COFF_BIGOBJ_HEADER.unpack_from(view)
        header = _Header(machine, offset, count, _BIG_SYMBOL)
    else:
        if len(view) < COFF_HEADER.size:
            raise malformed(f"COFF header ends after {len(view)} bytes, expected {COFF_HEADER.size}", 0)
        machine, _, _, offset, count, _, _ = COFF_HEADER.unpack_from(view)
        header = _Header(machine, offset, count, _SYMBOL)
    end = header.symbols_offset + header.symbols * header.layout.size
    if end > len(view):
        raise malformed(f"symbols should end at {end:#x}, but the object ends at {len(view):#x}", header.symbols_offset)
    return header


def read_coff_machine(view: memoryview, content: Content) -> Machine:
    """Return the machine of a COFF object; raises `FormatError` when the header is cut short."""
    if content is Content.COFF and len(view) >= COFF_HEADER.size:
        return coff_machine(view[0] | view[1] << 8)
    return coff_machine(_read_header(view, content).machine)


@cache
def coff_machine(number: int) -> Machine:
    """Return the machine of that COFF number; an unknown one is spelt `machine-N`."""
    name, bits = COFF_MACHINES.get(number, (f"machine-{number}", 0))
    return Machine(name, bits, "little", number)


def read_coff_symbols(view: memoryview, content: Content, *, only_globals: bool = False) -> tuple[Symbol, ...]:
    """Return the symbols of a COFF object, auxiliary records and what only describes files and sections left out.

    A weak external counts as a weak definition: its default counts when nothing else defines it, and llvm-ar
    indexes it. Source: PE/COFF, "COFF Symbol Table" and "Auxiliary Format 3: Weak Externals".

    Args:
        view: The object.
        content: Which of the two kinds it is.
        only_globals: Leave out local symbols, whose names are not read then.

    Raises:
        FormatError: The table, its strings or a name are not all there.
    """
    header = _read_header(view, content)
    if not header.symbols:
        return ()
    end = header.symbols_offset + header.symbols * header.layout.size
    rows = list(header.layout.iter_unpack(view[header.symbols_offset : end]))
    kept = []
    number = 0
    count = len(rows)
    while number < count:
        row = rows[number]
        if (row[4] in _GLOBAL_CLASSES or not only_globals) and _is_symbol(row):
            kept.append(number)
        number += 1 + row[5]
    names = _names(view, end, [rows[number][0] for number in kept])
    return tuple([_symbol(name, rows[number], number) for name, number in zip(names, kept, strict=True)])


def read_sectionless_names(view: memoryview, content: Content) -> tuple[str, ...]:
    """Return the names of symbols that refer to a section, but name none (section number 0).

    Import libraries as LLVM and MSVC make them have such symbols for `.idata$4` and `.idata$5`. External symbols with
    section number 0 are undefined or common, and are not among these.

    Raises:
        FormatError: The table, its strings or a name are not all there.
    """
    header = _read_header(view, content)
    end = header.symbols_offset + header.symbols * header.layout.size
    rows = list(header.layout.iter_unpack(view[header.symbols_offset : end]))
    found = []
    number = 0
    while number < len(rows):
        field, value, section, _, storage, auxiliaries = rows[number]
        is_reference = storage in {_CLASS_EXTERNAL, _CLASS_WEAK_EXTERNAL}
        is_common = storage == _CLASS_SECTION and value != 0
        if section == 0 and not is_reference and not is_common:
            found.append(field)
        number += 1 + auxiliaries
    return tuple(_names(view, end, found))


def read_comdat_names(view: memoryview, content: Content) -> frozenset[str]:
    """Return the external symbols defined in sections of which a link keeps one copy.

    The selection is the last field of the auxiliary record of the section's own symbol. Source: PE/COFF, "COMDAT
    Sections" and "Auxiliary Format 5: Section Definitions".

    Raises:
        FormatError: The symbols or section headers are not all there.
    """
    comdat = _comdat_sections(view, content)
    if not comdat:
        return frozenset()
    symbols = read_coff_symbols(view, content, only_globals=True)
    return frozenset(one.name for one in symbols if one.section in comdat)


def read_directives(view: memoryview, content: Content) -> str:
    """Return the text of an object's `.drectve` sections: options for the linker; empty if there are none.

    Source: PE/COFF, "The .drectve Section (Object Only)": a mark at the start says that it is UTF-8.

    Raises:
        FormatError: The section headers or a section are not all there.
    """
    found = []
    headers = _section_headers(view, content)
    for start in range(0, len(headers), COFF_SECTION_HEADER_SIZE):
        header = headers[start : start + COFF_SECTION_HEADER_SIZE]
        if bytes(header[:8]) == b".drectve":
            size, offset = (int.from_bytes(header[at : at + 4], "little") for at in (16, 20))
            if offset + size > len(view):
                raise malformed(f".drectve should end at {offset + size:#x}, past the object's end", offset)
            found.append(bytes(view[offset : offset + size]).removeprefix(b"\xef\xbb\xbf").rstrip(b"\0"))
    return " ".join(decode_name(data) for data in found)


def _section_headers(view: memoryview, content: Content) -> memoryview:
    """Return the headers of the sections, one behind the other."""
    _read_header(view, content)
    if content is Content.COFF_BIGOBJ:
        start, count = COFF_BIGOBJ_HEADER.size, COFF_BIGOBJ_HEADER.unpack_from(view)[10]
    else:
        _, count, _, _, _, optional, _ = COFF_HEADER.unpack_from(view)
        start = COFF_HEADER.size + optional
    size = COFF_SECTION_HEADER_SIZE
    if start + count * size > len(view):
        raise malformed(f"section headers should end at {start + count * size:#x}, past the object's end", start)
    return view[start : start + count * size]


def _comdat_sections(view: memoryview, content: Content) -> frozenset[int]:
    """Return the numbers, from 1, of the COMDAT sections that may meet a copy of themselves."""
    flags = _SECTION_FLAGS.iter_unpack(_section_headers(view, content))
    flagged = [number for number, (word,) in enumerate(flags, 1) if word & _LNK_COMDAT]
    if not flagged:
        return frozenset()
    header = _read_header(view, content)
    alone: set[int] = set()
    rows = list(header.layout.iter_unpack(view[header.symbols_offset :][: header.symbols * header.layout.size]))
    number = 0
    while number < len(rows):
        _, _, section, _, storage, auxiliaries = rows[number]
        if section in flagged and storage == _CLASS_STATIC and auxiliaries:
            at = header.symbols_offset + (number + 1) * header.layout.size + _SELECTION
            if view[at : at + 1] == bytes([_SELECT_NO_DUPLICATES]):
                alone.add(section)
        number += 1 + auxiliaries
    return frozenset(flagged) - alone


def _is_symbol(row: tuple[bytes, int, int, int, int, int]) -> bool:
    """Whether an entry names code or data. A static symbol with auxiliary records describes a section."""
    _, _, section, _, storage, auxiliaries = row
    if storage in {_CLASS_FILE, _CLASS_SECTION}:
        return False
    if auxiliaries and (storage == _CLASS_STATIC or (storage == _CLASS_EXTERNAL and section == _ABSOLUTE)):
        return False
    return section >= _ABSOLUTE


def _names(view: memoryview, strings_offset: int, fields: list[bytes]) -> list[str]:
    """Return the names: eight bytes padded with NUL, or four zero bytes and an offset in the string table.

    The string table begins with its own size, which counts in offsets.
    """
    size = int.from_bytes(view[strings_offset : strings_offset + 4], "little")
    at = [int.from_bytes(field[4:], "little") for field in fields if field.startswith(_LONG) and field != _NONE]
    if not at:
        return [decode_name(field.rstrip(b"\0")) for field in fields]
    table = bytes(view[strings_offset : strings_offset + size])
    long_names = iter(read_strings(table, at, strings_offset))
    return [
        next(long_names) if field.startswith(_LONG) and field != _NONE else decode_name(field.rstrip(b"\0"))
        for field in fields
    ]


def _symbol(name: str, row: tuple[bytes, int, int, int, int, int], number: int) -> Symbol:
    _, value, section, type_, storage, _ = row
    binding = _BINDINGS.get(storage, Binding.LOCAL)
    kind = SymbolType.FUNCTION if type_ == _FUNCTION else SymbolType.NONE
    size = 0
    if section > 0 or storage == _CLASS_WEAK_EXTERNAL:
        place = Place.DEFINED
    elif section == _ABSOLUTE:
        place = Place.ABSOLUTE
    elif value and storage == _CLASS_EXTERNAL:  # the value of a common symbol is its size
        place, size, value, kind = Place.COMMON, value, 0, SymbolType.COMMON
    else:
        place = Place.UNDEFINED
    values = name, binding, kind, _DEFAULT, place, max(section, 0), value, size, number
    return tuple.__new__(Symbol, values)
