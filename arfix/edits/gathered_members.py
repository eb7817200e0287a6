"""The members of an archive prepared for another archive: nested archives opened, thin members read.

The result never refers to another file and contains no archive.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from arfix.archive.model import Archive, Index, Kind
from arfix.edits.index import entries_by_member, names_of
from arfix.edits.index_state import foreign_kind
from arfix.edits.member_conversion import as_member_of
from arfix.edits.nested_archives import open_nested
from arfix.errors import UnsupportedError
from arfix.formats.identify import identify
from arfix.formats.model import Content
from arfix.steps import steps
from arfix.symbols.member_label import labels

if TYPE_CHECKING:
    from collections.abc import Iterator

    from arfix.archive.model import Member
    from arfix.edits.nested_archives import OpenArchive
    from arfix.errors import Where

_ARCHIVES = frozenset({Content.ARCHIVE, Content.THIN_ARCHIVE})


@dataclass(frozen=True, slots=True)
class GatheredMember:
    """A member prepared for another archive.

    Attributes:
        member: The member as it will be stored.
        content: Its content type.
        origin: Where it comes from: `libffi.a(libposix.a(open.o))`.
        sources: The inputs that contain it, numbered from 0.
        entries: Its index entries; None if its symbols cannot be read and no index lists them.
    """

    member: Member
    content: Content
    origin: Where
    sources: frozenset[int]
    entries: tuple[str, ...] | None

    @property
    def symbols(self) -> int:
        """The number of symbols it defines."""
        return len(self.entries or ())


class GatheredArchive(NamedTuple):
    """The members of one archive, and the places of the nested archives that were opened."""

    members: tuple[GatheredMember, ...]
    nested: tuple[Where, ...]


def gather(opened: OpenArchive, kind: Kind, source: int = 0) -> GatheredArchive:
    """Return the members of the archive for one of that kind, in order; nested archives are replaced by their members.

    A member keeps its header if both kinds store names alike; otherwise it gets a new one with the same date, owner and
    mode.

    Raises:
        ArfixError: The bytes of a member cannot be read, or a nested archive cannot be opened (`open_nested`).
    """
    members: list[GatheredMember] = []
    nested: list[Where] = []
    _gather(opened, kind, source, members, nested)
    return GatheredArchive(tuple(members), tuple(nested))


def _gather(opened: OpenArchive, kind: Kind, source: int, members: list[GatheredMember], nested: list[Where]) -> None:
    archive = opened.archive
    known = entries_by_member(archive.index)
    named = steps("reading members", list(_labelled(archive)), lambda one: one[1])
    for position, (member, written) in enumerate(named):
        content = identify(member.data)
        if content in _ARCHIVES:
            inner = open_nested(opened, member, written)
            nested.append(inner.where)
            _gather(inner, kind, source, members, nested)
            continue
        entries = names_of(member)
        if entries is None:
            entries = known.get(position)
        taken = as_member_of(kind, archive, member)
        members.append(GatheredMember(taken, content, opened.where.inside(written), frozenset({source}), entries))


def _labelled(archive: Archive) -> Iterator[tuple[Member, str]]:
    return zip(archive.members, labels(archive), strict=True)


def empty_like(model: Archive, where: Where) -> Archive:
    """Return an empty regular archive of the model's kind, to be filled and indexed.

    The result is a GNU archive if the linkers of the model's objects do not read its kind.

    Raises:
        UnsupportedError: arfix does not write archives of its kind.
    """
    if model.kind in {Kind.AIX_BIG, Kind.AIX_SMALL}:
        raise UnsupportedError("arfix reads AIX archives but does not write them", where=model.where)
    kind = Kind.GNU if model.kind is Kind.GNU64 else model.kind  # the writer says when 64 bits are needed
    if foreign_kind(model):  # ELF objects in a BSD archive: GNU linkers would not read the result
        return Archive(Kind.GNU, (), Index((), (), byte_order="big"), where=where)
    if model.index is not None:
        index = replace(model.index, names=(), members=())
    else:
        index = Index((), (), byte_order="big" if kind in {Kind.GNU, Kind.COFF} else "little")
    return Archive(kind, (), index, where=where)
