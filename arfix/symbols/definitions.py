"""The definers and referrers of each symbol, among the numbered objects of an archive or link.

`Definitions` answers for all symbols of objects that have been read. `arfix/symbols/archive_search.py` answers for a
few symbols of an archive without reading most of its members.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple, Self

from arfix.errors import ArfixError
from arfix.formats.inspect import inspect_object
from arfix.symbols.object_symbols import ObjectSymbols, read_object_symbols

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from arfix.archive.model import Member


class DefinedAndNeeded(NamedTuple):
    """The names that one object defines, and those that it refers to, each in the object's order."""

    definitions: Sequence[str]
    references: Sequence[str]


@dataclass(frozen=True)
class Definitions:
    """The definers and referrers of each symbol.

    Attributes:
        objects: Number of each object -> its names. The numbers are the caller's: positions in an archive, or units of
            a link.
    """

    objects: Mapping[int, DefinedAndNeeded]

    @classmethod
    def of_objects(cls, objects: Iterable[tuple[int, ObjectSymbols]]) -> Self:
        """Return the definitions of objects as a linker sees them; weak and common ones and weak references count.

        Args:
            objects: Each with its number.
        """
        return cls({number: DefinedAndNeeded(one.definitions, one.references) for number, one in objects})

    @cached_property
    def definers(self) -> Mapping[str, Sequence[int]]:
        """For each defined symbol the objects that define it, in order."""
        return _by_name((number, one.definitions) for number, one in self.objects.items())

    @cached_property
    def referrers(self) -> Mapping[str, Sequence[int]]:
        """For each symbol, defined or not, the objects that refer to it, in order."""
        return _by_name((number, one.references) for number, one in self.objects.items())

    def defined_only_by(self, numbers: frozenset[int]) -> tuple[str, ...]:
        """Return the symbols that no object besides these defines, in the order of the objects."""
        definers = self.definers
        return tuple(
            dict.fromkeys(
                name
                for number in sorted(numbers)
                if number in self.objects
                for name in self.objects[number].definitions
                if numbers.issuperset(definers[name])
            )
        )

    def needed_outside(self, numbers: frozenset[int]) -> bool:
        """Return whether an object besides these refers to what only these define."""
        referrers = self.referrers
        return not all(numbers.issuperset(referrers.get(name, ())) for name in self.defined_only_by(numbers))


def _by_name(rows: Iterable[tuple[int, Sequence[str]]]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for number, names in rows:
        for name in names:
            known = found.setdefault(name, [])
            if not known or known[-1] != number:
                known.append(number)
    return found


def read_member_symbols(member: Member) -> ObjectSymbols:
    """Return the symbols of a member as a linker sees them; none if it is not an object or cannot be read."""
    try:
        return read_object_symbols(inspect_object(member.data))
    except ArfixError:
        return ObjectSymbols()


def strong_clashes(
    objects: Iterable[tuple[int, ObjectSymbols]], names: Collection[str] | None = None
) -> Mapping[str, Sequence[int]]:
    """Return the symbols with more than one strong definition: name -> the numbers of the objects, in order.

    Weak and common definitions give way, a link keeps the first copy of a COMDAT group, and equal absolute symbols do
    not clash.

    Args:
        objects: Each with its number, in the order of a link that takes them all.
        names: The only symbols that matter; None for all.
    """
    definers: dict[str, list[int]] = {}
    values: dict[str, int | None] = {}
    groups: set[str] = set()
    for number, symbols in objects:
        discarded = frozenset().union(*(lost for group, lost in symbols.groups if group.signature in groups))
        groups.update(group.signature for group, _ in symbols.groups)
        for name in symbols.strong:
            if name in discarded or (names is not None and name not in names):
                continue
            value = symbols.absolute.get(name)
            first = values.setdefault(name, value)
            known = definers.setdefault(name, [])
            if not known or (known[-1] != number and (value is None or value != first)):
                known.append(number)
    return {name: numbers for name, numbers in definers.items() if len(numbers) > 1}


def pulled_in(own: Iterable[ObjectSymbols], offered: Sequence[ObjectSymbols]) -> frozenset[int]:
    """Return which of the offered objects a linker takes on demand, as positions in `offered`.

    As with archives in a group, the first object that defines a missing symbol is taken, then those that it needs in
    turn. Weak references take nothing.

    Args:
        own: Objects that are in the link anyway.
        offered: Objects that enter when they define something missing.
    """
    definers = Definitions.of_objects(enumerate(offered)).definers
    defined: set[str] = set()
    wanted: list[str] = []
    for one in own:
        defined.update(one.definitions)
        wanted += one.undefined
    taken: set[int] = set()
    while wanted:
        name = wanted.pop()
        if name in defined or name not in definers:
            continue
        first = definers[name][0]
        if first not in taken:
            taken.add(first)
            defined.update(offered[first].definitions)
            wanted += offered[first].undefined
    return frozenset(taken)
