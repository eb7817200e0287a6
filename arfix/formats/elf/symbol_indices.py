"""The places in an ELF object that hold symbol numbers, and how each is rewritten when symbols change places."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from arfix.errors import UnsupportedError
from arfix.formats.elf.constants import SHT
from arfix.formats.elf.relocations import renumber_entries
from arfix.formats.errors import malformed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from arfix.formats.elf.file import Elf
    from arfix.formats.elf.sections import Section

#: A ULEB128 number takes no more bits than this.
_LONGEST: Final = 64


class _NewNumbers:
    """The new number of each old one; a number that is no symbol's is a `FormatError`."""

    def __init__(self, elf: Elf, numbers: Sequence[int]) -> None:
        self.elf = elf
        self.new = numbers

    def of(self, old: int, section: Section) -> int:
        if old >= len(self.new):
            message = f"{section.name or section.number} refers to symbol {old} of {len(self.new)}"
            raise malformed(message, section.offset)
        return self.new[old]


def renumber(elf: Elf, table: int, numbers: Sequence[int]) -> tuple[dict[int, bytes], dict[int, tuple[int, int]]]:
    """Return the new bytes of sections that hold symbol numbers, and the new (`sh_link`, `sh_info`) of groups.

    Args:
        elf: The object.
        table: Number of the symbol table's section.
        numbers: Old symbol number -> new symbol number.

    Raises:
        FormatError: A number is no symbol's.
        UnsupportedError: A section depends on the symbol table in a way arfix does not know.
    """
    new = _NewNumbers(elf, numbers)
    contents: dict[int, bytes] = {}
    headers: dict[int, tuple[int, int]] = {}
    for one in elf.sections:
        if one.link != table or one.number == table:
            continue
        if one.type == SHT.GROUP:
            headers[one.number] = (one.link, new.of(one.info, one))
        elif one.type in _REWRITE:
            contents[one.number] = _REWRITE[one.type](one, new)
        elif one.type != SHT.LLVM_CALL_GRAPH_PROFILE:
            raise UnsupportedError(
                f"section {one.name or one.number} of type {one.type:#x} depends on the order of symbols, "
                "and arfix does not know how",
            )
    return contents, headers


def _relocations(section: Section, numbers: _NewNumbers) -> bytes:
    """Return relocations with new symbol numbers."""
    return renumber_entries(numbers.elf, section, lambda old: numbers.of(old, section))


def _section_numbers(section: Section, numbers: _NewNumbers) -> bytes:
    """Return the `SHT_SYMTAB_SHNDX` words, each at its symbol's new place."""
    data = numbers.elf.contents(section)
    if len(data) != 4 * len(numbers.new):
        message = f"{section.name} has {len(data)} bytes for {len(numbers.new)} symbols"
        raise malformed(message, section.offset)
    words = [b""] * len(numbers.new)
    for old, new in enumerate(numbers.new):
        words[new] = bytes(data[4 * old : 4 * old + 4])
    return b"".join(words)


def _significant_addresses(section: Section, numbers: _NewNumbers) -> bytes:
    """Return the ULEB128 symbol numbers of `SHT_LLVM_ADDRSIG`, renumbered."""
    result = bytearray()
    value = shift = 0
    for byte in numbers.elf.contents(section):
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte & 0x80:
            if shift > _LONGEST:
                raise malformed(f"{section.name} holds a number of more than 64 bits", section.offset)
            continue
        value = numbers.of(value, section)
        while value > 0x7F:
            result.append(value & 0x7F | 0x80)
            value >>= 7
        result.append(value)
        value = shift = 0
    return bytes(result)


_REWRITE: Final[dict[int, Callable[[Section, _NewNumbers], bytes]]] = {
    SHT.REL: _relocations,
    SHT.RELA: _relocations,
    SHT.SYMTAB_SHNDX: _section_numbers,
    SHT.LLVM_ADDRSIG: _significant_addresses,
}
