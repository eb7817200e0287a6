"""Where in an ELF object do symbol numbers stand? Each place, and how it is rewritten when symbols change places."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

from arfix.errors import UnsupportedError
from arfix.formats.constants import SHT_GROUP, SHT_REL, SHT_RELA, SHT_SYMTAB_SHNDX
from arfix.formats.elf.file import section_bytes
from arfix.formats.errors import malformed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from arfix.formats.elf.file import ElfHeader, Section

#: LLVM's lists of symbols. Source: LLVM, "Extensions", SHT_LLVM_ADDRSIG and SHT_LLVM_CALL_GRAPH_PROFILE.
SHT_LLVM_ADDRSIG: Final = 0x6FFF4C03
#: Its symbols stand in a relocation section of its own; only the `sh_link` points at the symbol table.
SHT_LLVM_CALL_GRAPH_PROFILE: Final = 0x6FFF4C09
_EM_MIPS: Final = 8
_WIDE: Final = 64


class _Numbers:
    """The new number of each old one; a number that is no symbol's is a `FormatError`."""

    def __init__(self, header: ElfHeader, numbers: Sequence[int]) -> None:
        self.header = header
        self.new = numbers

    def of(self, old: int, section: Section) -> int:
        if old >= len(self.new):
            message = f"{section.name or section.number} refers to symbol {old} of {len(self.new)}"
            raise malformed(message, section.offset)
        return self.new[old]


def renumber(
    view: memoryview, header: ElfHeader, sections: tuple[Section, ...], table: int, numbers: Sequence[int]
) -> tuple[dict[int, bytes], dict[int, tuple[int, int]]]:
    """Return the new bytes of sections that hold symbol numbers, and the new (`sh_link`, `sh_info`) of groups.

    Args:
        view: The object.
        header: Its header.
        sections: All its sections.
        table: Number of the symbol table's section.
        numbers: Old symbol number -> new symbol number.

    Raises:
        FormatError: A number is no symbol's.
        UnsupportedError: A section depends on the symbol table in a way arfix does not know.
    """
    known = _Numbers(header, numbers)
    contents: dict[int, bytes] = {}
    headers: dict[int, tuple[int, int]] = {}
    for one in sections:
        if one.link != table or one.number == table:
            continue
        if one.type == SHT_GROUP:
            headers[one.number] = (one.link, known.of(one.info, one))
        elif one.type in _REWRITE:
            contents[one.number] = _REWRITE[one.type](section_bytes(view, one), one, known)
        elif one.type != SHT_LLVM_CALL_GRAPH_PROFILE:
            raise UnsupportedError(
                f"section {one.name or one.number} of type {one.type:#x} depends on the order of symbols, "
                "and arfix does not know how",
            )
    return contents, headers


def _relocations(data: memoryview, section: Section, numbers: _Numbers) -> bytes:
    """Return relocations with new symbol numbers.

    `r_info` holds the number above 8 bits of type in 32-bit objects and above 32 bits in 64-bit ones. Little-endian
    MIPS64 stores the number first, as a 32-bit word, and four type bytes behind it. Sources: gABI, "Relocation"; MIPS
    "64-bit ELF Object File Specification", section 2.9.
    """
    header = numbers.header
    word = "Q" if header.bits == _WIDE else "I"
    addend = word if section.type == SHT_RELA else ""
    layout = struct.Struct(f"{header.order}{word}{word}{addend}")
    if len(data) % layout.size:
        raise malformed(f"{section.name} has {len(data)} bytes, no multiple of {layout.size}", section.offset)
    if header.bits == _WIDE and header.machine == _EM_MIPS and header.order == "<":
        low, shift = (1 << 32) - 1, 0
        rows = [
            (at, info & ~low | numbers.of(info & low, section), *rest) for at, info, *rest in layout.iter_unpack(data)
        ]
    else:
        shift = 32 if header.bits == _WIDE else 8
        low = (1 << shift) - 1
        rows = [
            (at, info & low | numbers.of(info >> shift, section) << shift, *rest)
            for at, info, *rest in layout.iter_unpack(data)
        ]
    return b"".join([layout.pack(*row) for row in rows])


def _section_numbers(data: memoryview, section: Section, numbers: _Numbers) -> bytes:
    """Return the `SHT_SYMTAB_SHNDX` words, each at its symbol's new place."""
    if len(data) != 4 * len(numbers.new):
        message = f"{section.name} has {len(data)} bytes for {len(numbers.new)} symbols"
        raise malformed(message, section.offset)
    words = [b""] * len(numbers.new)
    for old, new in enumerate(numbers.new):
        words[new] = bytes(data[4 * old : 4 * old + 4])
    return b"".join(words)


def _significant_addresses(data: memoryview, section: Section, numbers: _Numbers) -> bytes:
    """Return the ULEB128 symbol numbers of `SHT_LLVM_ADDRSIG`, renumbered."""
    result = bytearray()
    value = shift = 0
    for byte in data:
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte & 0x80:
            if shift > _WIDE:
                raise malformed(f"{section.name} holds a number of more than 64 bits", section.offset)
            continue
        value = numbers.of(value, section)
        while value > 0x7F:
            result.append(value & 0x7F | 0x80)
            value >>= 7
        result.append(value)
        value = shift = 0
    return bytes(result)


_REWRITE: Final[dict[int, Callable[[memoryview, Section, _Numbers], bytes]]] = {
    SHT_REL: _relocations,
    SHT_RELA: _relocations,
    SHT_SYMTAB_SHNDX: _section_numbers,
    SHT_LLVM_ADDRSIG: _significant_addresses,
}
