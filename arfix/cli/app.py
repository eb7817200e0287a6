"""Running a command line, and turning errors into messages and exit codes.

`arfix/cli/commands.py` explains how to add a verb.
"""

from __future__ import annotations

import os
import sys
from contextlib import nullcontext, suppress
from typing import TYPE_CHECKING

import typer

from arfix.archive.locks import allow_leases
from arfix.cli.commands import COMMANDS, EDITING, LINKING
from arfix.cli.exit_codes import ExitCode, UsageError
from arfix.cli.group import make_app
from arfix.cli.output import Output
from arfix.cli.streams import SafeStream, safe_streams
from arfix.errors import AccessError, ArfixError, MissingPackageError, Where
from arfix.linkline.words import expand_words
from arfix.steps import listening

if TYPE_CHECKING:
    from collections.abc import Sequence

REPORT_TO = "please report it with this line, and with ARFIX_DEBUG=1 set for the details"


def run(arguments: Sequence[str]) -> int:
    """Run a command line, without the program's name, and return the exit code.

    Every exception becomes a message, except an unexpected one with `ARFIX_DEBUG` set, which is raised for its
    traceback.
    """
    output = Output()
    allow_leases()
    with safe_streams() as (out, err):
        out.stops_at_closed_pipe = err.stops_at_closed_pipe = not _may_edit(arguments)
        for stream in (out, err):
            stream.line = output.line if stream.isatty() else None
        try:
            code = _run_reported(list(arguments), output)
            output.finish(code)
            return _final_exit_code(code, output.arguments or arguments, out, err)
        except KeyboardInterrupt:
            return ExitCode.INTERRUPTED
        except BrokenPipeError:
            _silence_stdout()
            return ExitCode.PIPE_CLOSED
        finally:
            output.line.stop()


def _may_edit(arguments: Sequence[str]) -> bool:
    """Return whether a command line may change files; one whose verb is in a response file may.

    Global options, as in `arfix -q strip`, may be before the verb.
    """
    if any(word.partition("=")[0] == "--write-baseline" for word in arguments):
        return True
    first = next((word for word in arguments if word in COMMANDS or word.startswith("@")), "")
    return first in EDITING or first.startswith("@")


def _final_exit_code(code: int, arguments: Sequence[str], out: SafeStream, err: SafeStream) -> int:
    """Return the final exit code: at least 2 if results could not be printed, unless the verb edits files."""
    if out.error is not None:
        err.write(f"arfix: cannot write to standard output: {out.error.strerror or out.error}\n")
        code = code if _may_edit(arguments) else max(code, ExitCode.UNREADABLE)
    err.flush()
    for stream in (out, err):
        if stream.error is not None:
            with suppress(OSError):  # it was closed before the program started
                _redirect_to_null(stream.fileno())
    return code


def _run_reported(arguments: list[str], output: Output) -> int:
    """Run the command and report its exceptions, except interrupts and closed pipes."""
    try:
        return _dispatch(arguments, output)
    except ArfixError as error:
        return output.error(error)
    except MissingPackageError as error:
        return output.error(ArfixError(error.message, hint=error.hint))
    except BrokenPipeError:
        raise
    except OSError as error:
        where = Where(os.fsdecode(error.filename)) if isinstance(error.filename, (str, bytes)) else None
        return output.error(AccessError(error.strerror or str(error), where=where))
    except Exception as error:
        code = _report_typer(error, arguments, output)
        if code is not None:
            return code
        if os.environ.get("ARFIX_DEBUG"):
            raise
        return output.error(ArfixError(f"internal error: {type(error).__name__}: {error}", hint=REPORT_TO))


def _dispatch(arguments: list[str], output: Output) -> int:
    if any(argument.startswith("@") for argument in arguments):
        arguments = list(expand_words(arguments, until="--"))
    output.arguments = tuple(arguments)
    output.link_words = _link_words(arguments)
    try:
        with listening(output.line) if output.line.is_shown else nullcontext():
            code = make_app()(arguments, prog_name="arfix", standalone_mode=False, obj=output)
    except SystemExit as exit_:  # raised by typer after completion and for a broken pipe
        if isinstance(exit_.__context__, BrokenPipeError):
            raise exit_.__context__ from None
        code = exit_.code
    return code if isinstance(code, int) else ExitCode.DONE


def _link_words(arguments: list[str]) -> tuple[str, ...]:
    """Return the words behind `--` if they are a link command, for verbs that take one."""
    verb = next((one for one in arguments if not one.startswith("-")), "")
    if verb not in LINKING or "--" not in arguments:
        return ()
    from arfix.linkline.tool import find_tool  # noqa: PLC0415 (start-up: most command lines have no `--`)

    words = tuple(arguments[arguments.index("--") + 1 :])
    return words if find_tool(words) is not None else ()


def _report_typer(error: Exception, arguments: list[str], output: Output) -> int | None:
    """Report what typer raises and return the exit code; None for anything else."""
    match error:
        case typer.Exit():
            return error.exit_code
        case typer.Abort():
            output.error(ArfixError("stopped; nothing was written"))
            return ExitCode.FINDINGS
        case typer.TyperException():
            return _report_usage(error, arguments, output)
    return None


def _report_usage(error: typer.TyperException, arguments: list[str], output: Output) -> int:
    """Report a command line that typer refuses, in JSON if `--json` is anywhere before `--`."""
    before_names = arguments[: arguments.index("--")] if "--" in arguments else arguments
    output.json = output.json or "--json" in before_names
    command = "arfix" if output.command is None else f"arfix {output.command}"
    message = " ".join(error.format_message().split()).replace(": Value error, ", ": ")  # pydantic's words
    return output.error(UsageError(message, hint=f"{command} --help"))


def _silence_stdout() -> None:
    """Send the interpreter's last flush to the null device. Source: Python's `signal` docs, "Note on SIGPIPE"."""
    _redirect_to_null(sys.stdout.fileno())


def _redirect_to_null(number: int) -> None:
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, number)
    os.close(nothing)
