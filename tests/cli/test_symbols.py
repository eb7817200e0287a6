from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from arfix import open as open_archive
from tests.ar_builder import ar
from tests.elf_builder import elf
from tests.run_arfix import arfix

if TYPE_CHECKING:
    from pathlib import Path

MEMBERS = (("caller.o", elf("api", "?inner", "?malloc")), ("inner.o", elf("inner")))


@pytest.fixture
def library(tmp_path: Path) -> Path:
    path = tmp_path / "lib.a"
    path.write_bytes(ar(*MEMBERS, index=(("api", 0), ("inner", 1))))
    return path


def index_of(path: Path) -> list[tuple[str, int]]:
    with open_archive(path) as archive:
        return list(archive.index or ())


def test_prefix(library: Path) -> None:
    ran = arfix("symbols", library, "--prefix", "p_")
    assert ran.code == 0
    assert ran.stdout == (
        f"{library}: changed caller.o (1 symbol prefixed)\n"
        "changed inner.o (1 symbol prefixed)\n"
        "2 members, 2 index entries\n"
    )
    assert index_of(library) == [("p_api", 0), ("p_inner", 1)]


def test_lists_are_read_as_objcopy_does(library: Path, tmp_path: Path) -> None:
    (tmp_path / "names").write_text("# private\ninner\n")
    assert arfix("symbols", library, "--hide", "--from", tmp_path / "names").code == 0
    (tmp_path / "renames").write_text("inner core\n")
    assert arfix("symbols", library, "--rename-from", tmp_path / "renames").code == 0
    assert index_of(library) == [("api", 0), ("core", 1)]


def test_rename_with_json_and_dry_run(library: Path) -> None:
    before = library.read_bytes()
    ran = arfix("symbols", library, "--rename", "inner=core", "--dry-run", "--json")
    assert [edit["reason"] for edit in ran.json["edits"]] == ["references follow", "1 symbol renamed"]
    assert library.read_bytes() == before


def test_a_refusal_is_exit_1_and_the_file_stays(library: Path) -> None:
    before = library.read_bytes()
    ran = arfix("symbols", library, "--localize", "inner")
    assert ran.code == 1
    assert "caller.o needs inner" in ran.stderr
    assert library.read_bytes() == before


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("--hide",),
        ("--hide", "--weaken", "inner"),
        ("--prefix", ""),
        ("--rename", "inner=core", "api"),
    ],
)
def test_bad_usage_is_exit_2(library: Path, words: tuple[str, ...]) -> None:
    assert arfix("symbols", library, *words).code == 2


def test_a_missing_list_is_exit_2(library: Path, tmp_path: Path) -> None:
    ran = arfix("symbols", library, "--hide", "--from", tmp_path / "absent")
    assert ran.code == 2
    assert "cannot read" in ran.stderr


def test_nothing_to_change_leaves_the_file_alone(library: Path) -> None:
    assert arfix("symbols", library, "--hide", "inner").code == 0
    before = library.stat().st_mtime_ns
    ran = arfix("symbols", library, "--hide", "inner")
    assert (ran.code, ran.stdout) == (0, f"{library}: nothing to do\n")
    assert library.stat().st_mtime_ns == before


def test_symbols_are_named_as_the_linker_prints_them(tmp_path: Path) -> None:
    path = tmp_path / "cxx.a"
    path.write_bytes(ar(("f.o", elf("_ZN2ns1fEi", "keep")), index=(("_ZN2ns1fEi", 0), ("keep", 0))))
    assert arfix("symbols", path, "--rename", "ns::f(int)=f").code == 0
    with open_archive(path) as archive:
        assert [name for name, _ in archive.index or ()] == ["f", "keep"]
