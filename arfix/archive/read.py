"""Bytes to an `Archive`: the chain of headers, then special members, names and index.

Reading never copies member data. It takes every size and offset as a claim to check against what is there. Any bytes
give an `Archive` or an `ArfixError` that says where; what departs from the format but can be understood is kept as an
`Oddity`.

Special members stand in front of the ordinary ones: the symbol index first, then (COFF) its second form, the name table
and opaque maps. GNU and LLVM look for them nowhere else. So a `/` further back is an ordinary member here too, since
every linker takes it as one, and an oddity says so; only a late name table is used, as no other reading of the names is
left.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from arfix.archive.format import (
    AIX_BIG_MAGIC,
    AIX_SMALL_MAGIC,
    BSD_INDEX_NAME,
    BSD_LONG_NAME,
    COFF_OPAQUE_NAMES,
    DARWIN64_INDEX_NAME,
    DARWIN64_SORTED_INDEX_NAME,
    DARWIN_SORTED_INDEX_NAME,
    GNU64_INDEX_NAME,
    GNU_INDEX_NAME,
    HEADER_SIZE,
    MACHO_MAGICS,
    MAGIC,
    MAGIC_SIZE,
    NAME_TABLE_NAME,
    OLD_NAME_TABLE_NAME,
    SOM_INDEX_MAGICS,
    THIN_MAGIC,
)
from arfix.archive.index import IndexTable, index_of
from arfix.archive.index_bsd import decode_bsd_index
from arfix.archive.index_coff import decode_second_linker_member
from arfix.archive.index_gnu import decode_gnu_index
from arfix.archive.model import Archive, Index, Kind, Member, Oddity, OddityKind
from arfix.archive.names import (
    LongName,
    NameTable,
    decode_bsd_name,
    decode_bsd_name_size,
    decode_long_name_reference,
    decode_name,
    decode_short_name,
    is_untidy_short_name,
    quote,
)
from arfix.archive.scan import Slot, scan_members
from arfix.archive.source import BytesSource, Extent, Source
from arfix.archive.thin import FileBeside, NestedArchives, unreachable
from arfix.errors import ArfixError, FormatError, UnsupportedError, Where

if TYPE_CHECKING:
    from arfix.archive.model import OpenBeside

#: Names of the BSD and Darwin index: bytes in a number, and whether the entries are sorted.
_BSD_INDEXES = {
    BSD_INDEX_NAME: (4, False),
    DARWIN_SORTED_INDEX_NAME: (4, True),
    DARWIN64_INDEX_NAME: (8, False),
    DARWIN64_SORTED_INDEX_NAME: (8, True),
}
_NAME_TABLES = frozenset({NAME_TABLE_NAME, OLD_NAME_TABLE_NAME})


def read(data: bytes) -> Archive:
    """Return the archive in `data`.

    Members of a thin archive are listed, but their bytes cannot be reached from here: use `arfix.open`.

    Raises:
        FormatError: The bytes are no archive, or a damaged one.
        UnsupportedError: They are an archive of a kind that arfix does not read.
    """
    where = Where("<bytes>")
    return read_archive(BytesSource(where, memoryview(data).toreadonly()), where)


def read_archive(source: Source | Extent, where: Where, *, open_beside: OpenBeside | None = None) -> Archive:
    """Return the archive that fills `source`.

    Args:
        source: A whole file, or for a nested archive the stretch of it that a member is.
        where: What to call it in messages.
        open_beside: Opens the files of thin members by the path as stored. It must refuse anything but regular files.

    Raises:
        FormatError: The bytes are no archive, or a damaged one.
        UnsupportedError: They are an archive of a kind that arfix does not read.
    """
    extent = source if isinstance(source, Extent) else Extent(source, 0, len(source.view))
    view = extent.view
    magic = bytes(view[:MAGIC_SIZE])
    if magic in {MAGIC, THIN_MAGIC}:
        return _Reader(extent, view, where, open_beside, thin=magic == THIN_MAGIC).read()
    if magic in {AIX_BIG_MAGIC, AIX_SMALL_MAGIC}:
        from arfix.archive.aix import read_aix  # noqa: PLC0415 (rare: not paid for at start)

        return read_aix(extent, where)
    from arfix.archive.probe import error_for  # noqa: PLC0415 (for the message alone)

    raise error_for(view, where)


@dataclass(slots=True)
class _Specials:
    """The special members, and the ordinary ones that follow them."""

    index: Slot | None = None
    second_index: IndexTable | None = None
    name_table: Slot | None = None
    extras: list[Slot] = field(default_factory=list)
    ordinary: list[Slot] = field(default_factory=list)


class _Reader:
    """Reads one archive in the common format; a method a stage."""

    def __init__(
        self, extent: Extent, view: memoryview, where: Where, open_beside: OpenBeside | None, *, thin: bool
    ) -> None:
        self.extent = extent
        self.view = view
        self.where = where
        self.open_beside = open_beside
        self.thin = thin
        self.oddities: list[Oddity] = []
        self.nested = NestedArchives(open_beside)
        self.has_bsd_names = False

    def read(self) -> Archive:
        """Return the archive."""
        slots = scan_members(self.view, self.where, self.oddities, thin=self.thin)
        specials = self._sort_out(slots)
        table = self._name_table(specials)
        members = tuple([self._member(slot, table) for slot in specials.ordinary])
        kind = self._kind(specials, members)
        return Archive(
            kind,
            members,
            self._index(specials, kind),
            thin=self.thin,
            oddities=tuple(sorted(self.oddities, key=lambda oddity: oddity.where.offset or 0)),
            where=self.where,
            source=self.extent,
            extras=tuple([self._plain_member(slot) for slot in specials.extras]),
            has_name_table=specials.name_table is not None,
        )

    # --- special members ----------------------------------------------------------------------------------------------

    def _sort_out(self, slots: list[Slot]) -> _Specials:
        """Return the special members at the front, apart from the rest."""
        specials = _Specials()
        for position, slot in enumerate(slots):
            name = slot.name_field.rstrip(b" ")
            if name in {GNU_INDEX_NAME, GNU64_INDEX_NAME} or (position == 0 and self._bsd_index_name(slot)):
                self._note_index(specials, slot, name)
            elif name in _NAME_TABLES and specials.name_table is None:
                specials.name_table = slot
            elif name.startswith(b"/<") and name.endswith(b">/"):
                self._note_extra(slot, name)
                specials.extras.append(slot)
            else:
                specials.ordinary = slots[position:]
                break
        return specials

    def _note_index(self, specials: _Specials, slot: Slot, name: bytes) -> None:
        """Keep an index; two `/` members are a COFF library if the second has that layout."""
        if specials.index is None:
            specials.index = slot
            return
        first = specials.index.name_field.rstrip(b" ")
        if name == first == GNU_INDEX_NAME and specials.second_index is None:
            specials.second_index = self._second_linker_member(slot)
            if specials.second_index is not None:
                return
        self._odd(OddityKind.DUPLICATE_INDEX, slot.offset, f"another symbol index, {quote(name)}; the first one counts")

    def _second_linker_member(self, slot: Slot) -> IndexTable | None:
        """Return the entries of a second `/` member; None when it has not the layout of COFF."""
        try:
            return decode_second_linker_member(self._data(slot), self.where.at(slot.data_offset))
        except FormatError:
            return None

    def _note_extra(self, slot: Slot, name: bytes) -> None:
        if name not in COFF_OPAQUE_NAMES:
            message = f"special member {quote(name)} is not one that arfix knows; it is carried along"
            self._odd(OddityKind.UNKNOWN_SPECIAL_MEMBER, slot.offset, message)

    def _bsd_index_name(self, slot: Slot) -> bytes:
        """Return the name of a BSD or Darwin index, short or long; empty when the member is none."""
        field = slot.name_field
        if field.startswith(BSD_LONG_NAME):
            digits = field[len(BSD_LONG_NAME) :].rstrip(b" ")
            size = min(int(digits), slot.size) if digits.isdigit() else 0
            name = decode_bsd_name(bytes(self.view[slot.data_offset : slot.data_offset + min(size, 64)]))
        else:
            name = field.rstrip(b" ").removesuffix(b"/")
        return name if name in _BSD_INDEXES else b""

    def _name_table(self, specials: _Specials) -> NameTable | None:
        """Return the name table: the one in front, else the first `//` anywhere. It is no ordinary member."""
        ordinary = []
        for slot in specials.ordinary:
            field = slot.header[:2]
            if field == b"//" and slot.name_field.rstrip(b" ") == NAME_TABLE_NAME:
                if specials.name_table is not None:
                    message = "another name table; the first one counts, and linkers take this one as a member"
                    self._odd(OddityKind.DUPLICATE_NAME_TABLE, slot.offset, message)
                else:
                    specials.name_table = slot
                    message = "the name table stands behind members; GNU and LLVM look for it only in front"
                    self._odd(OddityKind.LATE_SPECIAL_MEMBER, slot.offset, message)
                    continue
            ordinary.append(slot)
        specials.ordinary = ordinary
        slot_ = specials.name_table
        return None if slot_ is None else NameTable(bytes(self._data(slot_)), self.where, slot_.data_offset)

    # --- members ------------------------------------------------------------------------------------------------------

    def _member(self, slot: Slot, table: NameTable | None) -> Member:
        """Return an ordinary member, its name resolved."""
        field = slot.header[:16]
        if field.startswith((b"/", b" ")):
            return self._long_named_member(slot, table)
        if field.startswith(BSD_LONG_NAME):
            return self._bsd_member(slot)
        name = decode_short_name(field)
        if is_untidy_short_name(field):
            self._odd(OddityKind.NAME_FIELD, slot.offset, f"name field is {quote(field)}; read as {quote(name)}")
        if self.thin:
            return self._thin_member(slot, decode_name(name), None)
        content = Extent(self.extent.source, self.extent.offset + slot.offset + HEADER_SIZE, slot.size)
        return Member(decode_name(name), slot.header, content, slot.offset)

    def _plain_member(self, slot: Slot) -> Member:
        """Return a member under the bare text of its name field."""
        content = Extent(self.extent.source, self.extent.offset + slot.data_offset, slot.size)
        return Member(decode_name(slot.name_field.rstrip(b" ")), slot.header, content, slot.offset)

    def _long_named_member(self, slot: Slot, table: NameTable | None) -> Member:
        """Return a member whose name is in the name table, or a special member that stands behind ordinary ones."""
        field = slot.name_field
        name = field.rstrip(b" ")
        if name in {GNU_INDEX_NAME, GNU64_INDEX_NAME, NAME_TABLE_NAME} or name.startswith(b"/<"):
            if name != NAME_TABLE_NAME:
                message = f"special member {quote(name)} behind ordinary ones, where linkers take it as one of them"
                self._odd(OddityKind.LATE_SPECIAL_MEMBER, slot.offset, message)
            return self._plain_member(slot)
        if field.startswith(b" ") and (table is None or not name[1:].isdigit()):
            short = decode_short_name(field)
            self._odd(OddityKind.NAME_FIELD, slot.offset, f"name field is {quote(field)}; read as {quote(short)}")
            return Member(decode_name(short), slot.header, self._plain_member(slot).content, slot.offset)
        reference = decode_long_name_reference(field)
        path = None if reference is None or table is None else table.name_at(reference.offset)
        if reference is None or path is None:
            raise self._no_such_name(slot, reference, table)
        if self.thin:
            return self._thin_member(slot, path, reference.origin)
        content = Extent(self.extent.source, self.extent.offset + slot.data_offset, slot.size)
        return Member(path, slot.header, content, slot.offset)

    def _no_such_name(self, slot: Slot, reference: LongName | None, table: NameTable | None) -> FormatError:
        """Return the error for a name field that refers to nothing."""
        said = f"name field is {quote(slot.name_field)}"
        if reference is None:
            return FormatError(f"{said}, not a name or an offset into the name table", where=self.where.at(slot.offset))
        what = "the archive has no name table" if table is None else f"the name table has {len(table)} bytes"
        return FormatError(f"{said}, but {what}", where=self.where.at(slot.offset))

    def _bsd_member(self, slot: Slot) -> Member:
        """Return a member whose name is the start of its data."""
        self.has_bsd_names = True
        size = decode_bsd_name_size(slot.name_field, self.where.at(slot.offset))
        if size > slot.size:
            raise FormatError(
                f"name of {size} bytes in a member of {slot.size}: #1/ counts the name in the size",
                where=self.where.at(slot.offset),
            )
        name = decode_bsd_name(bytes(self.view[slot.data_offset : slot.data_offset + size]))
        if not name:
            self._odd(
                OddityKind.NAME_FIELD, slot.offset, f"name field is {quote(slot.name_field)}, and the name is empty"
            )
        content = Extent(self.extent.source, self.extent.offset + slot.data_offset + size, slot.size - size)
        return Member(decode_name(name), slot.header, content, slot.offset)

    def _thin_member(self, slot: Slot, path: str, origin: int | None) -> Member:
        """Return a member whose bytes are in the file `path`, or in the member at `origin` of the archive `path`."""
        where = self.where.inside(path)
        if origin is None:
            content = Extent(FileBeside(where, path, slot.size, self.open_beside), 0, slot.size)
            return Member(path, slot.header, content, slot.offset, thin_path=path)
        try:
            inner = self.nested.member_at(path, origin, where)
        except ArfixError as error:
            content = unreachable(where, error, slot.size)
            return Member(path, slot.header, content, slot.offset, thin_path=path, thin_origin=origin)
        return Member(inner.name, slot.header, inner.content, slot.offset, thin_path=path, thin_origin=origin)

    # --- kind and index -----------------------------------------------------------------------------------------------

    def _kind(self, specials: _Specials, members: tuple[Member, ...]) -> Kind:
        """Return the variant: the index decides, else the way names are stored.

        Without index and long names nothing tells GNU from BSD, and GNU is assumed, as GNU ar and LLVM do. A Darwin
        archive without `SORTED` and `_64` differs from a BSD one in alignment alone, which need not show: the first
        member's magic decides, as in llvm-ar.
        """
        if specials.index is None:
            if not self.has_bsd_names:
                return Kind.GNU
            return Kind.DARWIN if self._begins_with_macho(members) else Kind.BSD
        name = self._bsd_index_name(specials.index)
        if name in {DARWIN64_INDEX_NAME, DARWIN64_SORTED_INDEX_NAME}:
            return Kind.DARWIN64
        if name:
            is_darwin = name == DARWIN_SORTED_INDEX_NAME or self._begins_with_macho(members)
            return Kind.DARWIN if is_darwin else Kind.BSD
        if specials.second_index is not None:
            return Kind.COFF
        return Kind.GNU64 if specials.index.name_field.startswith(GNU64_INDEX_NAME) else Kind.GNU

    def _begins_with_macho(self, members: tuple[Member, ...]) -> bool:
        return not self.thin and bool(members) and bytes(members[0].data[:4]) in MACHO_MAGICS

    def _index(self, specials: _Specials, kind: Kind) -> Index | None:
        """Return the index; None where there is none, or none that can be read (an oddity says so)."""
        table = self._index_table(specials, kind)
        if table is None:
            return None
        positions = {slot.offset: position for position, slot in enumerate(specials.ordinary)}
        return index_of(table, positions, self.where, self.oddities)

    def _index_table(self, specials: _Specials, kind: Kind) -> IndexTable | None:
        slot = specials.index
        if slot is None:
            return None
        data, where = self._data(slot), self.where.at(slot.data_offset)
        try:
            match kind:
                case Kind.BSD | Kind.DARWIN | Kind.DARWIN64:
                    name_size = self._bsd_name_size(slot)
                    width, is_sorted = _BSD_INDEXES[self._bsd_index_name(slot)]
                    return decode_bsd_index(data[name_size:], where, width=width, sorted_by_name=is_sorted)
                case _:
                    table = decode_gnu_index(data, where, width=8 if kind is Kind.GNU64 else 4)
                    self._compare_linker_members(table, specials.second_index, slot.data_offset)
                    return table
        except FormatError as error:
            if bytes(data[:4]) in SOM_INDEX_MAGICS:
                raise UnsupportedError("an HP-UX SOM library, which arfix does not read", where=self.where) from error
            self._odd(OddityKind.BAD_INDEX, slot.data_offset, error.message)
            return specials.second_index

    def _compare_linker_members(self, first: IndexTable, second: IndexTable | None, offset: int) -> None:
        """Note it when the second linker member of a COFF library says something else than the first."""
        if second is None:
            return
        pairs = set(zip(first.names, first.offsets, strict=True))
        strays = [name for name in zip(second.names, second.offsets, strict=True) if name not in pairs]
        missing = set(first.names).difference(second.names)
        if strays or missing:
            name = min(missing, default="") or strays[0][0]
            message = (
                f"the two linker members disagree, first on {name!r}; the first one counts (link.exe reads the second)"
            )
            self._odd(OddityKind.BAD_INDEX, offset, message)

    def _bsd_name_size(self, slot: Slot) -> int:
        field = slot.name_field
        return decode_bsd_name_size(field, self.where) if field.startswith(BSD_LONG_NAME) else 0

    def _data(self, slot: Slot) -> memoryview:
        return self.view[slot.data_offset : slot.data_offset + slot.size]

    def _odd(self, kind: OddityKind, offset: int, message: str) -> None:
        self.oddities.append(Oddity(kind, self.where.at(offset), message))
