"""`arfix index`: rebuild the symbol index, or compare it with what the members define."""

from __future__ import annotations

from typing import Annotated

import typer

from arfix.api import edits as api
from arfix.archive.files import open_archive
from arfix.cli.archive_options import ArchiveArgument, DryRunOption, OutputOption
from arfix.cli.exit_codes import ExitCode
from arfix.cli.output import Output
from arfix.cli.run_edit import run_edit
from arfix.edits.index import plan_index
from arfix.report.index import describe_check, render_check


def index(
    ctx: typer.Context,
    archive: ArchiveArgument,
    *,
    check: Annotated[
        bool,
        typer.Option("--check", help="Write nothing; report whether the index is missing or wrong, and exit 1 if so."),
    ] = False,
    to: OutputOption = None,
    dry_run: DryRunOption = False,
) -> ExitCode:
    """Rebuild the symbol index from the symbols that members define (like `ranlib -D`).

    No entry is lost: entries of members whose symbols cannot be read are kept, or the edit is refused.
    """
    if check:
        return _check(Output.of(ctx), archive)

    return run_edit(ctx, archive, api.index, to=to, dry_run=dry_run)


def _check(output: Output, path: str) -> ExitCode:
    with open_archive(path) as archive:
        plan, difference = plan_index(archive)
        for warning in plan.warnings:
            output.warn(warning)
        output.show(
            text=lambda: render_check(archive, difference, output.style),
            data=lambda: describe_check(archive, difference),
        )
    return ExitCode.FINDINGS if difference else ExitCode.DONE
