"""The options that every verb takes, before the verb or after it: --json, --quiet, --color; and --version."""

from __future__ import annotations

from typing import Annotated

import typer

from arfix.cli.output import ColorWhen, Output
from arfix.version import __version__


def _set_json(context: typer.Context, value: bool) -> None:
    if value:
        Output.of(context).json = True


def _set_quiet(context: typer.Context, value: bool) -> None:
    if value:
        output = Output.of(context)
        output.quiet = True
        output.line.stop()


def _set_color(context: typer.Context, value: ColorWhen | None) -> None:
    if value is not None:
        Output.of(context).color = value


def _print_version(value: bool) -> None:
    if value:
        typer.echo(f"arfix {__version__}")
        raise typer.Exit


# Their callbacks set the run's `Output`, so that a verb does not have to take them.
JsonOption = Annotated[
    bool,
    typer.Option(
        "--json", callback=_set_json, is_eager=True, expose_value=False, help="Print the result as one JSON document."
    ),
]
QuietOption = Annotated[
    bool,
    typer.Option("--quiet", "-q", callback=_set_quiet, is_eager=True, expose_value=False, help="Print errors only."),
]
ColorOption = Annotated[
    ColorWhen | None,
    typer.Option("--color", callback=_set_color, is_eager=True, expose_value=False, help="When to use color."),
]
VersionOption = Annotated[
    bool,
    typer.Option(
        "--version", callback=_print_version, is_eager=True, expose_value=False, help="Print the version and exit."
    ),
]


def declare_global_options(json: JsonOption = False, quiet: QuietOption = False, color: ColorOption = None) -> None:
    """Declare the options that `arfix/cli/group.py` adds to every verb; never called."""
