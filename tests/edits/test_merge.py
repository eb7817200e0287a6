from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from arfix.archive.model import Archive, Kind, Member
from arfix.archive.read import read_archive
from arfix.archive.source import BytesSource
from arfix.archive.write import write_archive
from arfix.edits.apply import apply
from arfix.edits.merge import LeftOutReason, Merge, plan_merge
from arfix.edits.nested_archives import OpenArchive, outermost
from arfix.errors import EditError, UnsupportedError, Where
from tests.ar_builder import ar, header
from tests.elf_builder import WEAK, Sym, elf

if TYPE_CHECKING:
    from collections.abc import Sequence


def opened(name: str, data: bytes) -> OpenArchive:
    where = Where(name)
    return outermost(read_archive(BytesSource(where, memoryview(data)), where))


def merge(*libraries: bytes, prefer: Sequence[str] = ()) -> Merge:
    return plan_merge(
        [opened(f"{name}.a", data) for name, data in zip("pqr", libraries, strict=False)], "out.a", prefer
    )


def result(merged: Merge) -> Archive:
    after = apply(merged.base, merged.plan)
    where = Where("out.a")
    return read_archive(BytesSource(where, memoryview(write_archive(after))), where)


def names(members: Sequence[Member]) -> list[str]:
    return [member.name for member in members]


def test_order_and_duplicates_are_kept() -> None:
    merged = merge(ar(("b.o", elf("b")), ("a.o", elf("a"))), ar(("a.o", elf("a2")), ("a.o", elf("a3"))))
    after = result(merged)
    assert names(after.members) == ["b.o", "a.o", "a.o", "a.o"]
    assert list(after.index or ()) == [("b", 0), ("a", 1), ("a2", 2), ("a3", 3)]
    assert not merged.left_out
    assert not merged.plan.warnings


def test_the_same_bytes_under_the_same_name_go_in_once() -> None:
    merged = merge(
        ar(("a.o", elf("a")), ("same.o", b"text")), ar(("a.o", elf("a")), ("other.o", b"text"), ("a.o", elf("x")))
    )
    assert names(result(merged).members) == ["a.o", "same.o", "other.o", "a.o"]
    (left_out,) = merged.left_out
    assert (left_out.why, str(left_out.gathered.origin), str(left_out.instead)) == (
        LeftOutReason.IDENTICAL,
        "q.a(a.o)",
        "p.a(a.o)",
    )


def test_headers_stay() -> None:
    first = ar(("a.o", elf("a")), date=11, uid=1, gid=2, mode=0o600)
    second = ar(("a_name_that_is_too_long.o", elf("b")), date=22, uid=3, gid=4, mode=0o755)
    after = result(merge(first, second))
    assert [(one.date, one.uid, one.gid, one.mode) for one in after] == [(11, 1, 2, 0o600), (22, 3, 4, 0o755)]


def test_nested_archives_are_resolved_and_counted() -> None:
    merged = merge(ar(("n.a", ar(("x.o", elf("x")), ("e.a", ar())))), ar(("y.o", elf("y"))))
    assert names(result(merged).members) == ["x.o", "y.o"]
    assert [(one.path, one.members, one.symbols, one.nested) for one in merged.inputs] == [
        ("p.a", 1, 1, 2),
        ("q.a", 1, 1, 0),
    ]
    assert merged.members[0].origin == "p.a(n.a(x.o))"


def test_a_nested_c_library_is_warned_of() -> None:
    (warning,) = merge(ar(("libc.a", ar(("x.o", elf("x")))))).plan.warnings
    assert "p.a(libc.a) is a piece of the C library" in warning


def test_clashes_between_inputs_are_warned_of_with_both_members() -> None:
    first = ar(("a.o", elf("f", "g", Sym("w", binding=WEAK))), ("own.o", elf("twice")), ("own.o", elf("twice", "o")))
    second = ar(("b.o", elf("g", "w", "f")), ("c.o", elf("c")))
    merged = merge(first, second)
    assert [(str(one.first), str(one.second), one.symbols) for one in merged.clashes] == [
        ("p.a(a.o)", "q.a(b.o)", ("f", "g"))
    ]
    (warning,) = merged.plan.warnings
    assert "2 symbols are defined by two inputs" in warning
    assert "f, g in p.a(a.o) and q.a(b.o)" in warning
    assert len(result(merged)) == 5


def test_a_clash_inside_one_input_is_its_own_affair_even_through_a_copy() -> None:
    shared, rival = ("a.o", elf("f")), ("b.o", elf("f", "g"))
    assert not merge(ar(shared), ar(shared, rival)).clashes
    (clash,) = merge(ar(shared), ar(rival)).clashes
    assert clash.symbols == ("f",)


def test_the_preferred_input_wins_wherever_it_stands() -> None:
    first, second = ar(("a.o", elf("f")), ("b.o", elf("b"))), ar(("c.o", elf("f", "only")))
    merged = merge(first, second, prefer=["q.a"])
    assert names(result(merged).members) == ["b.o", "c.o"]
    assert not merged.clashes
    merged = merge(first, second, prefer=["p.a"])
    assert names(result(merged).members) == ["a.o", "b.o"]
    assert merged.plan.notes == ("with q.a(c.o) goes only, which nothing in the result needs",)
    (left_out,) = merged.left_out
    assert (left_out.why, str(left_out.instead)) == (LeftOutReason.PREFERRED, "p.a(a.o)")


def test_preference_has_an_order() -> None:
    libraries = [ar((f"{name}.o", elf("f"))) for name in "abc"]
    assert names(result(merge(*libraries, prefer=["r.a", "q.a"])).members) == ["c.o"]
    merged = merge(*libraries, prefer=["q.a"])
    assert names(result(merged).members) == ["b.o"]
    no_choice = merge(ar(("a.o", elf("f"))), ar(("b.o", elf("f"))), ar(("c.o", elf("c"))), prefer=["r.a"])
    assert len(no_choice.clashes) == 1


def test_what_is_needed_for_more_than_the_clash_is_not_left_out() -> None:
    first = ar(("a.o", elf("f")))
    second = ar(("b.o", elf("f", "only")), ("user.o", elf("user", "?only")))
    with pytest.raises(EditError, match=r"q\.a\(user\.o\) needs only, defined in q\.a\(b\.o\)"):
        merge(first, second, prefer=["p.a"])


def test_a_weak_need_is_noted() -> None:
    second = ar(("b.o", elf("f", "only")), ("user.o", elf("user", Sym("only", "*UND*", binding=WEAK))))
    assert merge(ar(("a.o", elf("f"))), second, prefer=["p.a"]).plan.notes[0] == (
        "q.a(user.o) refers to only weakly; with q.a(b.o) left out it is null"
    )


def test_preferring_what_is_no_input_is_refused() -> None:
    with pytest.raises(EditError, match=r'no input is called "z\.a"') as caught:
        merge(ar(), ar(), prefer=["z.a"])
    assert "p.a, q.a" in (caught.value.hint or "")


def test_the_kind_is_that_of_the_first_input_with_members() -> None:
    bsd = b"!<arch>\n" + header("#1/4", 9) + b"a.o\0text\n\n"
    assert plan_merge([opened("e.a", ar()), opened("b.a", bsd)], "out.a").base.kind is Kind.BSD
    after = result(merge(ar(("x.o", elf("x"))), bsd))
    assert (after.kind, names(after.members)) == (Kind.GNU, ["x.o", "a.o"])
    assert after.members[1].header.startswith(b"a.o/ ")
    after = result(merge(bsd, ar(("x.o", elf("x")))))
    assert (after.kind, names(after.members)) == (Kind.BSD, ["a.o", "x.o"])
    assert list(after.index or ()) == [("x", 1)]


def test_what_cannot_be_carried_is_refused() -> None:
    extra = b"!<arch>\n" + header("/<XFGHASHMAP>/", 4) + b"hash" + ar(("a.o", elf("a")))[8:]
    with pytest.raises(UnsupportedError, match="XFGHASHMAP"):
        merge(extra)


def test_empty_archives_make_an_empty_archive() -> None:
    merged = merge(ar(), ar())
    assert write_archive(apply(merged.base, merged.plan)) == b"!<arch>\n"


def test_many_clashes_are_counted() -> None:
    first = ar(*((f"a{number}.o", elf(f"f{number}")) for number in range(12)))
    second = ar(*((f"b{number}.o", elf(f"f{number}")) for number in range(12)))
    assert merge(first, second).plan.warnings[0].endswith("and 2 more pairs of members")
