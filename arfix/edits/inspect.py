"""The content of an archive: every member and its type, with nested archives as a tree."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from arfix.archive.model import NO_MEMBER
from arfix.edits.nested_archives import open_nested
from arfix.errors import ArfixError
from arfix.formats.inspect import inspect_object
from arfix.formats.model import OBJECT_CONTENTS, Content, Machine
from arfix.short_repr import short_repr
from arfix.symbols.member_label import labels

if TYPE_CHECKING:
    from arfix.archive.model import Archive, Member
    from arfix.edits.nested_archives import OpenArchive
    from arfix.formats.inspect import ObjectFacts


@dataclass(frozen=True)
class InspectedMember:
    """A member and its main facts.

    Attributes:
        position: Its position in the archive, from 0: its identity, whatever order a list is sorted in.
        label: Its name, with `#2` where it is the second of that name.
        member: The member itself.
        content: Its content type; None if its bytes cannot be read.
        machine: Its machine; None if it does not say.
        defined: Number of non-local symbols it defines; None if they cannot be read.
        undefined: Number of undefined symbols; None if they cannot be read.
        nested: The content of a nested archive that can be read.
        problem: Why something about it could not be read.
    """

    __repr__ = short_repr

    position: int
    label: str
    member: Member
    content: Content | None
    machine: Machine | None = None
    defined: int | None = None
    undefined: int | None = None
    nested: Inspection | None = None
    problem: ArfixError | None = None

    @cached_property
    def facts(self) -> ObjectFacts:
        """All other facts of its bytes, read on demand."""
        return inspect_object(self.member.data, self.content)


@dataclass(frozen=True)
class Inspection:
    """One archive and its members in order."""

    __repr__ = short_repr

    archive: Archive
    members: tuple[InspectedMember, ...]

    @property
    def has_objects(self) -> bool:
        """Whether the archive should have an index."""
        return any(member.content in OBJECT_CONTENTS for member in self.members)

    @property
    def astray(self) -> int:
        """The number of index entries that point at no member."""
        return 0 if self.archive.index is None else self.archive.index.members.count(NO_MEMBER)


def inspect_archive(opened: OpenArchive) -> Inspection:
    """Return the content of the archive, nested archives included; problems are recorded on the member."""
    archive = opened.archive
    written = labels(archive)
    return Inspection(
        archive,
        tuple(
            [
                _inspect(opened, position, label, member)
                for position, (label, member) in enumerate(zip(written, archive.members, strict=True))
            ]
        ),
    )


def _inspect(opened: OpenArchive, position: int, label: str, member: Member) -> InspectedMember:
    try:
        view = member.data
    except ArfixError as error:
        return InspectedMember(position, label, member, None, problem=error)
    facts = inspect_object(view)
    content = facts.content
    try:
        if facts.is_elf:
            return InspectedMember(position, label, member, content, facts.machine, *facts.elf.count_symbols())
        if content in {Content.ARCHIVE, Content.THIN_ARCHIVE}:
            nested = inspect_archive(open_nested(opened, member, label))
            return InspectedMember(position, label, member, content, nested=nested)
        if content in OBJECT_CONTENTS:
            counts = len(facts.definitions), len(facts.references)
            return InspectedMember(
                position, label, member, content, facts.machine, *(counts if any(counts) else (None, None))
            )
    except ArfixError as error:
        return InspectedMember(position, label, member, content, problem=error)
    return InspectedMember(position, label, member, content)
