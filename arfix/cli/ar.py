"""`arfix ar -M`: run an MRI librarian script."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, assert_never

import typer

from arfix.api import mri as api
from arfix.api.mri import MriExtraction, MriListing, MriMessage, MriSave
from arfix.archive.files import STANDARD_STREAM
from arfix.cli.archive_options import DryRunOption
from arfix.cli.exit_codes import ExitCode, UsageError
from arfix.cli.list_files import read_list_file
from arfix.cli.output import Output
from arfix.edits.requests import hinted
from arfix.report.edited import Edited
from arfix.report.extracted import render_extracted
from arfix.report.mri import describe_listing, describe_saved, render_listing, render_saved

if TYPE_CHECKING:
    from collections.abc import Sequence


def ar(
    ctx: typer.Context,
    words: Annotated[
        list[str] | None, typer.Argument(metavar="[SCRIPT]", help="The script; - (the default) for standard input.")
    ] = None,
    *,
    mri: Annotated[bool, typer.Option("-M", help="Run an MRI script; required.")] = False,
    dry_run: DryRunOption = False,
) -> ExitCode:
    """Run an MRI librarian script (like `ar -M`), with members in the order of the script.

    OPEN, CREATE, CREATETHIN, ADDLIB, ADDMOD, DELETE, REPLACE, EXTRACT, LIST, DIRECTORY, VERBOSE, CLEAR, SAVE, END.
    Paths may be quoted. Errors name the line of the script; nothing is written before SAVE.
    """
    script, *others = words or [STANDARD_STREAM]
    if not mri:
        raise UsageError("only -M is supported", hint=_verb_for(script, others))
    if others:
        raise UsageError(f"one script runs at a time, not {len(others) + 1}", hint="arfix ar --help")
    output = Output.of(ctx)
    text, where = read_list_file(script)
    with api.ar(text, dry_run=dry_run, name=where.path, tell=partial(_report, output, dry_run=dry_run)) as ran:
        if ran.unsaved is not None:
            output.warn(f"{ran.unsaved} was changed but not saved; the script ends without SAVE")
    return ExitCode.DONE


def _verb_for(operation: str, operands: Sequence[str]) -> str:
    """Return a hint: the command for an operation of ar, as in `arfix ar rcs lib.a x.o`. Source: POSIX, `ar`."""
    # Other letters are modifiers; `s` is one as well, beside an operation.
    letter = next((one for one in "dmqrtxs" if one in operation.removeprefix("-")), None)
    if not operands or letter is None:
        return "`arfix --help` lists the verbs that replace the other operations of ar."
    archive, *members = operands
    match letter:
        case "t" | "s":
            hint = hinted("inspect" if letter == "t" else "index", (archive,))
        case "d" | "x":
            hint = hinted("strip" if letter == "d" else "extract", operands)
        case "r" | "q" if members and (letter == "q" or not Path(archive).exists()):
            hint = hinted("merge", operands if Path(archive).exists() else members, ("-o", archive))
        case _:
            hint = "A script does this: ADDMOD, REPLACE, DELETE and other commands; see `arfix ar --help`."
    return hint


def _report(output: Output, step: MriSave | MriListing | MriExtraction | MriMessage, *, dry_run: bool) -> None:
    """Print the result of one command."""
    match step:
        case MriMessage(sentences, warnings, verbose):
            for warning in warnings:
                output.warn(warning)
            if verbose and sentences:
                output.show(text=lambda: "".join(f"{sentence}\n" for sentence in sentences), data=dict)
        case MriSave(path, before, after, plan, is_needed, notes):
            for note in notes:
                output.note(note)
            edited = Edited(plan, before, after, path, dry_run)
            output.show(
                text=lambda: render_saved(edited, output.style, is_written=is_needed),
                data=lambda: {"saved": [describe_saved(edited, is_written=is_needed and not dry_run)]},
            )
        case MriListing(_, members, file, verbose):
            output.show(
                text=lambda: render_listing(members, verbose=verbose) if file is None else "",
                data=lambda: {"listed": [describe_listing(step.path, members, file)]},
            )
        case MriExtraction(archive, files):
            output.show(
                text=lambda: render_extracted(archive, files, ".", output.style, dry_run=dry_run),
                data=lambda: {"extracted": [extraction.file_name for extraction in files]},
            )
        case _:
            assert_never(step)
