"""The command `arfix` as typer sees it: global options, and verbs that are known by name and imported one at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, NoReturn, get_type_hints

import typer
import typer.main
from typer.core import TyperGroup

from arfix.cli.coercion import PlainCommand, convert_plainly
from arfix.cli.commands import COMMANDS, load_verb
from arfix.cli.help_page import CONTEXT_SETTINGS
from arfix.cli.options import ColorOption, JsonOption, QuietOption, VersionOption, declare_shared
from arfix.cli.output import Output

if TYPE_CHECKING:
    from collections.abc import Callable

    from typer._click import Command, Context, HelpFormatter, Parameter


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
        command = _command_of(cmd_name, load_verb(cmd_name))
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
                formatter.write_dl([(name, verb.summary) for name, verb in COMMANDS.items()])


def build_group() -> Command:
    """Return the command `arfix` with its global options; no verb is imported."""
    app = typer.Typer(
        cls=LazyGroup,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        no_args_is_help=True,
        name="arfix",
        context_settings=CONTEXT_SETTINGS,
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


def _command_of(name: str, function: Callable[..., object]) -> Command:
    """Return a function as a command, without rich and without typer's own error pages."""
    _resolve_annotations(function)
    app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
    app.command(name, cls=PlainCommand, context_settings=CONTEXT_SETTINGS)(function)
    return typer.main.get_command(app)


def _resolve_annotations(function: Callable[..., object]) -> None:
    """Evaluate annotations that a verb wrote with names imported for the type checker alone."""
    from arfix.cli import parameters  # noqa: PLC0415 (only where a verb's parameters are wanted)

    names = {**vars(parameters), "typer": typer, "Annotated": Annotated, **getattr(function, "__globals__", {})}
    try:
        function.__annotations__ = get_type_hints(function, globalns=names, include_extras=True)
    except NameError:
        from arfix.cli import link_options  # noqa: PLC0415 (only for the verbs that link)

        names = {**vars(link_options), **names}
        function.__annotations__ = get_type_hints(function, globalns=names, include_extras=True)


def _refuse_verb(ctx: Context, name: str) -> NoReturn:
    from difflib import get_close_matches  # noqa: PLC0415 (only on this way out)

    near = get_close_matches(name, COMMANDS, n=3)
    ctx.fail(f"no such command: {name!r}" + (f"; did you mean {' or '.join(near)}?" if near else ""))
