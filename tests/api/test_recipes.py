from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

import arfix
from tests.ar_builder import ar
from tests.elf_builder import elf

if TYPE_CHECKING:
    from pathlib import Path


def test_a_first_recipe_is_one_that_apply_takes(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (root / "libx.a").write_bytes(ar(("a.o", elf("a")), ("text", b"no object")))
    (root / "liby.a").write_bytes(ar(("a.o", elf("a")))[:90])
    made = arfix.init_recipe(root, "libx.a")
    assert (made.archives, made.summary.required_links) == (2, ("main",))
    assert [error.where.path for error in made.errors if error.where] == [str(root / "liby.a")]
    assert not (tmp_path / "arfix.toml").exists()
    (tmp_path / "arfix.toml").write_text(made.text)
    assert arfix.check_recipe(tmp_path / "arfix.toml").steps == made.summary.steps == 1
    arfix.apply(tmp_path / "arfix.toml", root)
    with arfix.open(root / "libx.a") as archive:
        assert [member.name for member in archive] == ["a.o"]


def test_a_wrong_recipe_names_the_line(tmp_path: Path) -> None:
    (tmp_path / "arfix.toml").write_text("version = 1\n[[archive]]\nsteps = 3\n")
    with pytest.raises(arfix.RecipeError, match=r"arfix\.toml:\d"):
        arfix.check_recipe(tmp_path / "arfix.toml")


def test_the_schema_is_json() -> None:
    assert json.loads(arfix.recipe_schema())["properties"]["version"]
