from __future__ import annotations

from dataclasses import replace

import pytest

from arfix.archive.model import Index
from arfix.archive.read import read
from arfix.edits.apply import apply
from arfix.edits.index import build_index, compare_index, describe_difference, plan_index
from arfix.errors import EditError
from tests.ar_builder import ar
from tests.elf_builder import COMMON, DEBUG_OF_BYTECODE, HIDDEN, SYMBOL_OF_BYTECODE, TEXT, UNIQUE, WEAK, Sym, elf

OBJECTS = (("a.o", elf("a1", "a2", "?x")), ("t.txt", b"text\n"), ("b.o", elf("b1")), ("b.o", elf("b2")))
RIGHT = (("a1", 0), ("a2", 0), ("b1", 2), ("b2", 3))
#: Bytecode that ends where its symbols should be.
CUT = b"BC\xc0\xde" + bytes(8)


def test_what_goes_in_and_in_which_order() -> None:
    symbols = (
        Sym("local", binding=0),
        Sym("common", COMMON, value=4, size=4),
        Sym("weak", binding=WEAK),
        Sym("unique", binding=UNIQUE),
        Sym("absolute", "*ABS*"),
        Sym("hidden", visibility=HIDDEN),
    )
    archive = read(ar(("z.o", elf(*symbols, "?needed")), ("a.o", elf("twice")), ("b.o", elf("twice"))))
    index = build_index(archive.members)
    assert index is not None
    assert sorted(name for name, at in index if at == 0) == ["absolute", "common", "hidden", "unique", "weak"]
    assert list(index)[5:] == [("twice", 1), ("twice", 2)]


def test_an_index_may_lack_what_only_the_bytecode_refers_to() -> None:
    member = ("x.o", elf(SYMBOL_OF_BYTECODE, "x", sections=(TEXT, DEBUG_OF_BYTECODE)))
    assert not compare_index(read(ar(member, index=(("x", 0),))))
    assert compare_index(read(ar(member, index=((SYMBOL_OF_BYTECODE.name, 0),)))).absent == (("x", "x.o"),)


def test_no_object_no_index() -> None:
    assert build_index(read(ar(("t.txt", b"text\n"))).members) is None
    assert build_index(()) is None
    assert build_index(read(ar(("u.o", elf("?u")))).members) == Index((), ())


@pytest.mark.parametrize(
    ("index", "said"),
    [
        (None, "there is no index"),
        (RIGHT[:3], "1 entry is missing (b2 in b.o#2)"),
        ((*RIGHT, ("ghost", 1)), "1 entry is wrong (ghost in t.txt)"),
        (RIGHT[::-1], "the entries are right, but not in the order of the members"),
        ((("a1", 2), *RIGHT[1:]), "1 entry is missing (a1 in a.o); 1 entry is wrong (a1 in b.o)"),
        ((), "4 entries are missing (a1 in a.o, a2 in a.o, b1 in b.o, ...)"),
        (RIGHT, ""),
    ],
)
def test_differences(index: tuple[tuple[str, int], ...] | None, said: str) -> None:
    archive = read(ar(*OBJECTS, index=index))
    plan, difference = plan_index(archive)
    assert "; ".join(describe_difference(difference)) == said
    assert bool(plan) is bool(difference) is bool(said)
    assert list(apply(archive, plan).index or ()) == list(RIGHT)


def test_an_index_without_objects_is_superfluous() -> None:
    archive = read(ar(("t.txt", b"text\n"), index=()))
    plan, difference = plan_index(archive)
    assert difference.superfluous
    assert apply(archive, plan).index is None


def test_an_entry_astray_is_wrong() -> None:
    data = bytearray(ar(*OBJECTS, index=RIGHT))
    data[8 + 60 + 7] += 2
    difference = compare_index(read(bytes(data)))
    assert difference.wrong == (("a1", "?"),)
    assert difference.absent == (("a1", "a.o"),)


def test_entries_of_members_that_cannot_be_read_are_kept() -> None:
    members = (("a.o", elf("a")), ("w.o", CUT), ("b.o", elf("b")))
    archive = read(ar(*members, index=(("w1", 1), ("a", 0), ("w2", 1))))
    plan, _ = plan_index(archive)
    assert "w.o" in plan.warnings[0]
    assert "kept" in plan.warnings[0]
    assert list(apply(archive, plan).index or ()) == [("a", 0), ("w1", 1), ("w2", 1), ("b", 2)]


def test_a_damaged_index_is_not_replaced_by_a_poorer_one() -> None:
    data = bytearray(ar(("a.o", elf("a")), ("w.o", CUT), index=(("a", 0), ("w", 1))))
    data[8 + 60 : 8 + 64] = b"\xff\xff\xff\xff"  # the count
    archive = read(bytes(data))
    assert archive.index is None
    with pytest.raises(EditError, match="would be lost"):
        plan_index(archive)


def test_a_sorted_index_stays_sorted_while_its_names_are_unique() -> None:
    archive = read(ar(("a.o", elf("z", "a")), ("b.o", elf("m"))))
    sorted_one = replace(archive, index=Index(("a", "m", "z"), (0, 1, 0), sorted_by_name=True))
    assert not compare_index(sorted_one)
    twice = read(ar(("a.o", elf("z")), ("b.o", elf("z"))))
    built = build_index(twice.members, Index(("z",), (0,), sorted_by_name=True))
    assert built == Index(("z", "z"), (0, 1), sorted_by_name=False)
