"""The smallest edits there are, without a planner: what the writer is tested with."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from arfix.archive.model import Archive


def rewritten(archive: Archive) -> Archive:
    """Return the same archive as if it had been edited: everything is rendered anew."""
    return replace(archive, source=None)


def without(archive: Archive, *dropped: int) -> Archive:
    """Return the archive without the members at these positions, index entries of the others carried over."""
    staying = [position for position in range(len(archive)) if position not in dropped]
    members = tuple(archive.members[position] for position in staying)
    index = archive.index
    if index is not None:
        moved = {old: new for new, old in enumerate(staying)}
        kept = [(name, moved[member]) for name, member in index if member in moved]
        index = replace(index, names=tuple(name for name, _ in kept), members=tuple(member for _, member in kept))
    return replace(archive, members=members, index=index, source=None)
