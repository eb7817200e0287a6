from __future__ import annotations

import struct
from typing import Literal

import pytest

from arfix.archive.index import IndexTable, index_of
from arfix.archive.index_bsd import decode_bsd_index
from arfix.archive.index_coff import decode_second_linker_member
from arfix.archive.index_gnu import decode_gnu_index
from arfix.archive.model import NO_MEMBER, Index
from arfix.archive.oddity import Oddity, OddityKind
from arfix.errors import FormatError, Where

HERE = Where("x.a", offset=68)


def gnu(data: bytes, width: int = 4) -> IndexTable:
    return decode_gnu_index(memoryview(data), HERE, width=width)


def bsd(data: bytes, width: int = 4) -> IndexTable:
    return decode_bsd_index(memoryview(data), HERE, width=width)


def coff(data: bytes) -> IndexTable:
    return decode_second_linker_member(memoryview(data), HERE)


# --- GNU ---


def test_gnu_literal() -> None:
    table = gnu(b"\0\0\0\3\0\0\0\x88\0\0\0\x88\0\0\1\x00f\0gv@@V2\0f\0\0")
    assert list(table.names) == ["f", "gv@@V2", "f"]
    assert list(table.offsets) == [0x88, 0x88, 0x100]


def test_gnu64_literal() -> None:
    table = gnu(b"\0\0\0\0\0\0\0\1\0\0\0\1\0\0\0\0f\0\0\0\0\0\0\0", 8)
    assert (list(table.names), list(table.offsets)) == (["f"], [1 << 32])


@pytest.mark.parametrize("data", [b"\0\0\0\0", b"\0\0\0\0\0\0\0\0"], ids=["gnu", "llvm"])
def test_an_index_without_symbols(data: bytes) -> None:
    assert list(gnu(data).names) == []


def test_gnu_names_may_be_empty_and_are_any_bytes() -> None:
    assert list(gnu(struct.pack(">3I", 2, 8, 8) + b"\0\xff\0").names) == ["", "\udcff"]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "0 bytes, too few"),
        (b"\0\0\0", "3 bytes, too few"),
        (b"\xff\xff\xff\xff", "claims 4294967295 entries"),
        (b"\0\0\0\2\0\0\0\x08", "claims 2 entries"),
        (b"\0\0\0\2\0\0\0\x08\0\0\0\x08f\0", "holds 1 names"),
        (b"\0\0\0\1\0\0\0\x08unterminated", "holds 0 names"),
    ],
)
def test_a_gnu_index_that_does_not_fit_is_refused(data: bytes, said: str) -> None:
    with pytest.raises(FormatError, match=said):
        gnu(data)


def test_a_count_in_the_wrong_byte_order_allocates_nothing() -> None:
    with pytest.raises(FormatError, match="claims"):
        gnu(b"\1\0\0\0" + bytes(100))
    with pytest.raises(FormatError, match="claims"):
        gnu(b"\x7f" + b"\xff" * 7 + bytes(100), 8)


# --- BSD ---


@pytest.mark.parametrize("order", ["little", "big"])
@pytest.mark.parametrize("width", [4, 8])
def test_bsd_literal_in_both_byte_orders(order: Literal["little", "big"], width: int) -> None:
    numbers = [4 * width, 0, 0x88, 2, 0x100, 8]
    data = b"".join(number.to_bytes(width, order) for number in numbers) + b"f\0gg\0\0\0\0"
    table = bsd(data, width)
    assert (list(table.names), list(table.offsets), table.byte_order) == (["f", "gg"], [0x88, 0x100], order)


def test_bsd_names_may_share_their_tails() -> None:
    data = struct.pack("<6I", 16, 0, 8, 3, 8, 7) + b"memset\0"
    assert list(bsd(data).names) == ["memset", "set"]


def test_an_empty_bsd_index() -> None:
    assert list(bsd(bytes(8)).names) == []


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0\0\0\0",
        struct.pack("<2I", 4, 0),
        struct.pack("<2I", 8, 0),
        struct.pack("<2I", 0, 1),
        b"\xff" * 64,
    ],
)
def test_bsd_sizes_that_fit_in_no_byte_order_are_refused(data: bytes) -> None:
    with pytest.raises(FormatError, match="in any byte order"):
        bsd(data)


def test_a_bsd_name_past_the_string_table_is_refused() -> None:
    with pytest.raises(FormatError, match="past the string table"):
        bsd(struct.pack("<4I", 8, 4, 8, 4) + b"abc\0")


def test_bsd_names_that_overlap_without_measure_are_refused() -> None:
    count = 10_000
    pairs = b"".join(struct.pack("<2I", start, 8) for start in range(count))
    with pytest.raises(FormatError, match="overlap"):
        bsd(struct.pack("<I", 8 * count) + pairs + struct.pack("<I", count) + b"x" * count)


# --- COFF ---


def test_coff_literal() -> None:
    data = struct.pack("<3I", 2, 0x200, 0x100) + struct.pack("<I3H", 3, 2, 1, 2) + b"a\0b\0c\0"
    table = coff(data)
    assert list(table.names) == ["a", "b", "c"]
    assert list(table.offsets) == [0x100, 0x200, 0x100]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "claims 0 entries"),
        (struct.pack("<I", 1), "claims 1 entries"),
        (struct.pack("<2I", 1, 8), "claims 0 entries, more than"),
        (struct.pack("<3I", 1, 8, 0xFFFFFFFF), "claims 4294967295 entries"),
        (struct.pack("<3IH", 1, 8, 1, 0) + b"a\0", "none of its 1 members"),
        (struct.pack("<3IH", 1, 8, 1, 2) + b"a\0", "none of its 1 members"),
        (struct.pack("<3IH", 1, 8, 1, 1), "holds 0 names"),
    ],
)
def test_a_second_linker_member_that_does_not_fit_is_refused(data: bytes, said: str) -> None:
    with pytest.raises(FormatError, match=said):
        coff(data)


# --- offsets to positions ---


def test_offsets_become_positions_and_strays_are_counted_once() -> None:
    oddities: list[Oddity] = []
    table = IndexTable(["a", "b", "c", "d"], [200, 100, 101, 8])
    index = index_of(table, {100: 0, 200: 1}, Where("x.a"), oddities)
    assert index == Index(("a", "b", "c", "d"), (1, 0, NO_MEMBER, NO_MEMBER))
    (oddity,) = oddities
    assert oddity.kind is OddityKind.INDEX_ENTRY_ASTRAY
    assert oddity.where == Where("x.a", offset=101)
    assert oddity.message.startswith("2 of 4 index entries point at no member header; the first is 'c'")
