"""`arfix why ARCHIVE... SYMBOL|MEMBER`: explain why a symbol or member is in a link."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from arfix.api import links as api
from arfix.cli.complete import complete_subjects
from arfix.cli.exit_codes import ExitCode, UsageError
from arfix.cli.link_options import CommandTargetOption, LinkOptions
from arfix.cli.output import Output
from arfix.report.why import (
    describe_dead_weight,
    describe_members,
    describe_symbol,
    describe_unit,
    render_dead_weight,
    render_members,
    render_symbol,
    render_unit,
)

if TYPE_CHECKING:
    from arfix.api.links import ResolvedLink
    from arfix.audit.context import Context

_HELP = "arfix why --help"


def why(
    context: typer.Context,
    words: Annotated[
        list[str],
        typer.Argument(
            help="The archives, then the symbol or member (with --dead-weight or --members, archives alone); or the "
            "symbol or member, then `--` and the command that links.",
            metavar="ARCHIVE... SYMBOL|MEMBER",
            autocompletion=complete_subjects,
        ),
    ],
    *,
    negate: Annotated[bool, typer.Option("--not", help="Explain why it is not in the link; exit 1 if it is.")] = False,
    dead: Annotated[
        bool,
        typer.Option(
            "--dead-weight",
            help="List the members that a whole link contains although nothing reachable from --root or --needed-by "
            "needs them.",
        ),
    ] = False,
    members: Annotated[
        bool,
        typer.Option("--members", help="List every member that enters the link, for which symbol, and by whom."),
    ] = False,
    link: LinkOptions,
    target: CommandTargetOption = None,
    on_demand: Annotated[
        bool | None,
        typer.Option(
            "--on-demand/--whole",
            help="Link only needed members, or all (default: --on-demand if --root or --needed-by is given).",
        ),
    ] = None,
) -> ExitCode:
    """Explain why a symbol or member is in a link: what needs it, what pulls it in, what keeps it out.

    A member is written x.o, x.o#2 or libx.a(x.o). `arfix why --members -- gcc -o app main.o -lz` lists what a linker
    would write into its map, without linking. Exits 1 if it is not in the link, or with --not if it is.
    """
    output = Output.of(context)
    line = output.link_words
    if dead:
        if negate or on_demand or members:
            raise UsageError("--dead-weight cannot be combined with --not, --members or --on-demand", hint=_HELP)
        with api.link(**link.arguments(words, line), target=target, on_demand=False) as resolved:
            return max([*_remarks(output, resolved), _show_dead_weight(output, resolved)])
    subjects = words[: len(words) - len(line)] if line else words[-1:]
    archives = line or words[:-1]
    if members:
        if negate or (line and subjects):
            raise UsageError("--members lists all members and takes no name", hint=_HELP)
        archives, subjects = line or words, []
    elif len(subjects) != 1 or not archives:
        raise typer.BadParameter("name at least one archive, and last the symbol or member", param_hint="SYMBOL|MEMBER")
    with api.link(**link.arguments(archives, line), target=target, on_demand=on_demand) as resolved:
        codes = _remarks(output, resolved)
        if members:
            return max([*codes, _show_members(output, resolved.view)])
        answer = resolved.why(subjects[0])
        _show_answer(output, resolved.view, answer)
    return max([*codes, ExitCode.FINDINGS if answer.in_link is negate else ExitCode.DONE])


def _remarks(output: Output, resolved: ResolvedLink) -> list[ExitCode]:
    """Print errors and notes; return the exit codes of the errors."""
    codes = [output.error(error) for error in resolved.errors]
    for note in resolved.notes:
        output.note(note)
    return codes


def _show_members(output: Output, view: Context) -> ExitCode:
    """Show the members that enter the link, in the order in which the linker takes them."""
    output.show(text=lambda: render_members(view, output.style), data=lambda: {"members": describe_members(view)})
    return ExitCode.DONE


def _show_dead_weight(output: Output, resolved: ResolvedLink) -> ExitCode:
    """Show the members of whole archives that nothing needs; raise `UsageError` without any root."""
    view, dead = resolved.view, resolved.dead_weight()
    output.show(
        text=lambda: render_dead_weight(view, dead, output.style),
        data=lambda: {"dead_weight": describe_dead_weight(view, dead)},
    )
    return ExitCode.DONE


def _show_answer(output: Output, view: Context, answer: api.Why) -> None:
    """Show why a symbol or members are in the link, or why not."""
    symbol = answer.symbol

    def text() -> str:
        parts = [] if symbol is None else [render_symbol(view, symbol, output.style)]
        return "\n".join([*parts, *(render_unit(view, unit, output.style) for unit in answer.members)])

    output.show(
        text=text,
        data=lambda: {
            "symbol": None if symbol is None else describe_symbol(view, symbol),
            "members": [describe_unit(view, unit) for unit in answer.members],
        },
    )
