"""Which member of an archive defines, and which needs, each symbol: what changing symbols has to know first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from arfix.formats.inspect import inspect_object
from arfix.formats.model import Binding, Content, SymbolType

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from arfix.archive.model import Archive


class MemberSymbols(NamedTuple):
    """The names one member defines and needs, in its own order."""

    content: Content
    definitions: Sequence[str]
    references: Sequence[str]


@dataclass(frozen=True, slots=True)
class Survey:
    """The symbols of an archive.

    Attributes:
        members: Position -> symbols, of the members that have any.
        chosen: Positions of the members whose definitions are meant.
        names: Every name that a chosen member defines.
        definers: Name -> positions of all members that define it, chosen or not.
        references: Name -> positions of the members that need it.
    """

    members: Mapping[int, MemberSymbols]
    chosen: frozenset[int]
    names: frozenset[str]
    definers: Mapping[str, set[int]]
    references: Mapping[str, set[int]]

    def has(self, name: str) -> bool:
        """Return whether the name is defined or needed anywhere in the archive."""
        return name in self.definers or name in self.references


def survey_symbols(archive: Archive, chosen: frozenset[int] | None, *, with_locals: bool = False) -> Survey:
    """Return the symbols of every member.

    Args:
        archive: The archive.
        chosen: Positions of the members whose definitions are meant; None for all.
        with_locals: Count local symbols with a name of the program's (no sections, no files) as definitions too.

    Raises:
        FormatError: A member's symbols cannot be read.
    """
    members: dict[int, MemberSymbols] = {}
    definers: dict[str, set[int]] = {}
    references: dict[str, set[int]] = {}
    everyone = frozenset(range(len(archive.members)))
    for position, member in enumerate(archive.members):
        facts = inspect_object(member.data)
        definitions = list(facts.definitions)
        if with_locals:
            definitions += [
                symbol.name
                for symbol in facts.symbols
                if symbol.binding is Binding.LOCAL
                and symbol.type not in {SymbolType.SECTION, SymbolType.FILE}
                and symbol.name
            ]
        if not definitions and not facts.references:
            continue
        members[position] = MemberSymbols(facts.content, definitions, facts.references)
        for name in definitions:
            definers.setdefault(name, set()).add(position)
        for name in facts.references:
            references.setdefault(name, set()).add(position)
    selected = everyone if chosen is None else chosen
    names = frozenset(name for name, positions in definers.items() if positions & selected)
    return Survey(members, selected, names, definers, references)
