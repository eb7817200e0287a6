"""The symbols of a whole archive as its objects spell them: what an edit of symbols has to know first."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from arfix.formats.inspect import inspect_object
from arfix.formats.model import Binding, Content, SymbolType
from arfix.symbols.definitions import DefinedAndNeeded, Definitions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from arfix.archive.model import Archive


@dataclass(frozen=True)
class Survey:
    """The symbols of an archive. Names keep their versions, as `f@@V2`.

    Attributes:
        contents: Position of each member that has symbols -> what it is.
        symbols: Who defines and who refers to each name.
        chosen: Positions of the members whose definitions are meant.
    """

    contents: Mapping[int, Content]
    symbols: Definitions
    chosen: frozenset[int]

    @cached_property
    def names(self) -> frozenset[str]:
        """Every name that a chosen member defines."""
        return frozenset(name for name, found in self.symbols.definers.items() if not self.chosen.isdisjoint(found))

    def has(self, name: str) -> bool:
        """Return whether the name is defined or needed anywhere in the archive."""
        return name in self.symbols.definers or name in self.symbols.referrers


def survey_symbols(archive: Archive, chosen: frozenset[int] | None, *, with_locals: bool = False) -> Survey:
    """Return the symbols of every member.

    Args:
        archive: The archive.
        chosen: Positions of the members whose definitions are meant; None for all.
        with_locals: Count local symbols with a name of the program's (no sections, no files) as definitions too.

    Raises:
        FormatError: A member's symbols cannot be read.
    """
    contents: dict[int, Content] = {}
    objects: dict[int, DefinedAndNeeded] = {}
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
        if definitions or facts.references:
            contents[position] = facts.content
            objects[position] = DefinedAndNeeded(definitions, facts.references)
    everyone = frozenset(range(len(archive.members)))
    return Survey(contents, Definitions(objects), everyone if chosen is None else chosen)
