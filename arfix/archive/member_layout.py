r"""Renders one member: its header, its name where that precedes the data, and its padding.

The header of a member that stays is the stored one. In it only two fields may change: the name, where it refers to a
name table that is made anew (GNU) or is padded for alignment (BSD, Darwin), and with the latter the size. Every byte
of padding is `\n`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from arfix.archive.format import (
    BSD_LONG_NAME,
    DARWIN_ALIGNMENT,
    DATE_FIELD,
    FMAG,
    HEADER_SIZE,
    MODE_FIELD,
    NAME_FIELD,
    PADDING,
    SIZE_FIELD,
)
from arfix.archive.header import decode_attributes, encode_header
from arfix.archive.names import (
    LongName,
    decode_bsd_name,
    encode_bsd_name,
    encode_gnu_name,
    encode_long_name_reference,
    encode_name,
)
from arfix.archive.source import extent_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from arfix.archive.model import Member
    from arfix.archive.names import NameTableBuilder
    from arfix.archive.source import Extent


class RenderedMember(NamedTuple):
    """One member as it will be written.

    Attributes:
        front: The header, and the name if it is stored behind it.
        content: The payload; None in a thin archive.
        padding: What follows the payload.
    """

    front: bytes
    content: Extent | None
    padding: bytes = b""

    @property
    def size(self) -> int:
        """Bytes from this header to the next."""
        return len(self.front) + (0 if self.content is None else self.content.size) + len(self.padding)


def place_gnu_member(member: Member, table: NameTableBuilder) -> RenderedMember:
    """Return a member of a GNU or COFF archive; raises `EditError` when name or size cannot be stored."""
    field = encode_gnu_name(encode_name(member.name), table, _stored_name(member))
    return RenderedMember(_header(member, field, member.size), member.content, PADDING * (member.size % 2))


def place_thin_members(members: Sequence[Member], table: NameTableBuilder) -> list[RenderedMember]:
    """Return the members of a GNU thin archive: every path is in the table, equal neighbours share an entry.

    Raises:
        EditError: A path or a size cannot be stored.
    """
    pieces = []
    last, offset = None, 0
    for member in members:
        path = encode_name(member.name if member.thin_path is None else member.thin_path)
        if path != last:
            last, offset = path, table.add(path)
        field = encode_long_name_reference(LongName(offset, member.thin_origin), _stored_name(member))
        pieces.append(RenderedMember(_header(member, field, member.size), None))
    return pieces


def place_bsd_member(member: Member, offset: int, *, is_darwin: bool) -> RenderedMember:
    """Return a member of a BSD or Darwin archive whose header will be at `offset`.

    A stored name stays as it is while the data behind it is 8-aligned, as Apple's linker wants it; else it is padded
    anew, as llvm-ar does. In a BSD archive that is done only where the data was aligned before. New data of a Darwin
    archive is padded to a multiple of 8, and that counts as its size.

    Raises:
        EditError: The name or the size cannot be stored.
    """
    field, prefix = _stored_name(member), _stored_prefix(member)
    name = encode_name(member.name)
    padding = 0
    if prefix is None and (member.header_offset is None or field.rstrip(b" ") != name):
        field, prefix = encode_bsd_name(name, offset + HEADER_SIZE)
        padding = -member.size % DARWIN_ALIGNMENT if is_darwin else 0
    elif prefix is None:
        if is_darwin and not _is_aligned(offset, b"") and _needs_alignment(member):
            field, prefix = encode_bsd_name(name, offset + HEADER_SIZE)
    elif prefix and not _is_aligned(offset, prefix) and (is_darwin or _is_aligned(member.header_offset, prefix)):
        field, prefix = encode_bsd_name(name, offset + HEADER_SIZE)
    prefix = prefix or b""
    size = len(prefix) + member.size + padding
    return RenderedMember(_header(member, field, size) + prefix, member.content, PADDING * (padding + size % 2))


def place_special_member(member: Member, data: bytes | None = None) -> RenderedMember:
    """Return an opaque special member as it is, or with new data."""
    content = member.content if data is None else extent_of(data, member.content.source.where)
    return RenderedMember(_header(member, _stored_name(member), content.size), content, PADDING * (content.size % 2))


def _needs_alignment(member: Member) -> bool:
    """Return whether the member is a 64-bit Mach-O object, which Apple's linker reads in place."""
    return bytes(member.data[:4]) in {b"\xfe\xed\xfa\xcf", b"\xcf\xfa\xed\xfe"}


def _is_aligned(header_offset: int | None, prefix: bytes) -> bool:
    """Return whether the data behind a header at that offset and a name of that length is 8-aligned in its archive."""
    return header_offset is not None and (header_offset + HEADER_SIZE + len(prefix)) % DARWIN_ALIGNMENT == 0


def _stored_name(member: Member) -> bytes:
    """Return the name field as it was read; empty for a new member and for one from an AIX archive."""
    return member.header[NAME_FIELD] if len(member.header) == HEADER_SIZE else b""


def _stored_prefix(member: Member) -> bytes | None:
    """Return the stored `#1/<n>` name in front of the payload, padding included; None if there is none."""
    digits = _stored_name(member)[len(BSD_LONG_NAME) :].rstrip(b" \0")
    if member.header_offset is None or not member.header.startswith(BSD_LONG_NAME) or not digits.isdigit():
        return None
    start, end = member.content.offset - int(digits), member.content.offset
    prefix = bytes(member.content.source.view[start:end]) if start >= 0 else b""
    return prefix if decode_bsd_name(prefix) == encode_name(member.name) else None


def _header(member: Member, name_field: bytes, size: int) -> bytes:
    """Return the stored header with this name and size; the size field stays as it is where it says the same."""
    stored = member.header
    if len(stored) != HEADER_SIZE:
        return encode_header(name_field, decode_attributes(stored), size)
    digits = stored[SIZE_FIELD].strip(b" \0")
    if digits.isdigit() and int(digits) == size:
        size_field = stored[SIZE_FIELD]
    else:
        size_field = encode_header(b"", decode_attributes(b" " * HEADER_SIZE), size)[SIZE_FIELD]
    return name_field + stored[DATE_FIELD.start : MODE_FIELD.stop] + size_field + FMAG
