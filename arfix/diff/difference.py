"""The result of a comparison of two archives: plain values, for reports and for other tools."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from arfix.short_repr import short_repr

if TYPE_CHECKING:
    from arfix.diff.shape import Definition, DiffAspect


class ChangeKind(Enum):
    """The kind of a change. The value is the word in text and JSON."""

    ADDED = "added"
    REMOVED = "removed"
    RENAMED = "renamed"
    CHANGED = "changed"


class Side(NamedTuple):
    """A symbol in one of the archives: the member that defines it, as it is written, and the definition."""

    member: str
    definition: Definition


@dataclass(frozen=True, slots=True)
class SymbolChange:
    """The change of one symbol.

    Attributes:
        change: Added, removed or changed.
        name: The symbol's.
        old: Before; None for one that was added.
        new: After; None for one that was removed.
        aspects: The differences; empty for an added or removed symbol.
    """

    change: ChangeKind
    name: str
    old: Side | None
    new: Side | None
    aspects: tuple[DiffAspect, ...] = ()


@dataclass(frozen=True, slots=True)
class MemberChange:
    """The change of one member.

    Attributes:
        change: Added, removed, renamed (and perhaps changed as well), or changed.
        old: The member before, as it is written (`x.o#2`, `n.a(x.o)`); None for one that was added.
        new: The member after; None for one that was removed.
        aspects: The differences.
        sections: Names of sections that differ.
        abi: Differences of its ABI: name, before, after.
        statics: Changes of its local functions and data.
        header: Fields of its header that differ (date, uid, gid, mode): name, before, after.
        moved: Its place in the order of members has changed.
    """

    change: ChangeKind
    old: str | None
    new: str | None
    aspects: tuple[DiffAspect, ...] = ()
    sections: tuple[str, ...] = ()
    abi: tuple[tuple[str, str, str], ...] = ()
    statics: tuple[SymbolChange, ...] = ()
    header: tuple[tuple[str, int, int], ...] = ()
    moved: bool = False


@dataclass(frozen=True, slots=True)
class Difference:
    """The differences between two archives.

    Attributes:
        members: Changes in the order of the old members, additions at the end.
        symbols: Changes by name.
        needs_added: Symbols that only the new archive needs from elsewhere.
        needs_removed: Symbols that only the old archive needs from elsewhere.
        kinds: The kind of the archive before and after, if it differs.
    """

    __repr__ = short_repr

    members: tuple[MemberChange, ...] = ()
    symbols: tuple[SymbolChange, ...] = ()
    needs_added: tuple[str, ...] = ()
    needs_removed: tuple[str, ...] = ()
    kinds: tuple[str, str] | None = None

    def __bool__(self) -> bool:
        """Whether there is any difference."""
        return bool(self.members or self.symbols or self.needs_added or self.needs_removed or self.kinds)
