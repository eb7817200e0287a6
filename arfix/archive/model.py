"""The archive model: plain values, the same for every kind.

Order is the archive's own and duplicates are kept. A member's identity is its position in `Archive.members`, never
its name. Nothing here touches a disk, and nothing here knows what a member holds.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from itertools import compress
from typing import TYPE_CHECKING, Self

from arfix.archive.header import decode_attributes
from arfix.archive.source import Extent, Source
from arfix.archive.stored_names import StoredNames

if TYPE_CHECKING:
    from arfix.archive.oddity import Oddity
    from arfix.errors import Where


class Kind(Enum):
    """The variant of the container. The value is the word shown to people and in JSON."""

    GNU = "gnu"
    GNU64 = "gnu64"
    BSD = "bsd"
    DARWIN = "darwin"
    DARWIN64 = "darwin64"
    COFF = "coff"
    AIX_BIG = "aix-big"
    AIX_SMALL = "aix-small"


#: Entry of an `Index` whose offset is no member header of the archive.
NO_MEMBER = -1


@dataclass(frozen=True, slots=True)
class Index:
    """The symbol index (armap): two parallel sequences, in stored order, duplicates kept.

    Attributes:
        names: Symbol names, decoded as member names are: a tuple, or what compares as one (`StoredNames`).
        members: For each name, the position in `Archive.members` of the member said to define it; `NO_MEMBER` for an
            offset that is no member header, which proves the index stale.
        sorted_by_name: Darwin only: the index calls itself `SORTED`.
        byte_order: `big` or `little`: how its numbers are stored. GNU is always big; BSD and Darwin follow the target.
    """

    names: Sequence[str]
    members: tuple[int, ...]
    sorted_by_name: bool = False
    byte_order: str = "big"

    def __iter__(self) -> Iterator[tuple[str, int]]:
        """Yield `(symbol name, member position)` in stored order."""
        return zip(self.names, self.members, strict=True)

    def __len__(self) -> int:
        """Return the number of entries."""
        return len(self.names)

    def entries_of(self, names: Collection[str]) -> Iterator[tuple[str, int]]:
        """Yield `(symbol name, member position)` for each entry that has one of `names`, in any order."""
        if isinstance(self.names, StoredNames):
            for name, entry in self.names.find(names):
                yield name, self.members[entry]
            return
        wanted = frozenset(names)
        yield from compress(self, map(wanted.__contains__, self.names))


@dataclass(frozen=True, slots=True, eq=False)
class Member:
    """One member: a name, its header as stored, and where its bytes are.

    Attributes:
        name: The full name, long names resolved, terminators removed; UTF-8 with surrogateescape
            (`arfix/archive/names.py`). In a thin archive the path as stored; for an entry of a nested archive the name
            inside that, or if that cannot be read its path.
        header: The stored header, byte for byte (60 bytes; of an AIX header the fixed part, 112 or 88 bytes); `date`,
            `uid`, `gid` and `mode` are decoded from it on demand. A new member's header is made by
            `arfix.archive.header.new_header`.
        content: The place of the payload, without a BSD name prefix and padding. In a Darwin archive the stored size
            includes alignment bytes that only the object format can distinguish from payload, so they are part of it.
        header_offset: The offset of the header in the archive this was read from, in bytes; None for a new member.
        thin_path: For a member of a thin archive the path as stored, relative to the archive's directory; else None.
        thin_origin: For a thin entry of a nested archive, the offset of the header in the file `thin_path`; else None.
    """

    name: str
    header: bytes
    content: Extent
    header_offset: int | None = None
    thin_path: str | None = None
    thin_origin: int | None = None

    @property
    def data(self) -> memoryview:
        """The payload, as a read-only view. Opens the file of a thin member; raises `ArfixError` when that fails."""
        return self.content.view

    @property
    def size(self) -> int:
        """Payload size in bytes."""
        return self.content.size

    @property
    def date(self) -> int:
        """Modification time in seconds since 1970; 0 if the field is blank or unreadable (which is an oddity)."""
        return decode_attributes(self.header).date

    @property
    def uid(self) -> int:
        """Owner number, 0 when blank or unreadable."""
        return decode_attributes(self.header).uid

    @property
    def gid(self) -> int:
        """Group number, 0 when blank or unreadable."""
        return decode_attributes(self.header).gid

    @property
    def mode(self) -> int:
        """File mode bits, 0 when blank or unreadable."""
        return decode_attributes(self.header).mode

    def __eq__(self, other: object) -> bool:
        """Return whether name, attributes and payload are equal; where they are stored does not count."""
        if not isinstance(other, Member):
            return NotImplemented
        return self._identity() == other._identity() and self.data == other.data

    def __hash__(self) -> int:
        """Hash by name, attributes and size."""
        return hash(self._identity())

    def _identity(self) -> tuple[str, int, int, int, int, int]:
        return (self.name, self.date, self.uid, self.gid, self.mode, self.size)


@dataclass(frozen=True, slots=True)
class Archive:
    """An archive: its kind, its members in order, its index, and what was odd about it.

    Attributes:
        kind: The variant it was read as and is written as.
        members: Ordinary members in file order. Index and name table are not among them.
        index: The symbol index, or None when there is none.
        thin: True when member bytes live in files beside the archive.
        oddities: Survivable departures from the format.
        where: The archive's own place, for messages.
        source: The bytes it was read from, still unedited; None once edited. The writer copies `source` whole, so an
            unedited archive is written back byte for byte.
        extras: Opaque special members that are carried along (`/<ECSYMBOLS>/`, `/<XFGHASHMAP>/`, ...), in file order.
        has_name_table: A `//` member was present, even if no name needs it.
        as_read: The parts that `source` holds, so that a copy with other parts is not written as `source`.
    """

    kind: Kind
    members: tuple[Member, ...]
    index: Index | None
    thin: bool = False
    oddities: tuple[Oddity, ...] = field(default=(), compare=False)
    where: Where | None = field(default=None, compare=False)
    source: Extent | None = field(default=None, compare=False)
    extras: tuple[Member, ...] = ()
    has_name_table: bool = field(default=False, compare=False)
    as_read: tuple[object, ...] = field(default=(), compare=False, repr=False)

    def __post_init__(self) -> None:
        """Remember what was read together with `source`; `dataclasses.replace` hands it on."""
        if self.source is not None and not self.as_read:
            object.__setattr__(self, "as_read", self._parts)

    @property
    def _parts(self) -> tuple[object, ...]:
        return self.kind, self.members, self.index, self.thin, self.extras

    @property
    def is_unedited(self) -> bool:
        """Whether `source` holds the archive as it is."""
        return self.source is not None and all(
            one is other for one, other in zip(self._parts, self.as_read, strict=True)
        )

    def close(self) -> None:
        """Let go of the mapping and the files of thin members. Views on member data become invalid."""
        for source in {id(source): source for source in self._sources()}.values():
            source.close()

    def _sources(self) -> Iterator[Source]:
        if self.source is not None:
            yield self.source.source
        for member in (*self.members, *self.extras):
            yield member.content.source

    def __enter__(self) -> Self:
        """Return the archive; leaving the block closes it."""
        return self

    def __exit__(self, *exception: object) -> None:
        """Close the archive."""
        self.close()

    def __iter__(self) -> Iterator[Member]:
        """Yield the members in order."""
        return iter(self.members)

    def __len__(self) -> int:
        """Return the number of members."""
        return len(self.members)


#: Opens the file of a thin member, given its path as stored and its size as the archive gives it (None if it gives
#: none). Given to the reader by whoever may touch the disk.
OpenBeside = Callable[[str, int | None], Source]
