from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING

import pytest

from tests.ar_builder import ar
from tests.elf_builder import ALLOC, EXEC, FUNC, LOCAL, WEAK, WRITE, Sec, Sym, elf
from tests.run_arfix import arfix

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Golden = Callable[[str, str], None]


def build(code: bytes, data: bytes, *symbols: Sym | str) -> bytes:
    sections = (
        Sec(".text", code, flags=ALLOC | EXEC),
        Sec(".data", data, flags=ALLOC | WRITE),
        Sec(".note.GNU-stack", flags=0),
    )
    return elf(*symbols, sections=sections)


STATIC = Sym("helper", binding=LOCAL, type=FUNC, value=2, size=1)
OLD = build(b"\1\2\3", b"\1", Sym("f", type=FUNC, size=2), STATIC, Sym("table", ".data", size=1), Sym("w"), "?syslog")
NEW = build(
    b"\1\4\5\6",
    b"\2",
    Sym("f", type=FUNC, size=3),
    Sym("helper", binding=LOCAL, type=FUNC, value=3, size=1),
    Sym("table", ".data", size=1),
    Sym("w", binding=WEAK, visibility=2, size=1),
    Sym("fresh", type=FUNC, value=1, size=2),
    "?openlog",
)
OLD_LIBRARY = ar(("main.o", OLD), ("gone.o", elf("gone")), ("kept.o", elf("kept")), ("a.o", elf("same", "?f")), date=1)
NEW_LIBRARY = ar(("kept.o", elf("kept")), ("main.o", NEW), ("b.o", elf("same", "?f")), ("readme", b"new\n"), date=2)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "old.a").write_bytes(OLD_LIBRARY)
    (tmp_path / "new.a").write_bytes(NEW_LIBRARY)
    return tmp_path


@pytest.mark.usefixtures("folder")
def test_groups(golden: Golden) -> None:
    ran = arfix("diff", "old.a", "new.a")
    assert ran.code == 1
    golden("diff.txt", ran.stdout)


@pytest.mark.usefixtures("folder")
def test_everything(golden: Golden) -> None:
    ran = arfix("diff", "old.a", "new.a", "--order", "--dates", "--debug")
    assert ran.code == 1
    golden("diff-everything.txt", ran.stdout)


@pytest.mark.usefixtures("folder")
def test_no_difference() -> None:
    ran = arfix("diff", "old.a", "old.a")
    assert (ran.code, ran.stdout) == (
        0,
        "old.a -> old.a: no difference (order, dates, debug sections left aside)\n",
    )
    ran = arfix("diff", "old.a", "old.a", "--order", "--dates", "--debug")
    assert ran.stdout == "old.a -> old.a: no difference\n"


@pytest.mark.usefixtures("folder")
def test_json() -> None:
    document = arfix("diff", "--json", "old.a", "new.a").json
    assert document["old"] == {"path": "old.a", "kind": "gnu", "members": 4}
    assert (document["different"], document["exit_code"]) == (True, 1)
    assert document["compared"] == {"order": False, "dates": False, "debug": False}
    assert document["needs"] == {"added": ["openlog"], "removed": ["syslog"]}
    assert [(one["change"], one["old"], one["new"]) for one in document["members"]] == [
        ("changed", "main.o", "main.o"),
        ("renamed", "a.o", "b.o"),
        ("removed", "gone.o", None),
        ("added", None, "readme"),
    ]
    main = document["members"][0]
    assert main["aspects"] == ["code", "data", "size", "binding", "visibility", "symbols"]
    assert main["sections"] == [".text", ".data"]
    assert main["statics"][0]["symbol"] == "helper"
    by_name = {one["symbol"]: one for one in document["symbols"]}
    assert {name: one["change"] for name, one in by_name.items()} == {
        "f": "changed",
        "fresh": "added",
        "gone": "removed",
        "table": "changed",
        "w": "changed",
    }
    assert by_name["f"]["old"] == {
        "member": "main.o",
        "binding": "global",
        "visibility": "default",
        "type": "function",
        "in": "code",
        "size": 2,
    }
    assert by_name["gone"]["new"] is None


def test_another_kind_of_archive(folder: Path) -> None:
    (folder / "bsd.a").write_bytes(
        b"!<arch>\n" + f"{'#1/4':<16}{0:<12}{0:<6}{0:<6}{0:<8}{9:<10}`\n".encode() + b"a.o\0text\n\n"
    )
    (folder / "gnu.a").write_bytes(ar(("a.o", b"text\n")))
    ran = arfix("diff", "gnu.a", "bsd.a")
    assert (ran.code, ran.stdout) == (1, "gnu.a -> bsd.a: another kind of archive\nkind: gnu -> bsd\n")


@pytest.mark.usefixtures("folder")
def test_standard_input_and_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(OLD_LIBRARY)))
    ran = arfix("diff", "-q", "-", "new.a")
    assert (ran.code, ran.stdout, ran.stderr) == (1, "", "")


@pytest.mark.usefixtures("folder")
def test_what_cannot_be_compared() -> None:
    assert arfix("diff", "old.a").code == 2
    assert arfix("diff", "-", "-").code == 2
    assert arfix("diff", "old.a", "none.a").code == 2


def test_values_are_shown_with_what_differs(folder: Path) -> None:
    def library(
        *symbols: Sym, sections: tuple[Sec, ...] = (Sec(".text", b"\1"), Sec(".data", b"\1", flags=3))
    ) -> bytes:
        return ar(("x.o", elf(*symbols, sections=sections)))

    (folder / "1.a").write_bytes(
        library(Sym("v", "*ABS*", value=1), Sym("t", type=1), Sym("s", ".text", size=1), Sym("h", visibility=2))
    )
    (folder / "2.a").write_bytes(
        library(
            Sym("v", "*ABS*", value=2),
            Sym("t", type=2),
            Sym("s", ".data", size=1),
            sections=(
                Sec(".text", b"\1"),
                Sec(".data", b"\1", flags=3),
                Sec(".rodata", b"\1"),
            ),
        )
    )
    shown = arfix("diff", "1.a", "2.a").stdout
    assert "value 0x1 -> 0x2" in shown
    assert "type object -> function" in shown
    assert "in read-only -> data" in shown
    assert "global hidden symbol in read-only" in shown
    (folder / "3.a").write_bytes(library(Sym("v"), sections=(Sec(".text", b"\1"), Sec(".rodata", b"\1"))))
    (folder / "4.a").write_bytes(library(Sym("v"), sections=(Sec(".text", b"\1"), Sec(".rodata", b"\2"))))
    assert "contents of .rodata" in arfix("diff", "3.a", "4.a").stdout
    (folder / "5.a").write_bytes(ar(("y.o", elf(Sym("w", "*ABS*"))), ("x.o", elf(Sym("v", "*ABS*")))))
    (folder / "6.a").write_bytes(ar(("y.o", elf(Sym("w", "*ABS*"), Sym("v", "*ABS*"))), ("x.o", elf("other"))))
    assert "was in x.o" in arfix("diff", "5.a", "6.a").stdout
