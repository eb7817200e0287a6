from __future__ import annotations

import io
import os
import sys
from typing import TYPE_CHECKING

import pytest

from arfix import Kind
from arfix import open as open_archive
from tests.ar_builder import ar
from tests.elf_builder import elf
from tests.foreign_objects import macho
from tests.run_arfix import arfix

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Golden = Callable[[str, str], None]

SAME = ("same.o", elf("same"))
FIRST = ar(("a.o", elf("f", "?b")), SAME, ("long_name_of_a_member.o", elf("long")))
SECOND = ar(SAME, ("n.a", ar(("b.o", elf("b")), ("rival.o", elf("f", "only")))), ("c.txt", b"text\n"))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "first.a").write_bytes(FIRST)
    (tmp_path / "second.a").write_bytes(SECOND)
    return tmp_path


def names(path: Path) -> list[str]:
    with open_archive(path) as archive:
        return [member.name for member in archive]


def test_account_and_warning(folder: Path, golden: Golden) -> None:
    ran = arfix("merge", "first.a", "second.a", "-o", "out.a")
    assert ran.code == 0
    golden("merge.txt", ran.stdout + ran.stderr)
    assert names(folder / "out.a") == ["a.o", "same.o", "long_name_of_a_member.o", "b.o", "rival.o", "c.txt"]


def test_objects_are_inputs_too(folder: Path) -> None:
    (folder / "x.o").write_bytes(elf("x"))
    assert arfix("merge", "x.o", "second.a", "-o", "out.a", "-q").code == 0
    assert names(folder / "out.a")[0] == "x.o"
    (folder / "m.o").write_bytes(macho("m"))
    assert arfix("merge", "m.o", "-o", "darwin.a").code == 0
    with open_archive(folder / "darwin.a") as archive:
        assert archive.kind is Kind.DARWIN
    with open_archive(folder / "out.a") as archive:
        assert archive.kind is Kind.GNU


def test_a_pipe_of_a_shell_is_read_once(folder: Path) -> None:
    read, write = os.pipe()
    os.write(write, FIRST)
    os.close(write)
    assert arfix("merge", f"/dev/fd/{read}", "second.a", "-o", "out.a", "-q").code == 0
    os.close(read)
    assert names(folder / "out.a")[0] == "a.o"


def test_prefer(folder: Path, golden: Golden) -> None:
    ran = arfix("merge", "first.a", "second.a", "-o", "out.a", "--prefer", "first.a")
    assert ran.code == 0
    golden("merge-prefer.txt", ran.stdout + ran.stderr)
    assert names(folder / "out.a") == ["a.o", "same.o", "long_name_of_a_member.o", "b.o", "c.txt"]


def test_dry_run_writes_nothing(folder: Path) -> None:
    ran = arfix("merge", "-n", "first.a", "second.a", "-o", "out.a")
    assert (ran.code, (folder / "out.a").exists()) == (0, False)
    assert ran.stdout.startswith("out.a: would merge 2 files\n")


def test_the_output_may_be_an_input(folder: Path) -> None:
    assert arfix("merge", "first.a", "second.a", "-o", "first.a").code == 0
    assert len(names(folder / "first.a")) == 6


@pytest.mark.parametrize(
    "name", ["with blank, comma+plus.a", "ümläut.a", os.fsdecode(b"\xff.a"), "-dash.a", "a'b\"c.a"]
)
def test_paths_with_any_characters(folder: Path, name: str) -> None:
    (folder / name).write_bytes(ar(("x.o", elf("x"))))
    assert arfix("merge", "-o", f"out {name}", "--", "first.a", name).code == 0
    assert names(folder / f"out {name}")[-1] == "x.o"


@pytest.mark.usefixtures("folder")
def test_json() -> None:
    document = arfix("merge", "--json", "first.a", "second.a", "-o", "out.a", "--prefer", "first.a").json
    assert (document["output"], document["dry_run"], document["kind"]) == ("out.a", False, "gnu")
    assert document["inputs"] == [
        {"path": "first.a", "members": 3, "symbols": 3, "nested": 0, "thin": False},
        {"path": "second.a", "members": 4, "symbols": 4, "nested": 1, "thin": False},
    ]
    assert (document["in"], document["out"]) == ({"members": 7, "symbols": 7}, {"members": 5, "symbols": 4})
    assert document["left_out"] == [
        {
            "member": "same.o",
            "origin": "second.a(same.o)",
            "why": "identical",
            "instead": "first.a(same.o)",
            "symbols": 1,
        },
        {
            "member": "rival.o",
            "origin": "second.a(n.a(rival.o))",
            "why": "preferred",
            "instead": "first.a(a.o)",
            "symbols": 2,
        },
    ]
    assert document["members"][3] == {"member": "b.o", "size": len(elf("b")), "origin": "second.a(n.a(b.o))"}
    assert (document["clashes"], document["index_entries"]) == ([], 4)
    clashes = arfix("merge", "--json", "first.a", "second.a", "-o", "out.a").json["clashes"]
    assert clashes == [{"members": ["first.a(a.o)", "second.a(n.a(rival.o))"], "symbols": ["f"]}]


def test_a_refusal_leaves_the_output_alone(folder: Path) -> None:
    (folder / "out.a").write_bytes(b"old")
    (folder / "user.a").write_bytes(ar(("user.o", elf("user", "?only"))))
    ran = arfix("merge", "first.a", "second.a", "user.a", "-o", "out.a", "--prefer", "first.a")
    assert ran.code == 1
    assert "user.a(user.o) needs only, defined in second.a(n.a(rival.o))" in ran.stderr
    (folder / "bad.a").write_bytes(b"!<arch>\n" + b"broken" * 20)
    assert arfix("merge", "first.a", "bad.a", "-o", "out.a").code == 2
    assert arfix("merge", "first.a", "none.a", "-o", "out.a").code == 2
    assert (folder / "out.a").read_bytes() == b"old"


@pytest.mark.usefixtures("folder")
def test_bad_usage() -> None:
    assert arfix("merge", "first.a", "second.a").code == 2
    assert arfix("merge", "-o", "out.a").code == 2
    assert arfix("merge", "-", "-", "-o", "out.a").code == 2
    assert arfix("merge", "--json", "first.a", "-o", "-").code == 2


def test_bytes_that_are_no_member_are_told(folder: Path) -> None:
    (folder / "first.a").write_bytes(FIRST + b"stray")
    ran = arfix("merge", "first.a", "-o", "out.a")
    assert ran.code == 0
    assert "5 bytes" in ran.stderr


def test_standard_input_and_quiet(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(FIRST)))
    ran = arfix("merge", "-q", "-", "second.a", "-o", "out.a")
    assert (ran.code, ran.stdout, ran.stderr) == (0, "", "")
    assert len(names(folder / "out.a")) == 6


def test_long_lists_are_counted(folder: Path) -> None:
    many = ar(*((f"m{number}.o", elf(f"f{number}")) for number in range(10)))
    (folder / "many.a").write_bytes(many)
    ran = arfix("merge", "many.a", "many.a", "-o", "out.a")
    assert "left out m0.o, m1.o, m2.o, m3.o, m4.o, m5.o, m6.o, m7.o and 2 more of many.a" in ran.stdout
    assert "identical: 10 members, 10 symbols" in ran.stdout
