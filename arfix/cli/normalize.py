"""`arfix normalize`: remove the traces of the build machine from an archive's headers."""

from __future__ import annotations

import typer

from arfix.api import edits as api
from arfix.cli.archive_options import ArchiveArgument, DryRunOption, OutputOption
from arfix.cli.exit_codes import ExitCode
from arfix.cli.run_edit import run_edit


def normalize(
    ctx: typer.Context, archive: ArchiveArgument, *, to: OutputOption = None, dry_run: DryRunOption = False
) -> ExitCode:
    """Zero the dates, owners and modes of all members (like `ar D`), and repair the container.

    Two builds of the same objects then give the same archive, byte for byte. Member contents do not change.
    """
    return run_edit(ctx, archive, api.normalize, to=to, dry_run=dry_run)
