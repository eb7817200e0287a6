"""The BSD and Darwin symbol index: members `__.SYMDEF`, `__.SYMDEF SORTED`, `__.SYMDEF_64`, `__.SYMDEF_64 SORTED`.

Layout: the size in bytes of an array of pairs; the pairs (offset of the name in the string table, header offset of the
member); the size in bytes of the string table; the string table, names ended by NUL. Every number has four bytes, in
the `_64` forms eight. The byte order is the target's and is not stored: it follows from which of the two makes the
sizes fit. (LLVM reads and writes little-endian alone.) `SORTED` promises pairs in order of name, so that a linker may
search by halves.

Source: FreeBSD `ranlib(5)`; cctools `<mach-o/ranlib.h>`; LLVM `writeSymbolTable`.
"""

from __future__ import annotations

import struct
from itertools import accumulate, chain
from typing import TYPE_CHECKING, Literal

from arfix.archive.index import IndexTable
from arfix.archive.names import decode_name
from arfix.errors import FormatError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from arfix.errors import Where


#: Byte orders in the order they are tried, as `struct` writes them.
_BYTE_ORDERS: dict[Literal["little", "big"], str] = {"little": "<", "big": ">"}


def decode_bsd_index(data: memoryview, where: Where, *, width: int, sorted_by_name: bool = False) -> IndexTable:
    """Return the entries of a `__.SYMDEF` member.

    Args:
        data: The member's data, without a BSD name prefix.
        where: Where that data starts.
        width: Bytes in each number: 4, or 8 in the `_64` forms.
        sorted_by_name: What the member's name promises; passed through.

    Raises:
        FormatError: In neither byte order do the sizes fit the data, or a name lies outside of the string table.
    """
    for byte_order, prefix in _BYTE_ORDERS.items():
        layout = _layout(data, width, byte_order)
        if layout is None:
            continue
        pairs, strings_at, strings_size = layout
        numbers = struct.unpack_from(f"{prefix}{2 * pairs}{'I' if width == 4 else 'Q'}", data, width)
        strings = bytes(data[strings_at : strings_at + strings_size])
        return IndexTable(_names_at(strings, numbers[0::2], where), numbers[1::2], sorted_by_name, byte_order)
    raise FormatError(f"the sizes in the symbol index do not fit its {len(data)} bytes in any byte order", where=where)


def _layout(data: memoryview, width: int, byte_order: Literal["little", "big"]) -> tuple[int, int, int] | None:
    """Return number of pairs, start and size of the string table; None if they do not fit the data."""
    pairs_size = int.from_bytes(data[:width], byte_order)
    strings_at = pairs_size + 2 * width
    if pairs_size % (2 * width) or strings_at > len(data):
        return None
    strings_size = int.from_bytes(data[strings_at - width : strings_at], byte_order)
    return None if strings_size > len(data) - strings_at else (pairs_size // (2 * width), strings_at, strings_size)


def _names_at(strings: bytes, starts: Sequence[int], where: Where) -> list[str]:
    """Return the names at `starts`. Tools write names one after another, so nearly always all starts follow a NUL."""
    starts_of_names = accumulate((len(name) + 1 for name in strings.split(b"\0")), initial=0)
    names = dict(zip(starts_of_names, decode_name(strings).split("\0"), strict=False))
    names.pop(len(strings), None)
    try:
        return [names[start] for start in starts]
    except KeyError:
        return _names_inside(strings, starts, where)


def _names_inside(strings: bytes, starts: Sequence[int], where: Where) -> list[str]:
    """Return the names at `starts` where some share the tail of another. All together are limited: input is hostile."""
    budget = 4 * len(strings)
    known: dict[int, str] = {}
    for start in starts:
        if start in known:
            continue
        if start >= len(strings):
            raise FormatError(f"a symbol name at {start} is past the string table of {len(strings)} bytes", where=where)
        end = strings.find(b"\0", start)
        name = strings[start : end if end >= 0 else len(strings)]
        budget -= len(name)
        if budget < 0:
            raise FormatError("the names in the symbol index overlap without measure", where=where)
        known[start] = decode_name(name)
    return [known[start] for start in starts]


def bsd_index_size(count: int, names: bytes, *, width: int) -> int:
    """Return the size of the data that `encode_bsd_index` makes of `count` entries: a multiple of 8."""
    size = 2 * width * (count + 1) + len(names)
    return size + -size % 8


def encode_bsd_index(offsets: Sequence[int], names: bytes, *, width: int, byte_order: str) -> bytes:
    """Return the data of a `__.SYMDEF` member, padding included, as llvm-ar writes it.

    Args:
        offsets: For each entry the offset of the member's header, in bytes from the start of the archive.
        names: What `encode_index_names` gives; without entries llvm-ar writes three NULs.
        width: Bytes in each number.
        byte_order: `big` or `little`.
    """
    starts = accumulate((len(name) + 1 for name in names.split(b"\0")), initial=0)
    pairs = chain.from_iterable(zip(starts, offsets, strict=False))
    count = len(offsets)
    numbers = struct.pack(
        f"{'>' if byte_order == 'big' else '<'}{2 * count + 2}{'I' if width == 4 else 'Q'}",
        2 * width * count,
        *pairs,
        len(names),
    )
    return b"".join((numbers, names, bytes(bsd_index_size(count, names, width=width) - len(numbers) - len(names))))
