"""`arfix hook SYSTEM`: the lines that make a build system run `arfix apply`."""

from __future__ import annotations

from typing import Annotated

import typer

from arfix.cli.exit_codes import ExitCode
from arfix.cli.output import Output
from arfix.cli.recipe_options import RECIPE_NAME
from arfix.report.hooks import FILES, REPOSITORY, SYSROOT, System, Words, render_hook


def hook(
    ctx: typer.Context,
    system: Annotated[System, typer.Argument(help="The build system.")],
    *,
    recipe: Annotated[str, typer.Option("--recipe", metavar="PATH", help="The recipe.")] = RECIPE_NAME,
    sysroot: Annotated[
        str, typer.Option("--sysroot", metavar="DIR", help="The sysroot, where the environment's SYSROOT names none.")
    ] = SYSROOT,
    repository: Annotated[
        str,
        typer.Option(
            "--repository", metavar="URL", help="Where arfix's own repository is (dockerfile, github, pre-commit)."
        ),
    ] = REPOSITORY,
) -> ExitCode:
    """Print what makes a build system run apply, ready to paste.

    The first lines of what is printed say where it goes. SYSROOT and SOURCE_DATE_EPOCH of the environment are honoured
    wherever the build system lets them through.
    """
    output = Output.of(ctx)
    snippet = render_hook(system, Words(recipe, sysroot, repository))
    output.show(text=lambda: snippet, data=lambda: {"system": system.value, "file": FILES[system], "snippet": snippet})
    return ExitCode.DONE
