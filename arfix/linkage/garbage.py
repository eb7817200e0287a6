"""Finds the sections that `--gc-sections` leaves out: what only they need need not be defined.

A section stays if it is reachable by relocations from the roots: the entry symbol and the other required symbols, what
the output exports or a shared object refers to, code that runs at start and end, notes, and sections that are marked as
retained. Members are pulled in and duplicates found before that, so only undefined symbols and refusals depend on it.

Source: measured with GNU ld and gold 2.40, lld 14 and 19 and mold 1.10 (`tests/oracle/test_linkline.py`); BFD
`bfd_elf_gc_sections` and GNU ld's default scripts (`KEEP`); gold `is_section_name_included`; lld `ELF/MarkLive.cpp`;
mold `gc-sections.cc`.
"""

from __future__ import annotations

from functools import cached_property
from struct import Struct
from typing import TYPE_CHECKING, Final, NamedTuple

from arfix.errors import ArfixError
from arfix.formats.elf.constants import RELOCATION_SECTIONS, SHF, SHT
from arfix.formats.elf.relocations import referenced_symbols
from arfix.formats.model import Content
from arfix.linkage.layout_script import keeps
from arfix.linkage.linker_defined import section_of_bound
from arfix.linkage.model import Linker, Target
from arfix.linkage.releases import Habit
from arfix.symbols.name import base_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from arfix.formats.elf.file import Elf
    from arfix.formats.elf.sections import Section
    from arfix.linkage.model import Link, Unit
    from arfix.linkage.scope import Scope

#: Names of sections that stay, by their beginning.
_KEPT: Final = (".init", ".fini", ".preinit_array", ".ctors", ".dtors", ".jcr")
_KEPT_BY_GOLD: Final = (*_KEPT, ".note", ".gcc_except_table")
_ARRAYS: Final = (SHT.INIT_ARRAY, SHT.FINI_ARRAY, SHT.PREINIT_ARRAY)
#: `sh_flags`: the section stays (`__attribute__((retain))`); and it belongs to the one that `sh_link` names.
_RETAIN: Final = 0x200000
_LINK_ORDER: Final = 0x80
#: A length in an unwind table that announces one of 64 bits.
_LONG: Final = 0xFFFFFFFF


def unreached_sections(
    link: Link, scope: Scope, winners: Mapping[str, int], exported: Iterable[str]
) -> dict[int, frozenset[int]]:
    """Return the sections of each unit in the link that are left out.

    Args:
        link: The link, with `LinkRules.collects`.
        scope: Its symbols when all units are in.
        winners: For each defined symbol the unit whose definition is used.
        exported: The symbols that the output exports.
    """
    if link.target is Target.RELOCATABLE:
        return {}
    collector = _Collector(link, scope, winners)
    collector.mark(exported)
    return collector.unreached()


class _Collector:
    """The sections of a link that are reached so far."""

    def __init__(self, link: Link, scope: Scope, winners: Mapping[str, int]) -> None:
        self.link = link
        self.scope = scope
        self.winners = winners
        self.objects: dict[int, _Object] = {}
        self.by_name: dict[str, list[tuple[int, int]]] = {}
        self.reached: set[tuple[int, int]] = set()
        self.todo: list[tuple[int, int]] = []
        for number in scope.entered:
            unit = scope.units[number]
            if unit.content is Content.ELF_RELOCATABLE:
                try:
                    self.objects[number] = _Object(unit, scope.discarded.get(number, frozenset()))
                except ArfixError:
                    continue
        for number, one in self.objects.items():
            for section in one.sections.values():
                self.by_name.setdefault(section.name, []).append((number, section.number))

    def mark(self, exported: Iterable[str]) -> None:
        """Mark everything that the roots reach."""
        self._mark_roots(exported)
        while self.todo:
            number, section = self.todo.pop()
            one = self.objects[number]
            for other in one.tied.get(section, ()):
                self._reach(number, other)
            try:
                references = one.references(section)
            except ArfixError:
                continue
            for local, name in references:
                if name is None:
                    self._reach(number, local)
                else:
                    self._symbol(name)

    def _mark_roots(self, exported: Iterable[str]) -> None:
        for number, one in self.objects.items():
            for section in one.sections.values():
                if self._is_kept(section, one):
                    self._reach(number, section.number)
            self._mark_frames(number, one)
        # A program exports what a shared object on the line refers to, and what one defines as well.
        unused = self.scope.passed_over | self.scope.asleep
        libraries = [item for at, item in enumerate(self.link.inputs) if item.is_linked_against and at not in unused]
        wanted = {name for item in libraries for name in (*item.needs, *item.weak_needs, *item.names)}
        is_dynamic = self.scope.linker is not Linker.LD or self.link.target is not Target.EXECUTABLE
        if is_dynamic or libraries:
            wanted.update(exported)
        if self.link.target is Target.SHARED:
            wanted.add("_start")  # the entry symbol, if there is one
        ignored = self.link.aliased if self.scope.has(Habit.COLLECTS_ALIASED) else ()
        for name in {*self.link.roots, *self.link.rules.required, "_init", "_fini", *wanted}.difference(ignored):
            self._symbol(name)

    def _mark_frames(self, number: int, one: _Object) -> None:
        """Mark the personality routines, which all but GNU ld keep, and for lld the tables of all functions."""
        if self.scope.linker is Linker.LD:
            return
        try:
            frames = one.frames
        except ArfixError:
            return
        symbols = {symbol for frame in frames for symbol in frame.personality}
        if self.scope.linker is Linker.LLD:
            symbols.update(symbol for frame in frames for symbol in frame.tables)
        for section, name in (one.symbols[symbol] for symbol in symbols if symbol in one.symbols):
            if name is not None:
                self._symbol(name)
            elif section not in one.in_groups:
                self._reach(number, section)

    def unreached(self) -> dict[int, frozenset[int]]:
        """Return what nothing has reached."""
        found = {}
        for number, one in self.objects.items():
            gone = {section for section in one.sections if (number, section) not in self.reached}
            if gone and len(gone) == len(one.sections) and self.scope.linker is Linker.LD:
                gone.update(one.others)  # GNU ld drops the debug information of such an object, too
            if gone:
                found[number] = frozenset(gone)
        return found

    def _is_kept(self, section: Section, one: _Object) -> bool:
        linker = self.scope.linker
        is_script_alone = self.link.rules.own_layout and linker is Linker.LD
        if section.flags & _RETAIN or (section.type in _ARRAYS and not is_script_alone):
            return True
        if section.type == SHT.NOTE:
            return section.number not in one.tied
        if self.link.rules.kept and keeps(self.link.rules.kept, section.name):
            return True
        if is_script_alone:
            return False
        if linker is Linker.MOLD and section.name.isidentifier() and section.name.isascii():
            return True
        return section.name.startswith(_KEPT_BY_GOLD if linker is Linker.GOLD else _KEPT)

    def _symbol(self, name: str) -> None:
        """Mark the section that defines a symbol, and those whose start or end it is."""
        number = self.winners.get(name)
        if number is None:
            bound = section_of_bound(name) if self.scope.linker is not Linker.LLD else None
            for owner, section in self.by_name.get(bound or "", ()):
                self._reach(owner, section)
        elif number in self.objects:
            places = self.objects[number].defined_in
            self._reach(number, places.get(name) or places.get(base_name(name), 0))

    def _reach(self, number: int, section: int) -> None:
        place = (number, section)
        if place not in self.reached and section in self.objects[number].sections:
            self.reached.add(place)
            self.todo.append(place)


class _Frame(NamedTuple):
    """An unwind entry: the symbols of its function, of that function's tables, and of its personality routine."""

    function: int
    tables: tuple[int, ...]
    personality: tuple[int, ...]


class _Object:
    """The loaded sections of one object, and how they refer to each other.

    Attributes:
        sections: Those that may be left out, by number.
        others: Those that are not loaded.
        tied: Sections that stay with another one: the rest of its group, and what is ordered after it.
    """

    def __init__(self, unit: Unit, gone: frozenset[int]) -> None:
        self.unit = unit
        self.elf: Elf = unit.facts.elf
        every = self.elf.sections
        self.others: list[int] = []
        self.sections: dict[int, Section] = {}
        self.relocations: dict[int, list[Section]] = {}
        self.unwind_tables: list[Section] = []
        for section in every:
            if section.type in RELOCATION_SECTIONS or section.number in gone:
                if section.type in RELOCATION_SECTIONS:
                    self.relocations.setdefault(section.info, []).append(section)
            elif not section.flags & SHF.ALLOC:
                self.others.append(section.number)
            elif section.name == ".eh_frame":
                self.unwind_tables.append(section)
            else:
                self.sections[section.number] = section
        self.tied = self._tied()
        self.in_groups = {one for group in self.elf.groups for one in group.sections}

    def _tied(self) -> dict[int, list[int]]:
        tied: dict[int, list[int]] = {}
        for group in self.elf.groups:
            if not group.linkonce:
                for one in group.sections:
                    tied.setdefault(one, []).extend(group.sections)
        for section in self.sections.values():
            if section.flags & _LINK_ORDER:
                tied.setdefault(section.link, []).append(section.number)
        return tied

    @cached_property
    def symbols(self) -> dict[int, tuple[int, str | None]]:
        """For each symbol its section if it is local, else its name as the link knows it."""
        found: dict[int, tuple[int, str | None]] = {}
        first = self.elf.symbol_table.first_global if self.elf.symbol_table is not None else 0
        for symbol in self.elf.symbols:
            if symbol.number < first:
                found[symbol.number] = (symbol.section, None)
            else:
                name = symbol.name.replace("@@", "\0").partition("\0")[0]
                found[symbol.number] = (0, name if symbol.is_defined else self.unit.reference(name))
        return found

    @cached_property
    def defined_in(self) -> dict[str, int]:
        """For each global definition its section."""
        return {
            one.name.replace("@@", "\0").partition("\0")[0]: one.section
            for one in self.elf.global_symbols
            if one.is_defined and one.section
        }

    def references(self, section: int) -> Iterator[tuple[int, str | None]]:
        """Yield what a section refers to, directly and from the unwind tables of its functions."""
        symbols = self.symbols
        numbers: set[int] = set(self.frame_references.get(section, ()))
        for table in self.relocations.get(section, ()):
            numbers |= referenced_symbols(self.elf, table, count_none=True)
        return (symbols[number] for number in numbers if number in symbols)

    @cached_property
    def frame_references(self) -> dict[int, set[int]]:
        """For each section of code the symbols that its unwind entries refer to: tables and personality routines."""
        found: dict[int, set[int]] = {}
        for frame in self.frames:
            found.setdefault(self._section_of(frame.function), set()).update(frame.tables, frame.personality)
        return found

    @cached_property
    def frames(self) -> tuple[_Frame, ...]:
        """The unwind entries of its functions."""
        found: list[_Frame] = []
        for table in self.unwind_tables:
            rows = sorted(
                (one.offset, one.symbol)
                for relocations in self.relocations.get(table.number, ())
                for one in self.elf.relocations(relocations)
            )
            at = 0
            personalities: dict[int, tuple[int, ...]] = {}
            for start, end, back in _records(self.elf, table):
                symbols = []
                while at < len(rows) and rows[at][0] < end:
                    symbols.append(rows[at][1])
                    at += 1
                if not back:
                    personalities[start] = tuple(symbols)
                elif symbols:
                    found.append(_Frame(symbols[0], tuple(symbols[1:]), personalities.get(start + 4 - back, ())))
        return tuple(found)

    def _section_of(self, symbol: int) -> int:
        section, name = self.symbols.get(symbol, (0, None))
        return section if name is None else self.defined_in.get(name, 0)


def _records(elf: Elf, frame: Section) -> Iterator[tuple[int, int, int]]:
    """Yield the start and end of each entry of an unwind table, and how far before its second word its CIE starts.

    That is 0 for a CIE itself. Source: LSB Core, "Exception Frames".
    """
    data = elf.contents(frame)
    word = Struct(f"{elf.header.order}II")
    start = 0
    while start + word.size <= len(data):
        length, back = word.unpack_from(data, start)
        if not length or length == _LONG:
            return
        yield start, start + 4 + length, back
        start += 4 + length
