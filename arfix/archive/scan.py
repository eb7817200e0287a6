"""From header to header: finds every member of an archive in the common format, special ones included.

There is no table of members in the common format. The first header follows the magic, and each next one follows the
data before it, at the next even offset. So the size fields are a chain, and one wrong size loses everything behind it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from arfix.archive.format import (
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
from arfix.archive.header import attribute_oddities, check_header_end, decode_size
from arfix.archive.model import Oddity, OddityKind
from arfix.archive.names import decode_name, decode_short_name, quote
from arfix.errors import FormatError

if TYPE_CHECKING:
    from arfix.errors import Where

#: Members whose data a thin archive holds itself.
_STORED_IN_THIN = frozenset({GNU_INDEX_NAME, GNU64_INDEX_NAME, NAME_TABLE_NAME, OLD_NAME_TABLE_NAME})

#: Date, owner, group and mode as one stretch: it is the same in most members, and is looked at once.
_ATTRIBUTES_FIELD = slice(DATE_FIELD.start, MODE_FIELD.stop)


class Slot(NamedTuple):
    """One member as the chain of headers gives it: nothing is decoded but its size.

    Attributes:
        header: The 60 bytes.
        offset: Where the header starts, in bytes from the start of the archive.
        size: The size field, in bytes. In a thin archive that many bytes may stand in another file.
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


def scan_members(view: memoryview, where: Where, oddities: list[Oddity], *, thin: bool) -> list[Slot]:
    """Return every member from the first header on, in file order.

    Args:
        view: The archive, magic included.
        where: The archive.
        oddities: Takes what is odd but can be passed over.
        thin: Only special members have data here.

    Raises:
        FormatError: A header is none, its size is no number, or the data would end past the archive. (GNU `ar t` lists
            what stands before a cut and exits 0; LLVM refuses.)
    """
    slots: list[Slot] = []
    seen_attributes: set[bytes] = set()
    at, end = MAGIC_SIZE, len(view)
    while end - at >= HEADER_SIZE:
        header = bytes(view[at : at + HEADER_SIZE])
        if header[FMAG_FIELD] != FMAG:
            check_header_end(header, where.at(at))
        digits = header[SIZE_FIELD].rstrip(b" ")
        size = int(digits) if digits.isdigit() else decode_size(header, where.at(at), oddities)
        if header[_ATTRIBUTES_FIELD] not in seen_attributes:
            found = attribute_oddities(header, where.at(at))
            oddities += found
            if not found:
                seen_attributes.add(header[_ATTRIBUTES_FIELD])
        slots.append(Slot(header, at, size))
        stored = 0 if thin and not _is_stored_in_thin(header) else size
        at += HEADER_SIZE + stored
        if at > end:
            raise _cut_short(slots[-1], end, where)
        if stored & 1:
            at = _skip_padding(view, at, where, oddities)
    if at != end:
        oddities.append(
            Oddity(
                OddityKind.TRAILING_BYTES, where.at(at), f"{end - at} bytes after the last member, too few for a header"
            ),
        )
    return slots


def _is_stored_in_thin(header: bytes) -> bool:
    return header[NAME_FIELD].rstrip(b" ") in _STORED_IN_THIN


def _skip_padding(view: memoryview, at: int, where: Where, oddities: list[Oddity]) -> int:
    """Return the offset after the padding byte at `at`; a missing or unusual one is noted."""
    if at == len(view):
        oddities.append(
            Oddity(OddityKind.MISSING_FINAL_PADDING, where.at(at), "the padding byte after the last member is missing"),
        )
        return at
    if view[at] != PADDING[0]:
        oddities.append(
            Oddity(
                OddityKind.PADDING_BYTE,
                where.at(at),
                f"the padding byte is {quote(bytes(view[at : at + 1]))}, not a newline",
            ),
        )
    return at + 1


def _cut_short(slot: Slot, end: int, where: Where) -> FormatError:
    name = decode_name(decode_short_name(slot.name_field)) or quote(slot.name_field.rstrip(b" "))
    return FormatError(
        f"member {name} says that it has {slot.size} bytes, but only {end - slot.data_offset} are left",
        where=where.at(slot.offset + SIZE_FIELD.start),
        hint="The file was cut short, or the size is wrong; get or build it again.",
    )
