"""The output of a command: text as it comes, or one JSON document at the end.

Results go to standard output; notes, warnings, errors and progress to standard error.
"""

from __future__ import annotations

import os
import shutil
import sys
from enum import Enum
from typing import TYPE_CHECKING

from arfix.cli.exit_codes import ExitCode, exit_code_of
from arfix.cli.progress import CountedLoop, ProgressLine
from arfix.report.json import describe_error, render_envelope
from arfix.report.style import Emphasis, Style
from arfix.report.text import json_without_commands, printable, without_commands
from arfix.spelling import as_options

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import TextIO

    import typer

    from arfix.errors import ArfixError


class ColorWhen(Enum):
    """The values of `--color`."""

    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


def takes_colour(stream: TextIO, when: ColorWhen) -> bool:
    """Return whether to color text on the stream: `when` decides, then `NO_COLOR`, then `FORCE_COLOR`, then the stream.

    Without any of them, a capable terminal takes color. Source: https://no-color.org and https://force-color.org (set
    and not empty; an option may override them). `FORCE_COLOR=0` forces nothing, as in programs for Node.js.
    """
    if when is not ColorWhen.AUTO:
        return when is ColorWhen.ALWAYS
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR", "0") not in {"", "0", "false"}:
        return True
    return os.environ.get("TERM") != "dumb" and stream.isatty()


def takes_progress(stream: TextIO) -> bool:
    """Return whether to draw progress on the stream: on a terminal that can erase a line."""
    return os.environ.get("TERM") != "dumb" and stream.isatty()


class Output:
    """The output of one run of the program.

    Attributes:
        json: One JSON document instead of text.
        quiet: Errors only.
        color: When to use color.
        command: The verb that runs, once it is known.
        link_words: The link command behind `--`; empty where `--` is followed by names.
        line: The progress line on standard error.
        arguments: The command line without the program's name, response files expanded.
    """

    def __init__(self) -> None:
        """Start with text output, not quiet, and color on terminals."""
        self.json = False
        self.quiet = False
        self.color = ColorWhen.AUTO
        self.command: str | None = None
        self.link_words: tuple[str, ...] = ()
        self.line = ProgressLine(sys.stderr, shown=sys.stderr is not None and takes_progress(sys.stderr))
        self.arguments: tuple[str, ...] = ()
        self._data: dict[str, object] = {}
        self._errors: list[ArfixError] = []
        self._warnings: list[str] = []
        self._notes: list[str] = []

    @staticmethod
    def of(context: typer.Context) -> Output:
        """Return the output of the run that `context` belongs to."""
        output = context.find_object(Output)
        if output is None:
            raise TypeError("a command runs under arfix.cli.app.run, which gives it its Output")
        return output

    @property
    def style(self) -> Style:
        """The style of results on standard output."""
        return Style(takes_colour(sys.stdout, self.color), self.width)

    @property
    def width(self) -> int | None:
        """The width of the terminal in columns; None for a file or pipe, whose lines are not wrapped."""
        if not sys.stdout.isatty():
            return None
        return shutil.get_terminal_size().columns

    def show(self, *, text: Callable[[], str], data: Callable[[], Mapping[str, object]]) -> None:
        """Show a result: `text()` now, or with `--json` the keys of `data()` at the end; only one of the two is called.

        In JSON, lists under the same key are joined, so that a command may show one archive at a time.
        """
        if self.json:
            for key, value in data().items():
                present = self._data.get(key)
                self._data[key] = present + value if isinstance(present, list) and isinstance(value, list) else value
        elif not self.quiet:
            sys.stdout.write(without_commands(text()))

    def note(self, sentence: str) -> None:
        """Print a note: something worth knowing although nothing is wrong."""
        sentence = as_options(sentence)
        self._notes.append(sentence)
        if not self.json and not self.quiet:
            self._complain("note: ", Emphasis.STRONG, sentence)

    def warn(self, sentence: str) -> None:
        """Print a warning: what an edit costs or leaves behind, or what looks wrong."""
        sentence = as_options(sentence)
        self._warnings.append(sentence)
        if not self.json and not self.quiet:
            self._complain("warning: ", Emphasis.WARN, sentence)

    def error(self, error: ArfixError) -> ExitCode:
        """Print an error and return its exit code; the caller may go on with other work."""
        self._errors.append(error)
        self._complain("", Emphasis.BAD, as_options(str(error)))
        if error.hint:
            sys.stderr.write(f"{self._error_style.paint('hint:', Emphasis.STRONG)} {_lines(as_options(error.hint))}\n")
        return exit_code_of(error)

    def progress(self, label: str, total: int | None = None) -> CountedLoop:
        """Return a loop for the progress line, of unknown length without `total`."""
        return CountedLoop(self.line, label, total)

    def finish(self, exit_code: int) -> None:
        """Print the JSON document if one was asked for, and flush."""
        if self.json:
            errors = [describe_error(error) for error in self._errors]
            document = render_envelope(
                self.command, exit_code, self._data, errors=errors, warnings=self._warnings, notes=self._notes
            )
            sys.stdout.write(json_without_commands(document))
        sys.stdout.flush()

    @property
    def _error_style(self) -> Style:
        return Style(takes_colour(sys.stderr, self.color))

    def _complain(self, word: str, emphasis: Emphasis, sentence: str) -> None:
        sys.stderr.write(f"{self._error_style.paint(f'arfix: {word}'.rstrip(), emphasis)} {_lines(sentence)}\n")


def _lines(text: str) -> str:
    """Return the text without control characters and workflow commands, with lines after the first indented."""
    return without_commands("\n  ".join(printable(line) for line in text.split("\n")))
