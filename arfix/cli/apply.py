"""`arfix apply`: what runs after every build of a sysroot, and nearly always has nothing to do."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from arfix.archive.files import save_chunks
from arfix.cli.exit_codes import ExitCode, UsageError
from arfix.cli.link_options import JobsOption
from arfix.cli.output import Output
from arfix.cli.recipe_options import NoWaitOption, OverlayOption, RecipeArgument, SysrootOption, sysroot_of
from arfix.errors import AccessError
from arfix.recipe.apply import ApplyOptions, ApplyResult, apply_recipe
from arfix.recipe.model import RECIPE_NAME
from arfix.recipe.required_links import refusal_of
from arfix.recipe.state.stamp import command_key
from arfix.report.apply import describe_applied, joined_outcome, render_applied, render_markdown
from arfix.version import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence

    from arfix.errors import ArfixError

_REPORTS = (".json", ".sarif", ".md")


def apply(
    ctx: typer.Context,
    recipe: RecipeArgument = RECIPE_NAME,
    *,
    sysroot: SysrootOption = None,
    overlay: OverlayOption = None,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit 1 if anything would change.")] = False,
    frozen: Annotated[bool, typer.Option("--frozen", help="Refuse any change of the lock (arfix.lock).")] = False,
    originals: Annotated[
        bool, typer.Option("--originals/--no-originals", help="Keep the originals below the sysroot, for revert.")
    ] = True,
    report: Annotated[
        list[str] | None,
        typer.Option("--report", metavar="FILE", help="Also write what was done and found: .json, .sarif or .md."),
    ] = None,
    no_wait: NoWaitOption = False,
    jobs: JobsOption = 0,
) -> ExitCode:
    """Repair a sysroot as its recipe says: all of it, or nothing.

    Everything is planned first, and what must hold is checked on the planned result. A second run writes nothing. After
    a kill at any moment the next run finishes or undoes what was begun.
    """
    output = Output.of(ctx)
    for path in report or ():
        if not path.endswith(_REPORTS):
            raise UsageError(f"{path}: a report's name ends in {', '.join(_REPORTS)}", hint="arfix apply --help")
    where = sysroot_of(sysroot)
    line = [recipe, f"--sysroot={where}", *([f"--overlay={overlay}"] if overlay else [])]
    asked = command_key(line, __version__)
    options = ApplyOptions(
        recipe,
        where,
        overlay,
        jobs=jobs,
        check=check,
        frozen=frozen,
        wait=not no_wait,
        originals=originals,
        key=asked[1] if asked else "",
    )
    applied = apply_recipe(options, output.note)
    for note in (*applied.plan.notes, *applied.notes, *_remarks(applied)):
        output.note(note)
    if not applied.errors:
        output.show(text=lambda: render_applied(applied, output.style), data=lambda: describe_applied(applied))
    refusal = refusal_of(applied.checks)
    errors = [
        *applied.errors,
        *(error for check in applied.checks for error in check.errors),
        *([refusal] if refusal else []),
    ]
    codes = [output.error(error) for error in errors]
    for path in report or ():
        try:
            _write_report(path, applied, errors, max([ExitCode.DONE, *codes]))
        except AccessError as error:
            if not applied.written:
                raise
            output.warn(f"{error}; the report is missing, and everything else is done")
    changes = check and bool(applied.plan.changing or applied.lock_changes)
    return max([*codes, ExitCode.FINDINGS if changes else ExitCode.DONE])


def _remarks(applied: ApplyResult) -> list[str]:
    remarks = [note for check in applied.checks for note in check.outcome.notes]
    if applied.stale and applied.options.overlay is None:
        names = " ".join(applied.stale)
        remarks.append(
            f"repaired by an earlier recipe, and not in this one: {names}; `arfix revert {names}` undoes that"
        )
    return remarks


def _write_report(path: str, applied: ApplyResult, errors: Sequence[ArfixError], code: int) -> None:
    if path.endswith(".json"):
        from arfix.report.json import describe_error, render_envelope  # noqa: PLC0415 (this format only)

        said = [describe_error(error) for error in errors]
        text = render_envelope("apply", code, describe_applied(applied), errors=said, notes=applied.plan.notes)
    elif path.endswith(".sarif"):
        from arfix.report.sarif import render_sarif  # noqa: PLC0415 (this format only)

        text = render_sarif(joined_outcome(applied), root=str(Path.cwd()), exit_code=code)
    else:
        text = render_markdown(applied, [str(error) for error in errors])
    save_chunks([text.encode("utf-8", "backslashreplace")], path)
