"""Write a relocatable ELF object from plain values: sections, symbols, relocations in, bytes out.

Any class and byte order, REL and RELA, and the three-in-one relocations of 64-bit MIPS. The same values give the same
bytes. The writer decides the order of sections, the tables of names and every offset; it knows nothing of what the code
does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from arfix.formats.elf.constants import (
    ET,
    HEADERS,
    IDENT_SIZE,
    RELOCATIONS,
    SECTION_HEADERS,
    SHF,
    SHN,
    SHT,
    STB,
    STT,
    SYMBOLS,
)
from arfix.formats.elf.relocations import info_layout

if TYPE_CHECKING:
    from collections.abc import Sequence
    from struct import Struct


class NewRelocation(NamedTuple):
    """One relocation.

    Attributes:
        offset: Bytes from the start of the section it patches.
        kind: The machine's relocation number.
        symbol: The name of a symbol of the object; empty for symbol 0.
        addend: Written for RELA only; with REL it is already in the bytes.
        more: 64-bit MIPS: the second and third operation of the same place.
    """

    offset: int
    kind: int
    symbol: str
    addend: int = 0
    more: tuple[int, int] = (0, 0)


class NewSection(NamedTuple):
    """One section; `size` is only for sections without bytes in the file (`SHT.NOBITS`)."""

    name: str
    kind: int
    flags: int
    data: bytes = b""
    align: int = 1
    relocations: tuple[NewRelocation, ...] = ()
    size: int = 0
    entry_size: int = 0


class NewSymbol(NamedTuple):
    """One symbol table entry; `section` is a section's name, `*ABS*`, or empty for an undefined symbol."""

    name: str
    section: str = ""
    value: int = 0
    size: int = 0
    binding: int = STB.GLOBAL
    kind: int = STT.NOTYPE
    other: int = 0


class NewHeader(NamedTuple):
    """What the ELF header says: `bits` 32 or 64, `byte_order` `little` or `big`, the rest as ELF numbers it."""

    machine: int
    bits: int
    byte_order: str
    flags: int = 0
    os_abi: int = 0
    abi_version: int = 0
    rela: bool = True


class _Layouts(NamedTuple):
    """The layouts of one class and byte order."""

    order: str
    word: int
    header: Struct
    section: Struct
    symbol: Struct
    relocation: Struct


def _layouts(header: NewHeader) -> _Layouts:
    order = "<" if header.byte_order == "little" else ">"
    key = header.bits, order
    return _Layouts(
        *(order, header.bits // 8, HEADERS[key], SECTION_HEADERS[key], SYMBOLS[key]),
        RELOCATIONS[header.bits, order, header.rela],
    )


def write_object(header: NewHeader, sections: Sequence[NewSection], symbols: Sequence[NewSymbol]) -> bytes:
    """Return the bytes of a relocatable object.

    Args:
        header: Machine, class, byte order and flags.
        sections: Every section but relocations, symbol table and string tables, which are added after them.
        symbols: In any order; local ones are put first, as the format demands, and otherwise the order is kept.

    Source: System V ABI, chapter 4 (object files); the processor supplements for `e_flags` and relocation numbers.
    """
    layout = _layouts(header)
    numbers = {section.name: number for number, section in enumerate(sections, 1)}
    ordered = [s for s in symbols if s.binding == STB.LOCAL]
    first_global = 1 + len(ordered)
    ordered += [s for s in symbols if s.binding != STB.LOCAL]
    table, names = _symbol_table(layout, ordered, numbers)
    symbol_numbers = {_key(symbol): number for number, symbol in enumerate(ordered, 1)}

    relocated = [section for section in sections if section.relocations]
    symtab = 1 + len(sections) + len(relocated)
    out: list[tuple[str, int, int, bytes, int, int, int, int, int]] = [
        (s.name, s.kind, s.flags, s.data, s.align, 0, 0, s.entry_size, s.size) for s in sections
    ]
    kind, prefix = (SHT.RELA, ".rela") if header.rela else (SHT.REL, ".rel")
    for section in relocated:
        data = _relocation_table(header, layout, section.relocations, symbol_numbers)
        number = numbers[section.name]
        out.append(
            (prefix + section.name, kind, SHF.INFO_LINK, data, layout.word, symtab, number, layout.relocation.size, 0)
        )
    out.append((".symtab", SHT.SYMTAB, 0, table, layout.word, symtab + 1, first_global, layout.symbol.size, 0))
    out.append((".strtab", SHT.STRTAB, 0, names, 1, 0, 0, 0, 0))
    return _assemble(header, layout, out)


def _key(symbol: NewSymbol) -> str:
    return symbol.section if symbol.kind == STT.SECTION else symbol.name


def _symbol_table(layout: _Layouts, symbols: Sequence[NewSymbol], numbers: dict[str, int]) -> tuple[bytes, bytes]:
    pack = layout.symbol.pack
    wide = layout.word == 8
    names = bytearray(b"\0")
    table = [bytes(layout.symbol.size)]
    for symbol in symbols:
        name = 0
        if symbol.name:
            name = len(names)
            names += symbol.name.encode("utf-8", "surrogateescape") + b"\0"
        where = SHN.ABS if symbol.section == "*ABS*" else numbers[symbol.section] if symbol.section else 0
        info = symbol.binding << 4 | symbol.kind
        if wide:
            table.append(pack(name, info, symbol.other, where, symbol.value, symbol.size))
        else:
            table.append(pack(name, symbol.value, symbol.size, info, symbol.other, where))
    return b"".join(table), bytes(names)


def _relocation_table(
    header: NewHeader, layout: _Layouts, relocations: Sequence[NewRelocation], numbers: dict[str, int]
) -> bytes:
    info = info_layout(header.machine, header.bits, layout.order)
    out = []
    for relocation in relocations:
        number = numbers[relocation.symbol] if relocation.symbol else 0
        fields = relocation.offset, info.join(relocation.kind, number, relocation.more)
        out.append(layout.relocation.pack(*fields, *((relocation.addend,) if header.rela else ())))
    return b"".join(out)


def _assemble(
    header: NewHeader, layout: _Layouts, sections: list[tuple[str, int, int, bytes, int, int, int, int, int]]
) -> bytes:
    """Return header, section bytes and section headers joined; the section of section names is added here."""
    start_size = IDENT_SIZE + layout.header.size
    shstrtab = bytearray(b"\0")
    offset = start_size
    body: list[bytes] = []
    headers = [bytes(layout.section.size)]
    names = []
    for section in sections:
        names.append(len(shstrtab))
        shstrtab += section[0].encode("utf-8", "surrogateescape") + b"\0"
    names.append(len(shstrtab))
    shstrtab += b".shstrtab\0"
    sections.append((".shstrtab", SHT.STRTAB, 0, bytes(shstrtab), 1, 0, 0, 0, 0))
    pack = layout.section.pack
    for name, (_, kind, flags, data, align, link, info, entry_size, size) in zip(names, sections, strict=True):
        padding = -offset % align
        body.append(bytes(padding))
        offset += padding
        headers.append(pack(name, kind, flags, 0, offset, size or len(data), link, info, align, entry_size))
        body.append(data)
        offset += len(data)
    padding = -offset % layout.word
    body.append(bytes(padding))
    ident = bytes((0x7F, 0x45, 0x4C, 0x46, layout.word // 4, 1 if layout.order == "<" else 2, 1, header.os_abi))
    ident += bytes((header.abi_version, 0, 0, 0, 0, 0, 0, 0))
    count = len(headers)
    start = ident + layout.header.pack(
        *(ET.REL, header.machine, 1, 0, 0, offset + padding, header.flags, start_size, 0, 0),
        *(layout.section.size, count, count - 1),
    )
    return b"".join((start, *body, *headers))
