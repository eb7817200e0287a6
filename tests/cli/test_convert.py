from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.ar_builder import ar
from tests.elf_builder import elf
from tests.run_arfix import arfix

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "x.a"
    path.write_bytes(ar(("a.o", elf("a")), index=(("a", 0),)))
    return path


def test_the_report_names_both_kinds(path: Path) -> None:
    ran = arfix("convert", path, "--kind", "bsd", "--json")
    assert ran.json["edits"] == [
        {"action": "rewrite", "kind": "bsd", "thin": False, "zero_headers": False, "reason": "from gnu"}
    ]
    assert path.read_bytes()[8:].startswith(b"#1/")


def test_an_archive_of_that_kind_is_left_alone(path: Path) -> None:
    before = path.stat().st_mtime_ns
    assert "nothing to do" in arfix("convert", path, "--kind", "gnu").stdout
    assert path.stat().st_mtime_ns == before


def test_the_kind_must_be_named_and_known(path: Path) -> None:
    assert arfix("convert", path).code == 2
    ran = arfix("convert", path, "--kind", "gnuu")
    assert ran.code == 2
    assert "darwin" in ran.stderr


@pytest.mark.parametrize("kind", ["gnu64", "bsd", "darwin", "darwin64", "coff"])
def test_there_and_back_is_the_same_archive(path: Path, kind: str) -> None:
    arfix("convert", path, "--kind", "gnu64")
    arfix("convert", path, "--kind", "gnu")
    before = path.read_bytes()
    arfix("convert", path, "--kind", kind)
    assert path.read_bytes() != before
    assert arfix("convert", path, "--kind", "gnu").code == 0
    assert path.read_bytes() == before
