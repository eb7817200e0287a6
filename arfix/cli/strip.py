"""`arfix strip`: remove members that no remaining member needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from arfix.api import edits as api
from arfix.cli.archive_options import ArchiveArgument, DryRunOption, OutputOption
from arfix.cli.complete import complete_members
from arfix.cli.exit_codes import ExitCode, UsageError
from arfix.cli.list_files import read_list_file
from arfix.cli.run_edit import run_edit
from arfix.errors import EditError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from arfix.archive.model import Archive
    from arfix.edits.plan import Plan


def strip(
    ctx: typer.Context,
    archive: ArchiveArgument,
    members: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="MEMBER...",
            autocompletion=complete_members,
            help="A member's name, a glob, name#2, position:N, defines:SYM, needs:SYM or kind:WORD.",
        ),
    ] = None,
    *,
    members_from: Annotated[
        list[str] | None, typer.Option(metavar="FILE", help="Read more MEMBERs from FILE, one per line; - for stdin.")
    ] = None,
    cascade: Annotated[
        bool, typer.Option("--cascade", help="Also remove the members that need a removed one.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Remove members even if they are needed, and list what dangles.")
    ] = False,
    if_present: Annotated[
        bool, typer.Option("--if-present", help="Ignore a MEMBER that does not exist (for hooks).")
    ] = False,
    to: OutputOption = None,
    dry_run: DryRunOption = False,
) -> ExitCode:
    """Remove members (like `ar d`; symbols stay), unless a remaining member needs them.

    A name selects every member of that name. A short name such as bss_log.o also selects libcrypto-lib-bss_log.o, the
    name that a build system made of it, and a note says so. The edit is refused if a remaining member needs a symbol
    that only removed members define.
    """
    selectors = list(members or ())
    if members_from:
        selectors += _selectors_from(members_from, if_present=if_present)
    elif not selectors:
        raise UsageError("no MEMBER is named, and no --members-from", hint="arfix strip --help")

    def plan(opened: Archive) -> Plan:
        return api.strip(opened, selectors, cascade=cascade, force=force, if_present=if_present)

    return run_edit(ctx, archive, plan, to=to, dry_run=dry_run)


def _selectors_from(paths: Sequence[str], *, if_present: bool) -> list[str]:
    """Return the selectors in these files, one per line; blank lines are skipped.

    Raises:
        AccessError: A file cannot be read.
        EditError: A file is empty, which is as suspicious as a pattern that matches nothing.
    """
    selectors: list[str] = []
    for path in paths:
        text, where = read_list_file(path)
        lines = [line for line in text.split("\n") if line.strip()]
        if not lines and not if_present:
            raise EditError("the list names no member", where=where, hint="--if-present allows that.")
        selectors += lines
    return selectors
