from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import arfix
from tests.ar_builder import ar

if TYPE_CHECKING:
    from pathlib import Path


def test_members_become_files(tmp_path: Path) -> None:
    archive = arfix.read(ar(("x.o", b"one"), ("x.o", b"two"), ("y.o", b"three")))
    plan = arfix.extract(archive, ["x.o#1", archive.members[1]])
    assert [one.file_name for one in plan.files] == ["x.o", "x.2.o"]
    plan.write(tmp_path / "out")
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == {"x.o": b"one", "x.2.o": b"two"}
    with pytest.raises(arfix.EditError, match="2 files exist already"):
        plan.write(tmp_path / "out")
    plan.write(tmp_path / "out", overwrite=True)
    assert len(arfix.extract(archive).members) == 3


def test_absent_members() -> None:
    archive = arfix.read(ar(("x.o", b"one")))
    with pytest.raises(arfix.EditError, match="no member matches"):
        arfix.extract(archive, "z.o")
    assert arfix.extract(archive, ["z.o"], if_present=True).notes == ('nothing matches "z.o"',)
