from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.archive.read import read
from arfix.diff.compare import DiffOptions, diff_archives
from arfix.diff.shape import DiffAspect
from arfix.edits.nested_archives import outermost
from tests.ar_builder import ar, header
from tests.elf_builder import ALLOC, EXEC, FUNC, LOCAL, WEAK, Sec, Sym, elf

if TYPE_CHECKING:
    from arfix.diff.difference import Difference

STACK = Sec(".note.GNU-stack", flags=0)


def diff(old: bytes, new: bytes, **options: bool) -> Difference:
    return diff_archives(outermost(read(old)), outermost(read(new)), DiffOptions(**options))


def members(found: Difference) -> list[tuple[str, str | None, str | None, list[str]]]:
    return [(one.change.value, one.old, one.new, [aspect.value for aspect in one.aspects]) for one in found.members]


def symbols(found: Difference) -> list[tuple[str, str, list[str]]]:
    return [(one.change.value, one.name, [aspect.value for aspect in one.aspects]) for one in found.symbols]


def text(data: bytes) -> Sec:
    return Sec(".text", data, flags=ALLOC | EXEC)


def test_the_same_archive_and_one_that_only_looks_different() -> None:
    one = ar(("a.o", elf("f", "g")), ("b.o", elf("h")), date=1)
    other = ar(("b.o", elf("h")), ("a.o", elf("g", "f")), index=(("h", 0),), date=2)
    assert not diff(one, one)
    assert not diff(one, other)


def test_members_and_symbols_come_and_go() -> None:
    found = diff(ar(("a.o", elf("f")), ("b.o", elf("g"))), ar(("a.o", elf("f")), ("c.o", elf("h", "?puts"))))
    assert members(found) == [("removed", "b.o", None, []), ("added", None, "c.o", [])]
    assert symbols(found) == [("removed", "g", []), ("added", "h", [])]
    assert (found.needs_added, found.needs_removed) == (("puts",), ())


def test_a_member_with_another_name_was_renamed() -> None:
    same = diff(ar(("a.o", elf("f", "?x"))), ar(("b.o", elf("f", "?x"))))
    assert members(same) == [("renamed", "a.o", "b.o", [])]
    assert not same.symbols
    changed = diff(ar(("a.o", elf(Sym("f", size=1)))), ar(("b.o", elf(Sym("f", size=0)))))
    assert members(changed) == [("renamed", "a.o", "b.o", ["size"])]


def test_a_symbol_that_moved_is_neither_added_nor_removed() -> None:
    old, new = ar(("a.o", elf("f", "g")), ("b.o", elf("h"))), ar(("a.o", elf("f")), ("b.o", elf("h", "g")))
    found = diff(old, new)
    assert symbols(found) == [("changed", "g", ["member"])]
    (change,) = found.symbols
    assert change.old is not None
    assert change.new is not None
    assert (change.old.member, change.new.member) == ("a.o", "b.o")
    assert members(found) == [("changed", "a.o", "a.o", ["symbols"]), ("changed", "b.o", "b.o", ["symbols"])]


def test_a_copy_of_a_symbol_may_go_while_another_stays() -> None:
    copy = Sym("inline", binding=WEAK)
    found = diff(ar(("a.o", elf(copy, "f")), ("b.o", elf(copy))), ar(("a.o", elf("f")), ("b.o", elf(copy))))
    assert not found.symbols
    assert members(found) == [("changed", "a.o", "a.o", ["symbols"])]


def test_a_static_function_is_told_with_its_member() -> None:
    def library(code: bytes, *more: Sym) -> bytes:
        static = Sym("helper", binding=LOCAL, type=FUNC, size=2)
        return ar(("a.o", elf(static, Sym("f", value=2, size=1), *more, sections=(text(code), STACK))))

    found = diff(library(b"\1\2\3"), library(b"\1\4\3", Sym("extra", binding=LOCAL, type=FUNC, value=2)))
    (member,) = found.members
    assert [(one.change.value, one.name) for one in member.statics] == [("added", "extra"), ("changed", "helper")]
    assert (member.aspects, member.sections) == ((DiffAspect.CODE,), (".text",))
    assert not found.symbols


def test_the_abi_of_a_member() -> None:
    (member,) = diff(ar(("a.o", elf("f"))), ar(("a.o", elf("f", sections=(text(b"\xc3"),), flags=3)))).members
    assert member.abi == (("flags", "0x0", "0x3"), ("stack-note", "not-executable", "missing"))
    assert member.aspects == (DiffAspect.ABI,)


def test_contents_that_no_symbol_covers() -> None:
    old, new = (ar(("a.o", elf("f", sections=(text(b"\xc3"), Sec(".rodata", data), STACK)))) for data in (b"1", b"2"))
    (member,) = diff(old, new).members
    assert (member.aspects, member.sections) == ((DiffAspect.CONTENTS,), (".rodata",))


def test_members_that_are_no_objects_or_cannot_be_read_have_contents() -> None:
    found = diff(ar(("t", b"one\n"), ("b.o", elf("f")[:70])), ar(("t", b"two\n"), ("b.o", elf("g")[:71])))
    assert [one.aspects for one in found.members] == [(DiffAspect.CONTENTS,), (DiffAspect.CONTENTS,)]


def test_debug_sections_dates_and_order_when_asked_for() -> None:
    def library(debug: bytes, *names: str, date: int) -> bytes:
        made = elf("f", sections=(text(b"\xc3"), STACK, Sec(".debug_info", debug, flags=0)))
        return ar(*((name, made) for name in names), date=date)

    old, new = library(b"1", "a.o", "b.o", "c.o", date=1), library(b"2", "b.o", "c.o", "a.o", date=2)
    assert not diff(old, new)
    with_debug = diff(old, new, debug=True)
    assert [one.sections for one in with_debug.members] == [(".debug_info",)] * 3
    assert [one.old for one in diff(old, new, order=True).members] == ["a.o"]
    assert {one.header for one in diff(old, new, dates=True).members} == {(("date", 1, 2),)}


def test_nested_archives_are_compared_member_by_member() -> None:
    old, new = (ar(("n.a", ar(("a.o", elf("f")), ("b.o", elf(name))))) for name in ("g", "h"))
    found = diff(old, new)
    assert members(found) == [("changed", "n.a(b.o)", "n.a(b.o)", ["symbols"])]
    assert symbols(found) == [("removed", "g", []), ("added", "h", [])]


def test_the_kind_of_archive_is_told() -> None:
    bsd = b"!<arch>\n" + header("#1/4", 9) + b"a.o\0text\n\n"
    assert diff(ar(("a.o", b"text\n")), bsd).kinds == ("gnu", "bsd")


def test_a_default_version_satisfies_the_plain_name() -> None:
    assert not diff(ar(("a.o", elf("f@@V1", "?f"))), ar(("a.o", elf("f@@V1")))).needs_removed
