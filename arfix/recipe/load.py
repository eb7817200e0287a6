"""Reading a recipe and the recipes it includes; an included recipe sees the variables of the including one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from arfix.archive.paths import real_path
from arfix.documents.table import Table
from arfix.documents.toml_file import read_toml
from arfix.errors import AccessError, RecipeError, Where
from arfix.recipe.decode import decode_recipe

if TYPE_CHECKING:
    from collections.abc import Mapping

    from arfix.recipe.model import Recipe

#: The deepest nesting of included recipes.
_DEPTH = 16


def read_recipe(path: str) -> Recipe:
    """Return a recipe, with everything it includes.

    Raises:
        AccessError: A file cannot be read.
        RecipeError: A file is not a valid recipe; the error has the line.
    """
    return _read(path, {}, ())


def _read(path: str, outer: Mapping[str, str], around: tuple[str, ...]) -> Recipe:
    file = read_toml(path)
    real = real_path(path)
    variables = {**Table(file.values, replace(file.document, variables=outer)).pairs("variables"), **outer}
    table = Table(file.values, replace(file.document, variables=variables))
    included: list[Recipe] = []
    for number, name in enumerate(table.texts("include") or ()):
        inner = str(Path(path).parent / name)
        where = table.document.where(("include", number))
        if "\0" not in inner and (real_path(inner) in {*around, real} or len(around) >= _DEPTH):
            raise RecipeError(f"{name} includes itself, through {path}", where=where)
        try:
            included.append(_read(inner, variables, (*around, real)))
        except AccessError as error:
            raise RecipeError(f"cannot include {name}: {error.message}", where=where) from None
    return _joined([*included, decode_recipe(table)], path)


def _joined(recipes: list[Recipe], path: str) -> Recipe:
    """Return included recipes and the including one, which comes last, as one recipe."""
    links = [link for one in recipes for link in one.required_links]
    named: dict[str, Where] = {}
    for link in links:
        if link.name in named:
            raise RecipeError(f"[whole-archive.{link.name}] is in {named[link.name]} too", where=link.where)
        named[link.name] = link.where
    return replace(
        recipes[-1],
        path=path,
        files=tuple(dict.fromkeys(file for one in reversed(recipes) for file in one.files)),
        archives=tuple(entry for one in recipes for entry in one.archives),
        stubs=tuple(entry for one in recipes for entry in one.stubs),
        required_links=tuple(links),
    )
