"""The second linker member of a COFF library: the second member called `/`.

The first linker member has the GNU layout (`index_gnu.py`). The second holds the same symbols in a form that a linker
can search by halves. All its numbers are **little**-endian: a count of members and their header offsets, both in four
bytes; a count of symbols in four bytes; for each symbol the **1-based** number of its member in two bytes; the names in
order, each ended by NUL. Two bytes limit a library to 65,534 members.

Source: PE, "Second Linker Member".
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from arfix.archive.format import HEADER_SIZE, MAGIC_SIZE
from arfix.archive.header import decode_size
from arfix.archive.index import IndexTable
from arfix.archive.index_gnu import split_names
from arfix.errors import FormatError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from arfix.errors import Where


def decode_second_linker_member(data: memoryview, where: Where) -> IndexTable:
    """Return the entries, sorted by name as stored, with header offsets resolved through the member table.

    Args:
        data: The member's data.
        where: Where that data starts.

    Raises:
        FormatError: A count does not fit the data, a member number is not in the table, or names are missing.
    """
    member_count = _count_at(data, 0, 4, where)
    symbols_at = 4 + 4 * member_count
    symbol_count = _count_at(data, symbols_at, 2, where)
    names_at = symbols_at + 4 + 2 * symbol_count
    offsets = struct.unpack_from(f"<{member_count}I", data, 4)
    numbers = struct.unpack_from(f"<{symbol_count}H", data, symbols_at + 4)
    if numbers and not 1 <= min(numbers) <= max(numbers) <= member_count:
        raise FormatError(f"a symbol of the second linker member names none of its {member_count} members", where=where)
    names = split_names(data[names_at:], symbol_count, where)
    return IndexTable(names, [offsets[number - 1] for number in numbers], sorted_by_name=True, byte_order="little")


def member_offsets(library: memoryview, where: Where) -> tuple[int, ...]:
    """Return the header offsets in the second linker member, in bytes from the start of the library.

    Args:
        library: The library from its magic on; both linker members come first.
        where: The library.

    Raises:
        FormatError: The size of the first one is no number, or the count does not fit.
    """
    first = bytes(library[MAGIC_SIZE : MAGIC_SIZE + HEADER_SIZE])
    size = decode_size(first, where.at(MAGIC_SIZE), [])
    second = library[MAGIC_SIZE + HEADER_SIZE + size + size % 2 + HEADER_SIZE :]
    return struct.unpack_from(f"<{_count_at(second, 0, 4, where)}I", second, 4)


def _count_at(data: memoryview, at: int, width: int, where: Where) -> int:
    """Return the count at `at`, checked: that many entries of `width` bytes follow it."""
    count = int.from_bytes(data[at : at + 4], "little")
    if at + 4 > len(data) or count * width > len(data) - at - 4:
        raise FormatError(
            f"an index of the library claims {count} entries, more than its {len(data)} bytes hold", where=where.at(at)
        )
    return count


def second_linker_member_size(member_count: int, count: int, names: bytes) -> int:
    """Return the size of the data that `encode_second_linker_member` makes: even."""
    size = 8 + 4 * member_count + 2 * count + len(names)
    return size + size % 2


def encode_second_linker_member(header_offsets: Sequence[int], members: Sequence[int], names: bytes) -> bytes:
    """Return the data of the second `/` member, padding included, as llvm-ar writes it: entries sorted by name.

    Args:
        header_offsets: Of every member, in bytes from the start of the archive.
        members: For each entry the position of its member.
        names: The names of the entries, as `encode_index_names` gives them; no name twice.
    """
    entries = sorted(zip(names.split(b"\0"), members, strict=False))
    data = struct.pack(f"<{len(header_offsets) + 1}I", len(header_offsets), *header_offsets)
    data += struct.pack(f"<I{len(entries)}H", len(entries), *(member + 1 for _, member in entries))
    data += b"".join([name + b"\0" for name, _ in entries])
    return data + bytes(len(data) % 2)


def renumber_ec_symbols(data: memoryview, positions: Sequence[int | None], where: Where) -> bytes:
    """Return the data of a `/<ECSYMBOLS>/` member after an edit: the symbols of members that stay, renumbered.

    It is an index of its own, for ARM64EC code: a count in four bytes; for each symbol the 1-based number of its member
    in two; the names in order, each ended by NUL; all little-endian.

    Args:
        data: The member's data.
        positions: For each member before the edit its position after it, None for one that went.
        where: Where the data starts.

    Raises:
        FormatError: The count does not fit the data, a number is not a member's, or names are missing.
    """
    count = _count_at(data, 0, 2, where)
    numbers = struct.unpack_from(f"<{count}H", data, 4)
    if numbers and not 1 <= min(numbers) <= max(numbers) <= len(positions):
        raise FormatError(f"a symbol of the EC index names none of the {len(positions)} members", where=where)
    names = split_names(data[4 + 2 * count :], count, where)
    entries = [
        (position + 1, name)
        for number, name in zip(numbers, names, strict=True)
        if (position := positions[number - 1]) is not None
    ]
    data_ = struct.pack(f"<I{len(entries)}H", len(entries), *(number for number, _ in entries))
    data_ += "".join([name + "\0" for _, name in entries]).encode("utf-8", "surrogateescape")
    return data_ + bytes(len(data_) % 2)
