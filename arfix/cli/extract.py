"""`arfix extract`: write members as files into one directory, and never outside it."""

from __future__ import annotations

from typing import Annotated

import typer

from arfix.api import extract as api
from arfix.archive.files import open_archive
from arfix.cli.archive_options import ArchiveArgument
from arfix.cli.complete import complete_members
from arfix.cli.exit_codes import ExitCode
from arfix.cli.output import Output
from arfix.report.extracted import describe_extracted, render_extracted


def extract(
    ctx: typer.Context,
    archive: ArchiveArgument,
    members: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="MEMBER...", autocompletion=complete_members, help="As for strip; all members by default."
        ),
    ] = None,
    *,
    directory: Annotated[
        str, typer.Option("--directory", "-C", metavar="DIR", help="Extract into DIR, which is created if necessary.")
    ] = ".",
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace existing files.")] = False,
    if_present: Annotated[bool, typer.Option("--if-present", help="Ignore a MEMBER that does not exist.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", "-n", help="Show what would be done, and write nothing.")
    ] = False,
) -> ExitCode:
    """Extract members into a directory.

    Members that share a name become x.o, x.2.o, ... Only the last part of a name is used and no link is followed, so
    nothing is written outside the directory. Existing files are replaced only with --overwrite.
    """
    output = Output.of(ctx)
    with open_archive(archive) as opened:
        plan = api.extract(opened, members or None, if_present=if_present)
        for note in plan.notes:
            output.note(note)
        if not dry_run:
            plan.write(directory, overwrite=overwrite)
        output.show(
            text=lambda: render_extracted(opened, plan.files, directory, output.style, dry_run=dry_run),
            data=lambda: describe_extracted(opened, plan.files, directory, dry_run=dry_run),
        )
    return ExitCode.DONE
