"""Searching an archive for the definitions of and references to a few symbols, as the proof of `strip` needs.

The symbol index is not used: it may be stale, and it does not record references. Every object is searched instead, and
`NameSearch` skips most of them.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from arfix.archive.source import forget_pages
from arfix.errors import ArfixError, UnsupportedError
from arfix.formats.elf.constants import LTO_SLIM_SYMBOL
from arfix.formats.elf.file import Elf
from arfix.formats.model import OBJECT_CONTENTS, UNREAD_CONTENTS, Binding
from arfix.symbols.name import spellings_of
from arfix.symbols.search import NameSearch

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from arfix.archive.model import Archive
    from arfix.archive.source import Extent
    from arfix.formats.model import Symbol

#: The symbol that marks slim LTO objects, whose own symbols are in the bytecode.
_LTO_MARKER = LTO_SLIM_SYMBOL[:-1].decode()
#: After this many bytes of members, the memory of those that have been searched is given back.
_WINDOW = 32 << 20


class Reference(NamedTuple):
    """One member's reference to one symbol.

    Attributes:
        position: The member's position in the archive.
        name: The symbol.
        is_weak: Whether the reference is weak, so that no link fails without a definition.
        is_proven: False if the member's symbols cannot be read and its bytes merely contain the name.
    """

    position: int
    name: str
    is_weak: bool = False
    is_proven: bool = True


class References(NamedTuple):
    """The references to some symbols.

    Attributes:
        found: In member order.
        unreachable: Members whose bytes cannot be read at all (a file beside a thin archive is missing).
    """

    found: tuple[Reference, ...]
    unreachable: tuple[int, ...] = ()


def definitions_of(archive: Archive, position: int) -> list[str]:
    """Return every spelling by which a reference can name a definition of the member; empty if it is not an object.

    If the member's symbols cannot be read, its entries in the index are used.
    """
    return all_definitions(archive, (position,))[position]


def all_definitions(archive: Archive, positions: Iterable[int]) -> dict[int, list[str]]:
    """Return what `definitions_of` gives for each of several members."""
    found: dict[int, list[str]] = {}
    indexed: dict[int, list[str]] | None = None
    for position in positions:
        names: Sequence[str]
        try:
            names = _defined_in(Elf(archive.members[position].data))
        except ArfixError:
            if indexed is None:  # read once, however many members are damaged
                indexed = {}
                for name, defined_in in archive.index or ():
                    indexed.setdefault(defined_in, []).append(name)
            names = indexed.get(position, ())
        found[position] = list(dict.fromkeys(spelling for name in names for spelling in spellings_of(name)))
    return found


def find_references(archive: Archive, names: Collection[str], among: Iterable[int] | None = None) -> References:
    """Return the references to any of `names`, in the members at the positions `among` (all by default)."""
    wanted = NameSearch(names)
    found: list[Reference] = []
    unreachable: list[int] = []
    for position, content in wanted.filter(_contents(archive, among, unreachable)):
        found += _references_in(position, Elf(content.view), wanted)
    return References(tuple(found), tuple(unreachable))


def _contents(archive: Archive, among: Iterable[int] | None, unreachable: list[int]) -> Iterator[tuple[int, Extent]]:
    """Yield position and bytes of each member; those whose bytes cannot be read go to `unreachable`."""
    looked_at = 0
    for position in range(len(archive.members)) if among is None else among:
        content = archive.members[position].content
        try:
            view = content.view
        except ArfixError:
            unreachable.append(position)
            continue
        yield position, content
        looked_at += content.size
        if looked_at > _WINDOW:
            forget_pages(view)
            looked_at = 0


def find_definers(archive: Archive, names: Collection[str], among: Iterable[int] | None = None) -> dict[str, list[int]]:
    """Return, for each of `names` that a member defines, the positions of those members, ascending.

    Common and absolute symbols are definitions too. A member that cannot be read defines nothing.

    Args:
        archive: The archive.
        names: The symbols.
        among: Positions of the members to search; None for all.
    """
    wanted = NameSearch(names)
    members = archive.members
    found: dict[str, list[int]] = {}
    for position in range(len(members)) if among is None else among:
        with suppress(ArfixError):
            elf = Elf(members[position].content.view)
            if wanted.may_be_in(elf):
                provided = {spelling for name in _defined_in(elf) for spelling in spellings_of(name)}
                for name in provided & wanted.names:
                    found.setdefault(name, []).append(position)
    return found


def _defined_in(elf: Elf) -> Sequence[str]:
    """Return the definitions of an object of any format; for ELF by `Elf`, since `formats.inspect` is slower."""
    if elf.has_magic:
        names = elf.definitions
        if _LTO_MARKER not in names:
            return names
    return [symbol.name for symbol in _foreign_symbols(elf.view) if symbol.is_defined]


def _references_in(position: int, elf: Elf, wanted: NameSearch) -> list[Reference]:
    """Return one member's references to the names; if its symbols are unreadable, the names in its bytes."""
    try:
        references = elf.references if elf.has_magic else []
        if references and wanted.names.isdisjoint(references):
            return []
        symbols = elf.global_symbols if references else _foreign_symbols(elf.view)
    except ArfixError:
        return [Reference(position, name, is_proven=False) for name in wanted.names_in(bytes(elf.view))]
    return [
        Reference(position, symbol.name, is_weak=symbol.binding is Binding.WEAK)
        for symbol in symbols
        if not symbol.is_defined and symbol.name in wanted.names
    ]


def _foreign_symbols(view: memoryview) -> Sequence[Symbol]:
    """Return the symbols of an object that is not ELF, or of a slim LTO object; none if it is not an object.

    Raises:
        ArfixError: It is an object, and its symbols cannot be read.
    """
    from arfix.formats.inspect import inspect_object  # noqa: PLC0415 (start-up)

    facts = inspect_object(view)
    if facts.content not in OBJECT_CONTENTS:
        return ()
    if facts.content in UNREAD_CONTENTS:
        raise UnsupportedError("an object without symbols that arfix can read")
    return facts.global_symbols
