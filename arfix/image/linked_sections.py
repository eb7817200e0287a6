"""The parts of an object that can be found again in a linked image: loaded sections, without the bytes linkers change.

A linker copies a section and then fills in the fields of its relocations. It may also rewrite the instructions around
such a field (relaxation). The other bytes are the same in every image and identify the section.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING, Final, NamedTuple

from arfix.formats.elf.constants import EM, RELOCATION_SECTIONS, SHF, SHT
from arfix.formats.elf.relocation_role import Role
from arfix.formats.elf.relocations import role_of, type_name
from arfix.formats.elf.section_kinds import SectionKind, kind_of
from arfix.formats.errors import malformed
from arfix.formats.model import Place, SymbolType

if TYPE_CHECKING:
    from collections.abc import Iterable

    from arfix.formats.elf.file import Elf
    from arfix.formats.elf.sections import Section
    from arfix.formats.model import Symbol

#: Kinds of sections that are no part of the program: linkers read them, merge them or drop them.
_NOT_PROGRAM: Final = frozenset(
    {SectionKind.NOTE, SectionKind.PROPERTY_NOTE, SectionKind.STACK_NOTE, SectionKind.WARNING, SectionKind.TABLE}
)
#: Names of sections about other sections, which linkers keep with those, rewritten.
#: Sources: LSB Core, "Exception Frames"; aaelf32, "Special sections".
_ABOUT: Final = (".eh_frame", ".gcc_except_table", ".ARM.exidx", ".ARM.extab")
_ABOUT_KINDS: Final = frozenset({SectionKind.CONSTRUCTORS, SectionKind.DESTRUCTORS})
#: Bytes before a field and from its start on that linkers may rewrite, by role; of others the field alone.
#: Sources: x86-64 psABI, "Optimize GOTPCRELX Relocations"; Drepper, "ELF Handling For Thread-Local Storage", where the
#: longest sequence is that of general dynamic on x86-64, from 4 bytes before the field to 12 from its start on.
_REWRITTEN: Final = {
    Role.GOT: (3, 4),
    **dict.fromkeys((Role.TLS_GD, Role.TLS_LD, Role.TLS_IE, Role.TLS_DESC), (4, 12)),
    # Of machines whose types are not known: measured with GNU ld for PowerPC, SuperH, SPARC and Alpha, whose calls and
    # thread-local sequences take in the instructions on both sides.
    Role.OTHER: (8, 12),
}
#: A call that leaves the module is followed by a nop which becomes a load of the TOC. Source: PowerPC64 ELFv2 ABI.
_PPC64_CALL: Final = (0, 8)
#: GNU ld 2.41 and later rewrite the instruction at the address of a weak function that nothing defines: `brasl` becomes
#: `jg`, `larl` becomes `lgfi`. Source: BFD `elf64-s390.c`; measured with GNU ld 2.44.
_S390_DISTANCE: Final = (1, 4)
#: How many bytes that linkers do not change identify a section, and how many different ones there must be.
_TELLING: Final = 24
_DIFFERENT: Final = 12
_FIELD: Final = 4
_WIDE_FIELD: Final = 8


@dataclass(frozen=True, eq=False)
class ProgramSection:
    """One section of an object that becomes part of a program.

    Attributes:
        number: Its index in the object.
        name: Its name.
        kind: Its purpose.
        is_writable: Whether the program can change it; sections that are read-only after relocation (`.data.rel.ro`) do
            not count.
        size: In bytes.
        alignment: In bytes, 1 at least.
        data: Its bytes; empty for BSS.
        gaps: The ranges (start, end) that linkers change, in bytes from its start; ascending, not adjacent.
        is_grouped: It is in a section group; of several groups with one name, linkers keep the first.
        is_merged: Linkers merge its entries with equal ones of other sections, so it does not stay together.
        refers_to: Indices of the sections of the same object that its relocations refer to.
        is_about: It describes the sections that it refers to (unwind tables, constructors), and is linked with them.
    """

    number: int
    name: str
    kind: SectionKind
    is_writable: bool
    size: int
    alignment: int
    data: memoryview
    gaps: tuple[tuple[int, int], ...]
    is_grouped: bool
    is_merged: bool
    refers_to: frozenset[int]
    is_about: bool

    @cached_property
    def is_telling(self) -> bool:
        """Whether its bytes identify it: enough of them, not all equal, and all in one place.

        `xor eax, eax; ret` occurs everywhere, as do tables of pointers and zeros.
        """
        if self.is_merged or self.name.startswith(_ABOUT) or self.fixed < _TELLING:
            return False
        return len(set(self.data)) >= _DIFFERENT

    def is_at(self, data: memoryview, offset: int) -> bool:
        """Return whether it is in `data` at `offset`, apart from its gaps."""
        if offset < 0 or offset + self.size > len(data):
            return False
        start = 0
        for gap_start, gap_end in self.gaps:
            if data[offset + start : offset + gap_start] != self.data[start:gap_start]:
                return False
            start = gap_end
        return data[offset + start : offset + self.size] == self.data[start:]

    @property
    def is_state(self) -> bool:
        """Whether a second copy is separate state: the program changes it, or it runs code at start."""
        return self.is_writable or self.kind is SectionKind.CONSTRUCTORS

    @cached_property
    def fixed(self) -> int:
        """The number of its bytes that linkers do not change."""
        return self.size - sum(end - start for start, end in self.gaps) if self.data else 0


class ProgramParts(NamedTuple):
    """The parts of one object that become part of a program.

    Attributes:
        sections: Its sections, in order.
        symbols: The symbols that the object defines in them, including local ones.
        commons: The common symbols, which become BSS.
    """

    sections: tuple[ProgramSection, ...]
    symbols: tuple[Symbol, ...]
    commons: tuple[Symbol, ...]


def read_program_parts(elf: Elf) -> ProgramParts:
    """Return the parts of a relocatable ELF object that become part of a program.

    Raises `FormatError` when sections, symbols or relocations do not lie within the object.
    """
    sections, symbols = elf.sections, elf.symbols
    tables: dict[int, list[Section]] = {}
    for section in sections:
        if section.type in RELOCATION_SECTIONS:
            tables.setdefault(section.info, []).append(section)
    program = tuple(
        _program_section(elf, section, tables.get(section.number, ()))
        for section in sections
        if section.flags & SHF.ALLOC and section.size and kind_of(section) not in _NOT_PROGRAM
    )
    numbers = {section.number for section in program}
    things = tuple(
        symbol
        for symbol in symbols
        if symbol.section in numbers and symbol.type is not SymbolType.SECTION and symbol.name
    )
    return ProgramParts(program, things, tuple(symbol for symbol in symbols if symbol.place is Place.COMMON))


def _program_section(elf: Elf, section: Section, tables: Iterable[Section]) -> ProgramSection:
    header, symbols = elf.header, elf.symbols
    windows: list[tuple[int, int]] = []
    refers_to: set[int] = set()
    for table in tables:
        for offset, type_, number, _ in elf.relocations(table):
            if number > len(symbols):
                raise malformed(f"a relocation names symbol {number} of {len(symbols)}", table.offset)
            if number:
                refers_to.add(symbols[number - 1].section)
            before, after = _reach(header.machine, header.bits, type_)
            windows.append((offset - before, offset + after))
    kind = kind_of(section)
    is_bss = section.type == SHT.NOBITS
    return ProgramSection(
        section.number,
        section.name,
        kind,
        bool(section.flags & SHF.WRITE) and not section.name.startswith(".data.rel.ro") and kind not in _ABOUT_KINDS,
        section.size,
        max(section.alignment, 1),
        elf.contents(section),
        () if is_bss else _joined(windows, section.size),
        bool(section.flags & SHF.GROUP),
        bool(section.flags & SHF.MERGE),
        frozenset(refers_to - {0, section.number}),
        kind in _ABOUT_KINDS or section.name.startswith(_ABOUT),
    )


@cache
def _reach(machine: int, bits: int, type_: int) -> tuple[int, int]:
    """Return how many bytes before the start of a field and after it a linker may change for a relocation type.

    The names of types for 64-bit fields end in 64, on every machine; narrower fields count as four bytes.
    """
    role = role_of(machine, bits, type_)
    if machine == EM.PPC64 and role is Role.BRANCH:
        return _PPC64_CALL
    name = type_name(machine, bits, type_)
    if machine == EM.S390 and name.endswith("32DBL"):
        return _S390_DISTANCE
    is_wide = name.endswith("64")
    return _REWRITTEN.get(role, (0, _WIDE_FIELD if is_wide else _FIELD))


def _joined(windows: list[tuple[int, int]], size: int) -> tuple[tuple[int, int], ...]:
    """Return the windows clipped to the section, in ascending order, adjacent ones joined."""
    found: list[tuple[int, int]] = []
    for start, end in sorted(windows):
        start, end = max(start, 0), min(end, size)  # noqa: PLW2901 (cut to what is there)
        if found and start <= found[-1][1]:
            found[-1] = found[-1][0], max(end, found[-1][1])
        elif start < end:
            found.append((start, end))
    return tuple(found)
