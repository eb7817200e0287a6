"""`arfix status`: list the state of a sysroot's archives."""

from __future__ import annotations

from pathlib import Path

import typer

from arfix.cli.exit_codes import ExitCode
from arfix.cli.output import Output
from arfix.cli.recipe_options import RECIPE_NAME, OverlayOption, RecipeArgument, SysrootOption, sysroot_of
from arfix.errors import RecipeError, Where
from arfix.recipe.apply import ApplyOptions
from arfix.recipe.load import read_recipe
from arfix.recipe.lock_file import read_lock
from arfix.recipe.state.folder import State
from arfix.recipe.status import StatusKind, find_status
from arfix.report.status import describe_status, render_status


def status(
    ctx: typer.Context,
    recipe: RecipeArgument = RECIPE_NAME,
    *,
    sysroot: SysrootOption = None,
    overlay: OverlayOption = None,
) -> ExitCode:
    """List which archives are original, repaired, drifted (neither) or missing; exit 1 for the last two."""
    output = Output.of(ctx)
    options = ApplyOptions(recipe, sysroot_of(sysroot), overlay)
    if not Path(recipe).exists():
        raise RecipeError(
            "there is no such recipe",
            where=Where(recipe),
            hint="Name the recipe: arfix status RECIPE. `arfix recipe init` writes one.",
        )
    read = read_recipe(recipe)
    locked = {} if overlay is not None else read_lock(options.lock)
    state = State.look(options.root)
    if state.interrupted:
        output.warn("a run was interrupted; the next `arfix apply` or `arfix revert` completes it or rolls it back")
    if state.claimed:
        output.note(f"{state.tree.path_of('.arfix')} was written in another copy of the sysroot and is not trusted")
    found, errors = find_status(None if overlay else read, state, locked)
    output.show(text=lambda: render_status(found, output.style), data=lambda: describe_status(found))
    codes = [output.error(error) for error in errors]
    lost = any(one.condition in {StatusKind.DRIFTED, StatusKind.MISSING} for one in found)
    return max([*codes, ExitCode.FINDINGS if lost or state.interrupted else ExitCode.DONE])
