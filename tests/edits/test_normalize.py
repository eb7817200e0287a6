"""A normalized archive is what `ar D` writes of the same members."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import arfix as library
from arfix.edits.apply import apply
from arfix.edits.normalize import plan_normalize
from tests.ar_builder import ar
from tests.elf_builder import elf
from tests.run_arfix import arfix
from tests.tools import need, output_of

if TYPE_CHECKING:
    from pathlib import Path

NAMES = ("a.o", "a_name_of_more_than_sixteen_bytes.o", "z.o")


@pytest.mark.oracle
def test_normalized_is_what_gnu_ar_writes_in_deterministic_mode(tmp_path: Path) -> None:
    for number, name in enumerate(NAMES):
        (tmp_path / name).write_bytes(elf(f"f{number}"))
        (tmp_path / name).chmod(0o755)
    output_of(need("ar"), "rcsU", "u.a", *NAMES, cwd=tmp_path)
    output_of(need("ar"), "rcsD", "d.a", *NAMES, cwd=tmp_path)
    archive = tmp_path / "u.a"
    assert archive.read_bytes() != (tmp_path / "d.a").read_bytes()
    assert arfix("normalize", archive).code == 0
    assert archive.read_bytes() == (tmp_path / "d.a").read_bytes()
    assert "nothing to do" in arfix("normalize", archive).stdout


def test_a_normalized_archive_is_normal() -> None:
    data = ar(("a.o", elf("a")), index=(("a", 0),), date=7, uid=1000, gid=1000, mode=0o600)
    archive = library.read(data + b"trailing")
    after = apply(archive, plan_normalize(archive))
    assert [(one.date, one.uid, one.gid, one.mode) for one in after] == [(0, 0, 0, 0o644)]
    assert after.oddities == ()
    assert not plan_normalize(after)
