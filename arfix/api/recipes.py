"""Recipes as values: a first one for a sysroot, a summary of one, the schema, and lines for build systems."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from arfix.arguments import path_given, words_given
from arfix.recipe.encode import encode_recipe
from arfix.recipe.load import read_recipe as load
from arfix.short_repr import short_repr

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable

    from arfix.audit.finding import Finding
    from arfix.errors import ArfixError
    from arfix.recipe.model import Recipe

    AnyPath = str | os.PathLike[str]


@dataclass(frozen=True, slots=True)
class RecipeSummary:
    """What a recipe contains.

    Attributes:
        files: The recipe and the files that it includes.
        entries: The number of `[[archive]]` entries.
        steps: The number of steps in them.
        stubs: The number of archives of stubs.
        required_links: The names of its `[whole-archive.NAME]` tables.
    """

    files: tuple[str, ...]
    entries: int
    steps: int
    stubs: int
    required_links: tuple[str, ...]

    def __repr__(self) -> str:
        """Return the numbers, on one line."""
        return short_repr(self)

    @classmethod
    def of(cls, recipe: Recipe) -> RecipeSummary:
        """Return the summary of a recipe that was read or made."""
        return cls(
            tuple(recipe.files),
            len(recipe.archives),
            sum(len(entry.steps) for entry in recipe.archives),
            len(recipe.stubs),
            tuple(whole.name for whole in recipe.required_links),
        )


@dataclass(frozen=True, slots=True)
class FirstRecipe:
    """A first recipe for a sysroot, and what it does not repair.

    Attributes:
        text: The recipe, as the text of its file.
        summary: What it contains.
        archives: The number of archives that were checked.
        left: Findings without a known repair.
        errors: Why archives could not be read.
    """

    text: str
    summary: RecipeSummary
    archives: int
    left: tuple[Finding, ...] = ()
    errors: tuple[ArfixError, ...] = ()

    def __repr__(self) -> str:
        """Return the numbers, on one line."""
        return f"<FirstRecipe: {self.summary.steps} steps for {self.archives} archives, {len(self.left)} findings left>"


def init_recipe(sysroot: AnyPath, whole: str | Iterable[str] = ()) -> FirstRecipe:
    """Return a first recipe for a sysroot, from the repairs that `fix` would make. Nothing is written.

    Args:
        sysroot: The folder with the archives.
        whole: Paths and globs, relative to the sysroot, of archives that will be linked whole, together.

    Raises:
        ArfixError: The sysroot has no archives, or one that `whole` names cannot be read.
    """
    from arfix.recipe.init import make_recipe  # noqa: PLC0415 (the others need no audit)

    made = make_recipe(path_given(sysroot, "sysroot"), words_given(whole, "whole"))
    return FirstRecipe(encode_recipe(made.recipe), RecipeSummary.of(made.recipe), made.archives, made.left, made.errors)


def check_recipe(recipe: AnyPath) -> RecipeSummary:
    """Return what a recipe contains, with all that it includes. No archive is looked at.

    Args:
        recipe: The recipe file.

    Raises:
        RecipeError: The recipe or a file that it includes is wrong; the message names the line.
    """
    return RecipeSummary.of(load(path_given(recipe, "recipe")))


def recipe_schema() -> str:
    """Return the JSON schema of recipes, for editors."""
    from arfix.recipe.encode import recipe_schema as schema  # noqa: PLC0415 (the function has that name)

    return schema()
