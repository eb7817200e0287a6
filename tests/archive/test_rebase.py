"""A thin archive written to another folder names the same files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import arfix as library
from arfix.errors import EditError
from tests.elf_builder import elf
from tests.run_arfix import arfix
from tests.tools import need, output_of

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.oracle


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A thin archive `lib/t.a` of obj/a.o, obj/b.o and of the member c.o of a regular archive."""
    for name in ("obj", "lib", "out/deep", "real/far"):
        (tmp_path / name).mkdir(parents=True)
    for name in "abc":
        (tmp_path / f"obj/{name}.o").write_bytes(elf(f"f_{name}"))
    monkeypatch.chdir(tmp_path)
    ar = need("ar")
    output_of(ar, "crsD", "obj/inner.a", "obj/c.o")
    output_of(ar, "rcsT", "lib/t.a", "obj/a.o", "obj/b.o", "obj/inner.a")
    return tmp_path


def linked(archive: Path | str) -> set[str]:
    """Return what GNU ld finds in the archive when it takes it whole; a missing file is no error there."""
    output_of(need("ld"), "-r", "--whole-archive", str(archive), "-o", "whole.o")
    return {line.split()[-1] for line in output_of(need("nm"), "whole.o").splitlines() if " T " in line}


@pytest.mark.parametrize("place", ["out/x.a", "out/deep/x.a", "x.a", "lib/x.a"])
def test_a_strip_elsewhere_names_the_same_files(folder: Path, place: str) -> None:
    assert linked("lib/t.a") == {"f_a", "f_b", "f_c"}
    assert arfix("strip", "lib/t.a", "../obj/b.o", "-o", place).code == 0
    assert linked(folder / place) == {"f_a", "f_c"}


def test_an_index_elsewhere_of_an_archive_that_needs_none_is_a_good_copy(folder: Path) -> None:
    assert arfix("index", "lib/t.a", "-o", "out/x.a").code == 0
    assert linked(folder / "out/x.a") == {"f_a", "f_b", "f_c"}


def test_a_folder_behind_a_link_is_the_folder_it_leads_to(folder: Path) -> None:
    (folder / "link").symlink_to("real/far")
    arfix("strip", "lib/t.a", "../obj/b.o", "-o", "link/x.a")
    assert linked("link/x.a") == linked("real/far/x.a") == {"f_a", "f_c"}


def test_the_library_writes_it_so_too(folder: Path) -> None:
    with library.open("lib/t.a") as archive:
        library.save(archive, "out/copy.a")
        with pytest.raises(EditError, match="standard output"):
            library.save(archive, "-")
    assert linked(folder / "out/copy.a") == {"f_a", "f_b", "f_c"}


def test_in_the_same_folder_not_a_byte_changes(folder: Path) -> None:
    with library.open("lib/t.a") as archive:
        library.save(archive, "lib/copy.a")
    assert (folder / "lib/copy.a").read_bytes() == (folder / "lib/t.a").read_bytes()


def test_absolute_paths_stay(folder: Path) -> None:
    output_of(need("ar"), "rcsTP", "lib/abs.a", str(folder / "obj/a.o"), str(folder / "obj/b.o"))
    arfix("strip", "lib/abs.a", f"{folder}/obj/b.o", "-o", "out/x.a")
    assert linked(folder / "out/x.a") == {"f_a"}
