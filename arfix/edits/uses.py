"""Who defines some symbols, and who needs them: the facts behind the proof of `strip` and the selectors by symbol.

The symbol index is not asked: it may be stale, and it never says who needs what. Every object is looked at instead,
and that is cheap because nearly all of them can be passed over: an object whose string table does not contain a name
cannot mention it.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from arfix.archive.source import forget_pages
from arfix.edits.index_state import WITHOUT_READER
from arfix.errors import ArfixError, UnsupportedError
from arfix.formats.constants import ELF_MAGIC, LTO_SLIM_SYMBOL
from arfix.formats.elf.symbols import read_definitions, read_references, read_symbols
from arfix.formats.model import OBJECT_CONTENTS, Binding
from arfix.symbols.name import satisfied_by
from arfix.symbols.search import NameSearch

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from arfix.archive.model import Archive
    from arfix.formats.model import Symbol

#: The symbol of slim LTO objects, whose own symbols stand elsewhere.
_LTO_MARKER = LTO_SLIM_SYMBOL[:-1].decode()
#: After how many bytes of members the memory of what was looked at is given back.
_WINDOW = 32 << 20


class Use(NamedTuple):
    """One member that defines or needs one symbol.

    Attributes:
        position: The member's position.
        name: The symbol, spelt as it was asked for.
        weak: Whether the reference is weak, so that no link fails without a definition; definitions are never marked.
        proven: False where the member's symbols cannot be read and its bytes merely contain the name.
    """

    position: int
    name: str
    weak: bool = False
    proven: bool = True


class Needers(NamedTuple):
    """Who needs some symbols.

    Attributes:
        uses: References, weak ones included, in member order.
        unreachable: Members whose bytes cannot be had at all (a file beside a thin archive is missing).
    """

    uses: tuple[Use, ...]
    unreachable: tuple[int, ...] = ()


def satisfied_names(definition: str) -> tuple[str, ...]:
    """Return the names by which a definition is asked for: `f@@V2` itself, `f@V2` and plain `f`."""
    return tuple(dict.fromkeys((definition, *reversed(satisfied_by(definition)))))


def definitions(archive: Archive, position: int) -> list[str]:
    """Return every name under which the member can satisfy a reference; empty for what is no object.

    Where the member's own symbols cannot be read, what the index says of it is taken.
    """
    names: Sequence[str]
    try:
        names = _defined_in(archive.members[position].data)
    except ArfixError:
        names = [name for name, defined_in in archive.index or () if defined_in == position]
    return list(dict.fromkeys(spelling for name in names for spelling in satisfied_names(name)))


def find_needers(archive: Archive, names: Collection[str], among: Iterable[int] | None = None) -> Needers:
    """Return who needs any of `names`, among the members at the positions `among` (all by default)."""
    wanted = NameSearch(names)
    members = archive.members
    found: list[Use] = []
    unreachable: list[int] = []
    looked_at = 0
    for position in range(len(members)) if among is None else among:
        try:
            view = members[position].content.view
        except ArfixError:
            unreachable.append(position)
            continue
        if wanted.may_be_in(view):
            found += _needs_of(position, view, wanted)
        looked_at += len(view)
        if looked_at > _WINDOW:
            forget_pages(view)
            looked_at = 0
    return Needers(tuple(found), tuple(unreachable))


def find_definers(archive: Archive, names: Collection[str], among: Iterable[int] | None = None) -> list[Use]:
    """Return who defines any of `names` (common and absolute symbols included), among the members at `among`.

    What cannot be read defines nothing.
    """
    wanted = NameSearch(names)
    members = archive.members
    found: list[Use] = []
    for position in range(len(members)) if among is None else among:
        with suppress(ArfixError):
            view = members[position].content.view
            if wanted.may_be_in(view):
                provided = {spelling for name in _defined_in(view) for spelling in satisfied_names(name)}
                found += [Use(position, name) for name in sorted(provided & wanted.names)]
    return found


def _defined_in(view: memoryview) -> Sequence[str]:
    """Return what an object defines. ELF is read without the module that reads everything, which costs a start."""
    if bytes(view[:4]) == ELF_MAGIC:
        names = read_definitions(view)
        if _LTO_MARKER not in names:
            return names
    return [symbol.name for symbol in _foreign_symbols(view) if symbol.is_defined]


def _needs_of(position: int, view: memoryview, wanted: NameSearch) -> list[Use]:
    """Return what one member needs of the names; what its bytes contain where its symbols cannot be read."""
    is_elf = bytes(view[:4]) == ELF_MAGIC
    try:
        references = read_references(view) if is_elf else ()
        if references and wanted.names.isdisjoint(references):
            return []
        symbols = read_symbols(view, only_globals=True) if references else _foreign_symbols(view)
    except ArfixError:
        data = bytes(view)
        return [Use(position, name, proven=False) for name, raw in wanted.raw.items() if raw in data]
    return [
        Use(position, symbol.name, weak=symbol.binding is Binding.WEAK)
        for symbol in symbols
        if not symbol.is_defined and symbol.name in wanted.names
    ]


def _foreign_symbols(view: memoryview) -> Sequence[Symbol]:
    """Return the symbols of an object that is not ELF, or a slim LTO one; none for what is no object at all.

    Raises:
        ArfixError: It is an object, and its symbols cannot be read.
    """
    from arfix.formats.inspect import inspect_object  # noqa: PLC0415 (start-up)

    facts = inspect_object(view)
    if facts.content not in OBJECT_CONTENTS:
        return ()
    if facts.content in WITHOUT_READER:
        raise UnsupportedError("an object without symbols that arfix can read")
    return facts.global_symbols
