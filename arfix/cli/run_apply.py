"""The result of `arfix apply`, printed and written to the reports that were asked for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from arfix.archive.files import save_chunks
from arfix.cli.exit_codes import ExitCode
from arfix.cli.report_option import save_report
from arfix.errors import AccessError
from arfix.recipe.required_links import refusal_of
from arfix.report.apply import describe_applied, joined_outcome, render_applied, render_markdown, summarize
from arfix.report.gitlab import render_gitlab
from arfix.report.json import describe_error, render_envelope
from arfix.report.junit import render_junit
from arfix.report.sarif import render_sarif
from arfix.spelling import as_options

if TYPE_CHECKING:
    from collections.abc import Sequence

    from arfix.cli.output import Output
    from arfix.errors import ArfixError
    from arfix.recipe.apply import ApplyResult


def show_applied(output: Output, applied: ApplyResult, reports: Sequence[str]) -> ExitCode:
    """Print what was done and write it to each file of `reports`; return the exit code."""
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
    for path in reports:
        try:
            _write_report(output, path, applied, errors, max([ExitCode.DONE, *codes]))
        except AccessError as error:
            if not applied.written:
                raise
            output.warn(f"{error}; the report is missing, and everything else is done")
    return max([*codes, ExitCode.FINDINGS if applied.would_change else ExitCode.DONE])


def _remarks(applied: ApplyResult) -> list[str]:
    remarks = [note for check in applied.checks for note in check.outcome.notes]
    if applied.stale and applied.options.overlay is None:
        names = " ".join(applied.stale)
        remarks.append(
            f"repaired by an earlier recipe, and not in this one: {names}; `arfix revert {names}` undoes that"
        )
    return remarks


def _write_report(output: Output, path: str, applied: ApplyResult, errors: Sequence[ArfixError], code: int) -> None:
    if path.endswith(".html"):
        from arfix.report.html.pages import apply_report  # noqa: PLC0415 (only with --report FILE.html)

        page = apply_report(applied, [as_options(str(error)) for error in errors], summarize(applied))
        save_report(output, path, page, quiet=True)
        return
    root = str(Path.cwd())
    if path.endswith(".gitlab.json"):
        text = render_gitlab(joined_outcome(applied), root=root)
    elif path.endswith(".xml"):
        text = render_junit(joined_outcome(applied))
    elif path.endswith(".json"):
        said = [describe_error(error) for error in errors]
        text = render_envelope("apply", code, describe_applied(applied), errors=said, notes=applied.plan.notes)
    elif path.endswith(".sarif"):
        text = render_sarif(joined_outcome(applied), root=root, exit_code=code)
    else:
        text = render_markdown(applied, [as_options(str(error)) for error in errors])
    save_chunks([text.encode("utf-8", "backslashreplace")], path)
