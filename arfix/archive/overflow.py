"""Explains a header whose fields were moved back because one holds more than it has room for.

Writers that pad numbers without a check let a long one push everything behind it. Where the header should end there is
then something else, and readers say only that there is no header.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.archive.format import (
    DATE_FIELD,
    FMAG,
    FMAG_FIELD,
    GID_FIELD,
    HEADER_SIZE,
    MAX_MEMBER_SIZE,
    MODE_FIELD,
    NAME_FIELD,
    SIZE_FIELD,
    UID_FIELD,
)
from arfix.archive.header import decode_number
from arfix.archive.names import quote
from arfix.errors import FormatError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from arfix.errors import Where

#: The fields of numbers in their order.
_FIELDS = {"date": DATE_FIELD, "owner": UID_FIELD, "group": GID_FIELD, "mode": MODE_FIELD, "size": SIZE_FIELD}

#: By how many bytes a header is longer at most when numbers overflow: two 64-bit numbers in the owner and group fields.
_MOST_EXTRA = 28

#: How many bytes `describe_overflow` looks at.
OVERFLOW_SAMPLE = HEADER_SIZE + _MOST_EXTRA


def describe_overflow(header: bytes, where: Where) -> FormatError | None:
    r"""Return the error that names a number too long for its field; None if that is not what is wrong.

    Writers that pad numbers without a check let a long one push the rest of the header back, up to and including its
    "`\n". Each field is tried: one that overflowed is all digits, and the others read as usual where they are then.

    Args:
        header: The bytes from the header's start, some more than the 60 of a header.
        where: The header's place in its archive.
    """
    extra = header.find(FMAG, HEADER_SIZE - len(FMAG)) - FMAG_FIELD.start
    if not 0 < extra <= _MOST_EXTRA:
        return None
    text = header[: FMAG_FIELD.start + extra]
    ways = list(_overflows(text, 0, NAME_FIELD.stop, extra))
    place = where.offset or 0
    if not ways and any(True for _ in _overflows(text, 0, NAME_FIELD.stop + extra, 0)):
        return FormatError(
            f"the name field holds {quote(text[: NAME_FIELD.stop + extra])}, which is {_bytes(extra)} too long "
            "and moves the rest of the header back",
            where=where.at(place),
            hint="Build it again with `ar crD`, which stores long names elsewhere.",
        )
    if not ways:
        return None
    names = [name for name in _FIELDS if any(name == one for way in ways for one, _ in way)]
    if len(ways) == 1:
        what = " and ".join(f"the {name} field holds {digits}" for name, digits in ways[0])
    else:  # a digit may belong to either of two neighbours
        what = f"the {' or '.join(names)} field holds a number"
    return FormatError(
        f"{what}, which is {_bytes(extra)} too long and moves the rest of the header back",
        where=where.at(place + _FIELDS[names[0]].start),
        hint=f"A member holds at most {MAX_MEMBER_SIZE:,} bytes: split it, or leave it out."
        if names == ["size"]
        else "Build it again with `ar crD`, which writes 0 for dates, owners and groups.",
    )


def mended_header(header: bytes) -> tuple[bytes, int] | None:
    r"""Return a header of 60 bytes in place of one that a number made longer, and how long that is.

    Its date, owner, group and mode become those of `ar D`: what they hold does not fit. None if the field cannot be
    told or is that of the size, which has no other place.

    Args:
        header: The bytes from the header's start, some more than the 60 of a header.
    """
    extra = header.find(FMAG, HEADER_SIZE - len(FMAG)) - FMAG_FIELD.start
    text = header[: FMAG_FIELD.start + extra]
    if not 0 < extra <= _MOST_EXTRA:
        return None
    ways = list(_overflows(text, 0, NAME_FIELD.stop, extra))
    if not ways or any(name == "size" for way in ways for name, _ in way):
        return None
    size = text[-(SIZE_FIELD.stop - SIZE_FIELD.start) :]
    return b"%b0           0     0     644     %b%b" % (text[NAME_FIELD], size, FMAG), len(text) + len(FMAG)


def _bytes(count: int) -> str:
    return "1 byte" if count == 1 else f"{count} bytes"


def _overflows(header: bytes, number: int, at: int, extra: int) -> Iterator[tuple[tuple[str, str], ...]]:
    """Yield the ways to read the fields from `number` on, the first at `at`: the names and texts of those too long.

    Args:
        header: The header without its end.
        number: Which field is next.
        at: Where it starts, in bytes from the start of the header.
        extra: How many bytes the fields from here on are longer than they should be.
    """
    if number == len(_FIELDS):
        if extra == 0:
            yield ()
        return
    name, field = list(_FIELDS.items())[number]
    width = field.stop - field.start
    base = 8 if name == "mode" else 10
    if decode_number(header[at : at + width], base) is not None:
        yield from _overflows(header, number + 1, at + width, extra)
    for more in range(1, extra + 1):
        digits = header[at : at + width + more]
        if not digits.isdigit():
            break
        for rest in _overflows(header, number + 1, at + width + more, extra - more):
            yield ((name, digits.decode("ascii")), *rest)
