"""`arfix recipe check`, `init` and `schema`: check a recipe, generate one, or print the schema for editors."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from arfix.archive.files import save_chunks
from arfix.cli.exit_codes import ExitCode, UsageError
from arfix.cli.output import Output
from arfix.cli.recipe_options import RECIPE_NAME, sysroot_of
from arfix.errors import EditError, Where
from arfix.recipe.encode import encode_recipe, recipe_schema
from arfix.recipe.load import read_recipe
from arfix.recipe.model import VERSION, Recipe
from arfix.report.text import counted, printable

if TYPE_CHECKING:
    from collections.abc import Callable


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
    read = read_recipe(path)
    output.show(text=lambda: f"{printable(path)}: {_recipe_summary(read)}\n", data=lambda: _describe(read))
    return ExitCode.DONE


def _recipe_summary(read: Recipe) -> str:
    steps = sum(len(entry.steps) for entry in read.archives)
    parts = [
        f"{counted(steps, 'step')} in {counted(len(read.archives), 'entry', 'entries')}",
        f"{counted(len(read.stubs), 'archive')} of stubs",
        f"{counted(len(read.required_links), 'required link')}",
    ]
    included = f"; {counted(len(read.files) - 1, 'file')} included" if len(read.files) > 1 else ""
    return ", ".join(parts) + included


def _describe(read: Recipe) -> dict[str, object]:
    return {
        "files": list(read.files),
        "entries": len(read.archives),
        "steps": sum(len(entry.steps) for entry in read.archives),
        "stubs": len(read.stubs),
        "whole_archive": [whole.name for whole in read.required_links],
    }


def _init(output: Output, sysroot: str, to: str, wholes: list[str], *, force: bool) -> ExitCode:
    from arfix.recipe.init import make_recipe  # noqa: PLC0415 (`recipe check` needs no audit)

    _keep_existing(to, "the recipe", force=force)

    def begin(total: int) -> Callable[[str], object]:
        return output.progress("looking at archives", total).step

    first = make_recipe(sysroot, wholes, begin)
    for error in first.errors:
        output.warn(str(error))
    for finding in first.left:
        output.warn(f"no repair is known: {finding.place}: {finding.message} ({finding.rule})")
    save_chunks([encode_recipe(first.recipe).encode()], to)
    output.show(
        text=lambda: f"{printable(to)}: {_recipe_summary(first.recipe)}, from {counted(first.archives, 'archive')}\n",
        data=lambda: {"recipe": to, "archives": first.archives, **_describe(first.recipe)},
    )
    return ExitCode.FINDINGS if first.left or first.errors else ExitCode.DONE


def _schema(output: Output, to: str | None, *, force: bool) -> ExitCode:
    schema = recipe_schema()
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
