"""`arfix flatten`: archives inside an archive are dropped, or their members take their place."""

from __future__ import annotations

from contextlib import closing
from typing import Annotated

import typer

from arfix.archive.files import opener_beside
from arfix.cli.archive_options import AllowOutsideOption, ArchiveArgument, DryRunOption, OutputOption
from arfix.cli.exit_codes import ExitCode, UsageError
from arfix.cli.platform_archives import open_platform
from arfix.cli.run_edit import run_edit
from arfix.edits.requests import Choice, Flatten, plan


def flatten(
    ctx: typer.Context,
    archive: ArchiveArgument,
    *,
    splice: Annotated[
        bool, typer.Option("--splice", help="Put the members of each nested archive in its place.")
    ] = False,
    drop: Annotated[bool, typer.Option("--drop", help="Remove every nested archive.")] = False,
    needed: Annotated[
        bool, typer.Option("--needed", help="Splice only members that the archive's own objects need.")
    ] = False,
    platform: Annotated[
        list[str] | None,
        typer.Option(metavar="DIR|ARCHIVE", help="Drop what this provides (same name, or the same members)."),
    ] = None,
    allow_outside: AllowOutsideOption = False,
    to: OutputOption = None,
    dry_run: DryRunOption = False,
) -> ExitCode:
    """Take archives out of an archive, at any depth: no linker looks into them.

    Without a choice, a nested archive that a --platform provides is dropped, and of any other the members take its
    place. Copies of the C library are best dropped: a second one breaks links.
    """
    chosen = [choice for choice, wanted in zip(Choice, (splice, drop, needed), strict=True) if wanted]
    if len(chosen) > 1:
        raise UsageError("--splice, --drop and --needed exclude one another", hint="Choose one of them.")
    choice = chosen[0] if chosen else None
    if platform and choice is not None:
        raise UsageError(
            f"--{choice.value} decides for every nested archive, --platform for each",
            hint="Use one of the two.",
        )
    request = Flatten(choice, tuple(platform or ()))
    with closing(open_platform(request.platform, besides=[archive])) as provided:
        used = provided if request.platform else None
        beside = opener_beside(archive, anywhere=allow_outside)
        return run_edit(ctx, archive, lambda opened: plan(opened, request, used, beside), to=to, dry_run=dry_run)
