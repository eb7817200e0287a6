"""Which members a nested archive puts into the archive around it, and what they clash with there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from arfix.archive.header import new_header
from arfix.edits.clashes import strong_definers, symbols_of
from arfix.errors import ArfixError, EditError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from arfix.archive.model import Member
    from arfix.errors import Where


class Candidate(NamedTuple):
    """A member of a nested archive: the member as it is put into the archive around, and where it comes from."""

    member: Member
    origin: str


class Clash(NamedTuple):
    """A strong symbol that two members of the result define; a whole-archive link refuses it."""

    symbol: str
    first: str
    second: str


@dataclass(frozen=True, slots=True)
class Named:
    """A member and how it is written in messages; `added` for one that was not in the archive before."""

    member: Member
    written: str
    added: bool


def as_new_member(inner: Member, outer: Member, where: Where, *, into_thin: bool) -> Member:
    """Return a member of a nested archive as a member of the archive around it.

    Its header is a new one, deterministic, as `ar` writes when it adds a file. The path of a thin member is cut to its
    file name, and its bytes are taken in.

    Args:
        inner: The member of the nested archive.
        outer: The member that is the nested archive.
        where: The nested archive, for messages.
        into_thin: The archive around is thin: the new member refers to the file that `outer` refers to.

    Raises:
        EditError: A thin archive cannot refer to a member that is nested deeper.
    """
    name = inner.name.rpartition("/")[2] if inner.thin_path is not None else inner.name
    new = replace(inner, name=name, header=new_header(), header_offset=None, thin_path=None, thin_origin=None)
    if not into_thin:
        return new
    if outer.thin_path is None or outer.thin_origin is not None:
        raise EditError("a thin archive cannot refer to members of an archive inside an archive", where=where)
    return replace(new, thin_path=outer.thin_path, thin_origin=inner.header_offset)


def only_new(candidates: Iterable[Candidate], present: Sequence[Member]) -> tuple[list[Candidate], int]:
    """Return the candidates without those that are there already, and how many these were.

    A member is there already when one of the same name has the same bytes; of the same name alone, both are kept.
    """
    by_name: dict[str, list[Member]] = {}
    for member in present:
        by_name.setdefault(member.name, []).append(member)
    chosen = []
    identical = 0
    for candidate in candidates:
        same_name = by_name.setdefault(candidate.member.name, [])
        if any(_same_bytes(candidate.member, member) for member in same_name):
            identical += 1
            continue
        same_name.append(candidate.member)
        chosen.append(candidate)
    return chosen, identical


def _same_bytes(one: Member, other: Member) -> bool:
    if one.size != other.size:
        return False
    try:
        return bytes(one.data) == bytes(other.data)
    except ArfixError:
        return False


def needed_candidates(own: Iterable[Member], candidates: Sequence[Candidate]) -> list[Candidate]:
    """Return the candidates that a linker would take on demand: those the own objects need, and those these need.

    As with archives in a group: the first that defines a missing symbol is taken, and weak references take nothing.
    """
    tables = [symbols_of(candidate.member) for candidate in candidates]
    providers: dict[str, int] = {}
    for number, table in enumerate(tables):
        for name in (*table.strong, *table.weak, *table.common):
            providers.setdefault(name, number)
    defined: set[str] = set()
    wanted: list[str] = []
    for table in map(symbols_of, own):
        defined.update(table.strong, table.weak, table.common)
        wanted += table.undefined
    taken: set[int] = set()
    while wanted:
        name = wanted.pop()
        found = providers.get(name)
        if name in defined or found is None or found in taken:
            continue
        taken.add(found)
        table = tables[found]
        defined.update(table.strong, table.weak, table.common)
        wanted += table.undefined
    return [candidate for number, candidate in enumerate(candidates) if number in taken]


def find_clashes(members: Sequence[Named]) -> list[Clash]:
    """Return the strong symbols that an added member and another one both define, each pair once."""
    definers = strong_definers(enumerate(named.member for named in members))
    return [
        Clash(symbol, members[first].written, members[other].written)
        for symbol, (first, *others) in definers.items()
        for other in others
        if members[first].added or members[other].added
    ]
