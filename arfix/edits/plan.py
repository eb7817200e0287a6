"""Plans: the edits of one archive as values that can be printed, stored as JSON, and applied all or nothing.

Positions refer to the archive that the plan was made for; `apply` (`arfix/edits/apply.py`) refuses a plan whose member
names are no longer at those positions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from arfix.arguments import archive_given
from arfix.short_repr import short_repr

if TYPE_CHECKING:
    from arfix.archive.model import Archive, Kind, Member


@dataclass(frozen=True, slots=True)
class Drop:
    """Remove the member at `position`, called `name`."""

    __repr__ = short_repr

    position: int
    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Add:
    """Put `member` in front of the member now at `position` (`len(members)`: at the end).

    Several additions at one position keep the plan's order. `origin` says where the member comes from, in the project's
    spelling: `libffi.a(libposix.a(open.o))`. `entries` are the names that the index lists for it, where the planner
    knows them (the symbols of an object that arfix cannot read stand in the index of the archive it comes from); None
    if they are to be read from the object.
    """

    __repr__ = short_repr

    position: int
    member: Member
    origin: str
    reason: str
    entries: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Replace:
    """Give the member at `position`, called `name`, the bytes of `member`; its name and header attributes stay."""

    __repr__ = short_repr

    position: int
    name: str
    member: Member
    reason: str


@dataclass(frozen=True, slots=True)
class Reindex:
    """Rebuild the symbol index from the members' definitions instead of carrying entries over."""

    __repr__ = short_repr

    reason: str


@dataclass(frozen=True, slots=True)
class Rewrite:
    """Rewrite the container; the bytes of members stay.

    Attributes:
        kind: The variant to write.
        thin: Whether members are files beside the archive.
        reason: Why.
        zero_headers: Date, owner and group of every member become 0, the mode 644.
    """

    __repr__ = short_repr

    kind: Kind
    thin: bool
    reason: str
    zero_headers: bool = False


Edit = Drop | Add | Replace | Reindex | Rewrite


class DanglingReference(NamedTuple):
    """A reference of a remaining member to a symbol that only removed members define.

    Attributes:
        position: Position of the remaining member.
        member: Its label: `fmtmsg.o`, `x.o#2`.
        symbol: The symbol.
        providers: Labels of the removed members that define it.
        proven: False if the member's symbols cannot be read and its bytes merely contain the name.
    """

    position: int
    member: str
    symbol: str
    providers: tuple[str, ...]
    proven: bool = True

    def __repr__(self) -> str:
        """Return the fields on one line."""
        return short_repr(self)


@dataclass(frozen=True, slots=True)
class Plan:
    """Edits of one archive, with notes and warnings for the user.

    Attributes:
        archive: The archive's path as the user named it.
        edits: In no particular order, except `Add`s at one position.
        notes: Sentences to show even if all is well (which member a short name matched, ...).
        warnings: Sentences about what the edit loses or leaves behind.
        dangling: References to removed definitions, if the edit was forced; empty if the proof holds.
        proven: Whether no remaining member needs a removed definition; None if the plan removes no definition.
    """

    archive: str
    edits: tuple[Edit, ...] = ()
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    dangling: tuple[DanglingReference, ...] = ()
    proven: bool | None = None

    def __bool__(self) -> bool:
        """Whether the plan has any edits."""
        return bool(self.edits)

    def __repr__(self) -> str:
        """Return the archive and what is done to it, on one line."""
        return short_repr(self)

    def apply(self, archive: Archive) -> Archive:
        """Return the archive after every edit of the plan; the same archive if the plan is empty.

        Raises:
            EditError: The plan was made for another archive: a member is not at the position in the plan.
            UnsupportedError: The archive is thin, and a member would have bytes of its own.
        """
        from arfix.edits.apply import apply  # noqa: PLC0415 (imports this module)

        return apply(archive_given(archive), self)

    @property
    def drops(self) -> tuple[Drop, ...]:
        """The removals, in the plan's order."""
        return tuple(edit for edit in self.edits if isinstance(edit, Drop))

    @property
    def additions(self) -> tuple[Add, ...]:
        """The additions, in the plan's order."""
        return tuple(edit for edit in self.edits if isinstance(edit, Add))
