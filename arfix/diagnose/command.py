"""`arfix diagnose [LOG]...`: why a link failed, and what repairs it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from arfix.cli.exit_codes import ExitCode, UsageError
from arfix.cli.finding_options import ReportFormat
from arfix.cli.output import Output
from arfix.cli.report_option import PageOption, command_line
from arfix.diagnose.annotations import render_commands, render_gitlab, render_junit, render_sarif
from arfix.diagnose.diagnose import diagnose as diagnose_file
from arfix.diagnose.diagnose import diagnose_command
from arfix.diagnose.text import describe_diagnosis, render_diagnosis
from arfix.report.text import json_without_commands

if TYPE_CHECKING:
    from collections.abc import Sequence

    from arfix.diagnose.cause import Diagnosis
    from arfix.report.html.model import Report

_STANDARD_INPUT = "-"


def diagnose(
    ctx: typer.Context,
    logs: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[LOG]...|-- COMMAND...",
            help="Logs of builds; without any, or with -, standard input. Or a link command, which is run; what it"
            " writes goes to a scratch folder.",
        ),
    ] = None,
    *,
    format: Annotated[
        ReportFormat, typer.Option("--format", help="How to write the result; json is --json.")
    ] = ReportFormat.TEXT,
    folder: Annotated[
        str, typer.Option("--directory", "-C", metavar="DIR", help="Where relative paths in the log start.")
    ] = "",
    everything: Annotated[bool, typer.Option("--all", "-a", help="List all symbols and files of a cause.")] = False,
    page: PageOption,
) -> ExitCode:
    """Explain why a link failed, from the log of a build: the causes, and what repairs each of them.

    The files of the link are read where they are at hand, and show which archive defines a symbol in vain, or why a
    member is in the link. Only a command behind -- is run, never one from a log.

    Exits 1 if the log holds an error of a linker, 0 if it holds none.
    """
    output = Output.of(ctx)
    output.json = output.json or format is ReportFormat.JSON
    words = output.link_words
    found = [diagnose_command(words)] if words else [_of_log(name, folder) for name in logs or [_STANDARD_INPUT]]
    code = ExitCode.FINDINGS if any(one.is_failure for one in found) else ExitCode.DONE
    page.write(output, lambda: _page(output, found))
    if format not in {ReportFormat.TEXT, ReportFormat.JSON} and not output.json:
        # These are commands and documents for a machine, which `show` would make harmless.
        sys.stdout.write(_document(found, format, code))
        return code
    output.show(
        text=lambda: "\n".join(render_diagnosis(one, output.style, everything=everything) for one in found),
        data=lambda: {"logs": [describe_diagnosis(one) for one in found]},
    )
    return code


def _page(output: Output, found: Sequence[Diagnosis]) -> Report:
    from arfix.diagnose.page import diagnosis_page  # noqa: PLC0415 (only with --report)

    return diagnosis_page(found, command_line(output))


def _document(found: Sequence[Diagnosis], format: ReportFormat, code: ExitCode) -> str:
    match format:
        case ReportFormat.SARIF:
            return json_without_commands(render_sarif(found, code))
        case ReportFormat.GITLAB:
            return json_without_commands(render_gitlab(found, str(Path.cwd())))
        case ReportFormat.JUNIT:
            return render_junit(found)
        case _:
            return render_commands(found)


def _of_log(name: str, folder: str) -> Diagnosis:
    if name != _STANDARD_INPUT:
        return diagnose_file(name, folder=folder)
    if sys.stdin is None or sys.stdin.isatty():
        raise UsageError("there is no log on standard input", hint="make 2>&1 | arfix diagnose")
    return diagnose_file(sys.stdin.buffer, name="standard input", folder=folder)
