"""The result of `arfix why` as text and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict, assert_never

from arfix.audit.keep_out import ways_to_keep_out
from arfix.counted import counted
from arfix.linkage.model import CandidateKind
from arfix.linkage.why import LinkStatus, asker_of
from arfix.report.style import Emphasis, Style
from arfix.report.text import Align, Column, human_size, printable, render_table
from arfix.symbols.demangled import demangle

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from arfix.audit.context import Context
    from arfix.linkage.model import EnteredUnit
    from arfix.linkage.why import ChainLink, SymbolAnswer, UnitAnswer

#: Places named before the rest is only counted.
_PLACES_SHOWN = 8


def render_symbol(context: Context, answer: SymbolAnswer, style: Style | None = None) -> str:
    """Return the definers and referrers of a symbol."""
    style = style or Style()
    plain = demangle(answer.name)
    lines = [style.paint(printable(answer.name), Emphasis.STRONG) + (f"  {printable(plain)}" if plain else "")]
    lines += _listed("defined by", [_member_state(context, number, answer) for number in answer.definers])
    if answer.provided_by is not None:
        lines.append(f"  provided by {printable(str(context.result.link.inputs[answer.provided_by].where))}")
    if answer.passed_over is not None:
        library = printable(str(context.result.link.inputs[answer.passed_over].where))
        lines.append(f"  {library} has it, but --as-needed leaves the library out: nothing before it needs it")
    if answer.linker_defined:
        lines.append("  defined by the linker itself")
    if not answer.definers and answer.provided_by is None and not answer.linker_defined:
        lines.append("  defined by nothing in the link")
    if answer.is_root:
        lines.append("  wanted from the start")
    lines += _listed("needed by", [_referrer(context, number, answer.name) for number in answer.referrers])
    lines += _listed("needed, but not in the link, by", [context.short_place(one) for one in answer.sleeping_referrers])
    if not answer.referrers and not answer.is_root:
        lines.append("  needed by nothing in the link")
    return "".join(f"{line}\n" for line in lines)


def _referrer(context: Context, number: int, name: str) -> str:
    """Return a unit that refers to the symbol, and whether the reference pulls in a definition."""
    place = context.short_place(number)
    return (
        f"{place} (a weak reference, which pulls nothing in)"
        if name in context.units[number].table.undefined_weak
        else place
    )


def _member_state(context: Context, number: int, answer: SymbolAnswer) -> str:
    place = context.short_place(number)
    if number == answer.winner:
        return f"{place} (this one counts)" if len(answer.definers) > 1 else place
    return f"{place} (in the link)" if number in context.result.cause else f"{place} (not in the link)"


def _listed(title: str, places: Sequence[str]) -> Iterator[str]:
    shown = [printable(place) for place in places[:_PLACES_SHOWN]]
    for at, place in enumerate(shown):
        yield f"  {title if not at else ' ' * len(title)} {place}"
    if len(places) > len(shown):
        yield f"  {' ' * len(title)} and {counted(len(places) - len(shown), 'more', 'more')}"


def render_unit(context: Context, answer: UnitAnswer, style: Style | None = None) -> str:
    """Return whether and why a member is in the link, the chain that pulls it in, and what would change that."""
    style = style or Style()
    place = style.paint(printable(context.short_place(answer.unit)), Emphasis.STRONG)
    lines = [f"{place}: {_too_early(context, answer) or _verdict(answer)}"]
    lines += [f"  {line}" for line in _chain_lines(context, answer.chain)]
    for name, numbers in answer.needed_for[:_PLACES_SHOWN]:
        users = ", ".join(printable(context.short_place(number)) for number in numbers[:2])
        more = f" and {len(numbers) - 2} more" if len(numbers) > 2 else ""
        lines.append(f"  {printable(name)} is needed by {users}{more}")
    if len(answer.needed_for) > _PLACES_SHOWN:
        lines.append(f"  and {counted(len(answer.needed_for) - _PLACES_SHOWN, 'more symbol')} of it")
    for way in ways_to_keep_out(context, answer):
        lines.append(f"  {style.paint('keeps it out:', Emphasis.GOOD)} {printable(str(way))}")
    if answer.standing is LinkStatus.ASLEEP and answer.wanted_names:
        names = ", ".join(map(printable, answer.wanted_names[:_PLACES_SHOWN]))
        more = ", ..." if len(answer.wanted_names) > _PLACES_SHOWN else ""
        lines.append(f"  a need for one of these would wake it: {names}{more}")
        lines += _weak_needs(context, answer)
    return "".join(f"{line}\n" for line in lines)


def _too_early(context: Context, answer: UnitAnswer) -> str | None:
    """Return a note if the archive of the unit is searched before anything refers to its symbols."""
    for undefined in context.result.errors.values():
        for one in undefined.candidates:
            if one.kind is CandidateKind.TOO_EARLY and one.unit == answer.unit and one.by is not None:
                path, by = (context.result.link.inputs[at].where.path for at in (one.input or 0, one.by))
                move = f"move {printable(path)} behind {printable(by)}, or use --start-group"
                return f"not in the link: it comes too early for {printable(undefined.name)}: {move}"
    return None


def _weak_needs(context: Context, answer: UnitAnswer) -> Iterator[str]:
    """Yield the symbols of a unit outside the link that others refer to weakly."""
    for name in answer.wanted_names[:_PLACES_SHOWN]:
        undefined = context.result.undefined.get(name)
        if undefined is not None and undefined.weak_referrers:
            user = printable(context.short_place(undefined.weak_referrers[0]))
            yield f"  {printable(name)} has only a weak reference in {user}, which pulls nothing in"


def _verdict(answer: UnitAnswer) -> str:
    match answer.standing:
        case LinkStatus.WHOLE:
            used = "" if answer.needed_for else "; nothing else in the link needs it"
            return f"in the link, because it is taken whole{used}"
        case LinkStatus.PULLED:
            return "in the link, pulled in by this chain" if answer.chain else "in the link"
        case LinkStatus.ASLEEP:
            return "not in the link: nothing there needs what only it defines"
        case LinkStatus.REJECTED:
            return "not in the link: no linker takes it"
        case _:
            assert_never(answer.standing)


def _chain_lines(context: Context, chain: Sequence[ChainLink]) -> Iterator[str]:
    for step in chain:
        by = "the link" if step.by is None else printable(context.short_place(step.by))
        if step.symbol is None:
            yield f"{printable(context.short_place(step.unit))} is in the link by itself"
        else:
            needs = "requires" if step.by is None else "needs"
            yield f"{by} {needs} {printable(step.symbol)}, which {printable(context.short_place(step.unit))} defines"


def describe_symbol(context: Context, answer: SymbolAnswer) -> dict[str, object]:
    """Return the JSON keys of a symbol's definers and referrers."""
    inputs = context.result.link.inputs
    provider, passed_over = answer.provided_by, answer.passed_over
    return {
        "symbol": answer.name,
        "definers": [context.place(number) for number in answer.definers],
        "winner": None if answer.winner is None else context.place(answer.winner),
        "provided_by": None if provider is None else str(inputs[provider].where),
        "passed_over": None if passed_over is None else str(inputs[passed_over].where),
        "linker_defined": answer.linker_defined,
        "root": answer.is_root,
        "referrers": [context.place(number) for number in answer.referrers],
        "sleeping_referrers": [context.place(number) for number in answer.sleeping_referrers],
    }


def describe_unit(context: Context, answer: UnitAnswer) -> dict[str, object]:
    """Return the JSON keys of a member's place in the link."""
    return {
        "archive": context.path(answer.unit),
        "member": context.member(answer.unit),
        "standing": answer.standing.value,
        "in_link": answer.standing in (LinkStatus.WHOLE, LinkStatus.PULLED),
        "chain": [
            {
                "by": None if step.by is None else context.place(step.by),
                "symbol": step.symbol,
                "member": context.place(step.unit),
            }
            for step in answer.chain
        ],
        "needed_for": [
            {"symbol": name, "by": [context.place(number) for number in numbers]} for name, numbers in answer.needed_for
        ],
        "keeps_it_out": [str(way) for way in ways_to_keep_out(context, answer)],
        "wakes_it": list(answer.wanted_names),
    }


class EnteredMember(TypedDict):
    """The JSON keys of a member in the link.

    `symbol` is null where its archive is taken whole, and `by` too where the link requires the symbol. `member` is null
    for an object between `--start-lib` and `--end-lib`.
    """

    archive: str
    member: str | None
    symbol: str | None
    by: str | None


def describe_members(context: Context) -> list[EnteredMember]:
    """Return the JSON keys of the members in the link, in the order in which they enter."""
    return [
        {
            "archive": context.path(entry.unit),
            "member": context.member(entry.unit),
            "symbol": entry.symbol,
            "by": asker_of(context.result, entry),
        }
        for entry in _members(context)
    ]


def render_members(context: Context, style: Style | None = None) -> str:
    """Return the members in the link as a table: the member, the symbol it enters for, and who needs that."""
    rows = []
    for entry, row in zip(_members(context), describe_members(context), strict=True):
        symbol, by = row["symbol"], row["by"]
        if symbol is not None:
            by = context.short_place(entry.by) if entry.by is not None else by or "the start"
        cause = "--whole-archive" if symbol is None else symbol
        rows.append((printable(context.short_place(entry.unit)), printable(cause), printable(by or "")))
    columns = (Column("member", emphasis=Emphasis.NAME), Column("enters for"), Column("needed by"))
    return render_table(columns, rows, style or Style()) + f"{counted(len(rows), 'member')} in the link\n"


def _members(context: Context) -> list[EnteredUnit]:
    """Return the entries of members of archives, and of objects that are read like one."""
    entered = context.result.entered
    return [entry for entry in entered if entry.symbol is not None or context.member(entry.unit) is not None]


def render_dead_weight(context: Context, dead: Sequence[int], style: Style | None = None) -> str:
    """Return the unneeded members of each archive with their sizes and share."""
    style = style or Style()
    parts = []
    for row in describe_dead_weight(context, dead):
        members = row["members"]
        size = sum(one["size"] for one in members)
        heading = style.paint(printable(row["archive"]), Emphasis.STRONG)
        said = f"{len(members)} of {counted(row['count'], 'member')}, {human_size(size)}" if members else "none"
        columns = (Column("member", emphasis=Emphasis.NAME), Column("size", Align.RIGHT))
        table = render_table(columns, [(one["member"], human_size(one["size"])) for one in members], style, indent="  ")
        parts.append(f"{heading}: dead weight: {said}\n{table}")
    return "".join(parts)


class DeadMember(TypedDict):
    """The JSON keys of an unneeded member."""

    member: str
    size: int


class DeadWeight(TypedDict):
    """The JSON keys of an archive with unneeded members; `count` is the number of all its members."""

    archive: str
    count: int
    members: list[DeadMember]


def describe_dead_weight(context: Context, dead: Sequence[int]) -> list[DeadWeight]:
    """Return the JSON keys of the unneeded members of each archive under test."""
    rows: dict[str, DeadWeight] = {}
    unwanted = frozenset(dead)
    for number in context.under_test:
        path, member = context.path(number), context.member(number)
        row = rows.setdefault(path, {"archive": path, "count": 0, "members": []})
        row["count"] += 1
        if number in unwanted and member is not None:
            row["members"].append({"member": member, "size": len(context.units[number].view)})
    return list(rows.values())
