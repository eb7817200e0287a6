"""The contents of an ELF object at a symbol or in a section, in a form in which two builds can be compared.

The bytes of a function are not enough: the linker fills in the addresses of its callees, and relocations often refer to
a section and an offset that changes with the code in front of it. So each relocation is replaced by its meaning: a
symbol, the text of a string, a constant, or a place in a section.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from functools import cached_property
from typing import TYPE_CHECKING, Final, NamedTuple

from arfix.formats.elf.constants import EM, RELOCATION_SECTIONS, SHF
from arfix.formats.elf.relocation_numbers import R_386, R_ARM, R_MIPS, R_X86_64
from arfix.formats.errors import malformed
from arfix.formats.model import Binding, Place, SymbolType

if TYPE_CHECKING:
    from collections.abc import Mapping

    from arfix.formats.elf.file import Elf
    from arfix.formats.elf.relocations import Relocation
    from arfix.formats.elf.sections import Section
    from arfix.formats.model import Symbol

#: `e_machine` -> relocation types that have their addend, without RELA, in the whole 32-bit word they fill in.
#: Sources: i386 psABI (all but the 8- and 16-bit ones); aaelf32, "Relocation"; MIPS psABI.
_WORDS: Final[Mapping[int, frozenset[int]]] = {
    EM.I386: frozenset(range(R_386.GOT32X + 1)) - {R_386.R16, R_386.PC16, R_386.R8, R_386.PC8},
    EM.ARM: frozenset(
        {
            *(R_ARM.ABS32, R_ARM.REL32, R_ARM.GOTOFF32, R_ARM.BASE_PREL),
            *(R_ARM.GOT_BREL, R_ARM.TARGET1, R_ARM.GOT_PREL),
        }
    ),
    EM.MIPS: frozenset({R_MIPS.R32, R_MIPS.REL32, R_MIPS.GPREL32}),
}
#: `e_machine` -> types that count from behind the four bytes they fill in, so that an addend is 4 less than the place.
_FROM_BEHIND: Final[Mapping[int, frozenset[int]]] = {
    EM.I386: frozenset({R_386.PC32, R_386.PLT32}),
    EM.X86_64: frozenset(
        {R_X86_64.PC32, R_X86_64.PLT32, R_X86_64.GOTPCREL, R_X86_64.GOTPCRELX, R_X86_64.REX_GOTPCRELX}
    ),
}
#: Symbols may overlap, so that a small object can seem to hold terabytes. Together they may take this many bytes and
#: eight times the object; in real ones they take less than the object.
_LIMIT: Final = 64 << 20
_LIMIT_FACTOR: Final = 8
#: How much of a string is looked at, in bytes; what differs behind that is reported for its section.
_STRING: Final = 4096
#: Local symbols that are no thing of their own: labels, and the marks of Arm and RISC-V for code and data.
_LABELS: Final = (".L", "$")


class FixupTarget(NamedTuple):
    """The target of a relocation.

    Attributes:
        name: A symbol, a string in quotes, a constant in hexadecimal, or a section.
        offset: In bytes from there.
        anonymous: It is a place in a section that no symbol covers; such offsets change with the code in front.
    """

    name: str
    offset: int
    anonymous: bool = False


class Fixup(NamedTuple):
    """One relocation: its offset in the section or body, the machine's number for its type, and its target."""

    offset: int
    type: int
    target: FixupTarget


class Contents(NamedTuple):
    """One section: its bytes, without what the linker fills in, and its relocations by offset."""

    data: bytes
    fixups: tuple[Fixup, ...]


class Body(NamedTuple):
    """The contents at one symbol.

    Attributes:
        image: The object.
        section: Index of the section.
        start: Where it begins there, in bytes.
        data: Its bytes.
        fixups: Its relocations, offsets from `start`; of anonymous targets the offset is left out.
    """

    image: ComparedObject
    section: int
    start: int
    data: bytes
    fixups: tuple[Fixup, ...]


class ComparedObject:
    """An ELF object with its tables; contents are read on demand.

    Raises:
        FormatError: The tables are wrong. Every method may raise it as well.
    """

    def __init__(self, elf: Elf) -> None:
        self.elf = elf
        self.header = elf.header
        self.sections = elf.sections
        self.symbols = elf.symbols
        self._contents: dict[int, Contents] = {}
        self._taken = 0

    def contents(self, section: int) -> Contents:
        """Return the contents of the section."""
        known = self._contents.get(section)
        if known is None:
            known = self._contents[section] = self._read(self.sections[section])
        return known

    def body(self, symbol: Symbol) -> Body | None:
        """Return the contents at the symbol; None for one that is in no section.

        One without a size reaches up to the next symbol, as in hand-written assembly.
        """
        if not 0 < symbol.section < len(self.sections):
            return None
        contents = self.contents(symbol.section)
        start = self._start(symbol)
        end = start + symbol.size if symbol.size else self._next_start(symbol.section, start)
        self._taken += max(min(end, len(contents.data)) - start, 0)
        if self._taken > _LIMIT + _LIMIT_FACTOR * len(self.elf.view):
            raise malformed(f"the sizes of symbols add up to more than {self._taken:,} bytes", 0)
        offsets = self._offsets[symbol.section] if symbol.section in self._offsets else self._index(symbol.section)
        found = contents.fixups[bisect_left(offsets, start) : bisect_left(offsets, end)]
        fixups = [Fixup(offset - start, type_, _without_moving_offset(target)) for offset, type_, target in found]
        return Body(self, symbol.section, start, contents.data[start:end], tuple(fixups))

    def target_at(self, section: int, offset: int) -> FixupTarget:
        """Return the target at an offset of a section: a string, a constant, a symbol, or only the place."""
        if not 0 < section < len(self.sections):
            return FixupTarget("", offset, anonymous=True)
        row = self.sections[section]
        if row.flags & SHF.MERGE and 0 <= offset < row.size:
            return FixupTarget(_merged(self.elf.contents(row), row, offset), 0)
        starts, things = self._symbols_by_section.get(section, ((), ()))
        at = bisect_right(starts, offset) - 1
        if at >= 0 and (offset < things[at][0] or offset == starts[at]):
            return FixupTarget(things[at][1], offset - starts[at])
        return FixupTarget(row.name, offset, anonymous=True)

    @cached_property
    def _offsets(self) -> dict[int, list[int]]:
        return {}

    def _index(self, section: int) -> list[int]:
        """Return the offsets of a section's relocations, to search in."""
        offsets = self._offsets[section] = [fixup.offset for fixup in self.contents(section).fixups]
        return offsets

    @cached_property
    def _symbols_by_section(self) -> dict[int, tuple[list[int], list[tuple[int, str]]]]:
        """Section -> where its symbols begin, ascending, and of each the end and the name.

        Of several symbols at one place the longest counts, then the first by name.
        """
        found: dict[int, dict[int, tuple[int, str]]] = {}
        for symbol in self.symbols:
            if not symbol.section or symbol.type in {SymbolType.SECTION, SymbolType.FILE} or not symbol.name:
                continue
            if symbol.binding is Binding.LOCAL and symbol.name.startswith(_LABELS):
                continue
            start = self._start(symbol)
            things = found.setdefault(symbol.section, {})
            new = -(start + symbol.size), plain_name(symbol)
            things[start] = min(new, things.get(start, new))
        return {
            section: (sorted(things), [(-things[start][0], things[start][1]) for start in sorted(things)])
            for section, things in found.items()
        }

    def _start(self, symbol: Symbol) -> int:
        """Return where the symbol's thing begins: of a Thumb function the lowest bit says only that it is one."""
        is_thumb = self.header.machine == EM.ARM and symbol.type is SymbolType.FUNCTION
        return symbol.value & ~1 if is_thumb else symbol.value

    def _next_start(self, section: int, start: int) -> int:
        starts, _ = self._symbols_by_section.get(section, ([], []))
        at = bisect_right(starts, start)
        return starts[at] if at < len(starts) else self.sections[section].size

    def _read(self, section: Section) -> Contents:
        data = bytearray(self.elf.contents(section))
        fixups = [
            self._fixup(data, relocation)
            for table in self._tables.get(section.number, ())
            for relocation in self.elf.relocations(table)
        ]
        fixups.sort(key=lambda fixup: fixup.offset)
        return Contents(bytes(data), tuple(fixups))

    @cached_property
    def _tables(self) -> dict[int, list[Section]]:
        """Section -> the sections that hold its relocations."""
        tables: dict[int, list[Section]] = {}
        for section in self.sections:
            if section.type in RELOCATION_SECTIONS:
                tables.setdefault(section.info, []).append(section)
        return tables

    def _fixup(self, data: bytearray, relocation: Relocation) -> Fixup:
        """Return the meaning of a relocation; an addend in `data` is removed."""
        offset, type_, number, addend = relocation
        if addend is None:
            addend = 0
            if type_ in _WORDS.get(self.header.machine, ()) and offset + 4 <= len(data):
                addend = int.from_bytes(data[offset : offset + 4], self.header.byteorder, signed=True)
                data[offset : offset + 4] = bytes(4)
        if number > len(self.symbols):
            raise malformed(f"a relocation names symbol {number} of {len(self.symbols)}", offset)
        return Fixup(offset, type_, self._target(type_, self.symbols[number - 1] if number else None, addend))

    def _target(self, type_: int, symbol: Symbol | None, addend: int) -> FixupTarget:
        if symbol is None:
            return FixupTarget("", addend)
        if symbol.binding is not Binding.LOCAL or symbol.place is not Place.DEFINED:
            return FixupTarget(symbol.name, addend)
        if symbol.type is SymbolType.SECTION:
            skew = 4 if type_ in _FROM_BEHIND.get(self.header.machine, ()) else 0
            return self.target_at(symbol.section, symbol.value + addend + skew)
        found = self.target_at(symbol.section, self._start(symbol))
        return found._replace(offset=found.offset + addend)


def plain_name(symbol: Symbol) -> str:
    """Return the symbol's name; for a local symbol without the number that a compiler appends (`table.1234`)."""
    head, _, number = symbol.name.rpartition(".")
    return head if symbol.binding is Binding.LOCAL and head and number.isdigit() else symbol.name


def _without_moving_offset(target: FixupTarget) -> FixupTarget:
    return target._replace(offset=0) if target.anonymous else target


def _merged(data: memoryview, section: Section, offset: int) -> str:
    """Return the string or constant at an offset of a section whose equal entries linkers merge."""
    width = max(section.entry_size, 1)
    if not section.flags & SHF.STRINGS:
        return "0x" + bytes(data[offset : offset + width]).hex()
    text = bytes(data[offset : offset + _STRING])
    if width > 1:
        end = next((at for at in range(0, len(text), width) if not any(text[at : at + width])), len(text))
        return "0x" + text[:end].hex()
    return '"' + text.partition(b"\0")[0].decode("utf-8", "surrogateescape") + '"'
