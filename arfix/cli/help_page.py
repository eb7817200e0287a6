"""What `arfix VERB --help` shows: typer's page, with arguments written the way manuals write them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typer.core import TyperArgument, TyperCommand

if TYPE_CHECKING:
    from typer._click import Context, HelpFormatter

#: For the group and every verb.
CONTEXT_SETTINGS = {"help_option_names": ["--help", "-h"], "max_content_width": 100}


class PagedCommand(TyperCommand):
    """A command whose page says `ARCHIVE [MEMBER...]` where typer says `{ARCHIVE} [MEMBER...]...` and `<list[str]>`."""

    def collect_usage_pieces(self, ctx: Context) -> list[str]:
        """Return the pieces of the usage line behind the verb."""
        arguments = [parameter for parameter in self.get_params(ctx) if isinstance(parameter, TyperArgument)]
        names = [name_of(argument) for argument in arguments]
        pairs = zip(arguments, names, strict=True)
        return ["[OPTIONS]", *(name if argument.required else f"[{name}]" for argument, name in pairs)]

    def format_options(self, ctx: Context, formatter: HelpFormatter) -> None:
        """Write the arguments and the options, each with its help."""
        parameters = self.get_params(ctx)
        arguments = [(name_of(one), one.help or "") for one in parameters if isinstance(one, TyperArgument)]
        options = [one.get_help_record(ctx) for one in parameters if not isinstance(one, TyperArgument)]
        if arguments:
            with formatter.section("Arguments"):
                formatter.write_dl(arguments)
        with formatter.section("Options"):
            formatter.write_dl([record for record in options if record is not None])


def name_of(argument: TyperArgument) -> str:
    """Return `ARCHIVE`, or `MEMBER...` where many may be given."""
    name = (argument.metavar or str(argument.name).upper()).removeprefix("[").replace("]", "")
    return name if argument.nargs == 1 or name.endswith("...") else f"{name}..."
