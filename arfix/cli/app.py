"""The `arfix` command: finds the verb, runs it, and turns whatever happens into messages and an exit code.

A verb's module is imported when the verb runs and not before, so the start-up cost of one verb is not paid by another.
`arfix/cli/commands.py` tells how to add one.
"""

from __future__ import annotations

import importlib
import os
import sys
from typing import TYPE_CHECKING, NoReturn

import typer
import typer.main
from typer.core import TyperGroup

from arfix.cli.coercion import PlainCommand, convert_plainly
from arfix.cli.commands import COMMANDS
from arfix.cli.exit_codes import ExitCode
from arfix.cli.options import ColorOption, JsonOption, QuietOption, VersionOption, declare_shared
from arfix.cli.output import Output
from arfix.errors import AccessError, ArfixError, Where

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from typer._click import Command, Context, HelpFormatter, Parameter

REPORT_TO = "please report it with this line, and with ARFIX_DEBUG=1 set for the details"


class LazyGroup(TyperGroup):
    """A group whose verbs are known by name and imported one at a time."""

    def get_params(self, ctx: Context) -> list[Parameter]:
        """Return the global options."""
        return convert_plainly(super().get_params(ctx))

    def list_commands(self, ctx: Context) -> list[str]:  # noqa: ARG002 (the signature is typer's)
        """Return the verbs in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: Context, cmd_name: str) -> Command | None:  # noqa: ARG002 (the signature is typer's)
        """Import the verb and return its command, or None where the table has no such verb."""
        if cmd_name not in COMMANDS:
            return None
        name = cmd_name.replace("-", "_")
        function: Callable[..., ExitCode] = getattr(importlib.import_module(f"arfix.cli.{name}"), name)
        command = _command_of(cmd_name, function)
        command.params += _command_of("shared", declare_shared).params
        return command

    def resolve_command(self, ctx: Context, args: list[str]) -> tuple[str | None, Command | None, list[str]]:
        """Return the verb's name, command and arguments; note the verb for reports."""
        if args[0] not in COMMANDS:
            _refuse_verb(ctx, args[0])
        Output.of(ctx).command = args[0]  # type: ignore[arg-type]  # typer hands its callbacks this same object
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: Context, formatter: HelpFormatter) -> None:  # noqa: ARG002 (the signature is typer's)
        """List the verbs from the table, importing none."""
        if COMMANDS:
            with formatter.section("Commands"):
                formatter.write_dl(list(COMMANDS.items()))


def _command_of(name: str, function: Callable[..., object]) -> Command:
    """Return a function as a command, without rich and without typer's own error pages."""
    app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
    app.command(name, cls=PlainCommand)(function)
    return typer.main.get_command(app)


def _refuse_verb(ctx: Context, name: str) -> NoReturn:
    from difflib import get_close_matches  # noqa: PLC0415 (only on this way out)

    near = get_close_matches(name, COMMANDS, n=3)
    ctx.fail(f"no such command: {name!r}" + (f"; did you mean {' or '.join(near)}?" if near else ""))


def build_group() -> Command:
    """Return the command `arfix` with its global options; no verb is imported."""
    app = typer.Typer(
        cls=LazyGroup, rich_markup_mode=None, pretty_exceptions_enable=False, no_args_is_help=True, name="arfix"
    )

    @app.callback()
    def arfix(
        json: JsonOption = False, quiet: QuietOption = False, color: ColorOption = None, version: VersionOption = False
    ) -> None:
        """Inspect, audit and repair static archives (.a), so that libraries can be linked whole.

        Arguments may come from a file: @FILE. Archives may come from standard input: -.
        Exit codes: 0 done or clean, 1 findings or a refused edit, 2 bad usage or unreadable input.
        """

    return typer.main.get_command(app)


def run(arguments: Sequence[str]) -> int:
    """Run one command line (without the program's name) and return its exit code, whatever happens.

    No exception leaves this function, except an unexpected one with `ARFIX_DEBUG` set, for its traceback.
    """
    output = Output()
    _make_streams_safe()
    try:
        code = _run_reported(list(arguments), output)
        output.finish(code)
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        _silence_stdout()
        return ExitCode.PIPE_CLOSED
    return code


def _run_reported(arguments: list[str], output: Output) -> int:
    """Run the command and report what it raises, except what ends the program from outside."""
    try:
        return _dispatch(arguments, output)
    except ArfixError as error:
        return output.error(error)
    except BrokenPipeError:
        raise
    except OSError as error:
        where = Where(os.fsdecode(error.filename)) if isinstance(error.filename, (str, bytes)) else None
        return output.error(AccessError(error.strerror or str(error), where=where))
    except typer.Abort:
        output.error(ArfixError("stopped; nothing was written"))
        return ExitCode.FINDINGS
    except typer.TyperException as error:
        return _report_usage(error, arguments, output)
    except Exception as error:
        if os.environ.get("ARFIX_DEBUG"):
            raise
        return output.error(ArfixError(f"internal error: {type(error).__name__}: {error}", hint=REPORT_TO))


def _dispatch(arguments: list[str], output: Output) -> int:
    if any(argument.startswith("@") for argument in arguments):
        from arfix.cli.response import expand_response_files  # noqa: PLC0415 (start-up)

        arguments = expand_response_files(arguments)
    try:
        code = build_group().main(arguments, prog_name="arfix", standalone_mode=False, obj=output)
    except SystemExit as exit_:  # typer's way out after completion, and after a broken pipe
        if isinstance(exit_.__context__, BrokenPipeError):
            raise exit_.__context__ from None
        code = exit_.code
    return code if isinstance(code, int) else ExitCode.DONE


def _report_usage(error: typer.TyperException, arguments: list[str], output: Output) -> int:
    """Report a command line that makes no sense; the bare `arfix` and verbs without arguments get their help."""
    if type(error).__name__ == "NoArgsIsHelpError":
        sys.stderr.write(f"{error.format_message()}\n")
        return ExitCode.UNREADABLE
    before_names = arguments[: arguments.index("--")] if "--" in arguments else arguments
    output.json = output.json or "--json" in before_names
    command = "arfix" if output.command is None else f"arfix {output.command}"
    return output.error(UsageError(error.format_message(), hint=f"{command} --help"))


class UsageError(ArfixError):
    """The command line makes no sense."""


def _make_streams_safe() -> None:
    """Let no name stop the program: what the encoding of a stream cannot hold is written as an escape."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


def _silence_stdout() -> None:
    """Let the interpreter's last flush go nowhere. Source: Python's `signal` documentation, "Note on SIGPIPE"."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
