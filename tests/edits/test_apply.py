from __future__ import annotations

from dataclasses import replace

import pytest

from arfix.archive.header import new_header
from arfix.archive.model import Archive, Index, Kind, Member
from arfix.archive.read import read
from arfix.archive.source import extent_of
from arfix.edits.apply import apply
from arfix.edits.plan import Add, Drop, Edit, Plan, Reindex, Replace
from arfix.errors import EditError, UnsupportedError, Where
from tests.ar_builder import ar
from tests.elf_builder import elf

ARCHIVE = read(
    ar(("a.o", elf("a")), ("b.o", elf("b")), ("c.o", elf("c")), index=(("a", 0), ("b", 1), ("c", 2), ("c2", 2)))
)


def member(name: str, *symbols: str) -> Member:
    return Member(name, new_header(), extent_of(elf(*symbols), Where(name)))


def plan(*edits: Edit) -> Plan:
    return Plan("lib.a", edits)


def test_an_empty_plan_changes_nothing() -> None:
    assert apply(ARCHIVE, plan()) is ARCHIVE


def test_all_edits_at_once_by_the_positions_of_the_archive_as_it_was() -> None:
    edits = plan(
        Add(0, member("first.o", "first"), "first.o", ""),
        Drop(0, "a.o", ""),
        Add(1, member("x.o", "x1", "x2"), "x.o", ""),
        Add(1, member("y.o", "y"), "y.o", ""),
        Replace(2, "c.o", member("c.o", "new_c"), ""),
        Add(3, member("last.o", "last"), "last.o", ""),
    )
    result = apply(ARCHIVE, edits)
    assert [one.name for one in result] == ["first.o", "x.o", "y.o", "b.o", "c.o", "last.o"]
    assert list(result.index or ()) == [
        ("first", 0),
        ("x1", 1),
        ("x2", 1),
        ("y", 2),
        ("b", 3),
        ("new_c", 4),
        ("last", 5),
    ]
    assert result.source is None


def test_entries_are_carried_over_even_when_the_object_does_not_bear_them_out() -> None:
    result = apply(ARCHIVE, plan(Drop(0, "a.o", "")))
    assert list(result.index or ()) == [("b", 0), ("c", 1), ("c2", 1)]
    rebuilt = apply(ARCHIVE, plan(Drop(0, "a.o", ""), Reindex("")))
    assert list(rebuilt.index or ()) == [("b", 0), ("c", 1)]


def test_an_index_in_another_order_keeps_its_order() -> None:
    shuffled = replace(ARCHIVE, index=Index(("c", "a", "b"), (2, 0, 1)))
    result = apply(shuffled, plan(Add(0, member("x.o", "x"), "x.o", "")))
    assert list(result.index or ()) == [("c", 3), ("a", 1), ("b", 2), ("x", 0)]
    by_name = replace(ARCHIVE, index=Index(("a", "b", "c"), (0, 1, 2), sorted_by_name=True))
    result = apply(by_name, plan(Add(0, member("x.o", "bb"), "x.o", "")))
    assert list(result.index or ()) == [("a", 1), ("b", 2), ("bb", 0), ("c", 3)]


@pytest.mark.parametrize(
    "edit",
    [
        Drop(0, "b.o", ""),
        Drop(3, "d.o", ""),
        Drop(-1, "c.o", ""),
        Replace(1, "x.o", member("x.o"), ""),
        Add(4, member("x.o"), "x.o", ""),
    ],
)
def test_a_plan_for_another_archive_is_refused(edit: Edit) -> None:
    with pytest.raises(EditError, match="the plan is not for this archive"):
        apply(ARCHIVE, plan(edit))


@pytest.mark.parametrize("edits", [(), (Reindex(""),)], ids=["carried", "rebuilt"])
def test_entries_that_the_plan_knows_are_taken(edits: tuple[Edit, ...]) -> None:
    wasm = Member("w.o", new_header(), extent_of(b"\0asm\1\0\0\0", Where("w.o")))
    added = Add(1, wasm, "w.a(w.o)", "", entries=("w1", "w2")), Add(3, member("x.o", "x"), "x.o", "")
    result = apply(ARCHIVE, plan(Drop(2, "c.o", ""), *added, *edits))
    assert list(result.index or ()) == [("a", 0), ("w1", 1), ("w2", 1), ("b", 2), ("x", 3)]


def test_a_first_index_is_little_endian_in_a_darwin_archive_and_big_in_a_gnu_one() -> None:
    members = (Member("a.o", new_header(), extent_of(elf("a"), Where("a.o"))),)
    for kind, order in ((Kind.DARWIN, "little"), (Kind.BSD, "little"), (Kind.GNU, "big")):
        index = apply(Archive(kind, members, None), plan(Reindex(""))).index
        assert index is not None
        assert index.byte_order == order


def test_an_archive_of_objects_has_an_index_after_any_edit() -> None:
    without = read(ar(("a.o", elf("f")), ("b.o", elf("g")), ("t", b"text")))
    after = apply(without, Plan("x.a", edits=(Drop(2, "t", ""),)))
    assert after.index is not None
    assert list(after.index) == [("f", 0), ("g", 1)]
    text = read(ar(("t", b"text"), ("u", b"text")))
    assert apply(text, Plan("x.a", edits=(Drop(0, "t", ""),))).index is None


def test_members_of_a_thin_archive_get_no_bytes_of_their_own() -> None:
    regular = read(ar(("a.o", elf("f"))))
    member = replace(regular.members[0], header_offset=None)
    thin = replace(regular, thin=True, members=(replace(regular.members[0], thin_path="a.o"),))
    for edit in (Add(1, member, "", ""), Replace(0, "a.o", member, "")):
        with pytest.raises(UnsupportedError, match="thin"):
            apply(thin, Plan("x.a", edits=(edit,)))
