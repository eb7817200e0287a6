"""The input of link rules: the resolved link, and the archive and member of each of its units."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from arfix.audit.finding import Fix, Safety, counted_names
from arfix.edits.requests import SymbolEdit, Symbols
from arfix.errors import ArfixError
from arfix.formats.elf.constants import SHF, SHT
from arfix.formats.model import ELF_CONTENTS
from arfix.linkage.model import InputMode
from arfix.linkage.refusals import find_refusals
from arfix.symbols.definitions import Definitions
from arfix.symbols.name import satisfied_by
from arfix.symbols.search import NameSearch

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from arfix.audit.settings import Settings
    from arfix.linkage.model import Input, LinkResult, Unit
    from arfix.linkage.refusals import LinkerRefusal


class Anchor(NamedTuple):
    """The place at which a finding about a unit is reported.

    Attributes:
        prefix: Names the unit in the message where the place is another one; else empty.
        archive: The archive's path.
        member: The member's label; None for an object file, and where the place is another one.
    """

    prefix: str
    archive: str
    member: str | None


@dataclass(frozen=True, eq=False)
class Context:
    """A resolved link and the settings of the check.

    Attributes:
        settings: The settings of the check.
        result: The resolved link.
    """

    settings: Settings
    result: LinkResult

    @cached_property
    def refusals(self) -> tuple[LinkerRefusal, ...]:
        """What the linker refuses, apart from undefined symbols and duplicate definitions."""
        return tuple(find_refusals(self.result))

    @cached_property
    def _places(self) -> dict[int, str]:
        """Cache of `place`: each of a thousand definers of one symbol names fifty of the others."""
        return {}

    @property
    def units(self) -> tuple[Unit, ...]:
        """The units of the link; rules refer to them by number."""
        return self.result.link.units

    @cached_property
    def owners(self) -> tuple[int, ...]:
        """For each unit, the position in `Link.inputs` of its input."""
        return tuple(owner for owner, item in enumerate(self.result.link.inputs) for _ in item.units)

    @cached_property
    def under_test(self) -> tuple[int, ...]:
        """Numbers of the units that belong to the archives under test, in order."""
        inputs = self.result.link.inputs
        return tuple(
            number
            for number, owner in enumerate(self.owners)
            if not inputs[owner].provider and inputs[owner].use is not InputMode.NAMES
        )

    @cached_property
    def _under_test_set(self) -> frozenset[int]:
        return frozenset(self.under_test)

    def is_under_test(self, number: int) -> bool:
        """Return whether the unit belongs to an archive under test."""
        return number in self._under_test_set

    @cached_property
    def entered(self) -> tuple[int, ...]:
        """Numbers of the units under test that are in the link, in archive order."""
        return tuple(number for number in self.under_test if number in self.result.cause)

    @cached_property
    def first_archive(self) -> str:
        """The first archive under test, for findings about the link; of a link without archives the first file."""
        if self.settings.archives:
            return self.settings.archives[0]
        return self.path(self.under_test[0]) if self.under_test else str(self.result.link.inputs[0].where)

    def path(self, number: int) -> str:
        """Return the path of the unit's archive, as the user named it."""
        return self.units[number].where.path

    def member(self, number: int) -> str | None:
        """Return the unit's member label, nested as `libposix.a(open.o)`; None for an object file on its own."""
        members = self.units[number].where.members
        return "(".join(members) + ")" * (len(members) - 1) if members else None

    def anchor(self, number: int) -> Anchor:
        """Return where a finding about the unit is reported: at the unit, or else at the first archive under test."""
        if self.is_under_test(number):
            return Anchor("", self.path(number), self.member(number))
        return Anchor(f"{self.short_place(number)}: ", self.first_archive, None)

    def selector(self, number: int) -> str:
        """Return the selector that means this member alone: `x.o#1` if others share its name."""
        unit = self.units[number]
        is_nested = len(unit.where.members) > 1
        return (self.member(number) or "") if unit.label is None or is_nested else unit.label.selector

    def place(self, number: int) -> str:
        """Return the unit as `libcrypto.a(bss_log.o)`."""
        place = self._places.get(number)
        if place is None:
            place = self._places[number] = str(self.units[number].where)
        return place

    def short_place(self, number: int) -> str:
        """Return the unit with the archive's file name only, unless another input shares that name."""
        where = self.units[number].where
        name = _file_name(where.path)
        return str(replace(where, path=name)) if self._file_names[name] == 1 else str(where)

    @cached_property
    def _file_names(self) -> Mapping[str, int]:
        counts: dict[str, int] = {}
        for item in self.result.link.inputs:
            name = _file_name(item.where.path)
            counts[name] = counts.get(name, 0) + 1
        return counts

    @cached_property
    def definitions(self) -> Definitions:
        """Who defines and who refers to each symbol, among the units under test that are in the link."""
        return Definitions.of_objects((number, self.units[number].table) for number in self.entered)

    def localizing(self, number: int, names: Sequence[str], member: str | None = None) -> Fix:
        """Return the repair that makes definitions local to the unit's archive, or to one member of it.

        It is never safe: a program that takes the symbol from this archive alone loses it. If other members of the
        archive refer to the symbols, the edit must be forced, and they then use the remaining definition.
        """
        owner = self.owners[number]
        others = (one for one in self.under_test if self.owners[one] == owner and one != number)
        wanted = frozenset(names)
        needers = [one for one in others if not wanted.isdisjoint(self.units[one].table.undefined)]
        members = () if member is None else (member,)
        request = Symbols(SymbolEdit.LOCALIZE, tuple(names), members=members, force=bool(needers))
        costs = [f"programs that take {counted_names(names)} from this archive no longer find it"]
        if needers:
            costs.append(f"{self.member(needers[0]) or self.path(needers[0])} takes the definition of another archive")
        return Fix(self.path(number), request, Safety.UNSAFE, tuple(costs))

    @cached_property
    def _asked_for(self) -> frozenset[str]:
        """Symbols that roots or shared objects ask for."""
        return frozenset(self.result.link.roots).union(*(item.needs for item in self.result.link.inputs))

    def has_definition(self, name: str) -> bool:
        """Return whether any input of the link defines the symbol, whether or not it enters the link."""
        return name in self._within_reach

    @cached_property
    def _within_reach(self) -> frozenset[str]:
        """Symbols that some input defines; for a provider's archive, those in its index."""
        names: set[str] = set(self.result.winners)
        for item in self.result.link.inputs:
            names.update(_names_defined_by(item))
        return frozenset(base for name in names for base in satisfied_by(name))

    def wanted_by_providers(self, names: Collection[str]) -> frozenset[str]:
        """Return the names that any object of a provider refers to, in the link or not."""
        search = NameSearch(names)
        found: set[str] = set()
        for number, unit in enumerate(self.units):
            if not self.is_under_test(number) and search.may_be_in(unit.facts.elf):
                found |= search.names.intersection(unit.table.references)
        return frozenset(found)

    def can_go(self, numbers: frozenset[int]) -> bool:
        """Return whether these units can be removed: nothing else needs what they define.

        A symbol that another unit defines as well, such as a weak default, counts as needed, since that unit may refer
        to it: the link would succeed with the other definition, and the program would be another one.
        """
        unique = self.definitions.defined_only_by(numbers)
        if not self._asked_for.isdisjoint(unique) or self.definitions.needed_outside(numbers):
            return False
        if any(place is None for place in self.replacements(numbers).values()):
            return False
        # `strip` knows the archive alone, where a name may have no other definition.
        if any(not self._named_by_damaged.isdisjoint(self.units[one].definitions) for one in numbers):
            return False
        owners = {self.owners[one] for one in numbers}
        if any(self._definitions_in[owner].needed_outside(numbers) for owner in owners):
            return False
        return not self.wanted_by_providers(unique)

    def replacements(self, numbers: frozenset[int]) -> Mapping[str, str | None]:
        """Return the symbols that a link without these units would take from elsewhere.

        Each has the provider that defines it, or None if a unit under test does. Copies of COMDAT groups are left out,
        since any of them will do.
        """
        found: dict[str, str | None] = {}
        gone = {self.units[number].where for number in numbers}  # an archive may be on the line twice
        for number in sorted(numbers):
            table = self.units[number].table
            copies = frozenset[str]().union(table.copies, *(group.names for group in table.groups))
            for name in table.definitions:
                if name in copies or self.result.winners.get(name) not in numbers:
                    continue
                if any(self.units[one].where not in gone for one in self.definitions.definers.get(name, ())):
                    found[name] = None
                elif name in self._names_of_providers:
                    found[name] = self._names_of_providers[name]
        return found

    def named_as_text(self, names: Collection[str], numbers: frozenset[int]) -> Mapping[str, str]:
        """Return the names that units under test besides these hold as text, as `dlsym` takes them, each with one."""
        wanted = {name: name.encode("utf-8", "surrogateescape") for name in names}
        found: dict[str, str] = {}
        for number in self.under_test:
            if number in numbers or self.units[number].content not in ELF_CONTENTS:
                continue
            elf = self.units[number].facts.elf
            with suppress(ArfixError):
                for section in elf.sections:
                    if section.type != SHT.PROGBITS or section.flags & (SHF.ALLOC | SHF.EXECINSTR) != SHF.ALLOC:
                        continue
                    text = b"\0" + bytes(elf.contents(section)) + b"\0"
                    for name, encoded in wanted.items():
                        if b"\0" + encoded + b"\0" in text:
                            found.setdefault(name, self.short_place(number))
        return found

    @cached_property
    def _names_of_providers(self) -> Mapping[str, str]:
        """The symbols that providers define, each with the first provider that does."""
        found: dict[str, str] = {}
        for item in self.result.link.inputs:
            if item.provider:
                for name in _names_defined_by(item):
                    for base in satisfied_by(name):
                        found.setdefault(base, _file_name(item.where.path))
        return found

    @cached_property
    def _definitions_in(self) -> Mapping[int, Definitions]:
        """The definitions and references of each archive by itself: `strip` knows no other."""
        by_owner: dict[int, list[int]] = {}
        for number in self.under_test:
            by_owner.setdefault(self.owners[number], []).append(number)
        return {
            owner: Definitions.of_objects((number, self.units[number].table) for number in numbers)
            for owner, numbers in by_owner.items()
        }

    @cached_property
    def _named_by_damaged(self) -> frozenset[str]:
        """Symbols of units in the link that a damaged unit has in its bytes: the proof of `strip` counts them, too."""
        damaged = [one for one in self.under_test if self.units[one].fault is not None]
        if not damaged:
            return frozenset()
        search = NameSearch({name for one in self.entered for name in self.units[one].definitions})
        return frozenset(name for one in damaged for name in search.names_in(bytes(self.units[one].view)))


def _names_defined_by(item: Input) -> Iterator[str]:
    """Yield the names that an input defines; for an archive with an index, those that it lists."""
    yield from item.names
    if item.index is not None:
        yield from (name for name, position in item.index if position >= 0)
    else:
        yield from (name for unit in item.units for name in unit.definitions)


def _file_name(path: str) -> str:
    return path.replace("\\", "/").rpartition("/")[2]
