"""The command `arfix`: global options, and a group of verbs whose modules are imported when they run."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from arfix.cli.commands import COMMANDS, load_verb
from arfix.cli.exit_codes import ExitCode, UsageError
from arfix.cli.global_options import ColorOption, JsonOption, QuietOption, VersionOption, declare_global_options
from arfix.cli.help_page import CONTEXT_SETTINGS, VerbCommand
from arfix.cli.option_groups import expand_option_groups
from arfix.cli.output import Output

if TYPE_CHECKING:
    from collections.abc import Callable

    from arfix.cli.help_page import HelpFormatter


#: Verb -> what other tools call it: ar, llvm-ar, ranlib, nm, libtool, objcopy, and programs for other archives.
_SYNONYMS: Final = {
    "inspect": ("list", "ls", "nm", "show", "info", "dump"),
    "strip": ("delete", "remove", "rm"),
    "merge": ("add", "append", "create", "combine", "join", "libtool"),
    "extract": ("unpack", "x"),
    "index": ("ranlib", "reindex"),
    "symbols": ("rename", "hide", "localize", "weaken", "objcopy"),
    "check": ("audit", "lint"),
    "fix": ("repair",),
}


class _Parsing(Protocol):
    """The part of typer's context that shows whether a command line runs, or is completed or documented."""

    resilient_parsing: bool


class VerbGroup(TyperGroup):
    """A group that knows its verbs by name and imports one when it is asked for."""

    def list_commands(self, ctx: object) -> list[str]:  # noqa: ARG002 (the signature is typer's)
        """Return the verbs in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: _Parsing, cmd_name: str) -> TyperCommand | None:
        """Import the verb and return its command; None for an unknown one while a line is being completed.

        Raises:
            UsageError: There is no such verb.
        """
        if cmd_name in COMMANDS:
            return make_verb_command(cmd_name)
        if ctx.resilient_parsing:
            return None
        if Path(cmd_name).is_file():
            from arfix.edits.requests import hinted  # noqa: PLC0415 (only this error needs it)

            raise UsageError(f"{cmd_name!r} is a file, and a command comes first", hint=hinted("inspect", (cmd_name,)))
        synonym = next((verb for verb, words in _SYNONYMS.items() if cmd_name in words), None)
        near = get_close_matches(cmd_name, COMMANDS, n=3) if synonym is None else [synonym]
        suggestion = f"; did you mean {' or '.join(near)}?" if near else ""
        raise UsageError(f"no such command: {cmd_name!r}{suggestion}", hint="arfix --help")

    def format_commands(self, ctx: object, formatter: HelpFormatter) -> None:  # noqa: ARG002 (the signature is typer's)
        """List the verbs from the table, importing none."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, verb.summary) for name, verb in COMMANDS.items()])


def make_app() -> typer.Typer:
    """Return the program `arfix`; no verb is imported."""
    app = typer.Typer(
        cls=VerbGroup,
        name="arfix",
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings=CONTEXT_SETTINGS,
    )

    @app.callback(invoke_without_command=True)
    def arfix(
        context: typer.Context,
        json: JsonOption = False,
        quiet: QuietOption = False,
        color: ColorOption = None,
        version: VersionOption = False,
    ) -> None:
        """Inspect, audit and repair static archives (.a), so that libraries can be linked whole.

        Arguments may come from a file: @FILE. Archives may come from standard input: -.

        Exit codes: 0 done or clean, 1 findings or a refused edit, 2 bad usage or unreadable input.
        """
        output = Output.of(context)
        output.command = context.invoked_subcommand
        if output.command is None:
            if output.json:
                raise UsageError("no command is named", hint="arfix --help")
            typer.echo(context.get_help(), err=True)
            raise typer.Exit(ExitCode.UNREADABLE)
        if not output.quiet:
            output.line.start(f"arfix {output.command}")

    return app


def make_verb_command(verb: str) -> TyperCommand:
    """Import a verb of the table and return its command, with the options that all verbs share."""
    command = _command_of(verb, load_verb(verb))
    command.params += _command_of("global", declare_global_options).params
    return command


def _command_of(name: str, function: Callable[..., object]) -> TyperCommand:
    app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
    app.command(name, cls=VerbCommand, context_settings=CONTEXT_SETTINGS)(expand_option_groups(function))
    command = get_command(app)
    assert isinstance(command, TyperCommand)  # noqa: S101 (for the type checker: typer declares a base class)
    return command
