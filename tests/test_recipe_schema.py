"""The schema that editors complete recipes by agrees with what arfix reads."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import jsonschema
import pytest

from arfix.errors import RecipeError
from arfix.recipe.encode import recipe_schema
from arfix.recipe.load import read_recipe

ROOT = Path(__file__).parent.parent
SCHEMA = json.loads((ROOT / "docs" / "schema" / "recipe-1.json").read_text())
SAMPLES = sorted((ROOT / "samples").glob("*/arfix.toml"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)

STEP = 'version = 1\n[[archive]]\npath = "a.a"\n[[archive.step]]\nreason = "r"\n'
STUBS = 'version = 1\n[[stubs]]\npath = "a.a"\nlike = "b.a"\nsymbols = ["f"]\nreason = "r"\n'
WHOLE = 'version = 1\n[whole-archive.x]\narchives = ["a.a"]\n'
IGNORE = f'{WHOLE}[[whole-archive.x.ignore]]\nrule = "malformed"\nreason = "r"\n'


def test_it_is_a_schema_with_its_own_address() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$id"].partition(":")[0] == "urn", "no host serves it: it is in the package"


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.parent.name)
def test_samples_are_recipes(path: Path) -> None:
    line = path.read_text().partition("\n")[0]
    assert json.loads((path.parent / line.removeprefix("#:schema ")).read_text()) == json.loads(recipe_schema())
    VALIDATOR.validate(tomllib.loads(path.read_text()))
    read_recipe(str(path))


def test_there_are_three_samples() -> None:
    assert [path.parent.name for path in SAMPLES] == ["esp8266", "nanvix", "self-contained"]


@pytest.mark.parametrize(
    "text", [STEP + "index = true", STUBS, WHOLE, IGNORE], ids=["step", "stubs", "whole", "ignore"]
)
@pytest.mark.parametrize("wrong", ["", "frob = 1", "when = {}", "when = { frob = 1 }"])
def test_both_refuse_the_same_keys(tmp_path: Path, text: str, wrong: str) -> None:
    path = tmp_path / "r.toml"
    path.write_text(f"{text}\n{wrong}\n")
    allowed = VALIDATOR.is_valid(tomllib.loads(path.read_text()))
    if wrong:
        assert not allowed
        with pytest.raises(RecipeError):
            read_recipe(str(path))
    else:
        assert allowed
        read_recipe(str(path))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "version = 2",
        "version = 1\nfrob = 1",
        STEP,
        f'{STEP}index = true\nstrip = ["x"]',
        f"{STEP}index = false",
        f"{STEP}strip = []",
        f'{STEP}flatten = "frob"',
        f"{STEP}index = true\ncascade = true",
        f"{STEP}symbols = {{}}",
        f'{STEP}symbols = {{ hide = "a", weaken = "b" }}',
        f"{STEP}symbols = {{ rename = {{}} }}",
        f'{STEP}index = true\nwhen = {{ sha256 = "ab" }}',
        f'{STUBS}target = "arm"',
        f'{WHOLE}target = "frob"',
        "version = 1\n[whole-archive.x]",
    ],
)
def test_both_refuse_the_same_mistakes(tmp_path: Path, text: str) -> None:
    path = tmp_path / "r.toml"
    path.write_text(text)
    assert not VALIDATOR.is_valid(tomllib.loads(text))
    with pytest.raises(RecipeError):
        read_recipe(str(path))
