"""Writes a relocatable ELF object from plain values: sections, symbols, relocations in, bytes out.

Any class and byte order, REL and RELA, and the three-in-one relocations of 64-bit MIPS. The same values give the same
bytes. The writer decides the order of sections, the tables of names and every offset; it knows nothing of what the code
does.
"""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

SHT_PROGBITS = 1
SHT_SYMTAB = 2
SHT_STRTAB = 3
SHT_RELA = 4
SHT_NOTE = 7
SHT_NOBITS = 8
SHT_REL = 9
SHF_WRITE = 1
SHF_ALLOC = 2
SHF_EXECINSTR = 4
SHF_INFO_LINK = 0x40
SHN_ABS = 0xFFF1
ET_REL = 1
EM_MIPS = 8
STT_NOTYPE, STT_OBJECT, STT_FUNC, STT_SECTION, STT_FILE, STT_TLS = 0, 1, 2, 3, 4, 6
STB_LOCAL, STB_GLOBAL, STB_WEAK = 0, 1, 2
STV_DEFAULT, STV_HIDDEN = 0, 2


class Relocation(NamedTuple):
    """One relocation.

    Attributes:
        offset: Bytes from the start of the section it patches.
        kind: The machine's relocation number.
        symbol: The name of a symbol of the object; empty for symbol 0.
        addend: Written for RELA only; with REL it already stands in the bytes.
        more: 64-bit MIPS: the second and third operation of the same place.
    """

    offset: int
    kind: int
    symbol: str
    addend: int = 0
    more: tuple[int, int] = (0, 0)


class Section(NamedTuple):
    """One section; `size` is only for sections without bytes in the file (`SHT_NOBITS`)."""

    name: str
    kind: int
    flags: int
    data: bytes = b""
    align: int = 1
    relocations: tuple[Relocation, ...] = ()
    size: int = 0
    entry_size: int = 0


class ElfSymbol(NamedTuple):
    """One symbol table entry; `section` is a section's name, `*ABS*`, or empty for an undefined symbol."""

    name: str
    section: str = ""
    value: int = 0
    size: int = 0
    binding: int = STB_GLOBAL
    kind: int = STT_NOTYPE
    other: int = 0


class Header(NamedTuple):
    """What the ELF header says: `bits` 32 or 64, `byte_order` `little` or `big`, the rest as ELF numbers it."""

    machine: int
    bits: int
    byte_order: str
    flags: int = 0
    os_abi: int = 0
    abi_version: int = 0
    rela: bool = True


class _Layout:
    """The struct formats of one class and byte order; made once for each."""

    __slots__ = ("ehdr", "ehdr_size", "order", "rel", "rela", "shdr", "shdr_size", "sym", "word")

    def __init__(self, bits: int, byte_order: str) -> None:
        self.order = "<" if byte_order == "little" else ">"
        self.word = bits // 8
        wide = bits == 64
        self.ehdr = Struct(self.order + ("16sHHIQQQIHHHHHH" if wide else "16sHHIIIIIHHHHHH"))
        self.shdr = Struct(self.order + ("IIQQQQIIQQ" if wide else "IIIIIIIIII"))
        self.sym = Struct(self.order + ("IBBHQQ" if wide else "IIIBBH"))
        self.rel = Struct(self.order + ("QQ" if wide else "II"))
        self.rela = Struct(self.order + ("QQq" if wide else "IIi"))
        self.ehdr_size = self.ehdr.size
        self.shdr_size = self.shdr.size


_LAYOUTS: dict[tuple[int, str], _Layout] = {}


def write_object(header: Header, sections: Sequence[Section], symbols: Sequence[ElfSymbol]) -> bytes:
    """Return the bytes of a relocatable object.

    Args:
        header: Machine, class, byte order and flags.
        sections: Every section but relocations, symbol table and string tables, which are added after them.
        symbols: In any order; local ones are put first, as the format demands, and otherwise the order is kept.

    Source: System V ABI, chapter 4 (object files); the processor supplements for `e_flags` and relocation numbers.
    """
    key = (header.bits, header.byte_order)
    layout = _LAYOUTS.get(key) or _LAYOUTS.setdefault(key, _Layout(*key))
    numbers = {section.name: number for number, section in enumerate(sections, 1)}
    ordered = [s for s in symbols if s.binding == STB_LOCAL]
    first_global = 1 + len(ordered)
    ordered += [s for s in symbols if s.binding != STB_LOCAL]
    table, names = _symbol_table(layout, ordered, numbers)
    symbol_numbers = {_key(symbol): number for number, symbol in enumerate(ordered, 1)}

    relocated = [section for section in sections if section.relocations]
    symtab = 1 + len(sections) + len(relocated)
    out: list[tuple[str, int, int, bytes, int, int, int, int, int]] = [
        (s.name, s.kind, s.flags, s.data, s.align, 0, 0, s.entry_size, s.size) for s in sections
    ]
    kind, prefix = (SHT_RELA, ".rela") if header.rela else (SHT_REL, ".rel")
    entry = (layout.rela if header.rela else layout.rel).size
    for section in relocated:
        data = _relocation_table(header, layout, section.relocations, symbol_numbers)
        number = numbers[section.name]
        out.append((prefix + section.name, kind, SHF_INFO_LINK, data, layout.word, symtab, number, entry, 0))
    out.append((".symtab", SHT_SYMTAB, 0, table, layout.word, symtab + 1, first_global, layout.sym.size, 0))
    out.append((".strtab", SHT_STRTAB, 0, names, 1, 0, 0, 0, 0))
    return _assemble(header, layout, out)


def _key(symbol: ElfSymbol) -> str:
    return symbol.section if symbol.kind == STT_SECTION else symbol.name


def _symbol_table(layout: _Layout, symbols: Sequence[ElfSymbol], numbers: dict[str, int]) -> tuple[bytes, bytes]:
    pack = layout.sym.pack
    wide = layout.word == 8
    names = bytearray(b"\0")
    table = [bytes(layout.sym.size)]
    for symbol in symbols:
        name = 0
        if symbol.name:
            name = len(names)
            names += symbol.name.encode("utf-8", "surrogateescape") + b"\0"
        where = SHN_ABS if symbol.section == "*ABS*" else numbers[symbol.section] if symbol.section else 0
        info = symbol.binding << 4 | symbol.kind
        if wide:
            table.append(pack(name, info, symbol.other, where, symbol.value, symbol.size))
        else:
            table.append(pack(name, symbol.value, symbol.size, info, symbol.other, where))
    return b"".join(table), bytes(names)


def _relocation_table(
    header: Header, layout: _Layout, relocations: Sequence[Relocation], numbers: dict[str, int]
) -> bytes:
    out = []
    for relocation in relocations:
        number = numbers[relocation.symbol] if relocation.symbol else 0
        if layout.word == 4:
            info = number << 8 | relocation.kind
        elif header.machine == EM_MIPS:
            info = _mips64_info(header.byte_order, number, relocation)
        else:
            info = number << 32 | relocation.kind
        if header.rela:
            out.append(layout.rela.pack(relocation.offset, info, relocation.addend))
        else:
            out.append(layout.rel.pack(relocation.offset, info))
    return b"".join(out)


def _mips64_info(byte_order: str, number: int, relocation: Relocation) -> int:
    """Return `r_info` of 64-bit MIPS: a word for the symbol, then four bytes: special symbol, type 3, 2 and 1.

    Source: MIPS 64-bit ELF Object File Specification 2.5, figure 2-27: the four bytes have one order whatever the byte
        order.
    """
    second, third = relocation.more
    order = "little" if byte_order == "little" else "big"
    raw = number.to_bytes(4, "little" if order == "little" else "big") + bytes((0, third, second, relocation.kind))
    return int.from_bytes(raw, "little" if order == "little" else "big")


def _assemble(
    header: Header, layout: _Layout, sections: list[tuple[str, int, int, bytes, int, int, int, int, int]]
) -> bytes:
    """Return header, section bytes and section headers joined; the section of section names is added here."""
    shstrtab = bytearray(b"\0")
    offset = layout.ehdr_size
    body: list[bytes] = []
    headers = [bytes(layout.shdr_size)]
    names = []
    for section in sections:
        names.append(len(shstrtab))
        shstrtab += section[0].encode("utf-8", "surrogateescape") + b"\0"
    names.append(len(shstrtab))
    shstrtab += b".shstrtab\0"
    sections.append((".shstrtab", SHT_STRTAB, 0, bytes(shstrtab), 1, 0, 0, 0, 0))
    pack = layout.shdr.pack
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
    start = layout.ehdr.pack(
        *(ident, ET_REL, header.machine, 1, 0, 0, offset + padding, header.flags, layout.ehdr_size, 0, 0),
        *(layout.shdr_size, count, count - 1),
    )
    return b"".join((start, *body, *headers))
