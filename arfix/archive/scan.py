"""Finds every member of an archive in the common format, special ones included, header by header.

There is no table of members in the common format. The first header follows the magic, and each next one follows the
data before it, at the next even offset. So the size fields are a chain, and one wrong size loses everything behind it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from arfix.archive.format import (
    COFF_MAP_START,
    DATE_FIELD,
    FMAG,
    FMAG_FIELD,
    GNU64_INDEX_NAME,
    GNU_INDEX_NAME,
    HEADER_SIZE,
    MAGIC_SIZE,
    MODE_FIELD,
    NAME_FIELD,
    NAME_TABLE_NAME,
    OLD_NAME_TABLE_NAME,
    PADDING,
    SIZE_FIELD,
)
from arfix.archive.header import (
    attribute_oddities,
    check_header_end,
    decode_size,
)
from arfix.archive.names import decode_name, decode_short_name, quote
from arfix.archive.oddity import Oddity, OddityKind
from arfix.archive.source import Extent
from arfix.errors import FormatError

if TYPE_CHECKING:
    from arfix.errors import Where

#: Members whose data a thin archive holds itself.
_STORED_IN_THIN = frozenset({GNU_INDEX_NAME, GNU64_INDEX_NAME, NAME_TABLE_NAME, OLD_NAME_TABLE_NAME})

#: Date, owner, group and mode as one stretch: it is the same in most members, and is looked at once.
_ATTRIBUTES_FIELD = slice(DATE_FIELD.start, MODE_FIELD.stop)


class RawMember(NamedTuple):
    """One member as the chain of headers gives it: nothing is decoded but its size.

    Attributes:
        header: The 60 bytes.
        offset: Where the header starts, in bytes from the start of the archive.
        size: The size field, in bytes. In a thin archive these bytes may be in another file.
    """

    header: bytes
    offset: int
    size: int

    @property
    def data_offset(self) -> int:
        """Where the data starts, in bytes from the start of the archive."""
        return self.offset + HEADER_SIZE

    @property
    def name_field(self) -> bytes:
        """The 16 bytes of the name field."""
        return self.header[NAME_FIELD]


class ReadContext(NamedTuple):
    """The archive that is being read: what every stage works on, and where it notes what is odd.

    Attributes:
        extent: The archive's bytes, magic included, in their source.
        view: The same bytes, as they are looked at; offsets into it are the archive's own.
        where: The archive, for messages.
        thin: Ordinary members have no data here.
        oddities: Grows from stage to stage.
    """

    extent: Extent
    view: memoryview
    where: Where
    thin: bool
    oddities: list[Oddity]

    def data(self, slot: RawMember) -> memoryview:
        """Return the data of a member that has it here."""
        return self.view[slot.data_offset : slot.data_offset + slot.size]

    def content(self, slot: RawMember, skip: int = 0) -> Extent:
        """Return where that data is in the source, without its first `skip` bytes."""
        return Extent(self.extent.source, self.extent.offset + slot.offset + HEADER_SIZE + skip, slot.size - skip)

    def odd(self, kind: OddityKind, offset: int, message: str) -> None:
        """Note an oddity at `offset` (bytes from the start of the archive)."""
        self.oddities.append(Oddity(kind, self.where.at(offset), message))


def scan_members(given: ReadContext) -> list[RawMember]:
    """Return every member from the first header on, in file order.

    Raises:
        FormatError: A header is none, its size is no number, or the data would end past the archive. (GNU `ar t` lists
            what stands before a cut and exits 0; LLVM refuses.)
    """
    read, start, where = given.extent.source.read, given.extent.offset, given.where
    slots: list[RawMember] = []
    seen_attributes: set[bytes] = set()
    at, end = MAGIC_SIZE, given.extent.size
    while end - at >= HEADER_SIZE:
        header = read(start + at, HEADER_SIZE)
        if header[FMAG_FIELD] != FMAG:
            from arfix.archive.overflow import OVERFLOW_SAMPLE, describe_overflow  # noqa: PLC0415 (for the message alone)

            overflow = describe_overflow(bytes(given.view[at : at + OVERFLOW_SAMPLE]), where.at(at))
            if overflow is not None:
                raise overflow
            check_header_end(header, where.at(at))
        digits = header[SIZE_FIELD].rstrip(b" ")
        size = int(digits) if digits.isdigit() else decode_size(header, where.at(at), given.oddities)
        if header[_ATTRIBUTES_FIELD] not in seen_attributes:
            odd = attribute_oddities(header, where.at(at))
            given.oddities.extend(odd)
            if not odd:
                seen_attributes.add(header[_ATTRIBUTES_FIELD])
        slots.append(RawMember(header, at, size))
        stored = 0 if given.thin and not is_stored_in_thin(header) else size
        at += HEADER_SIZE + stored
        if at > end:
            raise _cut_short(slots[-1], end, where)
        if stored & 1:
            at = _skip_padding(given, at)
    if at != end:
        given.odd(OddityKind.TRAILING_BYTES, at, f"{end - at} bytes after the last member, too few for a header")
    return slots


def is_stored_in_thin(header: bytes) -> bool:
    """Return whether a thin archive holds the data of the member with this header: of an index or a name table."""
    name = header[NAME_FIELD].rstrip(b" ")
    return name in _STORED_IN_THIN or name.startswith(COFF_MAP_START)


def _skip_padding(given: ReadContext, at: int) -> int:
    """Return the offset after the padding byte at `at`; a missing or unusual one is noted."""
    if at == len(given.view):
        given.odd(OddityKind.MISSING_FINAL_PADDING, at, "the padding byte after the last member is missing")
        return at
    found = given.extent.source.read(given.extent.offset + at, 1)
    if found != PADDING:
        given.odd(OddityKind.PADDING_BYTE, at, f"the padding byte is {quote(found)}, not a newline")
    return at + 1


def _cut_short(slot: RawMember, end: int, where: Where) -> FormatError:
    name = decode_name(decode_short_name(slot.name_field)) or quote(slot.name_field.rstrip(b" "))
    return FormatError(
        f"member {name} says that it has {slot.size} bytes, but only {end - slot.data_offset} are left",
        where=where.at(slot.offset + SIZE_FIELD.start),
        hint="The file was cut short, or the size is wrong; get or build it again. "
        "`arfix salvage` writes what can be read.",
    )
