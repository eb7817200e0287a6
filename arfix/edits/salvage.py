"""Salvaging a damaged archive: its readable members as a new archive."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from arfix.archive.salvage import LostBytes
from arfix.edits.index import build_index, names_of
from arfix.edits.member_conversion import byte_order_of_index
from arfix.errors import ArfixError, EditError
from arfix.formats.inspect import inspect_object
from arfix.short_repr import short_repr
from arfix.symbols.member_label import labels

if TYPE_CHECKING:
    from arfix.archive.model import Archive, Member
    from arfix.archive.salvage import Salvaged


@dataclass(frozen=True, slots=True)
class Salvage:
    """What is kept of a damaged archive, and what is not.

    Attributes:
        archive: The archive to write: what was kept, with an index of it.
        lost: What could not be read, in file order.
        notes: What a person should know of members that were kept.
    """

    __repr__ = short_repr

    archive: Archive
    lost: tuple[LostBytes, ...]
    notes: tuple[str, ...]


def plan_salvage(salvaged: Salvaged) -> Salvage:
    """Return what to write of a damaged archive.

    A member in front of a lost stretch is kept only if its own tables lie inside it: its size may be wrong.

    Raises:
        EditError: Nothing could be read.
    """
    archive = salvaged.archive
    lost, notes, kept = list(salvaged.lost), [], []
    written = labels(archive)
    for position, member in enumerate(archive.members):
        fault = _fault(member)
        if fault and position in salvaged.doubtful:
            reason = f"its size does not lead to the next member, and {fault}"
            lost.append(LostBytes(member.header_offset or 0, member.size, reason, written[position]))
            continue
        kept.append(position)
        if fault:
            notes.append(f"{written[position]} is kept, but it is damaged inside: {fault}")
        elif position in salvaged.doubtful and not names_of(member):
            notes.append(f"{written[position]} is kept, but what follows it is damaged: its size may be wrong")
        if position in salvaged.renamed:
            notes.append(f"{written[position]} has a name made up here: its own was in the lost name table")
        if position in salvaged.repaired:
            notes.append(f"{written[position]} has a number too long for its header; its date, owner and mode are lost")
    if not kept:
        reason = lost[0].reason if lost else "it has no members"
        raise EditError(f"nothing can be salvaged: {reason}", where=archive.where)
    members = tuple([archive.members[position] for position in kept])
    index = build_index(members, kind=archive.kind)
    if index is not None:
        index = replace(index, byte_order=byte_order_of_index(archive.kind, members))
    after = replace(archive, members=members, index=index)
    return Salvage(after, tuple(sorted(lost, key=lambda one: one.offset)), tuple(notes))


def _fault(member: Member) -> str:
    """Return what is wrong inside an object; empty if nothing is."""
    try:
        facts = inspect_object(member.data)
        _ = facts.definitions
    except ArfixError as error:
        return error.message
    return ""
