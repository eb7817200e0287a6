"""`arfix why ARCHIVE... SYMBOL|MEMBER`: explain why a symbol or member is in a link."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Annotated

import typer

from arfix.audit.context import Context
from arfix.audit.open_link import open_link
from arfix.cli.complete import complete_subjects
from arfix.cli.exit_codes import ExitCode, UsageError
from arfix.cli.link_options import CommandTargetOption, LinkOptions
from arfix.cli.output import Output
from arfix.edits.select import names_behind_prefix
from arfix.errors import EditError
from arfix.linkage.dead_weight import dead_weight, wanted_names
from arfix.linkage.resolve import resolve
from arfix.linkage.why import LinkStatus, explain_symbol, explain_unit, find_units
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
from arfix.symbols.demangled import looks_demangled, mangled_names

if TYPE_CHECKING:
    from arfix.audit.settings import Settings
    from arfix.linkage.model import Link, LinkResult
    from arfix.linkage.why import SymbolAnswer, UnitAnswer

_HELP = "arfix why --help"
_IN_LINK = frozenset({LinkStatus.WHOLE, LinkStatus.PULLED})


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
        return _show_dead_weight(output, link.settings(words, target=target, words=line))
    subjects = words[: len(words) - len(line)] if line else words[-1:]
    archives = line or words[:-1]
    if members:
        if negate or (line and subjects):
            raise UsageError("--members lists all members and takes no name", hint=_HELP)
        archives, subjects = line or words, []
    elif len(subjects) != 1 or not archives:
        raise typer.BadParameter("name at least one archive, and last the symbol or member", param_hint="SYMBOL|MEMBER")
    lazily = bool(link.root or link.needed_by) if on_demand is None and not line else bool(on_demand)
    settings = link.settings(archives, target=target, on_demand=lazily, words=line)
    if members:
        return _show_members(output, settings)
    subject = subjects[0]
    with open_link(settings) as opened:
        codes = [output.error(error) for error in opened.errors]
        for note in opened.notes:
            output.note(note)
        view = Context(settings, _resolved(opened.link, settings))
        symbol, units = _answers(view, subject)
        output.show(
            text=lambda: _text(view, symbol, units, output),
            data=lambda: {
                "symbol": None if symbol is None else describe_symbol(view, symbol),
                "members": [describe_unit(view, unit) for unit in units],
            },
        )
        inside = _is_inside(symbol, units)
    return max([*codes, ExitCode.FINDINGS if inside is negate else ExitCode.DONE])


def _resolved(link: Link, settings: Settings) -> LinkResult:
    return resolve(link, settings.linker, plugins=settings.has_plugins)


def _show_members(output: Output, settings: Settings) -> ExitCode:
    """Show the members that enter the link, in the order in which the linker takes them."""
    with open_link(settings) as opened:
        codes = [output.error(error) for error in opened.errors]
        for note in opened.notes:
            output.note(note)
        view = Context(settings, _resolved(opened.link, settings))
        output.show(text=lambda: render_members(view, output.style), data=lambda: {"members": describe_members(view)})
    return max([*codes, ExitCode.DONE])


def _show_dead_weight(output: Output, settings: Settings) -> ExitCode:
    """Show the members of whole archives that nothing needs; raise `UsageError` without any root."""
    with open_link(settings) as opened:
        codes = [output.error(error) for error in opened.errors]
        for note in opened.notes:
            output.note(note)
        view = Context(settings, _resolved(opened.link, settings))
        if not wanted_names(view.result.link):
            raise UsageError(
                "nothing is needed, so every member would be dead weight; name --root or --needed-by", hint=_HELP
            )
        dead = [number for number in dead_weight(view.result) if view.is_under_test(number)]
        output.show(
            text=lambda: render_dead_weight(view, dead, output.style),
            data=lambda: {"dead_weight": describe_dead_weight(view, dead)},
        )
    return max([*codes, ExitCode.DONE])


def _answers(view: Context, subject: str) -> tuple[SymbolAnswer | None, tuple[UnitAnswer, ...]]:
    """Return the answers for a member of that name if there is one, else for a symbol and the members that define it.

    A short name also finds a member with a build system's prefix, as for `strip`.

    Raises:
        EditError: It is neither a member nor a symbol.
    """
    numbers = find_units(view.result, subject)
    if numbers:
        return None, tuple(explain_unit(view.result, number) for number in numbers)
    symbol = explain_symbol(view.result, subject)
    if not symbol.is_known:
        written = mangled_names(subject, _symbol_names(view)) if looks_demangled(subject) else ()
        if len(written) > 1:
            raise EditError(
                f"{subject} is {len(written)} symbols: {', '.join(written[:4])}", hint="Name one with its parameters."
            )
        if written:
            return _answers(view, written[0])
        long = names_behind_prefix((unit.name for unit in view.units), subject)
        if len(long) == 1:
            return _answers(view, long[0])
        raise EditError(
            f'nothing in the link is called "{subject}", neither a symbol nor a member', hint=_near(view, subject)
        )
    return symbol, tuple(explain_unit(view.result, number) for number in symbol.definers)


def _symbol_names(view: Context) -> set[str]:
    """Return every symbol that a unit defines or refers to."""
    return {name for unit in view.units for name in (*unit.table.definitions, *unit.table.references)}


def _near(view: Context, subject: str) -> str:
    tested = view.under_test
    names = {name for number in tested for name in (view.units[number].name, *view.units[number].definitions)}
    near = get_close_matches(subject, sorted(names), 3) or sorted(name for name in names if name.endswith(subject))[:3]
    return f"nearest: {', '.join(near)}" if near else "`arfix inspect --symbols` lists what an archive defines"


def _text(view: Context, symbol: SymbolAnswer | None, units: tuple[UnitAnswer, ...], output: Output) -> str:
    parts = [] if symbol is None else [render_symbol(view, symbol, output.style)]
    return "\n".join([*parts, *(render_unit(view, unit, output.style) for unit in units)])


def _is_inside(symbol: SymbolAnswer | None, units: tuple[UnitAnswer, ...]) -> bool:
    """Return whether a member in question is in the link, or a provider or the linker defines the symbol."""
    provided = symbol is not None and (symbol.provided_by is not None or symbol.linker_defined)
    return provided or any(unit.standing in _IN_LINK for unit in units)
