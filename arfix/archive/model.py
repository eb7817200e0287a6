"""The archive model: plain values, the same for every kind.

Order is the archive's own and duplicates are kept. A member's identity is its position in `Archive.members`, never
its name. Nothing here touches a disk, and nothing here knows what a member holds.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from itertools import compress
from typing import TYPE_CHECKING, Self

from arfix.archive.header import decode_attributes, new_header
from arfix.archive.source import Extent, Source, extent_of
from arfix.archive.stored_names import StoredNames
from arfix.errors import EditError, UnsupportedError, Where

if TYPE_CHECKING:
    from arfix.archive.oddity import Oddity
    from arfix.formats.model import Symbol


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

    def has_headers_of(self, other: Kind) -> bool:
        """Return whether members have the same headers in both kinds, which differ in the width of the index only."""
        return self.value.removesuffix("64") == other.value.removesuffix("64")


#: Characters of a name or place that a `repr` shows.
_REPR_NAME = 60

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

    def __post_init__(self) -> None:
        """Refuse names without members; `dataclasses.replace` must be given both."""
        if len(self.names) != len(self.members):
            raise EditError(f"the index has {len(self.names)} names and {len(self.members)} members")

    def __repr__(self) -> str:
        """Return the number of entries and what is unusual."""
        sorted_one = ", sorted by name" if self.sorted_by_name else ""
        return f"<Index: {len(self.names)} entries{sorted_one}, {self.byte_order}-endian>"

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

    def __post_init__(self) -> None:
        """Refuse another name for a file that a thin archive refers to: the path is the name."""
        if self.thin_path is not None and self.thin_origin is None and self.name != self.thin_path:
            raise EditError(
                f"a member of a thin archive is called as its file: {self.thin_path}, not {self.name}",
                hint="Replace `thin_path` as well, to refer to another file.",
            )

    @classmethod
    def new(  # noqa: PLR0913 (name, bytes, and the four attributes that a header has)
        cls,
        name: str,
        data: bytes | bytearray | memoryview,
        *,
        date: int | None = None,
        uid: int = 0,
        gid: int = 0,
        mode: int = 0o644,
    ) -> Self:
        """Return a new member, deterministic by default.

        Args:
            name: Its full name; any kind of archive stores long ones.
            data: Its bytes, which are copied unless they are `bytes`.
            date: Seconds since 1970; by default `SOURCE_DATE_EPOCH` of the environment, else 0.
            uid: Owner number.
            gid: Group number.
            mode: File mode bits.

        Raises:
            EditError: A value does not fit its header field, or the name is empty or holds a NUL or a newline.
        """
        if not name or "\0" in name or "\n" in name:
            raise EditError(f"{name!r} cannot be the name of a member", hint="Give a name without NUL and newline.")
        content = extent_of(data if isinstance(data, bytes) else bytes(data), Where("<bytes>"))
        return cls(name, new_header(date, uid, gid, mode), content)

    def __bytes__(self) -> bytes:
        """Return a copy of the payload; raises as `data` does."""
        return bytes(self.data)

    def __repr__(self) -> str:
        """Return name and size: `<Member 'x.o': 1,234 bytes>`."""
        name = self.name if len(self.name) <= _REPR_NAME else f"...{self.name[-_REPR_NAME:]}"
        return f"<Member {name!r}: {self.content.size:,} bytes>"

    @property
    def symbols(self) -> tuple[Symbol, ...]:
        """Every entry of the object's symbol table, local ones included; empty for what has no symbols.

        Raises `FormatError` for a damaged object. The object is read at each call.
        """
        from arfix.api.values import symbols_of  # noqa: PLC0415 (a higher layer, which reads objects)

        return symbols_of(self)

    @property
    def nested(self) -> Archive | None:
        """The archive that is stored as this member; None if the member is anything else.

        Raises `ArfixError` if it cannot be read. `arfix.walk` goes through nested archives at any depth.
        """
        from arfix.api.values import nested_in  # noqa: PLC0415 (a higher layer, which knows contents)

        return nested_in(self)

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

    def __reduce__(self) -> tuple[object, ...]:
        """Return what `pickle` keeps: the member with its own bytes."""
        from arfix.api.pickled import reduce_member  # noqa: PLC0415 (a higher layer, which opens files)

        return reduce_member(self)

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
        as_made: The parts when they last fitted each other, for `dataclasses.replace`.

    `dataclasses.replace(archive, members=...)` carries the index over: entries of members that stay are kept, those of
    new ones are read. A replaced `kind` or `thin` alone is refused, since the members' headers are of the old kind:
    use `arfix.convert`.
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
    as_made: tuple[object, ...] = field(default=(), compare=False, repr=False)

    def __post_init__(self) -> None:
        """Keep the index right where `dataclasses.replace` changed the members, and forget the unedited bytes."""
        if self.as_made:
            self._fit_parts()
        object.__setattr__(self, "as_made", self._parts)

    def _fit_parts(self) -> None:
        """Fit a copy with other parts: refuse a kind that the members have no headers of, renumber the index."""
        kind, members, index, thin, _ = self.as_made
        if all(one is other for one, other in zip(self._parts, self.as_made, strict=True)):
            return
        object.__setattr__(self, "source", None)
        if self.thin and any(member.thin_path is None for member in self.members):
            raise UnsupportedError(
                "a thin archive holds no bytes of its members, so every member must be a file (`thin_path`)",
                where=self.where,
                hint="Make a regular archive of it first: `arfix.convert(archive, arfix.Kind.GNU).apply(archive)`.",
            )
        if not isinstance(members, tuple) or self.members is members:
            if self.members and not (self.thin is thin and isinstance(kind, Kind) and self.kind.has_headers_of(kind)):
                raise EditError(
                    "the kind of an archive cannot be replaced alone: its members have headers of the old kind",
                    where=self.where,
                    hint="`arfix.convert(archive, kind).apply(archive)` converts them.",
                )
        elif self.index is not None and self.index is index:
            from arfix.api.values import index_after  # noqa: PLC0415 (a higher layer, which reads new objects)

            object.__setattr__(self, "index", index_after(self.index, members, self.members, self.kind))

    @classmethod
    def new(cls, kind: Kind, members: Iterable[Member] = (), /) -> Archive:
        """Return an archive of that kind with these members, in order, and an index of their symbols.

        Members of other archives may be among them: they keep name, date, owner, mode and bytes.

        Raises:
            ArfixError: The file of a thin member cannot be read.
        """
        from arfix.api.values import new_archive  # noqa: PLC0415 (a higher layer, which reads objects)

        return new_archive(kind, members)

    def __copy__(self) -> Self:
        """Return the archive itself, which never changes."""
        return self

    def __deepcopy__(self, memo: object) -> Self:
        """Return the archive itself, which never changes."""
        return self

    def __reduce__(self) -> tuple[object, ...]:
        """Return what `pickle` keeps: all bytes, so that the copy needs no file, except those of a thin archive."""
        from arfix.api.pickled import reduce_archive  # noqa: PLC0415 (a higher layer, which opens files)

        return reduce_archive(self)

    def without(self, *members: str | Member) -> Archive:
        """Return the archive without these members; nothing checks whether others need them, as with `ar d`.

        `arfix.strip` refuses to remove what is needed.

        Args:
            *members: Members of this archive, or selectors as for `arfix strip`: a name means every member of that
                name, `x.o#2` the second.

        Raises:
            EditError: A selector matches nothing.
        """
        from arfix.api.values import without  # noqa: PLC0415 (a higher layer, which knows selectors)

        return without(self, members)

    def with_members(self, members: Iterable[Member]) -> Archive:
        """Return the archive with these members in place of its own.

        `archive.with_members([*archive, arfix.Member.new("x.o", data)])` adds one at the end. Index entries of members
        that stay are kept, those of others are read from the objects. An archive with objects gets an index.

        Args:
            members: All members of the result, in order; those of other archives keep name, attributes and bytes.

        Raises:
            UnsupportedError: The archive is thin, and a member would have bytes of its own.
        """
        from arfix.api.values import with_members  # noqa: PLC0415 (a higher layer, which reads objects)

        return with_members(self, members)

    def __getitem__(self, name: str) -> Member:
        """Return the first member of that name; `x.o#2` is the second, `position:7` the eighth of all.

        Raises:
            NotFoundError: There is none; it is an `EditError` and a `KeyError`.
            EditError: Several members fit a glob or another selector.
        """
        from arfix.api.values import member_called  # noqa: PLC0415 (a higher layer, which knows selectors)

        return member_called(self, name)

    def __contains__(self, wanted: object) -> bool:
        """Return whether a member is in the archive, or one has that name (`x.o`, `x.o#2`)."""
        from arfix.api.values import has_member  # noqa: PLC0415 (a higher layer, which knows labels)

        return has_member(self, wanted)

    def __repr__(self) -> str:
        """Return place, kind and number of members: `<Archive 'libz.a': gnu, 15 members, 120 index entries>`."""
        place = str(self.where or "<bytes>")
        place = place if len(place) <= _REPR_NAME else f"...{place[-_REPR_NAME:]}"
        index = "no index" if self.index is None else _counted(len(self.index), "index entry", "index entries")
        thin = "thin " if self.thin else ""
        return f"<Archive {place!r}: {thin}{self.kind.value}, {_counted(len(self.members), 'member')}, {index}>"

    @property
    def _parts(self) -> tuple[object, ...]:
        return self.kind, self.members, self.index, self.thin, self.extras

    @property
    def is_unedited(self) -> bool:
        """Whether `source` holds the archive as it is."""
        return self.source is not None

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


def _counted(number: int, noun: str, plural: str | None = None) -> str:
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


#: Opens the file of a thin member, given its path as stored and its size as the archive gives it (None if it gives
#: none). Given to the reader by whoever may touch the disk.
OpenBeside = Callable[[str, int | None], Source]
