from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.ar_builder import ar
from tests.elf_builder import elf
from tests.run_arfix import arfix
from tests.tools import need, output_of

if TYPE_CHECKING:
    from pathlib import Path

WHOLE = ar(("a.o", elf("a")), ("b.o", elf("b")), index=(("a", 0), ("b", 1)))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "x.a"
    path.write_bytes(WHOLE[:-30])
    return path


@pytest.mark.oracle
def test_the_result_links_and_the_loss_is_told(path: Path, tmp_path: Path) -> None:
    ran = arfix("salvage", path, "-o", tmp_path / "y.a")
    assert ran.code == 1
    assert "lost b.o, " in ran.stdout
    assert "only the readable part of a damaged archive" in ran.stdout
    assert output_of(need("ar"), "t", tmp_path / "y.a") == "a.o\n"
    assert "a in a.o" in output_of(need("nm"), "-s", tmp_path / "y.a")
    output_of(need("ld"), "-r", "--whole-archive", tmp_path / "y.a", "-o", tmp_path / "y.o")


@pytest.mark.parametrize("how", ["itself", "link", "hard link"])
def test_the_damaged_archive_is_never_overwritten(path: Path, tmp_path: Path, how: str) -> None:
    out = path if how == "itself" else tmp_path / "y.a"
    if how == "link":
        out.symlink_to(path)
    elif how == "hard link":
        out.hardlink_to(path)
    ran = arfix("salvage", path, "-o", out)
    assert (ran.code, "never overwritten" in ran.stderr) == (1, True)
    assert path.read_bytes() == WHOLE[:-30]


def test_a_dry_run_writes_nothing(path: Path, tmp_path: Path) -> None:
    ran = arfix("salvage", path, "-o", tmp_path / "y.a", "-n", "--json")
    assert [one["member"] for one in ran.json["kept"]] == ["a.o"]
    assert ran.json["lost"][0]["member"] == "b.o"
    assert not (tmp_path / "y.a").exists()


def test_a_sound_archive_is_copied(path: Path, tmp_path: Path) -> None:
    path.write_bytes(WHOLE)
    ran = arfix("salvage", path, "-o", tmp_path / "y.a")
    assert (ran.code, "nothing was lost" in ran.stdout) == (0, True)
