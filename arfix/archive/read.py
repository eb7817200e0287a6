"""Reads bytes into an `Archive`: the chain of headers, then special members, names and index.

Reading never copies member data. It takes every size and offset as a claim to check against what is there. Any bytes
give an `Archive` or an `ArfixError` that says where; what departs from the format but can be understood is kept as an
`Oddity`.

The stages, each in its own file: `scan.py` goes from header to header, `specials.py` sets the special members apart and
reads the index, and here the ordinary members get their names (`names.py` knows how these are stored).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.archive.format import (
    AIX_BIG_MAGIC,
    AIX_SMALL_MAGIC,
    BSD_LONG_NAME,
    MACHO_MAGICS,
    MAGIC,
    MAGIC_SIZE,
    THIN_MAGIC,
)
from arfix.archive.model import Archive, Kind, Member
from arfix.archive.names import (
    decode_bsd_name,
    decode_bsd_name_size,
    decode_long_name_reference,
    decode_name,
    decode_short_name,
    is_untidy_short_name,
    quote,
)
from arfix.archive.oddity import OddityKind
from arfix.archive.scan import ReadContext, scan_members
from arfix.archive.source import BytesSource, Extent, Source
from arfix.archive.specials import find_specials, is_special_name, read_index, read_name_table
from arfix.archive.thin import FileBeside, NestedArchives, unreachable
from arfix.arguments import bytes_given
from arfix.errors import ArfixError, FormatError, UnsupportedError, Where

if TYPE_CHECKING:
    from arfix.archive.model import OpenBeside
    from arfix.archive.names import LongName, NameTable
    from arfix.archive.scan import RawMember


#: How many characters the names of all members may have together: this many, and so many for each byte of the archive.
#: Only members that share a name in the name table can have more, and every report repeats names.
_LEAST_LIMIT, _NAMES_LIMIT = 1 << 20, 16

_DAMAGED_HINT = "The archive is damaged; get or build it again."


def read(data: bytes) -> Archive:
    """Return the archive in `data`.

    Members of a thin archive are listed, but their bytes cannot be reached from here: use `arfix.open`.

    Raises:
        FormatError: The bytes are no archive, or a damaged one.
        UnsupportedError: They are an archive of a kind that arfix does not read.
    """
    where = Where("<bytes>")
    return read_archive(BytesSource(where, bytes_given(data, "data").toreadonly()), where)


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
    try:
        if magic in {MAGIC, THIN_MAGIC}:
            return _read_common(ReadContext(extent, view, where, magic == THIN_MAGIC, []), open_beside)
        if magic in {AIX_BIG_MAGIC, AIX_SMALL_MAGIC}:
            from arfix.archive.aix import read_aix  # noqa: PLC0415 (rare: not paid for at start)

            return read_aix(extent, where)
    except FormatError as error:
        error.hint = error.hint or _DAMAGED_HINT
        raise
    from arfix.archive.probe import error_for  # noqa: PLC0415 (for the message alone)

    raise error_for(view, where)


def _read_common(given: ReadContext, open_beside: OpenBeside | None) -> Archive:
    """Return an archive in the common format: everything but AIX."""
    specials = find_specials(given, scan_members(given))
    naming = MemberNamer(given, read_name_table(given, specials), open_beside)
    members = tuple([naming.member(slot) for slot in specials.ordinary])
    index = read_index(given, specials)
    return Archive(
        kind_of(given, specials.kind, members, has_bsd_names=naming.has_bsd_names),
        members,
        index,
        thin=given.thin,
        oddities=tuple(sorted(given.oddities, key=lambda oddity: oddity.where.offset or 0)),
        where=given.where,
        source=given.extent,
        extras=tuple([_special_member(given, slot) for slot in specials.maps]),
        has_name_table=specials.name_table is not None,
    )


def kind_of(given: ReadContext, told: Kind | None, members: tuple[Member, ...], *, has_bsd_names: bool) -> Kind:
    """Return the variant, which the index shows, or else the way names are stored.

    Without index and long names GNU and BSD look the same, and GNU is assumed, as GNU ar and LLVM do. A Darwin archive
    without `SORTED` and `_64` differs from a BSD one in alignment alone, which need not show: the first member's magic
    decides, as in llvm-ar.
    """
    if told is None:
        told = Kind.BSD if has_bsd_names else Kind.GNU
    if told is Kind.BSD and members and not given.thin and bytes(members[0].data[:4]) in MACHO_MAGICS:
        return Kind.DARWIN
    return told


def _special_member(given: ReadContext, slot: RawMember) -> Member:
    """Return a member under the bare text of its name field."""
    return Member(decode_name(slot.name_field.rstrip(b" ")), slot.header, given.content(slot), slot.offset)


class MemberNamer:
    """Gives ordinary members their names. One for each archive; remembers whether BSD long names were met."""

    def __init__(self, given: ReadContext, table: NameTable | None, open_beside: OpenBeside | None) -> None:
        self.has_bsd_names = False
        self._long_names = 0
        self._given = given
        self._table = table
        self._open_beside = open_beside
        self._nested = NestedArchives(open_beside, read_archive)

    def member(self, slot: RawMember) -> Member:
        """Return the member in `slot`."""
        field = slot.name_field
        if field.startswith((b"/", b" ")):
            return self._long_named(slot)
        if field.startswith(BSD_LONG_NAME) and field.rstrip(b" ") != BSD_LONG_NAME:  # GNU's way to store the name `#1`
            return self._bsd_named(slot)
        return self._short_named(slot)

    def _short_named(self, slot: RawMember) -> Member:
        """Return a member whose name is in its header."""
        field = slot.name_field
        name = decode_short_name(field)
        if is_untidy_short_name(field) or field.startswith(b" "):
            message = f"name field is {quote(field)}; read as {quote(name)}"
            self._given.odd(OddityKind.NAME_FIELD, slot.offset, message)
        return self._finished(slot, decode_name(name), None)

    def _long_named(self, slot: RawMember) -> Member:
        """Return a member whose name is in the name table; or a special member behind ordinary ones."""
        field = slot.name_field
        reference = decode_long_name_reference(field)
        if reference is None and is_special_name(field.rstrip(b" ")):
            return _special_member(self._given, slot)
        if field.startswith(b" ") and (reference is None or self._table is None):
            return self._short_named(slot)
        name = None if reference is None or self._table is None else self._table.name_at(reference.offset)
        if reference is None or name is None:
            raise self._no_such_name(slot, reference)
        self._long_names += len(name)
        if self._long_names > _LEAST_LIMIT + _NAMES_LIMIT * self._given.extent.size:
            raise UnsupportedError(
                f"the names of its members take more than {_NAMES_LIMIT} times the bytes of the archive: thousands of "
                "members share a very long name",
                where=self._given.where.at(slot.offset),
            )
        return self._finished(slot, name, reference.origin)

    def _no_such_name(self, slot: RawMember, reference: LongName | None) -> FormatError:
        """Return the error for a name field that refers to nothing."""
        if reference is None:
            why = "not a name or an offset into the name table"
        elif self._table is None:
            why = "but the archive has no name table"
        else:
            why = f"but the name table has {len(self._table)} bytes"
        return FormatError(f"name field is {quote(slot.name_field)}, {why}", where=self._given.where.at(slot.offset))

    def _bsd_named(self, slot: RawMember) -> Member:
        """Return a member whose name is the start of its data."""
        self.has_bsd_names = True
        where = self._given.where.at(slot.offset)
        size = decode_bsd_name_size(slot.name_field, where)
        if self._given.thin:
            raise FormatError("a BSD name in a thin archive, where members have no data to hold it", where=where)
        if size > slot.size:
            raise FormatError(
                f"name of {size} bytes in a member of {slot.size}: #1/ counts the name in the size", where=where
            )
        name = decode_bsd_name(bytes(self._given.data(slot)[:size]))
        if not name:
            message = f"name field is {quote(slot.name_field)}, and the name is empty"
            self._given.odd(OddityKind.NAME_FIELD, slot.offset, message)
        return Member(decode_name(name), slot.header, self._given.content(slot, size), slot.offset)

    def _finished(self, slot: RawMember, name: str, origin: int | None) -> Member:
        """Return the member with its content: here, or in a thin archive in the file `name`."""
        if not self._given.thin:
            return Member(name, slot.header, self._given.content(slot), slot.offset)
        where = self._given.where.inside(name)
        if origin is None:
            content = Extent(FileBeside(where, name, slot.size, self._open_beside), 0, slot.size)
            return Member(name, slot.header, content, slot.offset, thin_path=name)
        try:
            inner = self._nested.member_at(name, origin, where)
        except ArfixError as error:
            content = unreachable(where, error, slot.size)
            return Member(name, slot.header, content, slot.offset, thin_path=name, thin_origin=origin)
        return Member(inner.name, slot.header, inner.content, slot.offset, thin_path=name, thin_origin=origin)
