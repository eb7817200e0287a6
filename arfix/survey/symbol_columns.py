"""The columns of the table `symbols` for one object, from `name` on.

An object has few symbols and a survey has millions, so that a value of its own for each would take most of the time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from arfix.errors import ArfixError
from arfix.formats.elf.symbols import GlobalColumns
from arfix.formats.model import Binding, Place, SymbolType, Visibility
from arfix.survey.schema import storable
from arfix.symbols.name import SymbolName
from arfix.symbols.references import ReferenceKind, kinds_of_symbols

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from arfix.formats.inspect import ObjectFacts

#: What the column `place` says of an undefined symbol.
UNDEFINED: Final = Place.UNDEFINED.value
_PLACES: Final = {one: one.value for one in Place}
_BINDINGS: Final = {one: one.value for one in Binding}
_VISIBILITIES: Final = {one: one.value for one in Visibility}
_TYPES: Final = {one: one.value for one in SymbolType}
#: The words of each set of kinds that was met.
_WORDS: Final[dict[frozenset[ReferenceKind], list[str]]] = {frozenset(): []}


class SymbolColumns(NamedTuple):
    """Columns of one length, in the order of the table."""

    names: Sequence[str]
    versions: Sequence[str | None]
    defaults: Sequence[bool | None]
    places: Sequence[str]
    bindings: Sequence[str]
    visibilities: Sequence[str]
    types: Sequence[str]
    sizes: Sequence[int]
    references: Sequence[list[str] | None]


def symbol_columns(facts: ObjectFacts) -> SymbolColumns:
    """Return the symbols of an object that are not local; raises `FormatError` where they cannot be read."""
    columns = facts.elf.global_columns() if facts.has_native_symbols else _of_other(facts)
    names, bindings, types, visibilities, places, sizes, _ = columns
    count = len(names)
    all_names = "".join(names)
    texts = names if all_names.isascii() else [storable(name) for name in names]
    versions: list[str | None] = [None] * count
    defaults: list[bool | None] = [None] * count
    if facts.is_elf and "@" in all_names:
        texts = list(texts)
        for at, name in enumerate(names):
            if "@" in name:
                texts[at], version, is_default = SymbolName.parse(texts[at])
                versions[at], defaults[at] = version, None if version is None else is_default
    return SymbolColumns(
        *(texts, versions, defaults),
        [_PLACES[one] for one in places],
        [_BINDINGS[one] for one in bindings],
        [_VISIBILITIES[one] for one in visibilities],
        [_TYPES[one] for one in types],
        *(sizes, _references(facts, columns)),
    )


def _of_other(facts: ObjectFacts) -> GlobalColumns:
    """Return the symbols of what is not read as ELF."""
    symbols = facts.global_symbols
    if not symbols:
        return GlobalColumns((), (), (), (), (), (), ())
    names, bindings, types, visibilities, places, _, _, sizes, numbers = zip(*symbols, strict=True)
    return GlobalColumns(names, bindings, types, visibilities, places, sizes, numbers)


def _references(facts: ObjectFacts, columns: GlobalColumns) -> list[list[str] | None]:
    """Return how each undefined symbol is used; None for the others."""
    undefined = Place.UNDEFINED
    kinds: Mapping[str, frozenset[ReferenceKind]] = {}
    names, places = columns.names, columns.places
    if undefined not in places:
        return [None] * len(places)
    if facts.has_native_symbols:
        wanted = [
            (number, name, type_)
            for number, name, type_, place in zip(columns.numbers, names, columns.types, places, strict=True)
            if place is undefined
        ]
        try:
            kinds = kinds_of_symbols(facts.elf, wanted)
        except ArfixError:  # its relocations are damaged
            kinds = dict.fromkeys([name for _, name, _ in wanted], frozenset({ReferenceKind.UNKNOWN}))
    nothing = frozenset[ReferenceKind]()
    return [
        _words(kinds.get(name, nothing)) if place is undefined else None
        for name, place in zip(names, places, strict=True)
    ]


def _words(kinds: frozenset[ReferenceKind]) -> list[str]:
    found = _WORDS.get(kinds)
    if found is None:
        found = _WORDS[kinds] = sorted(kind.value for kind in kinds)
    return found
