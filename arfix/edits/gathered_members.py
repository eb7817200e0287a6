"""The members that an archive brings to another one: nested archives opened, thin members taken in.

What comes out never refers to another file and is never an archive itself.
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
from arfix.symbols.member_label import labels

if TYPE_CHECKING:
    from collections.abc import Iterator

    from arfix.archive.model import Member
    from arfix.edits.nested_archives import OpenArchive
    from arfix.errors import Where

_ARCHIVES = frozenset({Content.ARCHIVE, Content.THIN_ARCHIVE})


@dataclass(frozen=True, slots=True)
class GatheredMember:
    """One member on its way into another archive.

    Attributes:
        member: As it will stand there.
        content: What it is.
        origin: Where it comes from: `libffi.a(libposix.a(open.o))`.
        sources: Which of several inputs it stands in, from 0.
        entries: What an index lists for it; None where its symbols cannot be read and no index knows them.
    """

    member: Member
    content: Content
    origin: Where
    sources: frozenset[int]
    entries: tuple[str, ...] | None

    @property
    def symbols(self) -> int:
        """How many symbols it defines."""
        return len(self.entries or ())


class GatheredArchive(NamedTuple):
    """What one archive brings: its members, and the places of the archives that were opened inside it."""

    members: tuple[GatheredMember, ...]
    nested: tuple[Where, ...]


def gather(opened: OpenArchive, kind: Kind, source: int = 0) -> GatheredArchive:
    """Return what the archive brings to one of that kind, in order; a nested archive's members stand in its place.

    A member keeps its header where both kinds store names in one way; else it gets a new one with the same date, owner
    and mode.

    Raises:
        ArfixError: The bytes of a member cannot be had, or a nested archive cannot be opened (`open_nested`).
    """
    members: list[GatheredMember] = []
    nested: list[Where] = []
    _gather(opened, kind, source, members, nested)
    return GatheredArchive(tuple(members), tuple(nested))


def _gather(opened: OpenArchive, kind: Kind, source: int, members: list[GatheredMember], nested: list[Where]) -> None:
    archive = opened.archive
    known = entries_by_member(archive.index)
    for position, (member, written) in enumerate(_labelled(archive)):
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
    """Return an archive of the model's kind without members, to be filled and indexed; never a thin one.

    A model whose kind the linkers of its objects do not read gives a GNU archive.

    Raises:
        UnsupportedError: It is of a kind that arfix does not write.
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
