"""Finds the symbols that the sections of an object really use.

Source: measured (`tests/oracle/test_linkers_symbols.py`): a name that is only in the symbol table does no harm in
any linker. In sections that are not loaded GNU ld, gold and mold ask too, lld does not. Sections with SHF_EXCLUDE do
not ask.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from arfix.formats.constants import SHT_REL, SHT_RELA
from arfix.formats.elf.file import read_header, read_sections, section_bytes
from arfix.formats.elf.symbols import read_names

if TYPE_CHECKING:
    from collections.abc import Collection
    from typing import Final

    from arfix.formats.elf.file import ElfHeader

_SHF_ALLOC: Final = 0x2
_SHF_EXCLUDE: Final = 0x80000000
_EM_MIPS: Final = 8
_WIDE: Final = 64


def used_names(view: memoryview, *, without: Collection[int], loaded_only: bool, count_none: bool) -> frozenset[str]:
    """Return the non-local symbols that relocations of an ELF object ask for, default versions removed.

    Args:
        view: The object.
        without: Section numbers that are not in the link.
        loaded_only: Count only relocations of sections that are loaded.
        count_none: Count relocations of type 0, which every machine calls NONE.

    Raises:
        FormatError: The tables are not all there.
    """
    header = read_header(view)
    sections = read_sections(view, header)
    numbers: set[int] = set()
    for section in sections:
        if section.type not in (SHT_RELA, SHT_REL) or section.info in without or section.info >= len(sections):
            continue
        flags = sections[section.info].flags
        if flags & _SHF_EXCLUDE or (loaded_only and not flags & _SHF_ALLOC):
            continue
        addend = section.type == SHT_RELA
        numbers |= _symbol_numbers(section_bytes(view, section), header, addend=addend, count_none=count_none)
    return frozenset(read_names(view, sorted(numbers)))


def _symbol_numbers(rows: memoryview, header: ElfHeader, *, addend: bool, count_none: bool) -> set[int]:
    """Return the symbols of one relocation section; 64-bit little-endian MIPS stores the word in another order."""
    word = header.bits // 8
    size = word * (3 if addend else 2)
    rows = rows[: len(rows) // size * size]
    if header.bits == _WIDE and header.machine == _EM_MIPS and header.order == "<":
        return {int.from_bytes(rows[at + 8 : at + 12], "little") for at in range(0, len(rows), size)}
    native = header.order == ("<" if sys.byteorder == "little" else ">")
    if native:
        infos = rows.cast("Q" if header.bits == _WIDE else "I")[1 :: size // word].tolist()
    else:
        import struct  # noqa: PLC0415 (only for objects of the other byte order)

        infos = [
            row[1] for row in struct.iter_unpack(header.order + ("Q" if word == 8 else "I") * (size // word), rows)
        ]
    shift, mask = (32, 0xFFFFFFFF) if header.bits == _WIDE else (8, 0xFF)
    return {info >> shift for info in infos} if count_none else {info >> shift for info in infos if info & mask}
