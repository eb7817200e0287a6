"""Exit codes, and the code for each kind of error."""

from __future__ import annotations

from enum import IntEnum

from arfix.errors import ArfixError, EditError, UsageError

__all__ = ["ExitCode", "UsageError", "exit_code_of"]


class ExitCode(IntEnum):
    """The exit codes of every command. Where several apply, the greatest of the first three is used."""

    DONE = 0
    """Done, or nothing to do, or clean."""

    FINDINGS = 1
    """Findings, a refused edit, something asked for that is not there, or `--check` found work to do."""

    UNREADABLE = 2
    """Bad usage, unreadable input, or a result that could not be written."""

    INTERRUPTED = 130
    """Ctrl-C, as shells write it: 128 + SIGINT."""

    PIPE_CLOSED = 141
    """The reader of the output went away (`arfix inspect x.a | head`), as shells write it: 128 + SIGPIPE."""


def exit_code_of(error: ArfixError) -> ExitCode:
    """Return 1 for a refused edit, 2 for anything that could not be read, understood or written."""
    return ExitCode.FINDINGS if isinstance(error, EditError) else ExitCode.UNREADABLE
