"""`arfix ar -M`: run an MRI librarian script."""

from __future__ import annotations

import os
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, assert_never

import typer

from arfix.api.extract import write_members
from arfix.archive.files import STANDARD_STREAM, open_archive, open_source, opener_beside, save
from arfix.cli.archive_options import DryRunOption
from arfix.cli.exit_codes import ExitCode, UsageError
from arfix.cli.list_files import read_list_file
from arfix.cli.output import Output
from arfix.edits.extract import plan_extraction
from arfix.edits.mri import read_script
from arfix.edits.mri_session import ArchiveToSave, MembersToExtract, MembersToList, Reported, Session
from arfix.edits.nested_archives import OpenArchive, outermost
from arfix.errors import AccessError, Where
from arfix.report.edited import Edited
from arfix.report.extracted import render_extracted
from arfix.report.mri import describe_listing, describe_saved, render_listing, render_saved

if TYPE_CHECKING:
    from arfix.edits.mri_session import CommandOutcome


def ar(
    ctx: typer.Context,
    script: Annotated[
        str, typer.Argument(metavar="SCRIPT", help="The script; - (the default) for standard input.")
    ] = STANDARD_STREAM,
    *,
    mri: Annotated[bool, typer.Option("-M", help="Run an MRI script; required.")] = False,
    dry_run: DryRunOption = False,
) -> ExitCode:
    """Run an MRI librarian script (like `ar -M`), with members in the order of the script.

    OPEN, CREATE, CREATETHIN, ADDLIB, ADDMOD, DELETE, REPLACE, EXTRACT, LIST, DIRECTORY, VERBOSE, CLEAR, SAVE, END.
    Paths may be quoted. Errors name the line of the script; nothing is written before SAVE.
    """
    if not mri:
        raise UsageError(
            "only -M is supported", hint="`arfix --help` lists the verbs that replace the other operations of ar."
        )
    output = Output.of(ctx)
    text, where = read_list_file(script)
    commands = read_script(text, where)
    with ExitStack() as stack:
        session = Session(lambda path: _open(stack, path), _read)
        for command in commands:
            _report(output, session, session.run(command), dry_run=dry_run)
        if session.unsaved is not None:
            output.warn(f"{session.unsaved} was changed but not saved; the script ends without SAVE")
    return ExitCode.DONE


def _open(stack: ExitStack, path: str) -> OpenArchive:
    return outermost(stack.enter_context(open_archive(path)), opener_beside(path))


def _read(path: str) -> bytes:
    with closing(open_source(path)) as source:
        return bytes(source.view)


def _report(output: Output, session: Session, outcome: CommandOutcome, *, dry_run: bool) -> None:
    """Write and print the result of one command."""
    match outcome:
        case Reported(said, warnings):
            for warning in warnings:
                output.warn(warning)
            if session.verbose and said:
                output.show(text=lambda: "".join(f"{sentence}\n" for sentence in said), data=dict)
        case ArchiveToSave(plan, before, after, path, is_needed):
            notes = save(after, path).notes if is_needed and not dry_run else ()
            for note in notes:
                output.note(note)
            edited = Edited(plan, before, after, path, dry_run)
            output.show(
                text=lambda: render_saved(edited, output.style, is_written=is_needed),
                data=lambda: {"saved": [describe_saved(edited, is_written=is_needed and not dry_run)]},
            )
        case MembersToList():
            _list(output, outcome, dry_run=dry_run, verbose=session.verbose)
        case MembersToExtract(archive, positions):
            extractions = plan_extraction(archive, positions, windows=os.name == "nt")
            if not dry_run:
                write_members(archive, extractions, ".", overwrite=True)
            output.show(
                text=lambda: render_extracted(archive, extractions, ".", output.style, dry_run=dry_run),
                data=lambda: {"extracted": [extraction.file_name for extraction in extractions]},
            )
        case _:
            assert_never(outcome)


def _list(output: Output, listed: MembersToList, *, dry_run: bool, verbose: bool) -> None:
    text = render_listing(listed, verbose=verbose)
    if listed.file is not None and not dry_run:
        try:
            Path(listed.file).write_text(text, encoding="utf-8", errors="surrogateescape")
        except OSError as error:
            raise AccessError(f"cannot write: {error.strerror}", where=Where(listed.file)) from error
    output.show(
        text=lambda: text if listed.file is None else "",
        data=lambda: {"listed": [describe_listing(listed)]},
    )
