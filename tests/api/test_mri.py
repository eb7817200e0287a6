from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import arfix
from tests.ar_builder import ar
from tests.elf_builder import elf

if TYPE_CHECKING:
    from pathlib import Path

SCRIPT = """OPEN old.a
ADDMOD new.o
SAVE
LIST
EXTRACT new.o
CREATE other.a
ADDLIB old.a
"""


@pytest.fixture(autouse=True)
def _in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "old.a").write_bytes(ar(("a.o", elf("a"))))
    (tmp_path / "new.o").write_bytes(elf("b"))


def test_a_script_is_run(tmp_path: Path) -> None:
    told: list[object] = []
    with arfix.ar(SCRIPT, tell=told.append) as ran:
        assert list(ran.steps) == told
        (saved,) = ran.saved
        assert (saved.path, len(saved.before), [member.name for member in saved.archive]) == (
            "old.a",
            1,
            ["a.o", "new.o"],
        )
        assert ran.unsaved == "other.a"
        assert [step.path for step in ran.steps if isinstance(step, arfix.MriListing)] == ["old.a"]
        (extraction,) = [step for step in ran.steps if isinstance(step, arfix.MriExtraction)]
        assert [file.file_name for file in extraction.files] == ["new.o"]
    with arfix.open(tmp_path / "old.a") as archive:
        assert [member.name for member in archive] == ["a.o", "new.o"]


def test_nothing_is_written_with_dry_run(tmp_path: Path) -> None:
    before = (tmp_path / "old.a").read_bytes()
    with arfix.ar(SCRIPT, dry_run=True) as ran:
        assert len(ran.saved) == 1
    assert (tmp_path / "old.a").read_bytes() == before


def test_errors_name_the_script() -> None:
    with pytest.raises(arfix.FormatError, match=r"build\.mri"):
        arfix.ar("OPEN\n", name="build.mri")
    with pytest.raises(arfix.EditError, match="line 2 of the script"):
        arfix.ar("OPEN old.a\nDELETE z.o\n")
