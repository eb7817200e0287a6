from __future__ import annotations

import json
import os
import tomllib
from typing import TYPE_CHECKING

import jsonschema
import pytest

from arfix.recipe.load import read_recipe
from tests.ar_builder import ar
from tests.elf_builder import elf
from tests.recipe.sysroots import Place, make_place
from tests.run_arfix import arfix

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return make_place(tmp_path)


def test_check_counts(place: Place) -> None:
    ran = arfix("recipe", "check", place.recipe)
    assert ran.code == 0
    assert ran.stdout == f"{place.recipe}: 3 steps in 3 entries, 0 archives of stubs, 1 required link\n"
    assert arfix("recipe", "check", place.recipe, "--json").json["whole_archive"] == ["python"]


def test_check_names_file_and_line(place: Place) -> None:
    place.recipe.write_text(place.recipe.read_text().replace("strip =", "stirp ="))
    ran = arfix("recipe", "check", place.recipe)
    assert ran.code == 2
    assert ran.stderr.startswith(f"arfix: {place.recipe}:7: [[archive.step]] has no key `stirp`\n")


def test_init_then_apply_ends_clean(place: Place) -> None:
    place.recipe.unlink()
    whole = ["--whole", "lib/libcrypto.a", "--whole", "lib/libffi.a"]
    ran = arfix("recipe", "init", place.sysroot, *whole, "-o", place.recipe)
    assert (ran.code, ran.stderr) == (0, "")
    assert arfix("recipe", "check", place.recipe).code == 0
    ran = place.run("apply")
    assert (ran.code, ran.stderr) == (0, "")
    assert ran.stdout.endswith("; main holds\n")
    archives = [str(place.sysroot / name) for name in ("lib/libcrypto.a", "lib/libffi.a")]
    assert arfix("check", *archives, "--sysroot", place.sysroot).code == 0
    assert arfix("recipe", "init", place.sysroot, "-o", place.recipe, "--force").code == 0
    assert read_recipe(str(place.recipe)).archives == ()


def test_init_overwrites_no_recipe(place: Place) -> None:
    before = place.recipe.read_bytes()
    ran = arfix("recipe", "init", place.sysroot, "-o", place.recipe)
    assert ran.code == 1
    assert place.recipe.read_bytes() == before


@pytest.mark.skipif(os.name == "nt", reason="names are text there")
def test_init_names_archives_of_any_bytes(place: Place) -> None:
    name = os.fsdecode(b"lib/lib\xff[1].a")
    (place.sysroot / name).write_bytes(ar(("x.o", elf("x"))))
    assert arfix("recipe", "init", place.sysroot, "-o", place.recipe, "--force").code == 0
    assert 'glob = "lib/lib?[[]1].a"' in place.recipe.read_text()
    assert place.run("apply").code == 0
    assert place.contents()[name] != ar(("x.o", elf("x")))


def test_init_says_what_it_cannot_mend(place: Place) -> None:
    (place.sysroot / "lib/libcut.a").write_bytes(ar(("x.o", elf("x")))[:-100])
    ran = arfix("recipe", "init", place.sysroot, "-o", place.recipe, "--force")
    assert ran.code == 1
    assert "libcut.a" in ran.stderr


def test_options_of_one_are_refused_by_the_other(place: Place) -> None:
    assert arfix("recipe", "check", place.recipe, "--force").code == 2
    assert arfix("recipe", "frob").code == 2


def test_schema_is_the_one_that_a_generated_recipe_names(place: Place, tmp_path: Path) -> None:
    place.recipe.unlink()
    assert arfix("recipe", "init", place.sysroot, "-o", place.recipe).code == 0
    named = place.recipe.read_text().partition("\n")[0].removeprefix("#:schema ./")
    ran = arfix("recipe", "schema", "-o", tmp_path / named)
    assert (ran.code, ran.stderr) == (0, "")
    printed = arfix("recipe", "schema")
    assert (printed.code, printed.stdout) == (0, (tmp_path / named).read_text())
    jsonschema.Draft202012Validator(json.loads(printed.stdout)).validate(tomllib.loads(place.recipe.read_text()))
    assert arfix("recipe", "schema", "--json").json["schema"] == printed.stdout


def test_schema_overwrites_nothing_unasked(tmp_path: Path) -> None:
    path = tmp_path / "mine.json"
    path.write_text("{}")
    assert arfix("recipe", "schema", "-o", path).code == 1
    assert path.read_text() == "{}"
    assert arfix("recipe", "schema", "-o", path, "--force").code == 0
    assert arfix("recipe", "schema", "a.toml").code == 2
