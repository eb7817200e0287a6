from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from arfix import open as open_archive
from arfix.archive.files import opener_beside, save
from arfix.archive.read import read
from arfix.edits.apply import apply
from arfix.edits.flatten import plan_flatten
from arfix.edits.nested_archives import outermost
from arfix.edits.plan import Drop, Plan
from arfix.edits.requests import FlattenChoice
from arfix.errors import ArfixError, EditError, FormatError, UnsupportedError
from tests.ar_builder import ar, header
from tests.elf_builder import COMMON, HIDDEN, WEAK, Sec, Sym, elf
from tests.tools import need, output_of

if TYPE_CHECKING:
    from pathlib import Path

INNER = ar(("y.o", elf("y", "?z")), ("z.o", elf("z")), ("w.o", elf("w")))


def flatten(data: bytes, choice: FlattenChoice | None = None) -> tuple[list[str], Plan]:
    archive = read(data)
    plan = plan_flatten(outermost(archive), choice)
    return [member.name for member in apply(archive, plan)], plan


def reasons(plan: Plan) -> dict[str, str]:
    return {edit.name: edit.reason for edit in plan.edits if isinstance(edit, Drop)}


def test_members_take_the_place_of_their_archive_in_order() -> None:
    data = ar(("a.o", elf("a")), ("n.a", INNER), ("b.o", elf("b")), index=(("a", 0), ("b", 2)))
    names, plan = flatten(data)
    assert names == ["a.o", "y.o", "z.o", "w.o", "b.o"]
    assert reasons(plan) == {"n.a": "its 3 members take its place"}
    assert next(edit.origin for edit in plan.additions) == "<bytes>(n.a(y.o))"
    archive = read(data)
    assert list(apply(archive, plan).index or ()) == [("a", 0), ("y", 1), ("z", 2), ("w", 3), ("b", 4)]


def test_any_depth() -> None:
    deep = ar(("x.o", elf("x")), ("m.a", ar(("n.a", INNER), ("v.o", elf("v")))))
    names, plan = flatten(ar(("deep.a", deep), ("a.o", elf("a"))))
    assert names == ["x.o", "y.o", "z.o", "w.o", "v.o", "a.o"]
    assert plan.additions[1].origin == "<bytes>(deep.a(m.a(n.a(y.o))))"


def test_drop_takes_them_all_away() -> None:
    names, plan = flatten(ar(("a.o", elf("a")), ("n.a", INNER), ("e.a", b"!<arch>\n")), FlattenChoice.DROP)
    assert names == ["a.o"]
    assert reasons(plan) == {"n.a": "an archive of 3 members", "e.a": "an empty archive"}


def test_what_only_stands_for_a_library_goes_too() -> None:
    script = b"/* GNU ld script */\nGROUP ( /lib/libm-2.36.a /lib/libmvec.a )\n"
    names, plan = flatten(ar(("libm.a", script), ("a.o", elf("a")), ("notes", b"text\n")))
    assert names == ["a.o", "notes"]
    assert "linker script" in reasons(plan)["libm.a"]
    names, plan = flatten(ar(("n.a", ar(("libm.a", script), ("y.o", elf("y"))))))
    assert names == ["y.o"]
    assert "libm.a) is left out" in plan.notes[0].replace("))", ")")


def test_needed_takes_what_the_own_objects_need_and_what_that_needs() -> None:
    names, plan = flatten(
        ar(("a.o", elf("a", "?y")), ("n.a", INNER), ("m.a", ar(("w.o", elf("w"))))), FlattenChoice.NEEDED
    )
    assert names == ["a.o", "y.o", "z.o"]
    assert reasons(plan) == {"n.a": "2 of its 3 members are needed", "m.a": "nothing needs it"}


def test_needed_does_not_take_what_is_defined_already_or_only_weakly_wanted() -> None:
    own = elf("y", Sym("w", "*UND*", binding=WEAK), "?y")
    assert flatten(ar(("a.o", own), ("n.a", INNER)), FlattenChoice.NEEDED)[0] == ["a.o"]


def test_one_name_and_the_same_bytes_go_in_once_other_bytes_are_kept() -> None:
    data = ar(
        ("y.o", elf("y", "?z")),
        ("n.a", ar(("y.o", elf("y", "?z")), ("u.o", elf("u")))),
        ("m.a", ar(("y.o", elf("other")), ("u.o", elf("u")), ("same-as-u.o", elf("u")))),
    )
    names, plan = flatten(data)
    assert names == ["y.o", "u.o", "y.o", "same-as-u.o"]
    assert len(plan.notes) == 2
    assert plan.notes[0].startswith("1 member is left out of n.a")


def test_strong_symbols_defined_twice_are_told_with_both_members() -> None:
    data = ar(("a.o", elf("f", "a")), ("n.a", ar(("b.o", elf("f", "b")))), ("m.a", ar(("c.o", elf("b")))))
    _, plan = flatten(data)
    assert plan.warnings == (
        "f is defined in a.o and in <bytes>(n.a(b.o)); a whole-archive link refuses that",
        "b is defined in <bytes>(n.a(b.o)) and in <bytes>(m.a(c.o)); a whole-archive link refuses that",
    )


@pytest.mark.parametrize(
    "symbol",
    [Sym("f", binding=WEAK), Sym("f", COMMON, value=4, size=4), Sym("f", "*ABS*", value=7), Sym("f", binding=0)],
)
def test_what_may_stand_twice_is_no_clash(symbol: Sym) -> None:
    _, plan = flatten(ar(("a.o", elf(symbol, "a")), ("n.a", ar(("b.o", elf(symbol, "b"))))))
    assert plan.warnings == ()


def test_comdat_copies_are_no_clash() -> None:
    section = Sec(".text.f", b"\xc3", flags=6, group="f")
    one, other = (elf(Sym("f", ".text.f", visibility=HIDDEN), name, sections=(section, Sec(".text"))) for name in "ab")
    _, plan = flatten(ar(("a.o", one), ("n.a", ar(("b.o", other)))))
    assert plan.warnings == ()


def test_many_clashes_are_counted() -> None:
    names = [f"f{number}" for number in range(30)]
    _, plan = flatten(ar(("a.o", elf(*names)), ("n.a", ar(("b.o", elf(*names, "b"))))))
    assert plan.warnings[-1] == "20 more symbols are defined twice"


def test_pieces_of_the_c_library_are_spliced_with_a_warning() -> None:
    inner = ar(("open.o", elf("open", "sin")))
    for name in ("libc.a", "libm-2.36.a", "libposix.a", "libgcc.a"):
        names, plan = flatten(ar((name, inner)))
        assert names == ["open.o"]
        assert name in plan.warnings[0]
        assert "`FlattenChoice.DROP`" in plan.warnings[0]
    assert flatten(ar(("libcurl.a", inner)))[1].warnings == ()
    assert flatten(ar(("libutil.a", INNER)))[1].warnings == ()


def test_nothing_nested_nothing_to_do() -> None:
    assert not flatten(ar(("a.o", elf("a")), ("readme", b"text\n")))[1]


def test_a_damaged_nested_archive_stops_everything() -> None:
    with pytest.raises(FormatError, match=r"<bytes>\(n\.a\(m\.a\)\)"):
        flatten(ar(("n.a", ar(("m.a", b"!<arch>\n" + b"?" * 60)))))


def test_too_deep_is_refused() -> None:
    data = INNER
    for level in range(20):
        data = ar((f"{level}.a", data))
    with pytest.raises(UnsupportedError, match="nested deeper"):
        flatten(data)


def open_flat(path: Path, choice: FlattenChoice | None = None) -> list[tuple[str, bytes]]:
    with open_archive(path) as archive:
        opened = outermost(archive, opener_beside(str(path)))
        flat = apply(archive, plan_flatten(opened, choice))
        save(flat, path.with_name("flat.a"))
    with open_archive(path.with_name("flat.a")) as flat:
        return [(member.name, bytes(member.data)) for member in flat]


def test_a_thin_nested_archive_is_resolved(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "y.o").write_bytes(elf("y"))
    output_of(need("ar"), "rcT", "thin.a", "sub/y.o", cwd=tmp_path)
    (tmp_path / "lib.a").write_bytes(ar(("a.o", elf("a")), ("thin.a", (tmp_path / "thin.a").read_bytes())))
    assert open_flat(tmp_path / "lib.a") == [("a.o", elf("a")), ("y.o", elf("y"))]


def test_into_a_thin_archive_the_members_are_referred_to(tmp_path: Path) -> None:
    (tmp_path / "n.a").write_bytes(INNER)
    front = b"!<thin>\n" + header("//", 6) + b"n.a/\n\n"
    (tmp_path / "lib.a").write_bytes(front + header("/0", len(INNER)))
    assert [name for name, _ in open_flat(tmp_path / "lib.a")] == ["y.o", "z.o", "w.o"]
    assert (tmp_path / "flat.a").stat().st_size < len(INNER)
    (tmp_path / "n.a").write_bytes(outer := ar(("m.a", INNER)))
    (tmp_path / "lib.a").write_bytes(front + header("/0", len(outer)))
    with pytest.raises(EditError, match="thin archive cannot refer"):
        open_flat(tmp_path / "lib.a")


def test_an_archive_in_itself_is_an_error(tmp_path: Path) -> None:
    front = b"!<thin>\n" + header("//", 8) + b"lib.a/\n\n"
    (tmp_path / "lib.a").write_bytes(front + header("/0", len(front) + 60))
    with pytest.raises(ArfixError, match="contains itself"):
        open_flat(tmp_path / "lib.a")
