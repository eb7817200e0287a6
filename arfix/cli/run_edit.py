"""The steps that all verbs which edit one archive share: open, plan, apply, save, report.

Archives are edited in place by default, as with `ar`. If a plan is empty the file is not touched, so that its
modification time stays right for `make`; with `-o` the unedited archive is written, since a rule of a makefile expects
its output.
"""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING

from arfix.archive.files import STANDARD_STREAM, open_archive, save
from arfix.archive.locks import lock_for_edit
from arfix.cli.exit_codes import ExitCode
from arfix.cli.output import Output
from arfix.edits.apply import apply
from arfix.errors import ArfixError, Where
from arfix.report.edited import Edited, describe_edited, render_edited

if TYPE_CHECKING:
    from collections.abc import Callable

    import typer

    from arfix.archive.model import Archive
    from arfix.edits.plan import Plan


def run_edit(
    context: typer.Context,
    path: str,
    make_plan: Callable[[Archive], Plan],
    *,
    to: str | None = None,
    dry_run: bool = False,
) -> ExitCode:
    """Open the archive at `path`, plan, apply, save to `to` (or in place), and report the result.

    Raises:
        ArfixError: The edit failed; the file is unchanged.
    """
    output = Output.of(context)
    check_streams(output, path, to, dry_run=dry_run)
    # Another edit of the same file waits until this one has replaced it, and then reads the new file.
    locked = nullcontext() if dry_run or to is not None else lock_for_edit(path)
    with locked, open_archive(path) as archive:
        plan = make_plan(archive)
        for note in plan.notes:
            output.note(note)
        for warning in plan.warnings:
            output.warn(warning)
        after = apply(archive, plan)
        if not dry_run and (plan or to is not None):
            for note in save(after, path if to is None else to).notes:
                output.note(note)
        edited = Edited(plan, archive, after, path if to is None else to, dry_run)
        output.show(text=lambda: render_edited(edited, output.style), data=lambda: describe_edited(edited))
    return ExitCode.DONE


def check_streams(output: Output, path: str | None, to: str | None, *, dry_run: bool) -> None:
    """Refuse impossible uses of standard input and output, and print nothing else where the archive goes to stdout."""
    if path == STANDARD_STREAM and to is None and not dry_run:
        raise ArfixError(
            "an archive from standard input cannot be edited in place",
            where=Where(path),
            hint="Name the result with -o FILE; -o - is standard output.",
        )
    if to == STANDARD_STREAM and not dry_run:
        if output.json:
            raise ArfixError("standard output cannot take both the archive and --json", hint="Use -o FILE.")
        output.quiet = True
