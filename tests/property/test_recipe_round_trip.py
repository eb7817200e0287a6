"""What the writer of recipes writes is read back to the same recipe, and is what the schema allows."""

from __future__ import annotations

import json
import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from hypothesis import given

from arfix.recipe.encode import encode_recipe
from arfix.recipe.load import read_recipe
from tests.property.recipes import RECIPES

if TYPE_CHECKING:
    from arfix.recipe.model import Recipe

SCHEMA = Path(__file__).parents[2] / "docs" / "schema" / "recipe-1.json"


@cache
def validator() -> Any:  # noqa: ANN401 (jsonschema's classes are made at run time)
    return jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text()))


@pytest.mark.no_cover
@given(recipe=RECIPES)
def test_what_is_written_is_read_back(tmp_path_factory: pytest.TempPathFactory, recipe: Recipe) -> None:
    path = tmp_path_factory.getbasetemp() / "written.toml"
    path.write_bytes(encode_recipe(recipe).encode())
    read = read_recipe(str(path))
    assert (read.archives, read.stubs, read.required_links) == (recipe.archives, recipe.stubs, recipe.required_links)
    validator().validate(tomllib.loads(path.read_text("utf-8")))
