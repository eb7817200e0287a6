"""The GNU and System V symbol index: members `/` (32 bits) and `/SYM64/` (64 bits).

Layout, all numbers big-endian whatever the target: a count, that many header offsets, then as many names in the same
order, each ended by NUL. Numbers have four bytes in `/` and eight in `/SYM64/`. The data is padded with NULs that count
in the size: GNU pads `/` to 2 bytes and `/SYM64/` to 8; LLVM pads both to 2, and an empty `/` to 8.

Source: SysV; BFD `coff_write_armap`, `_bfd_archive_64_bit_write_armap`; LLVM `writeSymbolTable`.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from arfix.archive.index import IndexTable
from arfix.archive.names import decode_name
from arfix.archive.stored_names import StoredNames
from arfix.errors import FormatError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from arfix.errors import Where

#: As many NULs as pad an index: up to 7 behind the names.
_USUAL_PADDING = 8


def decode_gnu_index(data: memoryview, where: Where, *, width: int) -> IndexTable:
    """Return the entries of a `/` (`width` 4) or `/SYM64/` (`width` 8) member.

    Args:
        data: The member's data.
        where: Where that data starts.
        width: Bytes in each number.

    Raises:
        FormatError: The count does not fit the data, or names are missing.
    """
    if len(data) < width:
        raise FormatError(f"the symbol index has {len(data)} bytes, too few for its count", where=where)
    count = int.from_bytes(data[:width], "big")
    names_at = width * (count + 1)
    if names_at > len(data):
        raise FormatError(
            f"the symbol index claims {count} entries, which need more than its {len(data)} bytes", where=where
        )
    offsets = struct.unpack_from(f">{count}{'I' if width == 4 else 'Q'}", data, width)
    return IndexTable(_stored_names(data[names_at:], count, where), offsets)


def _stored_names(data: memoryview, count: int, where: Where) -> StoredNames:
    """Return `count` names as `split_names` does, as they are stored; raises `FormatError` where there are fewer."""
    if not count:
        return StoredNames(b"", 0)
    stored = bytes(data)
    found = stored.count(b"\0")
    if found < count:
        raise _too_few_names(count, found, where)
    if found - count <= _USUAL_PADDING:
        end = len(stored)
        for _ in range(found - count + 1):
            end = stored.rindex(b"\0", 0, end)
        return StoredNames(stored[: end + 1], count)
    behind = stored.split(b"\0", count)[-1]
    return StoredNames(stored[: len(stored) - len(behind)], count)


def split_names(data: memoryview, count: int, where: Where) -> list[str]:
    """Return `count` consecutive names, each terminated by NUL; the rest is padding.

    Decoding everything at once and splitting the text is the same as decoding each name, since NUL is no part of any
    multi-byte sequence, and is ten times as fast.

    Raises:
        FormatError: There are fewer names.
    """
    names = decode_name(bytes(data)).split("\0", count)
    if len(names) <= count:
        raise _too_few_names(count, len(names) - 1, where)
    names.pop()
    return names


def _too_few_names(count: int, found: int, where: Where) -> FormatError:
    return FormatError(f"the symbol index claims {count} entries but holds {found} names", where=where)


def gnu_index_size(count: int, names: bytes, *, width: int) -> int:
    """Return the size of what `encode_gnu_index` makes of `count` entries: a multiple of 2, of 8 for `/SYM64/`."""
    size = width * (count + 1) + len(names)
    return size + -size % (2 if width == 4 else 8)


def encode_gnu_index(offsets: Sequence[int], names: bytes, *, width: int) -> bytes:
    """Return the data of a `/` (`width` 4) or `/SYM64/` (`width` 8) member, padding included, as GNU ar writes it.

    Args:
        offsets: For each entry the offset of the member's header, in bytes from the start of the archive.
        names: What `encode_index_names` gives.
        width: Bytes in each number.
    """
    numbers = struct.pack(f">{len(offsets) + 1}{'I' if width == 4 else 'Q'}", len(offsets), *offsets)
    padding = gnu_index_size(len(offsets), names, width=width) - len(numbers) - len(names)
    return b"".join((numbers, names, bytes(padding)))
