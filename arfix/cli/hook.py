"""`arfix hook SYSTEM`: print the lines that make a build system run `arfix apply`."""

from __future__ import annotations

from typing import Annotated

import typer

from arfix.api import hooks as api
from arfix.cli.exit_codes import ExitCode
from arfix.cli.output import Output
from arfix.cli.recipe_options import RECIPE_NAME
from arfix.report.hooks import SYSROOT, System
from arfix.version import REPOSITORY


def hook(
    ctx: typer.Context,
    system: Annotated[System, typer.Argument(help="The build system.")],
    *,
    recipe: Annotated[str, typer.Option("--recipe", metavar="PATH", help="The recipe.")] = RECIPE_NAME,
    sysroot: Annotated[
        str, typer.Option("--sysroot", metavar="DIR", help="The sysroot, if the environment's SYSROOT names none.")
    ] = SYSROOT,
    repository: Annotated[
        str,
        typer.Option(
            "--repository", metavar="URL", help="The repository of arfix itself (dockerfile, github, pre-commit)."
        ),
    ] = REPOSITORY,
) -> ExitCode:
    """Print the lines that make a build system run `arfix apply`.

    The first lines of the output say where to paste it. SYSROOT and SOURCE_DATE_EPOCH are honoured if the build system
    passes them on.
    """
    output = Output.of(ctx)
    made = api.hook(system.value, recipe=recipe, sysroot=sysroot, repository=repository)
    output.show(text=lambda: made.text, data=lambda: {"system": made.system, "file": made.file, "snippet": made.text})
    return ExitCode.DONE
