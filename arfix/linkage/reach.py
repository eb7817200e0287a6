"""Finds references that are too far from their target, wherever the linker puts both.

The exact layout of the output is not known, but its order is: code, then data, then zeroed data, and within each the
objects in link order. The bytes between a reference and its target in that order are a lower bound of the distance.
Branches for which linkers insert a veneer or stub are not checked.

Source of each row: tried with GNU ld and gold 2.40, lld 14 and 19 and mold 1.10 on objects that far apart
(`tests/oracle/test_linkers_reach.py`); the psABIs for the widths.
"""

from __future__ import annotations

from contextlib import suppress
from enum import IntEnum
from typing import TYPE_CHECKING, Final, NamedTuple

from arfix.errors import ArfixError
from arfix.formats.elf.constants import EM, RELOCATION_SECTIONS, SHF, SHT
from arfix.formats.elf.relocation_numbers import (
    R_390,
    R_AARCH64,
    R_ARM,
    R_MIPS,
    R_PPC,
    R_RISCV,
    R_SPARC,
    R_X86_64,
)
from arfix.formats.elf.relocations import type_name
from arfix.formats.elf.sections import section_rows
from arfix.formats.model import Content, Place
from arfix.linkage.model import Linker, Target
from arfix.linkage.releases import Habit, has_habit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from arfix.formats.elf.sections import Section
    from arfix.formats.model import Symbol
    from arfix.linkage.model import LinkResult, Unit

_ALL: Final = frozenset(Linker)


class _Limit(NamedTuple):
    """How far a relocation type reaches, in bytes either way; `absolute` ones count from address 0."""

    reach: int
    linkers: frozenset[Linker] = _ALL
    absolute: bool = False
    name: str | None = None


_KI, _MI, _GI = 1 << 10, 1 << 20, 1 << 30
_LD: Final = frozenset({Linker.LD})
_GOLD: Final = frozenset({Linker.GOLD})
_LLD: Final = frozenset({Linker.LLD})
_NOT_LLD: Final = _ALL - {Linker.LLD}
_NOT_GOLD: Final = _ALL - {Linker.GOLD}
#: Types, as (`e_machine`, type), for which mold assumes half the range; `THM_JUMP19` in 1.10 alone.
_HALVED_BY_MOLD: Final[frozenset[tuple[int, int]]] = frozenset(
    {
        (EM.ARM, R_ARM.THM_JUMP19),
        *((machine, R_SPARC.WDISP16) for machine in (EM.SPARC, EM.SPARC32PLUS, EM.SPARCV9)),
    }
)
#: Types whose range mold 2.37 checks, and 1.10 did not.
_CHECKED_BY_NEW_MOLD: Final[frozenset[tuple[int, int]]] = frozenset(
    {(EM.AARCH64, R_AARCH64.ADR_PREL_PG_HI21), (EM.S390, R_390.PC32DBL), (EM.S390, R_390.PLT32DBL)}
)
_SPARC: Final[dict[int, _Limit]] = {
    R_SPARC.WDISP22: _Limit(8 * _MI, _NOT_GOLD, name="R_SPARC_WDISP22"),
    R_SPARC.WDISP16: _Limit(128 * _KI, _NOT_GOLD, name="R_SPARC_WDISP16"),
    R_SPARC.WDISP19: _Limit(_MI, _NOT_GOLD, name="R_SPARC_WDISP19"),
}
#: `e_machine` -> relocation type -> its limit.
_LIMITS: Final[dict[int, dict[int, _Limit]]] = {
    EM.SPARC: _SPARC,
    EM.MIPS: {R_MIPS.R26: _Limit(256 * _MI, _LD | _GOLD), R_MIPS.PC16: _Limit(128 * _KI)},
    EM.SPARC32PLUS: _SPARC,
    EM.PPC: {
        number: _Limit(32 * _KI, name="R_PPC_REL14")
        for number in (R_PPC.REL14, R_PPC.REL14_BRTAKEN, R_PPC.REL14_BRNTAKEN)
    },
    EM.S390: {
        R_390.PC16DBL: _Limit(64 * _KI),
        # GNU ld 2.40 cuts the distance short without a word.
        R_390.PC32DBL: _Limit(4 * _GI, _GOLD | _LLD),
        R_390.PLT32DBL: _Limit(4 * _GI, _GOLD | _LLD),
    },
    EM.ARM: {
        R_ARM.PREL31: _Limit(_GI),
        R_ARM.THM_JUMP19: _Limit(_MI, _NOT_LLD),
        R_ARM.THM_JUMP11: _Limit(2 * _KI),
        R_ARM.THM_JUMP8: _Limit(256),
    },
    EM.SPARCV9: _SPARC,
    EM.X86_64: {
        R_X86_64.PC32: _Limit(2 * _GI),
        R_X86_64.PLT32: _Limit(2 * _GI),
        R_X86_64.R32: _Limit(4 * _GI, absolute=True),
        R_X86_64.R32S: _Limit(2 * _GI, absolute=True),
    },
    EM.AARCH64: {
        R_AARCH64.LD_PREL_LO19: _Limit(_MI),
        R_AARCH64.ADR_PREL_LO21: _Limit(_MI),
        R_AARCH64.ADR_PREL_PG_HI21: _Limit(4 * _GI, _ALL - {Linker.MOLD}),
        R_AARCH64.TSTBR14: _Limit(32 * _KI),
        R_AARCH64.CONDBR19: _Limit(_MI),
    },
    EM.RISCV: {
        R_RISCV.BRANCH: _Limit(4 * _KI),
        R_RISCV.JAL: _Limit(_MI),
        R_RISCV.CALL: _Limit(2 * _GI, _ALL - {Linker.MOLD}),
        R_RISCV.CALL_PLT: _Limit(2 * _GI, _ALL - {Linker.MOLD}),
        R_RISCV.PCREL_HI20: _Limit(2 * _GI, _ALL - {Linker.MOLD}),
        R_RISCV.HI20: _Limit(2 * _GI, absolute=True),
        R_RISCV.RVC_BRANCH: _Limit(256),
        R_RISCV.RVC_JUMP: _Limit(2 * _KI),
    },
}
#: More than any relaxation of RISC-V takes away for one relocation.
_RELAXED: Final = 8
#: Bound here, since every section of every object in the link is looked at.
_NOBITS: Final = SHT.NOBITS.value
_ALLOC: Final = SHF.ALLOC.value
_EXECINSTR: Final = SHF.EXECINSTR.value
_WRITE: Final = SHF.WRITE.value
#: Sections that are placed apart from the others.
_ELSEWHERE: Final = SHF.TLS | SHF.X86_64_LARGE
#: Code that linkers sort before or behind the rest. Source: GNU ld's default script; lld `getOutputSectionName`.
_SORTED: Final = (".text.unlikely", ".text.exit", ".text.startup", ".text.hot", ".text.sorted", ".text.unknown")
_SPLIT: Final = (".text.split", ".text.asan")


class TooFar(NamedTuple):
    """A reference that is out of range.

    Attributes:
        unit: Number of the unit that refers.
        symbol: The target; the name of the section if the symbol has none.
        relocation: Name of the relocation type.
        distance: In bytes, at the least.
        reach: In bytes.
    """

    unit: int
    symbol: str
    relocation: str
    distance: int
    reach: int


class _Part(IntEnum):
    """Parts of a program in the order that every linker keeps."""

    CODE = 0
    DATA = 1
    ZEROED = 2


class _LeastOffset(NamedTuple):
    """A lower bound of an offset in a part."""

    part: _Part
    least: int


def find_too_far(result: LinkResult) -> Iterator[TooFar]:
    """Yield each reference that the linker of the result refuses as out of range, once for each unit and symbol."""
    machine = result.machine
    known = _LIMITS.get(machine.number, {}) if machine is not None else {}
    limits = {number: one for number, one in known.items() if result.linker in one.linkers}
    if result.linker is Linker.MOLD and machine is not None:
        is_new = has_habit(Habit.CHECKS_FAR_PAGES, result.linker, result.release)
        for number, one in known.items():
            kind = (machine.number, number)
            if kind in _CHECKED_BY_NEW_MOLD and is_new:
                limits[number] = one
            elif kind in _HALVED_BY_MOLD and not (is_new and kind == (EM.ARM, R_ARM.THM_JUMP19)):
                limits[number] = one._replace(reach=one.reach // 2)
    if not limits or result.link.target is Target.RELOCATABLE:
        return
    if _most_bytes(result) <= min(one.reach for one in limits.values()):
        return
    layout = _LinkLayout(result)
    wanted = {number: one for number, one in limits.items() if one.reach < layout.total}
    if not wanted:
        return
    for number in layout.sections:
        try:
            yield from layout.too_far(number, wanted)
        except ArfixError:
            continue


def _most_bytes(result: LinkResult) -> int:
    """Return an upper bound of the bytes that the link loads.

    Headers are read as they are stored: almost every link is far below 2 GiB, and needs nothing else.
    """
    total = 0
    for entry in result.entered:
        elf = result.units[entry.unit].facts.elf
        with suppress(ArfixError):  # no ELF object, or one that cannot be read
            total += sum([row[5] for row in section_rows(elf.view, elf.header) if row[2] & _ALLOC])
    return total


class _LinkLayout:
    """The least offsets of the sections of all units in a link, as far as they are the same for every linker."""

    def __init__(self, result: LinkResult) -> None:
        self.result = result
        self.sections: dict[int, tuple[Section, ...]] = {}
        self.spots: dict[tuple[int, int], _LeastOffset] = {}
        self.sizes = dict.fromkeys(_Part, 0)
        self.shrinks: dict[tuple[int, int], int] = {}
        self._symbols: dict[int, dict[str, Symbol]] = {}
        for entry in result.entered:
            unit = result.units[entry.unit]
            if unit.content is Content.ELF_RELOCATABLE:
                try:
                    self._place(entry.unit, unit)
                except ArfixError:
                    continue
        self.total = sum(self.sizes.values())

    def _place(self, number: int, unit: Unit) -> None:
        header = unit.facts.elf.header
        self.sections[number] = sections = unit.facts.elf.sections
        gone = self.result.discarded.get(number, frozenset())
        shrinks = _shrinking(sections) if header.machine == EM.RISCV else {}
        for at, section in enumerate(sections):
            part = _part_of(section)
            if part is None or at in gone:
                continue
            self.spots[number, at] = _LeastOffset(part, self.sizes[part])
            self.shrinks[number, at] = shrinks.get(at, 0)
            self.sizes[part] += max(0, section.size - shrinks.get(at, 0))

    def too_far(self, number: int, limits: Mapping[int, _Limit]) -> Iterator[TooFar]:
        """Yield the references of one unit that are out of range."""
        unit = self.result.units[number]
        used = {
            use.section for use in unit.relocation_uses if use.type in limits and (number, use.section) in self.spots
        }
        if not used:
            return
        elf, sections = unit.facts.elf, self.sections[number]
        symbols = {one.number: one for one in elf.symbols}
        seen: set[tuple[str, int]] = set()
        for table in sections:
            if table.type not in RELOCATION_SECTIONS or table.info not in used:
                continue
            here = self.spots[number, table.info]
            for one in elf.relocations(table):
                limit, symbol = limits.get(one.type), symbols.get(one.symbol)
                if limit is None or symbol is None:
                    continue
                there = self._spot_of(number, symbol, one.addend or 0)
                name = symbol.name or (sections[symbol.section].name if symbol.section < len(sections) else "")
                if there is None or (name, one.type) in seen:
                    continue
                distance = self._address(there) if limit.absolute else self._distance(here, one.offset, there)
                if distance > limit.reach:
                    seen.add((name, one.type))
                    relocation = limit.name or type_name(elf.header.machine, elf.header.bits, one.type)
                    yield TooFar(number, name, relocation, distance, limit.reach)

    def _spot_of(self, number: int, symbol: Symbol, addend: int) -> _LeastOffset | None:
        """Return where a symbol is defined; None if that is not known or the definition may be preempted."""
        if symbol.place is Place.UNDEFINED or (number, symbol.section) not in self.spots:
            winner = self.result.winners.get(symbol.name)
            is_preemptible = self.result.link.target is Target.SHARED and symbol.name in self.result.exported
            if winner is None or is_preemptible:
                return None
            found = self._definition(winner, symbol.name)
            if found is None:
                return None
            number, symbol = winner, found
        base = self.spots.get((number, symbol.section))
        if base is None:
            return None
        inside = max(0, symbol.value + min(addend, 0) - self.shrinks[number, symbol.section])
        return _LeastOffset(base.part, base.least + inside)

    def _definition(self, number: int, name: str) -> Symbol | None:
        if number not in self._symbols:
            known = self.result.units[number].facts.elf.global_symbols if number in self.sections else ()
            self._symbols[number] = {one.name: one for one in known if one.place is Place.DEFINED}
        return self._symbols[number].get(name)

    def _address(self, spot: _LeastOffset) -> int:
        return spot.least + sum(size for part, size in self.sizes.items() if part < spot.part)

    def _distance(self, here: _LeastOffset, offset: int, there: _LeastOffset) -> int:
        """Return a lower bound of the distance of two places; 0 if their order is not known."""
        first, second = (here, there) if (here.part, here.least) <= (there.part, there.least) else (there, here)
        shift = offset if first is here else -offset
        between = sum(size for part, size in self.sizes.items() if first.part < part < second.part)
        if first.part is second.part:
            return max(0, second.least - first.least - shift)
        return max(0, self.sizes[first.part] - first.least - shift + between + second.least)


def _part_of(section: Section) -> _Part | None:
    """Return the part of a section; None if linkers disagree on its place, or do not load it."""
    if not section.flags & _ALLOC or section.flags & _ELSEWHERE:
        return None
    if section.flags & _EXECINSTR:
        is_plain = section.name == ".text" or section.name.startswith(".text.")
        return _Part.CODE if is_plain and not section.name.startswith((*_SORTED, *_SPLIT)) else None
    if not section.flags & _WRITE:
        return None
    if section.type == _NOBITS:
        return _Part.ZEROED if section.name == ".bss" or section.name.startswith(".bss.") else None
    is_data = section.name == ".data" or (
        section.name.startswith(".data.") and not section.name.startswith(".data.rel")
    )
    return _Part.DATA if is_data else None


def _shrinking(sections: tuple[Section, ...]) -> dict[int, int]:
    """Return the most bytes that relaxation may remove from each section."""
    found: dict[int, int] = {}
    for table in sections:
        if table.type in RELOCATION_SECTIONS and table.entry_size:
            found[table.info] = _RELAXED * (table.size // table.entry_size)
    return found
