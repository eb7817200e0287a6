from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.ar_builder import ar
from tests.elf_builder import elf
from tests.run_arfix import arfix

if TYPE_CHECKING:
    from pathlib import Path

MEMBERS = (("a.o", elf("a")), ("b.o", elf("b")))


def test_rebuilds_a_missing_index_once(tmp_path: Path) -> None:
    path = tmp_path / "lib.a"
    path.write_bytes(ar(*MEMBERS))
    ran = arfix("index", path)
    assert (ran.code, ran.stdout) == (
        0,
        f"{path}: rebuilt the index (there is no index)\n2 members, no index -> 2 index entries\n",
    )
    os.utime(path, (1, 1))
    ran = arfix("index", path)
    assert (ran.code, ran.stdout) == (0, f"{path}: nothing to do\n")
    assert path.stat().st_mtime == 1


@pytest.mark.parametrize(
    ("index", "code", "said"),
    [
        ((("a", 0), ("b", 1)), 0, "the index matches the members, 2 entries"),
        (None, 1, "there is no index"),
        ((("a", 0),), 1, "missing: b in b.o"),
        ((("a", 0), ("b", 0)), 1, "wrong: b in a.o"),
        ((("b", 1), ("a", 0)), 1, "not in the order of the members"),
    ],
)
def test_check_says_how_it_differs(
    tmp_path: Path, index: tuple[tuple[str, int], ...] | None, code: int, said: str
) -> None:
    path = tmp_path / "lib.a"
    path.write_bytes(ar(*MEMBERS, index=index))
    before = path.read_bytes()
    ran = arfix("index", "--check", path)
    assert ran.code == code
    assert said in ran.stdout
    assert path.read_bytes() == before
    assert arfix("index", path).code == 0
    assert arfix("index", "--check", path).code == 0


def test_check_of_what_needs_no_index(tmp_path: Path) -> None:
    path = tmp_path / "lib.a"
    path.write_bytes(ar(("readme", b"text\n")))
    assert "no object that needs one" in arfix("index", "--check", path).stdout
    path.write_bytes(ar(("readme", b"text\n"), index=()))
    ran = arfix("index", "--check", path)
    assert ran.code == 1
    assert "no member is an object" in ran.stdout


def test_check_in_json(tmp_path: Path) -> None:
    path = tmp_path / "lib.a"
    path.write_bytes(ar(*MEMBERS, index=(("a", 0), ("x", 1))))
    ran = arfix("index", "--check", "--json", path)
    assert ran.json["differs"] is True
    assert ran.json["missing"] == [{"symbol": "b", "member": "b.o"}]
    assert ran.json["wrong"] == [{"symbol": "x", "member": "b.o"}]
    assert ran.json["index_entries"] == 2


def test_long_differences_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "lib.a"
    path.write_bytes(ar(("many.o", elf(*(f"f{number}" for number in range(30)))), index=()))
    assert "missing: 10 more\n" in arfix("index", "--check", path).stdout


def test_kept_entries_are_told(tmp_path: Path) -> None:
    path = tmp_path / "lib.a"
    path.write_bytes(ar(("w.o", b"BC\xc0\xde" + bytes(8)), ("a.o", elf("a")), index=(("w", 0),)))
    ran = arfix("index", path)
    assert "the symbols of 1 member cannot be read (w.o); their entries are kept as they are" in ran.stderr
    assert "2 members, 1 -> 2 index entries" in ran.stdout
