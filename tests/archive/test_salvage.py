"""The readable part of damaged archives."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arfix.archive.read import read
from arfix.archive.salvage import Salvaged, salvage
from arfix.archive.source import extent_of
from arfix.errors import ArfixError, UnsupportedError, Where
from tests.ar_builder import ar
from tests.elf_builder import elf

HERE = Where("x.a")
MEMBERS = (("a.o", elf("a")), ("b.o", elf("b")), ("a_name_that_needs_the_table.o", elf("c")), ("d.o", elf("d")))
WHOLE = ar(*MEMBERS, index=(("a", 0), ("b", 1), ("c", 2), ("d", 3)))
HEADERS = [member.header_offset or 0 for member in read(WHOLE)]


def salvaged(data: bytes) -> Salvaged:
    return salvage(extent_of(data, HERE), HERE)


def names(data: bytes) -> list[str]:
    return [member.name for member in salvaged(data).archive]


def damaged(at: int, new: bytes) -> bytes:
    return WHOLE[:at] + new + WHOLE[at + len(new) :]


def test_of_a_sound_archive_nothing_is_lost() -> None:
    result = salvaged(WHOLE)
    assert result.lost == ()
    assert [(one.name, bytes(one.data)) for one in result.archive] == list(MEMBERS)


def test_a_member_that_is_cut_short_is_lost_and_named() -> None:
    result = salvaged(WHOLE[:-40])
    assert [member.name for member in result.archive] == [name for name, _ in MEMBERS[:3]]
    assert [(one.member, one.offset) for one in result.lost] == [("d.o", HEADERS[3])]


@pytest.mark.parametrize(
    ("field", "new"), [(58, b"xx"), (48, b"12a4      "), (48, b"9999999999")], ids=["end", "size", "too large"]
)
def test_reading_goes_on_behind_a_damaged_header(field: int, new: bytes) -> None:
    data = damaged(HEADERS[1] + field, new)
    assert names(data) == [name for name, _ in (MEMBERS[0], *MEMBERS[2:])]
    (lost,) = salvaged(data).lost
    assert (lost.offset, lost.offset + lost.size) == (HEADERS[1], HEADERS[2])


def test_a_member_in_front_of_a_lost_stretch_is_doubtful() -> None:
    result = salvaged(damaged(HEADERS[1] + 48, b"%-10d" % 120))
    assert result.doubtful == {1}


def test_members_of_a_nested_archive_are_not_taken_for_the_archives_own() -> None:
    inner = ar(("inner1.o", elf("i")), ("inner2.o", elf("j")))
    data = ar(("a.o", elf("a")), ("libin.a", inner), ("z.o", elf("z")))
    nested = data.index(b"libin.a/")
    broken = data[: nested + 58] + b"xx" + data[nested + 60 :]
    assert names(broken) == ["a.o"]


def test_a_member_whose_name_is_lost_keeps_its_bytes() -> None:
    table = WHOLE.index(b"//  ")
    result = salvaged(damaged(table + 58, b"xx"))
    assert [bytes(member.data) for member in result.archive] == [data for _, data in MEMBERS]
    assert result.renamed == {2}
    assert result.archive.members[2].name == f"unnamed-{HEADERS[2]:#x}.o"


def test_a_header_that_an_owner_made_longer_is_read() -> None:
    member = elf("b")
    long = f"{'b.o/':<16}{0:<12}{1234567:<6}{0:<6}{644:<8}{len(member):<10}`\n".encode() + member
    result = salvaged(b"!<arch>\n" + long)
    assert not result.lost
    assert result.repaired == {0}
    (only,) = result.archive.members
    assert (only.name, bytes(only.data), only.uid) == ("b.o", member, 0)


def test_the_first_bytes_of_an_archive_may_be_lost() -> None:
    assert names(damaged(0, b"????????")) == [name for name, _ in MEMBERS]
    with pytest.raises(UnsupportedError, match="no archive"):
        salvaged(b"hello, this is a text and no archive at all, however long it may be")


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_any_damage_gives_whole_members_or_an_error(data: st.DataObject) -> None:
    broken = bytearray(WHOLE)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(broken) - 1))
        broken[at : at + 10] = data.draw(st.binary(min_size=0, max_size=12))
    try:
        result = salvaged(bytes(broken))
    except ArfixError:
        return
    for member in result.archive:
        assert len(member.data) == member.size
    ends = [one.offset + one.size for one in result.lost]
    assert all(end <= len(broken) for end in ends)
