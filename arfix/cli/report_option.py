"""The option `--report FILE.html` of the verbs whose result can be looked at in a browser."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated

import typer

from arfix.archive.files import save_chunks
from arfix.cli.exit_codes import UsageError
from arfix.edits.requests import shell_line
from arfix.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from arfix.cli.output import Output
    from arfix.report.html.model import Report

#: What the name of a report ends in.
_SUFFIXES = (".html", ".htm")


@dataclass(frozen=True, slots=True, kw_only=True)
class PageOption:
    """The option `--report`; its field is an option of every verb that takes it."""

    report: Annotated[
        str | None,
        typer.Option(
            "--report",
            metavar="FILE.html",
            help="Also write the result as one HTML file to look at in a browser (arfix[report]).",
        ),
    ] = None

    def __post_init__(self) -> None:
        """Fail before the work if the report could not be written after it."""
        if self.report is None:
            return
        if not self.report.lower().endswith(_SUFFIXES):
            raise UsageError(f"{self.report}: the name of a report ends in .html", hint="arfix check --help")
        from arfix.report.html.render import require_jinja  # noqa: PLC0415 (only with --report)

        require_jinja()

    @property
    def is_wanted(self) -> bool:
        """Return whether a report was asked for."""
        return self.report is not None

    def write(self, output: Output, build: Callable[[], Report]) -> None:
        """Write the report that `build` makes, if one was asked for."""
        if self.report is None:
            return
        save_report(output, self.report, build())


def save_report(output: Output, path: str, report: Report, *, quiet: bool = False) -> None:
    """Write a report to a file, completely or not at all, and say so unless `quiet`."""
    from arfix.report.html.render import render_report  # noqa: PLC0415 (only with --report)

    named = replace(report, command=report.command or command_line(output), version=__version__)
    save_chunks([render_report(named).encode("utf-8", "backslashreplace")], path)
    if not quiet:
        output.note(f"{path} is the report")


def command_line(
    output: Output, verb: str | None = None, *options: str, without: Sequence[str] = (), flags: Sequence[str] = ()
) -> str:
    """Return the command line of this run without `--report`, ready to paste.

    Args:
        output: The run.
        verb: Another verb in place of its own.
        options: Options that are put behind the verb.
        without: Names of other options that are left out, each with its value.
        flags: Names of options without a value that are left out.
    """
    words = list(output.arguments)
    tail = words[words.index("--") :] if "--" in words else []
    head = words[: len(words) - len(tail)]
    kept: list[str] = []
    dropped = ("--report", *without)
    skip = False
    for word in head:
        if skip:
            skip = False
        elif word in dropped:
            skip = True
        elif word not in flags and not any(word.startswith(f"{name}=") for name in dropped):
            kept.append(word)
    if output.command in kept:
        at = kept.index(output.command)
        kept[at : at + 1] = [verb or output.command, *options]
    return shell_line(("arfix", *kept, *tail))
