"""`arfix flatten`: remove nested archives, or replace them with their members."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from arfix.api import edits as api
from arfix.cli.archive_options import AllowOutsideOption, ArchiveArgument, DryRunOption, OutputOption
from arfix.cli.exit_codes import ExitCode, UsageError
from arfix.cli.run_edit import run_edit
from arfix.edits.requests import FlattenChoice

if TYPE_CHECKING:
    from arfix.archive.model import Archive
    from arfix.edits.plan import Plan


def flatten(
    ctx: typer.Context,
    archive: ArchiveArgument,
    *,
    splice: Annotated[bool, typer.Option("--splice", help="Replace each nested archive with its members.")] = False,
    drop: Annotated[bool, typer.Option("--drop", help="Remove all nested archives.")] = False,
    needed: Annotated[
        bool, typer.Option("--needed", help="Like --splice, but only members that the archive's own objects need.")
    ] = False,
    platform: Annotated[
        list[str] | None,
        typer.Option(metavar="DIR|ARCHIVE", help="Drop nested archives that this platform has (by name or members)."),
    ] = None,
    allow_outside: AllowOutsideOption = False,
    to: OutputOption = None,
    dry_run: DryRunOption = False,
) -> ExitCode:
    """Remove or splice archives that are stored inside an archive, which no linker reads.

    Without --splice, --drop or --needed, a nested archive that a --platform provides is dropped, and any other is
    replaced with its members, at any depth. Drop copies of the C library: a second one breaks links.
    """
    chosen = [choice for choice, wanted in zip(FlattenChoice, (splice, drop, needed), strict=True) if wanted]
    if len(chosen) > 1:
        raise UsageError("--splice, --drop and --needed exclude one another", hint="Choose one of them.")
    choice = chosen[0] if chosen else None
    if platform and choice is not None:
        raise UsageError(
            f"--{choice.value} and --platform exclude each other: one is for all nested archives, one for each",
            hint="Use one of the two.",
        )

    def plan(opened: Archive) -> Plan:
        return api.flatten(opened, choice, platform=platform or (), allow_outside=allow_outside)

    return run_edit(ctx, archive, plan, to=to, dry_run=dry_run)
