"""`arfix recipe check`, `init` and `schema`: check a recipe, generate one, or print the schema for editors."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from arfix.api import recipes as api
from arfix.archive.files import save_chunks
from arfix.cli.exit_codes import ExitCode, UsageError
from arfix.cli.output import Output
from arfix.cli.recipe_options import RECIPE_NAME, sysroot_of
from arfix.counted import counted
from arfix.errors import EditError, Where
from arfix.recipe.model import VERSION
from arfix.report.text import printable

if TYPE_CHECKING:
    from arfix.api.recipes import RecipeSummary


class Action(Enum):
    """The values of ACTION."""

    CHECK = "check"
    INIT = "init"
    SCHEMA = "schema"


def recipe(
    ctx: typer.Context,
    action: Annotated[
        Action,
        typer.Argument(
            help="check: report errors in a recipe; init: generate a recipe; schema: print the JSON schema for editors."
        ),
    ],
    path: Annotated[
        str | None, typer.Argument(metavar="RECIPE|SYSROOT", help="The recipe (check) or the sysroot (init).")
    ] = None,
    *,
    to: Annotated[
        str | None,
        typer.Option("--output", "-o", metavar="FILE", help="init, schema: write the recipe or the schema to FILE."),
    ] = None,
    whole: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ARCHIVE", help="init: an archive or glob that will be linked whole, together with the others."
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="init, schema: overwrite an existing FILE.")] = False,
) -> ExitCode:
    """Check a recipe, or generate one from what check and fix find in a sysroot.

    init writes arfix.toml if there is no -o. schema prints the schema if there is no -o; the first line of a generated
    recipe names it, as a file arfix-recipe-1.json beside the recipe.
    """
    output = Output.of(ctx)
    match action:
        case Action.CHECK:
            if to is not None or whole or force:
                raise UsageError(
                    "-o, --whole and --force do not go with `arfix recipe check`", hint="arfix recipe --help"
                )
            return _check(output, path or RECIPE_NAME)
        case Action.INIT:
            return _init(output, sysroot_of(path), to or RECIPE_NAME, whole or [], force=force)
        case Action.SCHEMA:
            if path is not None or whole:
                raise UsageError("`arfix recipe schema` takes no argument and no --whole", hint="arfix recipe --help")
            return _schema(output, to, force=force)


def _check(output: Output, path: str) -> ExitCode:
    """Read the recipe and everything it includes; errors carry file and line."""
    read = api.check_recipe(path)
    output.show(text=lambda: f"{printable(path)}: {_recipe_summary(read)}\n", data=lambda: _describe(read))
    return ExitCode.DONE


def _recipe_summary(read: RecipeSummary) -> str:
    parts = [
        f"{counted(read.steps, 'step')} in {counted(read.entries, 'entry', 'entries')}",
        f"{counted(read.stubs, 'archive')} of stubs",
        f"{counted(len(read.required_links), 'required link')}",
    ]
    included = f"; {counted(len(read.files) - 1, 'file')} included" if len(read.files) > 1 else ""
    return ", ".join(parts) + included


def _describe(read: RecipeSummary) -> dict[str, object]:
    return {
        "files": list(read.files),
        "entries": read.entries,
        "steps": read.steps,
        "stubs": read.stubs,
        "whole_archive": list(read.required_links),
    }


def _init(output: Output, sysroot: str, to: str, wholes: list[str], *, force: bool) -> ExitCode:
    _keep_existing(to, "the recipe", force=force)

    first = api.init_recipe(sysroot, wholes)
    for error in first.errors:
        output.warn(str(error))
    for finding in first.left:
        output.warn(f"no repair is known: {finding.place}: {finding.message} ({finding.rule})")
    save_chunks([first.text.encode()], to)
    output.show(
        text=lambda: f"{printable(to)}: {_recipe_summary(first.summary)}, from {counted(first.archives, 'archive')}\n",
        data=lambda: {"recipe": to, "archives": first.archives, **_describe(first.summary)},
    )
    return ExitCode.FINDINGS if first.left or first.errors else ExitCode.DONE


def _schema(output: Output, to: str | None, *, force: bool) -> ExitCode:
    schema = api.recipe_schema()
    if to is not None:
        _keep_existing(to, "the schema", force=force)
        save_chunks([schema.encode()], to)
    output.show(
        text=lambda: schema if to is None else f"{printable(to)}: the schema of recipes of version {VERSION}\n",
        data=lambda: {"file": to, "schema": schema},
    )
    return ExitCode.DONE


def _keep_existing(path: str, what: str, *, force: bool) -> None:
    if Path(path).exists() and not force:
        raise EditError(f"{what} exists already", where=Where(path), hint="-o FILE writes another, --force this one.")
