"""The page that `arfix VERB --help` prints: typer's, with arguments written the way manuals write them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from typer.core import TyperArgument, TyperCommand

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager

    import typer
    from typer.core import TyperGroup

#: Settings of the group and of every verb.
CONTEXT_SETTINGS: dict[str, Any] = {"help_option_names": ["--help", "-h"], "max_content_width": 100}


class HelpFormatter(Protocol):
    """The part of typer's help formatter that is used here."""

    def section(self, name: str) -> AbstractContextManager[None]:
        """Start a section with this heading."""

    def write(self, string: str) -> None:
        """Write text as it is."""

    def write_dl(self, rows: Sequence[tuple[str, str]]) -> None:
        """Write a definition list."""


class VerbCommand(TyperCommand):
    """A command whose page says `ARCHIVE [MEMBER...]` where typer says `{ARCHIVE} [MEMBER...]...` and `<list[str]>`."""

    # typer passes its own context; the class it declares for it is private, and `typer.Context` is the public one.
    def collect_usage_pieces(self, ctx: typer.Context) -> list[str]:  # type: ignore[override]  # noqa: ARG002
        """Return the pieces of the usage line behind the verb."""
        arguments = [one for one in self.params if isinstance(one, TyperArgument)]
        return ["[OPTIONS]", *(name_of(one) if one.required else f"[{name_of(one)}]" for one in arguments)]

    def format_options(self, ctx: typer.Context, formatter: HelpFormatter) -> None:  # type: ignore[override]  # see above
        """Write the arguments and the options, each with its help."""
        if arguments := arguments_of(self):
            with formatter.section("Arguments"):
                formatter.write_dl(arguments)
        with formatter.section("Options"):
            formatter.write_dl(options_of(self, ctx))
        from arfix.cli.examples import examples_of  # noqa: PLC0415 (start-up)

        if examples := examples_of(self.name or ""):
            with formatter.section("Examples"):
                # Not wrapped: a command line is there to be pasted.
                formatter.write("\n".join(f"  # {one.does}\n  {one.line}\n" for one in examples))


def arguments_of(command: TyperCommand) -> list[tuple[str, str]]:
    """Return the arguments of a command, each with its help."""
    return [(name_of(one), one.help or "") for one in command.params if isinstance(one, TyperArgument)]


def options_of(command: TyperCommand | TyperGroup, context: typer.Context) -> list[tuple[str, str]]:
    """Return the options of a command as its help page writes them, each with its help."""
    options = [one for one in command.get_params(context) if not isinstance(one, TyperArgument)]
    return [record for one in options if (record := one.get_help_record(context)) is not None]


def name_of(argument: TyperArgument) -> str:
    """Return `ARCHIVE`, or `MEMBER...` where many may be given."""
    name = (argument.metavar or str(argument.name).upper()).removeprefix("[").replace("]", "")
    return name if argument.nargs == 1 or name.endswith("...") else f"{name}..."
