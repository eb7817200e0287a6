"""`arfix salvage`: recover the readable part of a damaged archive."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from arfix.api import edits as api
from arfix.archive.files import STANDARD_STREAM, save
from arfix.cli.archive_options import DryRunOption
from arfix.cli.exit_codes import ExitCode
from arfix.cli.output import Output
from arfix.cli.run_edit import check_streams
from arfix.errors import EditError, Where
from arfix.report.salvage import describe_salvage, render_salvage


def salvage(
    ctx: typer.Context,
    archive: Annotated[str, typer.Argument(metavar="DAMAGED", help="The damaged archive, which is not changed.")],
    *,
    to: Annotated[str, typer.Option("--output", "-o", metavar="OUT", help="Write the recovered archive to OUT.")],
    dry_run: DryRunOption = False,
) -> ExitCode:
    """Recover the readable part of a damaged archive, and report what was kept and what was lost.

    Exits 1 if anything was lost. The result is not the original library: download or build that again.
    """
    output = Output.of(ctx)
    check_streams(output, None, to, dry_run=dry_run)
    if to != STANDARD_STREAM and _is_same(archive, to):
        raise EditError(
            "the damaged archive is never overwritten", where=Where(archive), hint="Name another file with -o OUT."
        )
    if archive == STANDARD_STREAM:
        raise EditError("a damaged archive is read from a file, not from standard input", where=Where(archive))
    salvaged = api.salvage(archive)
    with salvaged.archive:
        if not dry_run:
            for note in save(salvaged.archive, to).notes:
                output.note(note)
        for note in salvaged.notes:
            output.note(note)
        output.show(
            text=lambda: render_salvage(salvaged, to, output.style, dry_run=dry_run),
            data=lambda: describe_salvage(salvaged, to, dry_run=dry_run),
        )
    return ExitCode.FINDINGS if salvaged.lost else ExitCode.DONE


def _is_same(one: str, other: str) -> bool:
    try:
        return Path(one).samefile(other)
    except OSError:
        return os.path.realpath(one) == os.path.realpath(other)
