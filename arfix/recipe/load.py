"""Reading recipes: what a file includes is read first, and its variables pass on to what it includes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from arfix.archive.paths import real_path
from arfix.errors import AccessError, RecipeError, Where
from arfix.recipe.decode import decode_recipe
from arfix.recipe.table import Document, Table
from arfix.recipe.toml_file import read_toml

if TYPE_CHECKING:
    from collections.abc import Mapping

    from arfix.recipe.model import Recipe

#: How deep recipes may include recipes.
_DEPTH = 16


def read_recipe(path: str) -> Recipe:
    """Return the recipe in a file, with everything it includes.

    Raises:
        AccessError: A file cannot be read.
        RecipeError: A file says something that cannot be meant; the place is its line.
    """
    return _read(path, {}, ())


def _read(path: str, outer: Mapping[str, str], around: tuple[str, ...]) -> Recipe:
    file = read_toml(path)
    real = real_path(path)
    plain = Table(file.values, Document(path, file.lines, outer))
    variables = {**plain.pairs("variables"), **outer}
    table = Table(file.values, Document(path, file.lines, variables))
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
    """Return included recipes and the one that includes them as one, in this order."""
    links = [link for one in recipes for link in one.required_links]
    named: dict[str, Where] = {}
    for link in links:
        if link.name in named:
            raise RecipeError(f"[whole-archive.{link.name}] stands in {named[link.name]} too", where=link.where)
        named[link.name] = link.where
    return replace(
        recipes[-1],
        path=path,
        files=tuple(dict.fromkeys(file for one in reversed(recipes) for file in one.files)),
        archives=tuple(entry for one in recipes for entry in one.archives),
        stubs=tuple(entry for one in recipes for entry in one.stubs),
        required_links=tuple(links),
    )
