"""Arguments and options of the verbs that apply a recipe to a sysroot."""

from __future__ import annotations

import os
from typing import Annotated

import typer

#: The recipe that is read where none is named.
RECIPE_NAME = "arfix.toml"

RecipeArgument = Annotated[str, typer.Argument(metavar="RECIPE", help="The recipe.", show_default=RECIPE_NAME)]
SysrootOption = Annotated[
    str | None,
    typer.Option("--sysroot", metavar="DIR", help="The sysroot.", show_default="$SYSROOT, else the current directory"),
]
OverlayOption = Annotated[
    str | None,
    typer.Option("--overlay", metavar="DIR", help="Leave the sysroot alone, and write repaired copies to DIR."),
]
NoWaitOption = Annotated[bool, typer.Option("--no-wait", help="Exit 1 if another arfix is working on the same files.")]


def sysroot_of(option: str | None) -> str:
    """Return the sysroot: the option, else the environment's SYSROOT, else the current directory."""
    return option or os.environ.get("SYSROOT") or "."
