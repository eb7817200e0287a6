"""Methods of `Archive` and `Member` that need to know what members contain.

The archive layer knows only the container. Its values import this module when one of these methods is called; that is
the only import of arfix that goes up, and the import contract names it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from arfix.archive.files import opener_beside
from arfix.archive.header import new_header
from arfix.archive.model import Archive, Index, Kind, Member
from arfix.arguments import choice_given, members_given, several_given, wrong_argument
from arfix.edits.apply import apply, carry_index
from arfix.edits.index import build_index
from arfix.edits.member_conversion import byte_order_of_index
from arfix.edits.nested_archives import open_nested, outermost
from arfix.edits.plan import Drop, Plan
from arfix.edits.select import MatchKind, select
from arfix.errors import ArfixError, EditError, UnsupportedError, Where
from arfix.formats.identify import identify
from arfix.formats.inspect import inspect_object
from arfix.formats.model import Content
from arfix.symbols.member_label import label_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from arfix.archive.oddity import Oddity
    from arfix.formats.model import Symbol

_ARCHIVES = frozenset({Content.ARCHIVE, Content.THIN_ARCHIVE})
_MEMORY = "<bytes>"
#: In a list of origins: a member that the archive did not have.
_NEW = -1


def symbols_of(member: Member) -> tuple[Symbol, ...]:
    """Return every symbol table entry of the member, local ones included."""
    try:
        return inspect_object(member.data).symbols
    except ArfixError as error:
        raise error.within(_place(member)) from error


def nested_in(member: Member) -> Archive | None:
    """Return the archive that the member is; None if it is something else."""
    if identify(member.data) not in _ARCHIVES:
        return None
    file = member.content.source.where.path
    around = Archive(Kind.GNU, (member,), None, where=_place(member, within=True))
    return open_nested(outermost(around, None if file == _MEMORY else opener_beside(file)), member).archive


def _place(member: Member, *, within: bool = False) -> Where:
    file = Where(member.content.source.where.path)
    return file if within else file.inside(member.name)


def member_called(archive: Archive, name: str) -> Member:
    """Return the member that a name or selector means."""
    if not isinstance(name, str):
        raise wrong_argument("name", name, "the name of a member", "archive.members[0] is the first member")
    (match,) = select(archive, [name]).matches
    if len(match.positions) > 1 and match.how is not MatchKind.NAME:
        found = ", ".join(archive.members[position].name for position in match.positions[:4])
        raise EditError(f'"{name}" means {len(match.positions)} members: {found}', where=archive.where)
    return archive.members[match.positions[0]]


def has_member(archive: Archive, wanted: object) -> bool:
    """Return whether a member is in the archive, or one is called so."""
    if isinstance(wanted, str):
        every = label_names(member.name for member in archive.members)
        return any(wanted in {label.name, label.selector, str(label)} for label in every)
    return isinstance(wanted, Member) and wanted in archive.members


def selectors_of(archive: Archive, wanted: Iterable[str | Member] | str | Member) -> tuple[str, ...]:
    """Return selectors for members that are given as selectors or as members of the archive.

    Raises:
        EditError: A member is not one of the archive's.
    """
    every: list[str | Member] = [wanted] if isinstance(wanted, (str, Member)) else _several(wanted)
    if all(isinstance(one, str) for one in every):
        return tuple(one for one in every if isinstance(one, str))
    positions = {id(member): position for position, member in enumerate(archive.members)}
    labels = label_names(member.name for member in archive.members)
    found = []
    for one in every:
        if isinstance(one, str):
            found.append(one)
        elif (position := positions.get(id(one))) is not None or (position := _position_of(archive, one)) is not None:
            found.append(labels[position].selector)
        else:
            raise EditError(f"{one.name} is no member of this archive", where=archive.where)
    return tuple(found)


def _several(wanted: Iterable[str | Member]) -> list[str | Member]:
    expected = "names or other selectors, or arfix.Members"
    every = several_given(wanted, "members", expected)
    found = [one for one in every if isinstance(one, (str, Member))]
    if len(found) != len(every):
        wrong = next(one for one in every if not isinstance(one, (str, Member)))
        raise wrong_argument("members", wrong, expected)
    return found


def _position_of(archive: Archive, wanted: Member) -> int | None:
    """Return the position of a member with the same name, attributes and bytes."""
    return next((position for position, member in enumerate(archive.members) if member == wanted), None)


def without(archive: Archive, wanted: Sequence[str | Member]) -> Archive:
    """Return the archive without these members, as `ar d` makes it: nothing is proved."""
    positions = select(archive, selectors_of(archive, wanted)).positions
    drops = tuple(Drop(position, archive.members[position].name, "") for position in positions)
    return apply(archive, Plan("", drops))


def with_members(archive: Archive, members: Iterable[Member]) -> Archive:
    """Return the archive with these members instead of its own; entries of members that it had are kept."""
    every = members_given(members)
    own = {id(member) for member in archive.members}
    every = tuple([member if id(member) in own else _ready(archive, member) for member in every])
    after = replace(archive, members=every, oddities=_lasting(archive))
    if archive.index is None:
        return replace(after, index=_new_index(archive.kind, every))
    return after


def _lasting(archive: Archive) -> tuple[Oddity, ...]:
    return tuple(oddity for oddity in archive.oddities if not oddity.kind.traits.mended_by_edit)


def _ready(archive: Archive, member: Member) -> Member:
    """Return a member from elsewhere for this archive."""
    if not archive.thin:
        return _plain(member)
    if member.thin_path is None:
        raise UnsupportedError(
            f"a thin archive holds no bytes of its members, so {member.name} cannot be put in here",
            where=archive.where,
            hint="Make a regular archive of it first: `arfix.convert(archive, arfix.Kind.GNU).apply(archive)`.",
        )
    return member


def _plain(member: Member) -> Member:
    """Return the member for any regular archive, with a header that every kind can have."""
    name = member.name
    if member.thin_path is not None and member.thin_origin is None:
        name = name.rpartition("/")[2]
    header = new_header(member.date, member.uid, member.gid, member.mode)
    return replace(member, name=name, header=header, header_offset=None, thin_path=None, thin_origin=None)


def new_archive(kind: Kind, members: Iterable[Member]) -> Archive:
    """Return an archive of that kind with these members and an index."""
    choice_given(kind, Kind, "kind")
    every = tuple([_plain(member) for member in members_given(members)])
    return Archive(kind, every, _new_index(kind, every), where=Where(_MEMORY))


def _new_index(kind: Kind, members: Sequence[Member]) -> Index | None:
    index = build_index(members, kind=kind)
    return None if index is None else replace(index, byte_order=byte_order_of_index(kind, members))


def _place_of(member: Member) -> tuple[int, int, int]:
    """Return what identifies the bytes of a member: a renamed member has the same."""
    source, offset, size = member.content
    return id(source), offset, size


def index_after(index: Index, before: Sequence[Member], members: Sequence[Member], kind: Kind) -> Index | None:
    """Return the index of `members`, given that of `before`.

    Entries of members that stay are kept, wherever they are now; those of new members are read from the objects. In a
    COFF library a name has one entry, so that all are read: the next definer takes the entry of a member that goes.
    """
    positions = {id(member): position for position, member in enumerate(before)}
    contents = {_place_of(member): position for position, member in reversed(list(enumerate(before)))}
    origins: list[int] = []
    taken: set[int] = set()
    for member in members:
        origin = positions.get(id(member))
        if origin is None:
            origin = contents.get(_place_of(member), _NEW)
        if origin in taken:  # a member that is there twice: its entries are read again
            origin = _NEW
        origins.append(origin)
        taken.add(origin)
        taken.discard(_NEW)
    if kind is Kind.COFF:
        return build_index(members, index, origins, kind=kind)
    return carry_index(index, members, origins)
