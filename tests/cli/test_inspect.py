from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING

import pytest

from tests.ar_builder import ar, header
from tests.elf_builder import HIDDEN, OBJECT, WEAK, Sym, elf
from tests.run_arfix import arfix
from tests.tools import need, output_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Golden = Callable[[str, str], None]

NESTED = ar(("y.o", elf("y", "?z")), ("deep.a", ar(("t.txt", b"text\n"))))


def write(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def on_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(io, "StringIO", Terminal)


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    symbols = (Sym("weak", binding=WEAK), Sym("data", type=OBJECT, visibility=HIDDEN))
    members = (("x.o", elf("one", "?printf")), ("x.o", elf("two", *symbols)), ("n.a", NESTED), ("readme", b"text\n"))
    write(tmp_path / "lib.a", ar(*members, index=(("one", 0), ("two", 1), ("weak", 1), ("data", 1))))
    return tmp_path.joinpath("lib.a").relative_to(tmp_path)


def test_summary_table_and_tree(small: Path, golden: Golden) -> None:
    ran = arfix("inspect", small)
    assert ran.code == 0
    golden("inspect.txt", ran.stdout)


def test_symbols(small: Path, golden: Golden) -> None:
    golden("inspect-symbols.txt", arfix("inspect", "--symbols", small).stdout)


def test_json(small: Path) -> None:
    (archive,) = arfix("inspect", "--json", "--symbols", small).json["archives"]
    assert (archive["path"], archive["kind"], archive["index"]) == ("lib.a", "gnu", {"entries": 4, "wrong": 0})
    assert [member["label"] for member in archive["members"]] == ["x.o", "x.o#2", "n.a", "readme"]
    assert archive["members"][1]["defined"] == 3
    assert archive["members"][1]["symbols"][2]["visibility"] in {"hidden", "default"}
    nested = archive["members"][2]["nested"]
    assert [member["name"] for member in nested["members"]] == ["y.o", "deep.a"]
    assert nested["members"][1]["nested"]["members"][0]["content"] == "text"


def test_a_long_list_is_whole_in_a_pipe_and_short_on_a_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    members = [(f"member{number:03}.o", elf(f"f{number}")) for number in range(900)]
    members[450] = ("odd.txt", b"text\n")
    members[600] = ("arm.o", elf("f", machine=183))
    path = write(tmp_path / "lib.a", ar(*members))
    whole = arfix("inspect", path).stdout
    assert whole.count("\n") == 904
    on_terminal(monkeypatch)
    short = arfix("inspect", "--color", "never", path).stdout
    assert "odd.txt" in short
    assert "arm.o" in short
    assert "and 893 members more like the rest; --all lists them" in short
    assert short.count("\n") < 20
    assert arfix("inspect", "--color", "never", "--all", path).stdout.count("\n") == 904


def test_nested_lists_are_short_unless_all_is_asked_for(tmp_path: Path) -> None:
    inner = ar(*((f"m{number}.o", elf(f"f{number}")) for number in range(30)))
    path = write(tmp_path / "lib.a", ar(("n.a", inner)))
    assert "... 23 more" in arfix("inspect", path).stdout
    assert "m29.o" in arfix("inspect", "--all", path).stdout


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"INPUT(libm.a)\n", "a linker script"),
        (elf("x"), "an ELF object"),
        (b"", "an empty file"),
        (b"just words\n", "text"),
    ],
)
def test_what_is_no_archive_is_named_for_what_it_is(tmp_path: Path, data: bytes, said: str) -> None:
    ran = arfix("inspect", write(tmp_path / "lib.a", data))
    assert ran.code == 2
    assert said in ran.stderr


def test_several_archives_go_on_after_one_that_cannot_be_read(tmp_path: Path) -> None:
    good = write(tmp_path / "good.a", ar(("a.o", elf("a"))))
    bad = write(tmp_path / "bad.a", b"text\n")
    ran = arfix("inspect", bad, tmp_path, good)
    assert ran.code == 2
    assert "a directory" in ran.stderr
    assert "good.a: GNU archive" in ran.stdout
    json = arfix("inspect", "--json", good, bad, good).json
    assert (len(json["archives"]), len(json["errors"])) == (2, 1)


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    class Stdin:
        buffer = io.BytesIO(ar(("a.o", elf("a"))))

    monkeypatch.setattr(sys, "stdin", Stdin())
    ran = arfix("inspect", "-")
    assert ran.code == 0
    assert ran.stdout.startswith("-: GNU archive, ")


def test_damage_is_shown_where_it_is(tmp_path: Path) -> None:
    broken = bytearray(elf("?f"))
    broken[58:60] = b"\xff\xff"
    members = (("broken.o", bytes(broken)), ("cut.a", b"!<arch>\n" + b"x" * 60), ("a.o", elf("a")))
    path = write(tmp_path / "lib.a", ar(*members, index=(("a", 2),)))
    ran = arfix("inspect", path)
    assert ran.code == 0
    assert "elf-other, damaged" in ran.stdout
    assert "archive, damaged" in ran.stdout
    assert f"{path}(cut.a)" in ran.stdout


def test_thin_members_that_are_gone(tmp_path: Path) -> None:
    write(tmp_path / "a.o", elf("a"))
    write(tmp_path / "b.o", elf("b"))
    output_of(need("ar"), "rcT", "lib.a", "a.o", "b.o", cwd=tmp_path)
    (tmp_path / "b.o").unlink()
    ran = arfix("inspect", tmp_path / "lib.a")
    assert "thin GNU archive" in ran.stdout
    assert "not reachable" in ran.stdout


def test_a_thin_archive_that_lists_itself_ends(tmp_path: Path) -> None:
    front = b"!<thin>\n" + header("//", 8) + b"lib.a/\n\n"
    path = write(tmp_path / "lib.a", front + header("/0", len(front) + 60))
    ran = arfix("inspect", path)
    assert ran.code == 0
    assert "the archive contains itself" in ran.stdout


def test_objects_of_other_formats(tmp_path: Path) -> None:
    (tmp_path / "x.c").write_text("int there(void); int here(void) { return there(); }\n")
    output_of(need("clang-19"), "-target", "x86_64-pc-windows-msvc", "-c", "x.c", "-o", "x.obj", cwd=tmp_path)
    path = write(tmp_path / "lib.a", ar(("x.obj", (tmp_path / "x.obj").read_bytes())))
    (member,) = arfix("inspect", "--json", path).json["archives"][0]["members"]
    assert (member["content"], member["defined"], member["undefined"]) == ("coff", 1, 1)
