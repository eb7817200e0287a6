from __future__ import annotations

import pytest

from arfix.errors import FormatError
from arfix.formats.strings import read_strings


def test_names_may_share_their_end() -> None:
    assert read_strings(b"\0barfoo\0", [1, 4, 0], 0) == ["barfoo", "foo", ""]


def test_a_table_that_is_not_ascii() -> None:
    assert read_strings(b"\0\xc3\xa9\0\xff\0", [1, 4], 0) == ["é", "\udcff"]


def test_overlapping_names_cannot_fill_the_memory() -> None:
    table = b"x" * (1 << 20) + b"\0"
    assert len(read_strings(table, list(range(0, 1 << 20, 1 << 16)), 0)) == 16
    with pytest.raises(FormatError, match="contain names of more than"):
        read_strings(table, list(range(1 << 20)), 0)


def test_many_short_names_from_a_large_table_are_fine() -> None:
    table = b"ab\0" * (1 << 16)
    assert read_strings(table, [0] * 2000, 0) == ["ab"] * 2000
