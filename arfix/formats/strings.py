"""Names from a string table, at given offsets up to a NUL, within a limit that no honest table reaches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from arfix.archive.names import decode_name
from arfix.formats.errors import malformed

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Names may overlap, so a small table can spell out to terabytes. Together they may take this many bytes and eight
#: times the table; the largest object of LLVM stays below a tenth of it.
_LIMIT: Final = 64 << 20
_LIMIT_FACTOR: Final = 8


def read_strings(table: bytes, offsets: Sequence[int], where: int) -> list[str]:
    """Return the strings that begin at `offsets` in `table`, decoded as all names are.

    An all-ASCII table is decoded once and cut, which is twice as fast as decoding each name.

    Args:
        table: The whole table.
        offsets: In bytes from the start of the table.
        where: Where the table is, in bytes from the start of the object, for errors.

    Raises:
        FormatError: A name begins outside the table, has no end in it, or all of them are absurdly long.
    """
    check_total(table, offsets, where)
    try:
        if table.isascii():
            text = table.decode("ascii")
            find = text.index
            return [text[offset : find("\0", offset)] for offset in offsets]
        return [decode_name(table[offset : table.index(0, offset)]) for offset in offsets]
    except ValueError:
        raise malformed(f"a name lies outside its {len(table)} bytes of strings, or has no end", where) from None


def check_total(table: bytes, offsets: Sequence[int], where: int) -> None:
    """Raise `FormatError` when the names at `offsets` together take absurdly many bytes; counts little more than that.

    Args:
        table: The whole table.
        offsets: In bytes from the start of the table; one outside it counts as no name.
        where: Where the table is, in bytes from the start of the object, for errors.
    """
    limit = _LIMIT + _LIMIT_FACTOR * len(table)
    if len(offsets) * len(table) <= limit:
        return
    longest = max(map(len, table.split(b"\0")), default=0)
    if longest * len(offsets) <= limit:
        return
    total = 0
    for offset in offsets:
        total += max(table.find(0, offset) - offset, 0)
        if total > limit:
            raise malformed(f"{len(table)} bytes of strings contain names of more than {limit} bytes in total", where)
