"""Search for static libraries in linked images: which ones, and how much of each.

A member is found by its bytes: the image is searched for its sections (`arfix/image/linked_sections.py`), except for
the fields that linkers fill in. This needs no symbols, so it works on stripped images. Sections without bytes to
compare (BSS, strings that linkers merge, unwind tables) count if they belong to a section that was found. A member of
another build, whose bytes differ, is found by its symbols if the image still has them.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final, NamedTuple

from arfix.errors import ArfixError
from arfix.formats.elf.section_kinds import SectionKind
from arfix.formats.model import Binding, Content, SymbolType
from arfix.image.anchors import Anchors
from arfix.image.linked_sections import read_program_parts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from arfix.formats.elf.linked_image import LinkedImage
    from arfix.formats.model import Symbol
    from arfix.image.linked_sections import ProgramParts, ProgramSection
    from arfix.linkage.model import Unit

#: Code with so many bytes of its own that if it is in an image twice, it was linked twice. Tables are often alike.
_UNMISTAKABLE: Final = 256
_THINGS: Final = frozenset({SymbolType.FUNCTION, SymbolType.OBJECT, SymbolType.IFUNC, SymbolType.TLS})


class Embedded(NamedTuple):
    """One section of a member in an image.

    Attributes:
        member: Label of its member.
        name: The section's name.
        kind: Its purpose.
        is_state: The program can change it, or it runs code at start, so a second copy is separate state.
        size: Its size in memory, in bytes.
        size_in_file: Its size in the image's file, in bytes.
        address: Where it was found; None if its presence follows from another section that was found.
        things: The names of its variables, if it is state.
    """

    member: str
    name: str
    kind: SectionKind
    is_state: bool
    size: int
    size_in_file: int
    address: int | None
    things: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LibraryCopy:
    """The parts of one library in one image.

    Attributes:
        members: Labels of the members that were found by their bytes, in archive order.
        other_build: Labels of members whose symbols are in the image with different bytes.
        sections: The sections of all of them in the image.
    """

    members: tuple[str, ...]
    other_build: tuple[str, ...]
    sections: tuple[Embedded, ...]

    @property
    def size_in_file(self) -> int:
        """The size of the library in the image's file, in bytes."""
        return sum(section.size_in_file for section in self.sections)

    @property
    def state(self) -> tuple[Embedded, ...]:
        """The sections with state."""
        return tuple(section for section in self.sections if section.is_state)


@dataclass(frozen=True, eq=False)
class SearchedLibrary:
    """A static library to search for: its file, and its members."""

    path: str
    units: tuple[Unit, ...]

    @cached_property
    def objects(self) -> tuple[tuple[str, ProgramParts], ...]:
        """Label and parts of each ELF member; one that cannot be read is left out, as linkers refuse it too."""
        return tuple(_objects(self.units))

    @cached_property
    def count(self) -> int:
        """The number of members that contribute to a program."""
        return sum(1 for _, parts in self.objects if parts.sections or parts.commons)

    @cached_property
    def definers(self) -> Mapping[str, str]:
        """Symbol that is not local -> label of the first member that defines it."""
        found: dict[str, str] = {}
        for unit in self.units:
            for name in unit.definitions:
                found.setdefault(name, unit.name)
        return found


def _objects(units: Iterable[Unit]) -> Iterator[tuple[str, ProgramParts]]:
    for unit in units:
        if unit.content is Content.ELF_RELOCATABLE:
            try:
                yield unit.name, read_program_parts(unit.facts.elf)
            except ArfixError:
                continue


class Searcher:
    """Searches images for libraries.

    If several libraries have the same member, as `libffi.a` and `libffi_pic.a` do, it counts for the one with more
    found members.
    """

    def __init__(self, libraries: Sequence[SearchedLibrary]) -> None:
        """Read the libraries and choose the anchors."""
        self._libraries = libraries
        owned = [
            (owner, section)
            for owner, library in enumerate(libraries)
            for _, parts in library.objects
            for section in parts.sections
        ]
        self._owners = [owner for owner, _ in owned]
        self._sections = [section for _, section in owned]
        self._anchors = Anchors(self._sections)

    def search(self, image: LinkedImage) -> tuple[LibraryCopy | None, ...]:
        """Return the copy of each library in the image, in order; None for a library that is not in it."""
        search = _ImageSearch(image)
        places = self._anchors.find(image.segments)
        found_of = Counter[int]()
        for number in places:
            found_of[self._owners[number]] += self._sections[number].size
        # What has most bytes of its own is surest, and goes first. Members may differ in nothing but what they refer
        # to, so each takes one place, and only then code that was linked twice takes what is left.
        order = sorted(places, key=lambda at: (-self._sections[at].fixed, -found_of[self._owners[at]]))
        taken = {number: search.take(self._sections[number], places[number], most=1) for number in order}
        for number in order:
            if self._sections[number].kind is SectionKind.CODE and self._sections[number].fixed >= _UNMISTAKABLE:
                taken[number] += search.take(self._sections[number], places[number])
        found: list[list[_SearchedMember]] = []
        number = 0
        for library in self._libraries:
            found.append([])
            for label, parts in library.objects:
                here = {at: taken[number + at] for at in range(len(parts.sections)) if taken.get(number + at)}
                searched = frozenset(at for at in range(len(parts.sections)) if number + at in self._anchors.searched)
                found[-1].append(_SearchedMember(label, parts, here, searched))
                number += len(parts.sections)
        for owner in sorted(range(len(found)), key=lambda owner: -found_of[owner]):
            found[owner] = [search.by_names(member) for member in found[owner]]
        return tuple(map(search.copy, found))


class _SearchedMember(NamedTuple):
    """A member that is searched for.

    Attributes:
        label: Its label.
        parts: Its sections, referred to by position, and symbols.
        places: The addresses of the sections that were found.
        searched: The sections that the search could find.
    """

    label: str
    parts: ProgramParts
    places: Mapping[int, tuple[int, ...]]
    searched: frozenset[int]


class _ImageSearch:
    """The state of the search in one image, while libraries are searched for one after the other."""

    def __init__(self, image: LinkedImage) -> None:
        self._image = image
        #: (start, end) of what is known to be of some library, ascending.
        self._taken: list[tuple[int, int]] = []
        #: Names of common symbols and of grouped sections that are counted: linkers keep one of each.
        self._counted: set[str] = set()

    def take(self, section: ProgramSection, addresses: Iterable[int], most: int | None = None) -> tuple[int, ...]:
        """Take the first `most` free addresses and return them."""
        taken: list[int] = []
        for address in addresses:
            if most is not None and len(taken) >= most:
                break
            if not self._is_taken(address, section.size):
                insort(self._taken, (address, address + section.size))
                taken.append(address)
        return tuple(taken)

    def by_names(self, member: _SearchedMember) -> _SearchedMember:
        """Return a member with the addresses of further sections that symbols of the image lead to, and take those.

        A global symbol with the same bytes counts, however short they are. Local symbols and sections in groups can
        belong to many members, and BSS has no bytes: these count only for members that are known to be in the image.
        """
        sections = member.parts.sections
        found = dict(member.places)
        by_number = {section.number: at for at, section in enumerate(sections)}
        for symbol in sorted(member.parts.symbols, key=lambda symbol: symbol.binding is Binding.LOCAL):
            at = by_number[symbol.section]
            is_own = symbol.binding is not Binding.LOCAL and sections[at].fixed and not sections[at].is_grouped
            if at not in found and (found or is_own):
                address = self._place(sections[at], symbol)
                if address is not None:
                    found[at] = self.take(sections[at], (address,))
        return member._replace(places=found)

    def _place(self, section: ProgramSection, symbol: Symbol) -> int | None:
        """Return the address of a section by a symbol of the image; None if there is no such symbol."""
        if symbol.type not in _THINGS or not symbol.size:
            return None
        for there in self._image.definitions.get(symbol.name, ()):
            address = there.value - symbol.value
            if (
                (there.type, there.size) == (symbol.type, symbol.size)
                and address % section.alignment == 0
                and not self._is_taken(address, section.size)
                and (not section.fixed or self._is_at_address(section, address))
            ):
                return address
        return None

    def _is_at_address(self, section: ProgramSection, address: int) -> bool:
        return any(
            section.is_at(segment.data, address - segment.address)
            for segment in self._image.segments
            if segment.address <= address < segment.address + len(segment.data)
        )

    def _is_taken(self, address: int, size: int = 1) -> bool:
        """Return whether any of the bytes from an address on belongs to some library."""
        at = bisect_right(self._taken, (address, 1 << 64))
        before = at > 0 and address < self._taken[at - 1][1]
        return before or (at < len(self._taken) and self._taken[at][0] < address + size)

    def copy(self, members: Sequence[_SearchedMember]) -> LibraryCopy | None:
        """Return the copy of a library in the image; None if there is none."""
        sure: list[str] = []
        other: list[str] = []
        sections: list[Embedded] = []
        for member in members:
            if member.places:
                sure.append(member.label)
                sections += self._sections(member)
            elif named := self._named(member):
                other.append(member.label)
                sections += named
        return LibraryCopy(tuple(sure), tuple(other), tuple(sections)) if sections else None

    def _sections(self, member: _SearchedMember) -> Iterator[Embedded]:
        """Yield the sections in the image of a member that was found."""
        sections = member.parts.sections
        for at in sorted({*member.places, *_implied(member)}):
            section = sections[at]
            if at not in member.places and section.is_grouped and not self._is_first(section.name):
                continue
            things = tuple(
                symbol.name
                for symbol in member.parts.symbols
                if symbol.section == section.number and symbol.type in _THINGS and section.is_state
            )
            for address in member.places.get(at, (None,)):
                yield Embedded(
                    member.label,
                    section.name,
                    section.kind,
                    section.is_state,
                    section.size,
                    len(section.data),
                    address,
                    things,
                )
        for symbol in member.parts.commons:
            if self._is_first(symbol.name):
                yield Embedded(member.label, "COMMON", SectionKind.BSS, True, symbol.size, 0, None, (symbol.name,))

    def _is_first(self, name: str) -> bool:
        is_first = name not in self._counted
        self._counted.add(name)
        return is_first

    def _named(self, member: _SearchedMember) -> list[Embedded]:
        """Return the parts of a member of another build: all its names are in the image, and are its own.

        Names of one place, as `strtol` and `strtoll` are, count once.
        """
        sections: dict[int, Embedded] = {}
        kinds = {section.number: section for section in member.parts.sections}
        for symbol in member.parts.symbols:
            if symbol.binding is Binding.LOCAL or symbol.type not in _THINGS or not symbol.size:
                continue
            there = [
                one
                for one in self._image.definitions.get(symbol.name, ())
                if one.type is symbol.type and not self._is_taken(one.value)
            ]
            if not there:
                return []
            section = kinds[symbol.section]
            address, size = there[0].value, there[0].size
            known = sections.get(address)
            things = (*(known.things if known else ()), *((symbol.name,) if section.is_state else ()))
            size = max(size, known.size) if known else size
            sections[address] = Embedded(
                member.label,
                section.name,
                section.kind,
                section.is_state,
                size,
                size if section.data else 0,
                address,
                things,
            )
        return list(sections.values())


def _implied(member: _SearchedMember) -> set[int]:
    """Return the sections of a member that cannot be searched for but belong to sections that were found.

    The targets of a section that was found are in the image too; unwind tables and constructors are in the image if the
    code that they describe is.
    """
    sections = member.parts.sections
    by_number = {section.number: at for at, section in enumerate(sections)}
    follows: dict[int, set[int]] = {at: set() for at in range(len(sections))}
    for at, section in enumerate(sections):
        for other in (by_number[number] for number in section.refers_to if number in by_number):
            follows[at].add(other)
            if section.is_about:
                follows[other].add(at)
    known = set(member.places)
    todo = list(known)
    while todo:
        new = follows[todo.pop()] - known - member.searched
        known |= new
        todo += new
    return known - member.places.keys()
