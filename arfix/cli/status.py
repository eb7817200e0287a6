"""`arfix status`: list the state of a sysroot's archives."""

from __future__ import annotations

import typer

from arfix.api import sysroots as api
from arfix.cli.exit_codes import ExitCode
from arfix.cli.output import Output
from arfix.cli.recipe_options import RECIPE_NAME, OverlayOption, RecipeArgument, SysrootOption, sysroot_of
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
    found = api.status(recipe, sysroot_of(sysroot), overlay=overlay)
    if found.interrupted:
        output.warn("a run was interrupted; the next `arfix apply` or `arfix revert` completes it or rolls it back")
    if found.untrusted:
        output.note(f"{found.untrusted} was written in another copy of the sysroot and is not trusted")
    output.show(text=lambda: render_status(found.archives, output.style), data=lambda: describe_status(found.archives))
    codes = [output.error(error) for error in found.errors]
    return max([*codes, ExitCode.DONE if found.is_right else ExitCode.FINDINGS])
