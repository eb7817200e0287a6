"""Names kept as they are stored answer as the tuple of the names would."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arfix.archive.index_gnu import decode_gnu_index
from arfix.archive.stored_names import StoredNames, without
from arfix.errors import FormatError, Where

HERE = Where("x.a")
#: Names that meet each other as heads and tails, and in numbers past what is searched for one by one.
NAMES = st.lists(st.text("ab\u00e9", max_size=3), max_size=60).map(tuple)


def stored(names: tuple[str, ...]) -> StoredNames:
    return StoredNames("".join(name + "\0" for name in names).encode(), len(names))


@given(NAMES)
def test_it_is_the_sequence_of_the_names(names: tuple[str, ...]) -> None:
    kept = stored(names)
    assert len(kept) == len(names)
    assert kept == names
    assert hash(kept) == hash(names)
    assert [*kept] == [*names]
    assert kept[1:] == names[1:]
    assert kept == stored(names)


@given(NAMES, st.sets(st.text("ab\u00e9", max_size=3), max_size=20))
def test_it_finds_every_entry_of_a_name(names: tuple[str, ...], wanted: set[str]) -> None:
    expected = sorted((name, entry) for entry, name in enumerate(names) if name in wanted)
    assert sorted(stored(names).find(wanted)) == expected


@given(NAMES, st.data())
def test_it_drops_entries(names: tuple[str, ...], data: st.DataObject) -> None:
    gone = sorted(data.draw(st.sets(st.integers(0, len(names) - 1)))) if names else []
    expected = tuple(name for entry, name in enumerate(names) if entry not in gone)
    assert without(stored(names), gone) == expected
    assert without(names, gone) == expected


def test_a_long_table_is_searched_by_halves() -> None:
    names = tuple(f"_ZN4llvm{number}E" for number in range(5000))
    assert without(stored(names), [4321]) == names[:4321] + names[4322:]
    assert list(stored(names).find(["_ZN4llvm4321E", "4321E"])) == [("_ZN4llvm4321E", 4321)]


@pytest.mark.parametrize("padding", [0, 1, 7, 8, 9, 1000])
@pytest.mark.parametrize("names", [(), ("",), ("f",), ("f", "", "g")])
def test_what_stands_behind_the_names_is_left_out(names: tuple[str, ...], padding: int) -> None:
    data = struct.pack(f">{len(names) + 1}I", len(names), *names and [8] * len(names))
    data += "".join(name + "\0" for name in names).encode() + bytes(padding)
    assert decode_gnu_index(memoryview(data), HERE, width=4).names == names


def test_too_few_names_are_an_error() -> None:
    with pytest.raises(FormatError, match="claims 2 entries but holds 1 names"):
        decode_gnu_index(memoryview(struct.pack(">3I", 2, 8, 8) + b"f\0g"), HERE, width=4)
