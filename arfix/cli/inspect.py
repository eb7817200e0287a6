"""`arfix inspect`: list the members of archives."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from arfix.api import edits as api
from arfix.archive.files import open_archive
from arfix.cli.exit_codes import ExitCode
from arfix.cli.output import Output
from arfix.errors import ArfixError
from arfix.report.inspect import Detail, describe_inspection, render_inspection


def inspect(
    ctx: typer.Context,
    archives: Annotated[list[str], typer.Argument(metavar="ARCHIVE...", help="The archives; - for standard input.")],
    *,
    symbols: Annotated[bool, typer.Option("--symbols", help="Show the symbols of each member.")] = False,
    everything: Annotated[
        bool, typer.Option("--all", "-a", help="List every member of a long archive, even on a terminal.")
    ] = False,
) -> ExitCode:
    """List the members of archives and what each one is, with the kind and index; nested archives as a tree.

    On a terminal, a long list shows only the members that stand out; in a pipe or file, or with --all, it is complete.
    """
    output = Output.of(ctx)
    code = ExitCode.DONE
    for path in archives:
        try:
            _inspect(output, path, symbols=symbols, whole=everything)
        except ArfixError as error:
            code = max(code, output.error(error))
    return code


def _inspect(output: Output, path: str, *, symbols: bool, whole: bool) -> None:
    detail = Detail.EVERYTHING if whole else Detail.OUTSTANDING if sys.stdout.isatty() else Detail.LISTED
    with open_archive(path) as archive:
        inspection = api.inspect(archive)
        size = 0 if archive.source is None else archive.source.size
        output.show(
            text=lambda: render_inspection(
                inspection,
                size,
                output.style,
                detail=detail,
                symbols=symbols,
            ),
            data=lambda: {"archives": [describe_inspection(inspection, size, symbols=symbols)]},
        )
