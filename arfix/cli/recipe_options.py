"""The options of the verbs that work on a sysroot by a recipe."""

from __future__ import annotations

import os
from typing import Annotated

import typer

RecipeArgument = Annotated[str, typer.Argument(metavar="RECIPE", help="The recipe.", show_default="arfix.toml")]
SysrootOption = Annotated[
    str | None,
    typer.Option("--sysroot", metavar="DIR", help="The sysroot.", show_default="$SYSROOT, else the current directory"),
]
OverlayOption = Annotated[
    str | None, typer.Option("--overlay", metavar="DIR", help="Leave the sysroot alone: repaired copies go here.")
]
NoWaitOption = Annotated[bool, typer.Option("--no-wait", help="Exit 1 when another arfix is at work there.")]


def sysroot_of(option: str | None) -> str:
    """Return the sysroot: the option, else what a cross build says, else the current directory."""
    return option or os.environ.get("SYSROOT") or "."
