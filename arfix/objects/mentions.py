"""Which of these objects need one of these names? The question behind the proof of `arfix strip`, made cheap.

Only the columns of each symbol table that tell undefined symbols, and their names, are read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from arfix.archive.source import forget_pages
from arfix.errors import ArfixError
from arfix.objects.identify import identify
from arfix.objects.inspect import ObjectFacts

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Set as AbstractSet

#: After how many bytes of objects the pages looked at are given back.
_WINDOW: Final = 16 << 20


def mentions(view: memoryview, names: AbstractSet[str]) -> bool:
    """Return whether the object in `view` has a non-local undefined symbol, weak or not, that is one of `names`.

    Raises `FormatError` when its symbols cannot be read.
    """
    return not names.isdisjoint(ObjectFacts(view, identify(view)).references)


class Mentions(NamedTuple):
    """Positions of the objects that need a name, and of those whose symbols could not be read, with the reason."""

    found: tuple[int, ...]
    unreadable: tuple[tuple[int, ArfixError], ...]


def find_mentions(views: Iterable[memoryview], names: AbstractSet[str]) -> Mentions:
    """Return which of `views` need one of `names`; memory stays bounded over any number of mapped objects."""
    found: list[int] = []
    unreadable: list[tuple[int, ArfixError]] = []
    seen = 0
    for position, view in enumerate(views):
        try:
            if mentions(view, names):
                found.append(position)
        except ArfixError as error:
            unreadable.append((position, error))
        seen += len(view)
        if seen > _WINDOW:
            forget_pages(view)
            seen = 0
    return Mentions(tuple(found), tuple(unreadable))
