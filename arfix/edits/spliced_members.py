"""The members of a nested archive that replace it, and the symbols that then clash."""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from arfix.archive.header import new_header
from arfix.errors import ArfixError, EditError
from arfix.symbols.definitions import pulled_in, read_member_symbols, strong_clashes

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from arfix.archive.model import Member
    from arfix.errors import Where


class SplicedMember(NamedTuple):
    """A member of a nested archive: as it is stored in the outer archive, and where it comes from."""

    member: Member
    origin: str


class SymbolClash(NamedTuple):
    """A strong symbol that two members of the result define, which a whole-archive link refuses."""

    symbol: str
    first: str
    second: str


@dataclass(frozen=True, slots=True)
class ResultMember:
    """A member of the result, and its label; `added` if it was not in the archive before."""

    member: Member
    written: str
    added: bool


def as_new_member(inner: Member, outer: Member, where: Where, *, into_thin: bool) -> Member:
    """Return a member of a nested archive as a member of the outer archive.

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


class PresentMembers:
    """The members of a result so far. Members that share only the name are different members.

    Args:
        members: The members that are present from the start.
    """

    def __init__(self, members: Iterable[Member]) -> None:
        self._alike: dict[tuple[str, int], _HashedMembers] = {}
        for member in members:
            self.add(member)

    def add(self, member: Member) -> bool:
        """Add a member, unless one of the same name has the same bytes; return whether it was added."""
        return self._alike.setdefault((member.name, member.size), _HashedMembers()).add(member)


class _HashedMembers:
    """Members of one name and size, hashed from the second on; comparing all pairs would be quadratic."""

    def __init__(self) -> None:
        self._first: Member | None = None
        self._digests: set[bytes] = set()

    def add(self, member: Member) -> bool:
        """Add a member; return whether its bytes are new. A member that cannot be read always counts as new."""
        if self._first is None:
            self._first = member
            return True
        if not self._digests:
            self._digests.add(_digest(self._first))
        digest = _digest(member)
        if digest and digest in self._digests:
            return False
        self._digests.add(digest)
        return True


def _digest(member: Member) -> bytes:
    """Return the hash of the member's bytes; empty if they cannot be read."""
    try:
        return sha256(member.data).digest()
    except ArfixError:
        return b""


def needed_candidates(own: Iterable[Member], candidates: Sequence[SplicedMember]) -> list[SplicedMember]:
    """Return the candidates that a linker would take on demand for the archive's own objects.

    As with archives in a group: the first that defines a missing symbol is taken, and weak references take nothing.
    """
    taken = pulled_in(
        map(read_member_symbols, own), [read_member_symbols(candidate.member) for candidate in candidates]
    )
    return [candidate for number, candidate in enumerate(candidates) if number in taken]


def find_clashes(members: Sequence[ResultMember]) -> list[SymbolClash]:
    """Return the strong symbols that an added member and another one both define, each pair once."""
    definers = strong_clashes(enumerate(read_member_symbols(named.member) for named in members))
    return [
        SymbolClash(symbol, members[first].written, members[other].written)
        for symbol, (first, *others) in definers.items()
        for other in others
        if members[first].added or members[other].added
    ]
