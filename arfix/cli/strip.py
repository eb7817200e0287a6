"""`arfix strip`: remove members, with the proof that nothing which stays needs them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from arfix.cli.archive_options import ArchiveArgument, DryRunOption, OutputOption
from arfix.cli.exit_codes import ExitCode, UsageError
from arfix.cli.run_edit import run_edit
from arfix.edits.requests import Strip, plan
from arfix.errors import EditError

if TYPE_CHECKING:
    from collections.abc import Sequence


def strip(
    ctx: typer.Context,
    archive: ArchiveArgument,
    members: Annotated[
        list[str] | None,
        typer.Argument(metavar="MEMBER...", help="A name, glob, name#2, defines:SYM, needs:SYM or kind:WORD."),
    ] = None,
    *,
    members_from: Annotated[
        list[str] | None, typer.Option(metavar="FILE", help="Take more MEMBERs from FILE, one a line; - is stdin.")
    ] = None,
    cascade: Annotated[bool, typer.Option("--cascade", help="Remove the members that need a removed one too.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Remove even what is needed, and say what dangles.")] = False,
    if_present: Annotated[
        bool, typer.Option("--if-present", help="A MEMBER that is not there is no error (for hooks).")
    ] = False,
    to: OutputOption = None,
    dry_run: DryRunOption = False,
) -> ExitCode:
    """Remove members (as `ar d`; not symbols), unless a member that stays needs them.

    All members of a name go. A short name such as bss_log.o finds libcrypto-lib-bss_log.o, the name a build system
    made of it, and says so. Members that stay and need a symbol which only removed members define stop the edit.
    """
    selectors = list(members or ())
    if members_from:
        selectors += _selectors_from(members_from, if_present=if_present)
    elif not selectors:
        raise UsageError("no MEMBER is named, and no --members-from", hint="arfix strip --help")

    request = Strip(tuple(selectors), cascade=cascade, force=force, if_present=if_present)
    return run_edit(ctx, archive, lambda opened: plan(opened, request), to=to, dry_run=dry_run)


def _selectors_from(paths: Sequence[str], *, if_present: bool) -> list[str]:
    """Return the selectors in these files, one a line, blank lines left out.

    Raises:
        AccessError: A file cannot be read.
        EditError: A file names nothing, which is as suspicious as a pattern that matches nothing.
    """
    from arfix.cli.list_files import read_list_file  # noqa: PLC0415 (start-up)

    selectors: list[str] = []
    for path in paths:
        text, where = read_list_file(path)
        lines = [line for line in text.split("\n") if line.strip()]
        if not lines and not if_present:
            raise EditError("the list names no member", where=where, hint="--if-present allows that.")
        selectors += lines
    return selectors
