"""The 60-byte member header: from bytes to values, and back.

Seven fields of text, left-justified and padded with blanks: `format.py` has the layout. Only the size must be readable,
since without it the next header cannot be found. The other numbers may be blank (the name table's are), and anything
else that is no number counts as 0 and is reported as an oddity.
"""

from __future__ import annotations

import os
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from arfix.archive.format import (
    AIX_ATTRIBUTE_FIELD,
    AIX_NAME_SIZE_FIELD,
    DATE_FIELD,
    FMAG,
    FMAG_FIELD,
    GID_FIELD,
    HEADER_SIZE,
    MAX_ID,
    MAX_MEMBER_SIZE,
    MODE_FIELD,
    SIZE_FIELD,
    UID_FIELD,
)
from arfix.archive.names import quote
from arfix.archive.oddity import Oddity, OddityKind
from arfix.errors import EditError, FormatError

if TYPE_CHECKING:
    from arfix.errors import Where

#: Fields that may be unreadable: what they are called, where they are, and their base.
_ATTRIBUTES = (
    ("date", DATE_FIELD, 10),
    ("owner", UID_FIELD, 10),
    ("group", GID_FIELD, 10),
    ("mode", MODE_FIELD, 8),
)


class HeaderFields(NamedTuple):
    """The attributes in a member header: seconds since 1970, owner, group, mode bits."""

    date: int
    uid: int
    gid: int
    mode: int


def decode_number(field: bytes, base: int = 10) -> int | None:
    """Return the number in a field, 0 when it is blank, None when it holds anything but digits and trailing blanks.

    A `-1` is a number too: link.exe writes it as the date of every member with `/Brepro`.
    """
    digits = field.rstrip(b" ")
    if digits in {b"", b"0"}:
        return 0
    if digits.isdigit() and (base == 10 or not digits.translate(None, b"01234567")):
        return int(digits, base)
    return -1 if digits == b"-1" else None


def decode_attributes(header: bytes) -> HeaderFields:
    """Return date, owner, group and mode of a stored header; what is blank or unreadable is 0.

    Args:
        header: 60 bytes, or the fixed part of an AIX header (112 bytes in a big archive, 88 in a small one).
    """
    if len(header) != HEADER_SIZE:
        return _decode_aix_attributes(header)
    return _decode_common(header[_ATTRIBUTES[0][1].start : _ATTRIBUTES[-1][1].stop])


@lru_cache(maxsize=512)
def _decode_common(attributes: bytes) -> HeaderFields:
    """Return the attributes of a common header from the bytes that hold them, which many members share."""
    start = _ATTRIBUTES[0][1].start
    date, uid, gid, mode = (
        decode_number(attributes[part.start - start : part.stop - start], base) or 0 for _, part, base in _ATTRIBUTES
    )
    return HeaderFields(date, uid, gid, mode)


def _decode_aix_attributes(header: bytes) -> HeaderFields:
    """Return the attributes in an AIX header: four fields of 12 bytes, in front of the name's length (4 bytes)."""
    start = len(header) - AIX_NAME_SIZE_FIELD - 4 * AIX_ATTRIBUTE_FIELD
    fields = [header[at : at + AIX_ATTRIBUTE_FIELD] for at in range(start, start + 4 * AIX_ATTRIBUTE_FIELD, 12)]
    date, uid, gid = (decode_number(field) or 0 for field in fields[:3])
    return HeaderFields(date, uid, gid, decode_number(fields[3], 8) or 0)


def attribute_oddities(header: bytes, where: Where) -> list[Oddity]:
    """Return one oddity for each of date, owner, group and mode that holds something other than a number or blanks.

    Args:
        header: A 60-byte header.
        where: The header's place in its archive.
    """
    start = where.offset or 0
    return [
        Oddity(
            OddityKind.NUMBER_FIELD,
            where.at(start + part.start),
            f"{name} field is {quote(header[part])}, not {'an octal' if base == 8 else 'a decimal'} number; read as 0",
        )
        for name, part, base in _ATTRIBUTES
        if decode_number(header[part], base) is None
    ]


def decode_size(header: bytes, where: Where, oddities: list[Oddity]) -> int:
    """Return the size field: bytes of data after the header, without padding.

    Leading blanks and trailing NULs are accepted and noted. GNU reads the field with `sscanf("%lu")`, so it also takes
    `10%` for 10 and -1 for a huge number; LLVM accepts digits and trailing blanks alone. arfix follows LLVM there,
    since a size that is guessed puts every later header in doubt.

    Args:
        header: A 60-byte header.
        where: The header's place in its archive.
        oddities: Takes what is noted.

    Raises:
        FormatError: The field holds no decimal number.
    """
    field = header[SIZE_FIELD]
    digits = field.rstrip(b" ")
    if digits.isdigit():
        return int(digits)
    place = where.at((where.offset or 0) + SIZE_FIELD.start)
    digits = field.strip(b" \0")
    if not digits.isdigit():
        raise FormatError(f"size field is {quote(field)}, not a decimal number", where=place)
    oddities.append(Oddity(OddityKind.NUMBER_FIELD, place, f"size field is {quote(field)}; read as {int(digits)}"))
    return int(digits)


def check_header_end(header: bytes, where: Where) -> None:
    r"""Check that a header ends with "`\n".

    Raises:
        FormatError: It does not: there is no header here.
    """
    if header[FMAG_FIELD] == FMAG:
        return
    raise FormatError(
        f"no member header: expected {quote(FMAG)} at its end, found {quote(header[FMAG_FIELD])}",
        where=where.at((where.offset or 0) + FMAG_FIELD.start),
        hint="The archive is damaged from here on, or an earlier member's size is wrong; get or build it again. "
        "`arfix salvage` writes what can be read.",
    )


def encode_header(name_field: bytes, fields: HeaderFields, size: int) -> bytes:
    """Return the 60 bytes of a header.

    Args:
        name_field: At most 16 bytes, terminator included; padded with blanks here.
        fields: Date, owner, group and mode. Owner and group are stored modulo 1,000,000, as LLVM does.
        size: Bytes of data that follow, a BSD name prefix included.

    Raises:
        EditError: A value does not fit its field.
    """
    if not 0 <= size <= MAX_MEMBER_SIZE:
        raise EditError(f"a member of {size} bytes does not fit: the size field has ten digits")
    encoded = b"%-16b%-12d%-6d%-6d%-8o%-10d%b" % (
        name_field,
        fields.date,
        fields.uid % MAX_ID,
        fields.gid % MAX_ID,
        fields.mode,
        size,
        FMAG,
    )
    if len(encoded) != HEADER_SIZE:
        raise EditError(f"the header of {quote(name_field)} does not fit: one of {fields} is too large for its field")
    return encoded


def new_header(date: int | None = None, uid: int = 0, gid: int = 0, mode: int = 0o644) -> bytes:
    """Return a header for a new member, deterministic by default (0/0/0/644); name and size are the writer's to fill.

    Args:
        date: Seconds since 1970. By default `SOURCE_DATE_EPOCH` of the environment, and 0 if that is not set.
            (GNU ar and llvm-ar write 0 in deterministic mode whatever it says; a build that sets it asks for this date
            in everything it makes, and gets the same bytes each time either way.)
        uid: Owner number.
        gid: Group number.
        mode: File mode bits.

    Raises:
        EditError: A value does not fit its field, or `SOURCE_DATE_EPOCH` is no number.
    """
    return encode_header(b"", HeaderFields(source_date() if date is None else date, uid, gid, mode), 0)


def source_date() -> int:
    """Return `SOURCE_DATE_EPOCH`, seconds since 1970; 0 if it is not set or empty.

    Source: https://reproducible-builds.org/specs/source-date-epoch/

    Raises:
        EditError: It is no decimal number. The specification asks for an error, not for a guess.
    """
    text = os.environ.get("SOURCE_DATE_EPOCH", "")
    if not text:
        return 0
    if not (text.isascii() and text.isdigit()):
        raise EditError(
            f"SOURCE_DATE_EPOCH is {text!r}, not a number of seconds", hint="Set it to digits, or unset it."
        )
    return int(text)
