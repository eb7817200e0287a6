"""A repair as a recipe: the `arfix.toml` with which `arfix apply` does the same after every build."""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.recipe.encode import encode_recipe
from arfix.recipe.init import entries_of
from arfix.recipe.model import Recipe

if TYPE_CHECKING:
    from arfix.audit.repair import Repair


def render_recipe(repair: Repair, sysroot: str | None = None) -> str:
    """Return the recipe, each step with the reason that called for it; paths are relative to `sysroot`."""
    return encode_recipe(Recipe("", archives=entries_of(repair, sysroot)))
