from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import pytest

from arfix.archive.model import NO_MEMBER, Kind
from arfix.archive.oddity import OddityKind
from arfix.archive.read import read, read_archive
from arfix.archive.source import BytesSource, Extent
from arfix.errors import FormatError, Where
from tests.tools import need_llvm_ar, output_of

if TYPE_CHECKING:
    from pathlib import Path


class Layout:
    """Writes AIX archives of either form, field by field."""

    def __init__(self, magic: bytes, word: int, words: int, number: str) -> None:
        self.magic, self.word, self.words, self.number = magic, word, words, number
        self.start = 8 + word * words

    def fields(self, *values: int) -> bytes:
        return b"".join(b"%-*d" % (self.word, value) for value in values)

    def file_header(self, *values: int) -> bytes:
        assert len(values) == self.words
        return self.magic + self.fields(*values)

    def member(self, name: bytes, data: bytes, following: int, previous: int, **odd: int) -> bytes:
        header = self.fields(odd.get("size", len(data)), following, previous)
        header += b"%-12d%-12d%-12d%-12o%-4d" % (1795422158, 10, 20, 0o640, odd.get("name_size", len(name)))
        return header + name + b"\0" * (len(name) % 2) + b"`\n" + data + b"\n" * (len(data) % 2)

    def symbols(self, *entries: tuple[str, int]) -> bytes:
        numbers = (len(entries), *(offset for _, offset in entries))
        return struct.pack(f">{len(numbers)}{self.number}", *numbers) + b"".join(
            f"{name}\0".encode() for name, _ in entries
        )


BIG = Layout(b"<bigaf>\n", 20, 6, "Q")
SMALL = Layout(b"<aiaff>\n", 12, 5, "I")
FORMS = pytest.mark.parametrize("form", [BIG, SMALL], ids=["big", "small"])


def two_members(form: Layout, *, entries: tuple[tuple[str, int], ...] = (("f", 0), ("g", 1)), **words: int) -> bytes:
    """Return an archive whose second member stands in front of the first in the file: the list tells the order."""
    second = form.start
    first = second + len(form.member(b"odd", b"second!", 0, 0))
    symbols_at = first + len(form.member(b"a.o", b"first", 0, 0))
    where = {0: first, 1: second}
    table = form.symbols(*((name, where.get(number, number)) for name, number in entries))
    values = {"members": 0, "symbols": symbols_at, "symbols64": 0, "first": first, "last": second, "free": 0, **words}
    if form is SMALL:
        del values["symbols64"]
    return (
        form.file_header(*values.values())
        + form.member(b"odd", b"second!", 0, first)
        + form.member(b"a.o", b"first", second, 0)
        + form.member(b"", table, 0, 0)
    )


@FORMS
def test_members_come_in_the_order_of_the_list(form: Layout) -> None:
    found = read(two_members(form))
    assert found.kind is (Kind.AIX_BIG if form is BIG else Kind.AIX_SMALL)
    assert [(member.name, bytes(member.data)) for member in found] == [("a.o", b"first"), ("odd", b"second!")]
    assert [(member.date, member.uid, member.gid, member.mode) for member in found] == [(1795422158, 10, 20, 0o640)] * 2
    assert found.index is not None
    assert list(found.index) == [("f", 0), ("g", 1)]
    assert found.oddities == ()


@FORMS
def test_an_empty_aix_archive(form: Layout) -> None:
    found = read(form.file_header(*[0] * form.words))
    assert (found.members, found.index) == ((), None)


@FORMS
def test_an_aix_archive_inside_a_file(form: Layout) -> None:
    data = two_members(form)
    source = BytesSource(Where("x"), memoryview(b"????" + data))
    found = read_archive(Extent(source, 4, len(data)), Where("x", ("y",)))
    assert [bytes(member.data) for member in found] == [b"first", b"second!"]


def test_32_and_64_bit_symbols_are_one_index() -> None:
    data = two_members(BIG)
    table_at = len(data)
    first = int(data[8 + 60 : 8 + 80])
    data += BIG.member(b"", BIG.symbols(("f64", first)), 0, 0)
    data = data[: 8 + 40] + BIG.fields(table_at) + data[8 + 60 :]
    found = read(data)
    assert found.index is not None
    assert list(found.index) == [("f", 0), ("g", 1), ("f64", 0)]


@FORMS
def test_a_stray_index_entry(form: Layout) -> None:
    found = read(two_members(form, entries=(("f", 9),)))
    assert found.index is not None
    assert list(found.index) == [("f", NO_MEMBER)]
    assert [oddity.kind for oddity in found.oddities] == [OddityKind.INDEX_ENTRY_ASTRAY]


@FORMS
@pytest.mark.parametrize("symbols", [7, 10**9])
def test_an_unreadable_index_is_noted_and_left_out(form: Layout, symbols: int) -> None:
    found = read(two_members(form, symbols=symbols))
    assert (found.index, len(found.members)) == (None, 2)
    assert [oddity.kind for oddity in found.oddities] == [OddityKind.BAD_INDEX]


@FORMS
@pytest.mark.parametrize("size", [8, 9, 67, 127])
def test_a_cut_file_header(form: Layout, size: int) -> None:
    with pytest.raises(FormatError, match=r"cut short|does not fit"):
        read(two_members(form)[: min(size, form.start - 1)])


@FORMS
@pytest.mark.parametrize(
    ("word", "value", "said"),
    [
        ("first", 10**9, "does not fit here"),
        ("first", 9, "not a decimal number"),
        ("last", 10, "ends before the last member"),
    ],
)
def test_a_list_that_leads_nowhere(form: Layout, word: str, value: int, said: str) -> None:
    data = two_members(form, first=value) if word == "first" else two_members(form, last=value)
    with pytest.raises(FormatError, match=said):
        read(data)


@FORMS
def test_a_circle(form: Layout) -> None:
    data = form.file_header(*[0] * (form.words - 3), form.start, 1, 0) + form.member(b"a.o", b"", form.start, 0)
    with pytest.raises(FormatError, match="circle"):
        read(data)


@FORMS
@pytest.mark.parametrize(
    ("odd", "said"),
    [
        ({"size": 10**9}, "only 5 are left"),
        ({"name_size": 999}, "does not follow"),
        ({"size": -1}, "not a decimal number"),
    ],
)
def test_a_member_that_does_not_fit(form: Layout, odd: dict[str, int], said: str) -> None:
    data = form.file_header(*[0] * (form.words - 3), form.start, form.start, 0)
    with pytest.raises(FormatError, match=said):
        read(data + form.member(b"a.o", b"first", 0, 0, **odd)[:-1])


@FORMS
def test_members_that_overlap(form: Layout) -> None:
    inner = form.start + len(form.member(b"a.o", b"", 0, 0))
    data = form.file_header(*[0] * (form.words - 3), form.start, inner, 0)
    data += form.member(b"a.o", form.member(b"b.o", b"data", 0, 0), inner, 0)
    with pytest.raises(FormatError, match=r"member b\.o begins inside another one"):
        read(data)


def test_numbers_that_are_none() -> None:
    data = two_members(BIG)
    with pytest.raises(FormatError, match=r"the offset of first is .x"):
        read(data[: 8 + 60] + b"x" * 20 + data[8 + 80 :])


@pytest.mark.oracle
def test_a_big_archive_of_llvm_ar(tmp_path: Path) -> None:
    files = {"a.o": b"first", "a-longer-name.o": b"second", "c": b""}
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    output_of(need_llvm_ar("bigarchive"), "--format=bigarchive", "rc", "x.a", *files, cwd=tmp_path)
    found = read((tmp_path / "x.a").read_bytes())
    assert found.kind is Kind.AIX_BIG
    assert {member.name: bytes(member.data) for member in found} == files
    assert (list(files), found.oddities) == ([member.name for member in found], ())
