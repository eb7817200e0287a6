"""`arfix diagnose [LOG]...`: why a link failed, and what repairs it."""

from __future__ import annotations

import sys
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from arfix.cli.exit_codes import ExitCode, UsageError
from arfix.cli.output import Output
from arfix.diagnose.diagnose import diagnose_log
from arfix.diagnose.text import describe_diagnosis, render_diagnosis
from arfix.errors import AccessError, Where

if TYPE_CHECKING:
    from arfix.diagnose.cause import Diagnosis

_STANDARD_INPUT = "-"


class DiagnosisFormat(Enum):
    """How a diagnosis is written."""

    TEXT = "text"
    JSON = "json"


def diagnose(
    ctx: typer.Context,
    logs: Annotated[
        list[str] | None,
        typer.Argument(metavar="[LOG]...", help="Logs of builds; without any, or with -, standard input."),
    ] = None,
    *,
    format: Annotated[
        DiagnosisFormat, typer.Option("--format", help="How to write the result; json is --json.")
    ] = DiagnosisFormat.TEXT,
    folder: Annotated[
        str, typer.Option("--directory", "-C", metavar="DIR", help="Where relative paths in the log start.")
    ] = "",
    everything: Annotated[bool, typer.Option("--all", "-a", help="List all symbols and files of a cause.")] = False,
) -> ExitCode:
    """Explain why a link failed, from the log of a build: the causes, and what repairs each of them.

    Exits 1 if the log holds an error of a linker, 0 if it holds none.
    """
    output = Output.of(ctx)
    output.json = output.json or format is DiagnosisFormat.JSON
    found = [_of_log(name, folder) for name in logs or [_STANDARD_INPUT]]
    output.show(
        text=lambda: "\n".join(render_diagnosis(one, output.style, everything=everything) for one in found),
        data=lambda: {"logs": [describe_diagnosis(one) for one in found]},
    )
    return ExitCode.FINDINGS if any(one.is_failure for one in found) else ExitCode.DONE


def _of_log(name: str, folder: str) -> Diagnosis:
    if name == _STANDARD_INPUT:
        if sys.stdin is None or sys.stdin.isatty():
            raise UsageError("there is no log on standard input", hint="make 2>&1 | arfix diagnose")
        return diagnose_log(sys.stdin.buffer, "standard input", folder=folder)
    try:
        with Path(name).open("rb") as file:
            return diagnose_log(file, name, folder=folder)
    except OSError as error:
        raise AccessError(f"cannot read: {error.strerror}", where=Where(name)) from error
