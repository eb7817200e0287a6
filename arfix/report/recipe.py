"""A repair as a recipe, so that `arfix apply` repeats it after every build."""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.recipe.encode import encode_recipe
from arfix.recipe.init import entries_of
from arfix.recipe.model import Recipe

if TYPE_CHECKING:
    from arfix.audit.repair import Repair


def render_recipe(repair: Repair, sysroot: str | None = None) -> str:
    """Return the recipe, with the findings as reasons of the steps; paths are relative to `sysroot`."""
    return encode_recipe(Recipe("", archives=entries_of(repair, sysroot)))
