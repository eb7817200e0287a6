"""Findings of check and verify in the formats of `--format`, and baseline files."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from arfix.archive.files import read_text_file, save_chunks
from arfix.audit.baseline import decode_baseline, render_baseline
from arfix.audit.combine import commands_once
from arfix.audit.finding import Severity
from arfix.audit.outcome import Outcome
from arfix.cli.exit_codes import ExitCode, exit_code_of
from arfix.cli.finding_options import DOCUMENTS, ReportFormat
from arfix.errors import ArfixError, RecipeError, Where
from arfix.report.findings import describe_outcome, render_outcome
from arfix.report.statistics import describe_statistics, render_statistics

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from arfix.audit.finding import Finding, FindingKey
    from arfix.cli.finding_options import ReportOptions
    from arfix.cli.output import Output


@contextmanager
def failure_shown(output: Output, archives: Sequence[str], report: ReportOptions) -> Iterator[None]:
    """Write a document of the format even if the run fails, since an empty log would count as a clean one."""
    output.json = output.json or report.format is ReportFormat.JSON
    report.require_sense()
    try:
        yield
    except ArfixError as error:
        if report.format in DOCUMENTS:
            outcome = Outcome(tuple(archives), (), {}, errors=(error,))
            show_outcome(output, outcome, report, code=exit_code_of(error))
        raise


def show_outcome(
    output: Output,
    outcome: Outcome,
    report: ReportOptions,
    *,
    threshold: Severity | None = Severity.ERROR,
    code: ExitCode = ExitCode.DONE,
) -> None:
    """Print an outcome as the options want it; `threshold` is the lowest severity that fails."""
    outcome = replace(outcome, findings=commands_once(outcome.findings))
    match report.format:
        case ReportFormat.TEXT | ReportFormat.JSON if report.statistics:
            output.show(
                text=lambda: render_statistics(outcome, output.style), data=lambda: describe_statistics(outcome)
            )
        case ReportFormat.TEXT | ReportFormat.JSON:
            everything = report.everything
            output.show(
                text=lambda: render_outcome(outcome, output.style, everything=everything, width=output.width),
                data=lambda: describe_outcome(outcome),
            )
        case _:
            from arfix.cli.finding_documents import render_document  # noqa: PLC0415 (only with --format)

            sys.stdout.write(render_document(report.format, outcome, threshold=threshold, code=code))


def read_baseline(path: str) -> tuple[FindingKey, ...]:
    """Return the findings that a baseline file lists."""
    return decode_baseline(read_text(Where(path)), path)


def read_text(where: Where) -> str:
    """Return the text of a file in UTF-8."""
    try:
        return read_text_file(where.path, "a text").decode().replace("\r\n", "\n")
    except UnicodeDecodeError:
        raise RecipeError("not text in UTF-8", where=where) from None


def save_baseline(output: Output, path: str, findings: tuple[Finding, ...]) -> ExitCode:
    """Write the findings as a baseline."""
    save_chunks([render_baseline(findings).encode()], path)
    output.note(f"{path} lists {len({finding.key for finding in findings})} findings now")
    return ExitCode.DONE
