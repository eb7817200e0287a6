"""Which addresses does an ELF object ask the linker to fill in, where, and in which manner?

`read_uses` gives each (section, type, symbol) once, for whole libraries; `read_relocations` gives every entry.
"""

from __future__ import annotations

import sys
from functools import cache
from importlib import import_module
from struct import Struct
from typing import TYPE_CHECKING, Final, NamedTuple

from arfix.formats.constants import SHF_ALLOC, SHT_REL, SHT_RELA
from arfix.formats.elf.file import read_header, section_bytes
from arfix.formats.elf.relocation_role import Role
from arfix.formats.elf.symbols import read_symbols
from arfix.formats.errors import malformed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from arfix.formats.elf.file import ElfHeader, Section

#: `e_machine` -> module of `arfix/formats/elf/relocation_types/`.
_TABLES: Final = {
    3: "i386",
    8: "mips",
    21: "ppc64",
    22: "s390",
    40: "arm",
    62: "x86_64",
    183: "aarch64",
    243: "riscv",
    258: "loongarch",
}
_MIPS: Final = 8
_MIPS_BASES: Final = frozenset({"_gp_disp", "__gnu_local_gp"})
#: Types that are as wide as a pointer in one class only: (`e_machine`, bits) -> type -> role.
#: Sources: x32 ABI; RISC-V psABI (rv64 has no dynamic R_RISCV_32); MIPS n64; s390 31-bit ABI; LoongArch ABI.
_BY_CLASS: Final = {
    (62, 32): {10: Role.WORD},
    (243, 64): {1: Role.NARROW},
    (8, 64): {2: Role.NARROW},
    (22, 32): {4: Role.WORD},
    (258, 64): {1: Role.NARROW},
}


class Relocation(NamedTuple):
    """One relocation.

    Attributes:
        offset: Where it is filled in, in bytes from the start of its section.
        type: The machine's own number.
        symbol: Index in the symbol table.
        addend: None where it stands in the section's own bytes.
    """

    offset: int
    type: int
    symbol: int
    addend: int | None


class RelocationUse(NamedTuple):
    """One manner in which a section refers to a symbol, however often.

    Attributes:
        section: Index of the section that is filled in.
        role: What is asked for.
        type: The machine's own number; `type_name` spells it.
        symbol: Index in the symbol table.
    """

    section: int
    role: Role
    type: int
    symbol: int


@cache
def _types(machine: int, bits: int) -> Mapping[int, tuple[Role, str]]:
    """Return type -> (role, name) of a machine; empty for one without a table."""
    if machine not in _TABLES:
        return {}
    table = import_module(f"arfix.formats.elf.relocation_types.{_TABLES[machine]}").TYPES
    special = _BY_CLASS.get((machine, bits), {})
    return {
        number: (special.get(number, role), name) for role, names in table.items() for number, name in names.items()
    }


def role_of(machine: int, bits: int, type_: int) -> Role:
    """Return what a relocation type does, `Role.OTHER` where that is not known."""
    return _types(machine, bits).get(type_, (Role.OTHER, ""))[0]


def type_name(machine: int, bits: int, type_: int) -> str:
    """Return the name of a relocation type as readelf prints it, or `type N`."""
    return _types(machine, bits).get(type_, (Role.OTHER, f"type {type_}"))[1]


def read_uses(view: memoryview, sections: tuple[Section, ...]) -> list[RelocationUse]:
    """Return each manner in which a section that is loaded refers to a symbol, once, in section order.

    Raises `FormatError` when relocations do not lie within the object.
    """
    header = read_header(view)
    types = _types(header.machine, header.bits)
    unknown = (Role.OTHER, "")
    uses = [
        RelocationUse(section.info, types.get(type_, unknown)[0], type_, symbol)
        for section in _relocation_sections(sections)
        for type_, symbol in sorted(_pairs(view, header, section))
    ]
    return _with_mips_bases(view, uses) if header.machine == _MIPS else uses


def _with_mips_bases(view: memoryview, uses: list[RelocationUse]) -> list[RelocationUse]:
    """Return `uses` with those of MIPS's names for the global pointer told from uses of addresses.

    Source: System V ABI, MIPS supplement: HI16 and LO16 against `_gp_disp` give the distance to the pointer.
    """
    bases = {symbol.number for symbol in read_symbols(view, only_globals=True) if symbol.name in _MIPS_BASES}
    return [use._replace(role=Role.GOT_BASE) if use.symbol in bases else use for use in uses]


def _relocation_sections(sections: tuple[Section, ...]) -> Iterator[Section]:
    """Yield the sections that hold relocations of a section that is loaded."""
    for section in sections:
        relocates = section.type in {SHT_REL, SHT_RELA} and section.info < len(sections)
        if relocates and sections[section.info].flags & SHF_ALLOC:
            yield section


def _pairs(view: memoryview, header: ElfHeader, section: Section) -> set[tuple[int, int]]:
    """Return the distinct (type, symbol) of one relocation section.

    Where the host stores words as the object does, only the column of `r_info` is looked at.
    """
    part = section_bytes(view, section)
    layout = _layout(header, section)
    if len(part) % layout.size:
        raise malformed(f"{section.name} has {len(part)} bytes, no multiple of {layout.size}", section.offset)
    if sys.byteorder == "little" and header.order == "<" and header.machine != _MIPS:
        words = part.cast("I")
        step = layout.size // 4
        if header.bits == 64:
            return set(zip(words[2::step].tolist(), words[3::step].tolist(), strict=True))
        return {(info & 0xFF, info >> 8) for info in set(words[1::step].tolist())}
    return {_split(row[1], header) for row in layout.iter_unpack(part)}


def _layout(header: ElfHeader, section: Section) -> Struct:
    """Return the layout of an entry: offset, info, and for RELA an addend. Source: gABI, "Relocation"."""
    word, addend = ("Q", "q") if header.bits == 64 else ("I", "i")
    return Struct(header.order + word * 2 + (addend if section.type == SHT_RELA else ""))


def _split(info: int, header: ElfHeader) -> tuple[int, int]:
    """Return (type, symbol) of `r_info`.

    64-bit MIPS stores a 32-bit symbol and then four bytes, the last of which is the first type, in either byte order.
    Source: 64-bit ELF Object File Specification of MIPS, "Relocation".
    """
    if header.bits == 32:
        return info & 0xFF, info >> 8
    if header.machine == _MIPS:
        return (info & 0xFF, info >> 32) if header.order == ">" else (info >> 56, info & 0xFFFFFFFF)
    return info & 0xFFFFFFFF, info >> 32


def read_relocations(view: memoryview, section: Section) -> list[Relocation]:
    """Return the entries of one SHT_REL or SHT_RELA section, in order.

    Raises `FormatError` when they do not lie within the object.
    """
    header = read_header(view)
    part = section_bytes(view, section)
    layout = _layout(header, section)
    if len(part) % layout.size:
        raise malformed(f"{section.name} has {len(part)} bytes, no multiple of {layout.size}", section.offset)
    found = []
    for offset, info, *addend in layout.iter_unpack(part):
        type_, symbol = _split(info, header)
        found.append(Relocation(offset, type_, symbol, addend[0] if addend else None))
    return found
