"""Converting members for another kind of archive: headers and names change, the bytes stay.

A Darwin archive's member size includes the padding that aligns the next member. That padding is kept, as with llvm-ar:
only the object format knows where the object ends.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from arfix.archive.format import DATE_FIELD, HEADER_SIZE, MODE_FIELD
from arfix.archive.header import new_header
from arfix.archive.model import Kind
from arfix.errors import ArfixError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from arfix.archive.model import Archive, Member
    from arfix.edits.plan import Rewrite

#: Kinds whose headers hold names in one way.
_NAMING = {
    Kind.GNU: "gnu",
    Kind.GNU64: "gnu",
    Kind.COFF: "gnu",
    Kind.BSD: "bsd",
    Kind.DARWIN: "darwin",
    Kind.DARWIN64: "darwin",
    Kind.AIX_BIG: "aix",
    Kind.AIX_SMALL: "aix",
}

#: Kinds that store the numbers of the index in the byte order of the target.
_TARGET_ORDER = frozenset({Kind.BSD, Kind.DARWIN, Kind.DARWIN64})

#: First bytes of big-endian Mach-O objects.
_BIG_MACHO = frozenset({b"\xfe\xed\xfa\xce", b"\xfe\xed\xfa\xcf"})

#: Date, owner, group and mode as `ar D` and llvm-ar write them.
DETERMINISTIC_FIELDS = b"0           0     0     644     "
_ATTRIBUTES = slice(DATE_FIELD.start, MODE_FIELD.stop)


def as_member_of(kind: Kind, archive: Archive, member: Member) -> Member:
    """Return the member for a regular archive of that kind; a thin member loses the folders of its path.

    It keeps its header where both kinds store names in one way; else it gets a new one with the same date, owner, group
    and mode.
    """
    if not archive.thin and _NAMING[kind] == _NAMING[archive.kind]:
        return member
    name = member.name
    if member.thin_path is not None and member.thin_origin is None:
        name = name.rpartition("/")[2]
    header = new_header(member.date, member.uid, member.gid, member.mode)
    return replace(member, name=name, header=header, header_offset=None, thin_path=None, thin_origin=None)


def recast(archive: Archive, rewrite: Rewrite) -> Archive:
    """Return the archive as `rewrite` wants it; its index is that of the members already.

    Raises:
        EditError: An attribute of a member does not fit the new header.
    """
    members = archive.members
    if archive.thin and not rewrite.thin:
        members = tuple([as_member_of(rewrite.kind, archive, member) for member in members])
    elif rewrite.thin and not archive.thin:
        members = tuple([_reference(archive, member) for member in members])
    elif rewrite.kind is not archive.kind:
        members = tuple([as_member_of(rewrite.kind, archive, member) for member in members])
    if rewrite.zero_headers:
        members = tuple([zeroed(member) for member in members])
    index = archive.index
    if index is not None and rewrite.kind is not archive.kind:
        index = replace(index, byte_order=byte_order_of_index(rewrite.kind, members))
    return replace(archive, kind=rewrite.kind, thin=rewrite.thin, members=members, index=index, source=None)


def zeroed(member: Member) -> Member:
    """Return the member with date, owner and group 0 and mode 644 in its header."""
    if len(member.header) != HEADER_SIZE:
        return member
    header = member.header
    return replace(member, header=header[: _ATTRIBUTES.start] + DETERMINISTIC_FIELDS + header[_ATTRIBUTES.stop :])


def is_zeroed(member: Member) -> bool:
    """Return whether the member's header has nothing of the machine that made it."""
    return member.header[_ATTRIBUTES] == DETERMINISTIC_FIELDS


def byte_order_of_index(kind: Kind, members: Iterable[Member]) -> str:
    """Return the byte order of the numbers in an index: the target's in BSD and Darwin archives, else big-endian."""
    if kind not in _TARGET_ORDER:
        return "big"
    for member in members:
        try:
            if bytes(member.data[:4]) in _BIG_MACHO:
                return "big"
        except ArfixError:
            continue
    return "little"


def _reference(archive: Archive, member: Member) -> Member:
    """Return the member as a thin archive beside `archive` names it: the archive's file and the header's offset."""
    path = archive.where.path if archive.where else ""
    file = path.replace("\\", "/").rpartition("/")[2]
    header = new_header(member.date, member.uid, member.gid, member.mode)
    return replace(member, header=header, header_offset=None, thin_path=file, thin_origin=member.header_offset)
