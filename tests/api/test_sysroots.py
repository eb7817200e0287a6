from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import arfix
from tests.ar_builder import ar
from tests.elf_builder import elf

if TYPE_CHECKING:
    from pathlib import Path


def test_a_recipe_is_applied_and_reverted(tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "lib").mkdir(parents=True)
    before = ar(("a.o", elf("a")), ("b.o", elf("b")), index=(("a", 0), ("b", 1)))
    (root / "lib" / "libx.a").write_bytes(before)
    recipe = tmp_path / "arfix.toml"
    recipe.write_text(
        'version = 1\n[[archive]]\npath = "lib/libx.a"\n[[archive.step]]\nstrip = ["b.o"]\nreason = "not needed"\n'
    )
    assert arfix.apply(recipe, root, check=True).would_change
    applied = arfix.apply(recipe, root)
    assert applied.written
    assert not applied.errors
    with arfix.open(root / "lib" / "libx.a") as archive:
        assert [member.name for member in archive] == ["a.o"]
    assert not arfix.apply(recipe, root).written
    (status,) = arfix.status(recipe, root).archives
    assert status.condition is arfix.StatusKind.REPAIRED
    assert arfix.revert(root).restored == ("lib/libx.a",)
    assert (root / "lib" / "libx.a").read_bytes() == before


def test_a_recipe_that_is_not_there(tmp_path: Path) -> None:
    for verb in (arfix.apply, arfix.status):
        with pytest.raises(arfix.ArfixError):
            verb(tmp_path / "no.toml", tmp_path)
