"""`arfix merge`: merge archives into one, and account for every member and symbol."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Annotated

import typer

from arfix.api import edits as api
from arfix.archive.files import STANDARD_STREAM, open_archive, save
from arfix.cli.archive_options import AllowOutsideOption, DryRunOption
from arfix.cli.exit_codes import ExitCode, UsageError
from arfix.cli.output import Output
from arfix.cli.run_edit import check_streams
from arfix.report.merge import Merged, describe_merged, render_merged


def merge(
    ctx: typer.Context,
    archives: Annotated[list[str], typer.Argument(metavar="ARCHIVE...", help="The archives, in order; - for stdin.")],
    *,
    to: Annotated[str, typer.Option("--output", "-o", metavar="OUT", help="Write to OUT; - for standard output.")],
    prefer: Annotated[
        list[str] | None,
        typer.Option(metavar="LIB", help="If two inputs define the same symbol, keep the member from LIB."),
    ] = None,
    allow_outside: AllowOutsideOption = False,
    dry_run: DryRunOption = False,
) -> ExitCode:
    """Merge several archives into one, in order, with an index.

    Members that share a name are all kept; identical members are stored once. Nested archives are replaced with their
    members, and the files of thin archives are copied in. OUT may be one of the inputs.
    """
    if archives.count(STANDARD_STREAM) > 1:
        raise UsageError("standard input can be read only once", hint="arfix merge --help")
    output = Output.of(ctx)
    check_streams(output, None, to, dry_run=dry_run)
    with ExitStack() as stack:
        opened = [stack.enter_context(open_archive(path)) for path in archives]
        planned = api.merge(opened, prefer=prefer or (), output=to, allow_outside=allow_outside)
        after = planned.apply()
        saved = () if dry_run else save(after, to).notes
        for note in (*planned.plan.notes, *saved):
            output.note(note)
        for warning in planned.plan.warnings:
            output.warn(warning)
        merged = Merged(planned, after, to, dry_run)
        output.show(text=lambda: render_merged(merged, output.style), data=lambda: describe_merged(merged))
    return ExitCode.DONE
