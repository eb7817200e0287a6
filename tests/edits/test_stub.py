from __future__ import annotations

import pytest

import arfix
from arfix.archive.write import write_archive
from arfix.edits.apply import apply
from arfix.edits.index import compare_index
from arfix.edits.stub import make_stub_archive, member_name, parse_request, plan_stub, target_of_archive
from arfix.errors import EditError, UnsupportedError
from arfix.stubs.behaviour import Fail, Return, Void
from arfix.stubs.build import Options, StubSymbol
from arfix.stubs.platform import CLibrary
from arfix.stubs.target import target_of_triple
from tests.ar_builder import ar
from tests.elf_builder import elf

TARGET = target_of_triple("x86_64-linux-gnu")
LIBRARY = arfix.read(ar(("user.o", elf("user", "?openlog", "?__errno_location")), index=(("user", 0),)))


def stubs(*texts: str) -> list[StubSymbol]:
    return [parse_request(text).stub for text in texts]


def test_a_plain_name_asks_the_knowledge_base() -> None:
    assert parse_request("openlog").stub.behaviour == Void()
    assert parse_request("setlogmask").stub.behaviour == Return(0)
    request = parse_request("frobnicate")
    assert request.stub.behaviour == Fail(-1, "ENOSYS")
    assert request.known is None


def test_what_is_asked_for_comes_first() -> None:
    request = parse_request("openlog=-1")
    assert (request.stub.behaviour, request.asked) == (Return(-1), True)


@pytest.mark.parametrize("text", ["", "=void", "a\0b"])
def test_no_name_is_refused(text: str) -> None:
    with pytest.raises(EditError, match="names no symbol"):
        parse_request(text)


def test_one_object_for_each_symbol_and_a_true_index() -> None:
    made = make_stub_archive(TARGET, stubs("a", "b=alias:a", "c=data:8", "d/e"), Options(), "stubs.a")
    archive = arfix.read(write_archive(made))
    assert [member.name for member in archive] == ["arfix-stub-a.o", "arfix-stub-c.o", "arfix-stub-d_e.o"]
    assert list(archive.index or ()) == [("a", 0), ("b", 0), ("c", 1), ("d/e", 2)]
    assert not compare_index(archive)


def test_same_stubs_same_bytes() -> None:
    names = stubs("a", "b", "c")
    once, again = (write_archive(make_stub_archive(TARGET, names, Options(), path)) for path in ("x.a", "y.a"))
    assert once == again


def test_plan_adds_at_the_end_and_apply_indexes() -> None:
    plan = plan_stub(LIBRARY, TARGET, stubs("openlog", "closelog"), Options())
    after = apply(LIBRARY, plan)
    assert [member.name for member in after] == ["user.o", member_name("openlog"), member_name("closelog")]
    assert list(after.index or ()) == [("user", 0), ("openlog", 1), ("closelog", 2)]


def test_a_second_time_there_is_nothing_to_do() -> None:
    after = apply(LIBRARY, plan_stub(LIBRARY, TARGET, stubs("openlog"), Options()))
    plan = plan_stub(after, TARGET, stubs("openlog"), Options())
    assert not plan
    assert plan.notes == ("1 of 1 stubs are there already",)
    assert len(plan_stub(after, TARGET, stubs("openlog", "closelog"), Options()).edits) == 1


def test_what_the_archive_defines_is_never_stubbed() -> None:
    with pytest.raises(EditError, match="user is defined here"):
        plan_stub(LIBRARY, TARGET, stubs("user"), Options())


def test_a_stub_with_another_behaviour_clashes_with_the_first() -> None:
    after = apply(LIBRARY, plan_stub(LIBRARY, TARGET, stubs("openlog"), Options()))
    with pytest.raises(EditError, match="openlog is defined here"):
        plan_stub(after, TARGET, stubs("openlog=-1"), Options())


def test_archive_tells_its_target() -> None:
    target = target_of_archive(LIBRARY)
    assert (target.machine, target.libc) == (62, CLibrary.GLIBC)


def test_library_may_show_in_a_late_member_or_in_what_the_archive_defines() -> None:
    late = arfix.read(ar(*((f"{n}.o", elf(f"f{n}")) for n in range(30)), ("z.o", elf("z", "?__errno"))))
    assert target_of_archive(late).libc is CLibrary.NEWLIB
    libc = arfix.read(ar(("errno.o", elf("__errno_location")), index=(("__errno_location", 0),)))
    assert target_of_archive(libc).libc is CLibrary.GLIBC
    silent = arfix.read(ar(("a.o", elf("a")), index=(("a", 0),)))
    assert target_of_archive(silent).libc is None


def test_an_archive_without_objects_tells_nothing() -> None:
    with pytest.raises(EditError, match="so the machine is not known"):
        target_of_archive(arfix.read(ar(("readme", b"text\n"))))


def test_broken_objects_are_passed_over() -> None:
    archive = arfix.read(ar(("cut.o", elf("a")[:40]), ("whole.o", elf("b", machine=183))))
    assert target_of_archive(archive).machine == 183


def test_a_thin_archive_is_refused() -> None:
    thin = arfix.read(b"!<thin>\n")
    with pytest.raises(UnsupportedError, match="thin"):
        plan_stub(thin, TARGET, stubs("a"), Options())


def test_aliases_in_a_circle_are_refused() -> None:
    with pytest.raises(EditError, match="circle"):
        make_stub_archive(TARGET, stubs("a=alias:b", "b=alias:a"), Options(), "x.a")


@pytest.mark.parametrize("name", ["stderr", "environ", "__libc_single_threaded", "optarg"])
def test_a_variable_of_the_c_library_gets_no_code(name: str) -> None:
    with pytest.raises(EditError, match="is a variable"):
        parse_request(name)
    assert parse_request(f"{name}=data:8").stub.name == name
