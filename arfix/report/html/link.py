"""The members of a link as a map, its symbols as a table, and what each linker makes of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from arfix.audit.finding import Severity
from arfix.counted import counted
from arfix.linkage.compiler_runtime import part_outside
from arfix.linkage.dead_weight import dead_weight
from arfix.linkage.model import InputMode, Linker
from arfix.linkage.position import find_misplaced
from arfix.linkage.refusals import RefusalKind, find_refusals
from arfix.linkage.resolve import resolve
from arfix.report.html.model import (
    PLAIN,
    CellKind,
    Column,
    Map,
    Mark,
    Pull,
    Row,
    Table,
    Tile,
    Tone,
    Verdict,
    VerdictGroup,
)
from arfix.report.text import human_size
from arfix.symbols.demangled import demangle

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from arfix.audit.context import Context
    from arfix.audit.finding import Finding
    from arfix.linkage.model import Link, LinkResult

#: Rows of the table of symbols before the rest is only counted: a page with more is slow to load.
MOST_SYMBOLS: Final = 50_000

#: Symbols named for each pair of members before the rest is only counted.
_NAMED = 8

#: Findings of a member that are listed beside the map.
_FINDINGS_NAMED = 3

#: Members named for each symbol before the rest is only counted.
_MEMBERS_NAMED = 12

_ERROR = Mark("error", "has errors")
_WARNING = Mark("warning", "has warnings")
_REJECTED = Mark("rejected", "no linker takes it")
_DEAD = Mark("dead", "dead weight: in the link only because its archive is linked whole")
_OUT = Mark("out", "not in the link: nothing needs it")
_MARKS = (_ERROR, _WARNING, _REJECTED, _DEAD, _OUT, PLAIN)

_SYMBOL_COLUMNS = (
    Column("state", CellKind.TONE, 5),
    Column("symbol", CellKind.NAME, 9),
    Column("demangled", CellKind.NAME, 9),
    Column("defined by", CellKind.NAME, 9),
    Column("needed by", CellKind.NUMBER, 4),
)
#: The position of the column of demangled names, which is left out if there are none.
_PLAIN_AT = 2


@dataclass(frozen=True, slots=True)
class LinkSections:
    """The sections of a report that show one link; `tiles` has for `id` of a finding its tile in the map."""

    map: Map
    symbols: Table
    tiles: Mapping[int, int]


def link_sections(
    context: Context, findings: Sequence[Finding], named: tuple[str, str] = ("members", "Members")
) -> LinkSections:
    """Return the members under test and their symbols, with the findings that belong to them.

    `named` is the id and the title of the map.
    """
    drawing = _Drawing(context, findings)
    tiles = {id(one): tile for one in findings if (tile := drawing.tile_of_finding(one)) is not None}
    return LinkSections(drawing.map(*named), drawing.symbols(), tiles)


class _Drawing:
    """A link as it is drawn: units under test become tiles."""

    def __init__(self, context: Context, findings: Sequence[Finding]) -> None:
        self.context = context
        self.result = context.result
        self.units = context.under_test
        self.tile_of = {number: tile for tile, number in enumerate(self.units)}
        self.outside: dict[str, int] = {}
        self.users = self._users()
        self.tile_at = {(context.path(number), context.member(number)): tile for number, tile in self.tile_of.items()}
        self.found = self._found(findings)
        self.definers: dict[str, list[int]] = {}
        for number in self.units:
            for name in dict.fromkeys(context.units[number].table.definitions):
                self.definers.setdefault(name, []).append(number)

    def _found(self, findings: Sequence[Finding]) -> dict[int, list[Finding]]:
        found: dict[int, list[Finding]] = {}
        for one in findings:
            tile = self.tile_of_finding(one)
            if tile is not None:
                found.setdefault(tile, []).append(one)
        return found

    def tile_of_finding(self, one: Finding) -> int | None:
        """Return the tile of a finding; for a nested member, that of the archive it is in."""
        if one.archive is None:
            return None
        tile = self.tile_at.get((one.archive, one.member))
        if tile is None and one.member is not None and one.member.endswith(")"):
            tile = self.tile_at.get((one.archive, one.member.partition("(")[0]))
        return tile

    def _users(self) -> dict[str, list[int]]:
        """Return for each symbol the units under test that refer to it."""
        users: dict[str, list[int]] = {}
        for number in self.units:
            for name in dict.fromkeys(self.context.units[number].table.references):
                users.setdefault(name, []).append(number)
        return users

    def map(self, identity: str, title: str) -> Map:
        """Return the map of the units under test."""
        groups: dict[str, int] = {}
        dead = self._dead()
        rejected = frozenset(one.unit for one in self.result.rejected)
        tiles = []
        for number in self.units:
            group = groups.setdefault(self.context.path(number), len(groups))
            unit = self.context.units[number]
            mark, state = self._state(number, dead, rejected)
            facts = [("Size", human_size(unit.view.nbytes)), ("Content", unit.content.value), ("State", state)]
            found = self.found.get(self.tile_of[number], [])
            facts += [
                ("Finding", f"{one.severity.value} {one.rule}: {_sentence(one)}") for one in found[:_FINDINGS_NAMED]
            ]
            if len(found) > _FINDINGS_NAMED:
                facts.append(("Finding", f"and {len(found) - _FINDINGS_NAMED} more"))
            name = self.context.member(number) or self.context.path(number)
            tiles.append(Tile(group, name, unit.view.nbytes, mark.id, tuple(facts)))
        pulls = tuple(self._pulls())
        used = {tile.mark for tile in tiles}
        marks = tuple(mark for mark in _MARKS if mark.id in used)
        return Map(identity, title, tuple(groups), marks, tuple(tiles), pulls, tuple(self.outside))

    def _dead(self) -> frozenset[int]:
        """Return the dead weight; nothing if every member would be, as then nothing in the link asks for any."""
        dead = frozenset(dead_weight(self.result))
        return frozenset() if dead.issuperset(self.context.entered) else dead

    def _state(self, number: int, dead: frozenset[int], rejected: frozenset[int]) -> tuple[Mark, str]:
        """Return the mark of a unit, and how it stands to the link."""
        severities = {one.severity for one in self.found.get(self.tile_of[number], ())}
        entry = self.result.cause.get(number)
        if number in rejected:
            state = _REJECTED.label
        elif entry is None:
            state = _OUT.label
        elif number in dead:
            state = _DEAD.label
        elif entry.symbol is None:
            state = "in the link: taken whole"
        else:
            by = "a root or shared object" if entry.by is None else self.context.short_place(entry.by)
            state = f"in the link: {by} needs {entry.symbol}"
        if Severity.ERROR in severities:
            return _ERROR, state
        if Severity.WARNING in severities:
            return _WARNING, state
        if number in rejected:
            return _REJECTED, state
        if entry is None:
            return _OUT, state
        return (_DEAD if number in dead else PLAIN), state

    def _pulls(self) -> Iterator[Pull]:
        for number in self.units:
            names: dict[int, list[str]] = {}
            for name in dict.fromkeys(self.context.units[number].table.references):
                giver = self._giver(number, name)
                if giver is not None:
                    names.setdefault(giver, []).append(name)
            for giver, given in names.items():
                yield Pull(self.tile_of[number], giver, tuple(map(_readable, given[:_NAMED])), len(given))

    def _giver(self, user: int, name: str) -> int | None:
        """Return the tile or the outside thing that a unit takes a symbol from; None for itself."""
        winner = self.result.winners.get(name)
        if winner is None and user not in self.result.cause and name in self.definers:
            winner = self.definers[name][0]
        if winner == user:
            return None
        if winner is not None:
            tile = self.tile_of.get(winner)
            return self._outside(self.context.path(winner)) if tile is None else tile
        position = self.result.provided.get(name)
        if position is not None:
            return self._outside(str(self.result.link.inputs[position].where))
        if name in self.result.linker_defined:
            return self._outside("the linker itself")
        undefined = self.result.undefined.get(name)
        if undefined is None:
            return None
        return self._outside("nothing: undefined" if undefined.is_error else "nothing, which a weak reference may find")

    def _outside(self, name: str) -> int:
        return -1 - self.outside.setdefault(name, len(self.outside))

    def symbols(self) -> Table:
        """Return the symbols that units under test define or refer to."""
        names = sorted({*self.definers, *self.users}, key=lambda name: (self._rank(name), name))
        rows = tuple(self._symbol(name) for name in names[:MOST_SYMBOLS])
        note = f"the first {MOST_SYMBOLS:,} of {len(names):,} symbols" if len(names) > MOST_SYMBOLS else ""
        columns = list(_SYMBOL_COLUMNS)
        if not any(row.cells[_PLAIN_AT] for row in rows):
            del columns[_PLAIN_AT]
            rows = tuple(replace(row, cells=(*row.cells[:_PLAIN_AT], *row.cells[_PLAIN_AT + 1 :])) for row in rows)
        return Table("symbols", "Symbols", tuple(columns), rows, note)

    def _rank(self, name: str) -> int:
        if name in self.result.errors:
            return 0
        if name in self.result.clashes:
            return 1
        return 2

    def _symbol(self, name: str) -> Row:
        definers, users = self.definers.get(name, []), self.users.get(name, [])
        state, tone = self._symbol_state(name, definers)
        winner = self.result.winners.get(name, definers[0] if definers else None)
        by = None
        if winner is not None:
            by = self.context.short_place(winner)
        elif name in self.result.provided:
            by = str(self.result.link.inputs[self.result.provided[name]].where)
        details = []
        if len(definers) > 1:
            details.append(("Defined by", self._listed(definers)))
        if users:
            details.append(("Needed by", self._listed(users)))
        tile = next((self.tile_of[one] for one in (winner, *users) if one is not None and one in self.tile_of), None)
        return Row(
            ("symbol", name), (state, name, demangle(name) or "", by, len(users)), tone, tuple(details), tile=tile
        )

    def _listed(self, numbers: Sequence[int]) -> str:
        shown = [self.context.short_place(number) for number in numbers[:_MEMBERS_NAMED]]
        more = len(numbers) - len(shown)
        return ", ".join(shown) + (f" and {more:,} more" if more else "")

    def _symbol_state(self, name: str, definers: Sequence[int]) -> tuple[str, Tone]:
        """Return what becomes of a symbol in the link, in a word or two."""
        result = self.result
        states = (
            (name in result.errors, "undefined", Tone.BAD),
            (name in result.clashes, "defined twice", Tone.BAD),
            (name in result.undefined, "undefined, may be", Tone.NEUTRAL),
            (name in result.winners, "defined", Tone.GOOD),
            (name in result.provided, "provided", Tone.GOOD),
            (name in result.linker_defined, "by the linker", Tone.GOOD),
            (bool(definers), "not in the link", Tone.NEUTRAL),
        )
        return next(((word, tone) for holds, word, tone in states if holds), ("not asked for", Tone.NEUTRAL))


def _sentence(finding: Finding) -> str:
    subject = f"{_readable(finding.symbol)}: " if finding.symbol else ""
    return f"{subject}{finding.message}"


def _readable(name: str) -> str:
    """Return the symbol, followed by its demangled form if it is mangled."""
    plain = demangle(name)
    return f"{name} [{plain}]" if plain else name


def linker_verdicts(
    link: Link, own: LinkResult, commands: Mapping[Linker, str], *, is_judged: bool, plugins: bool
) -> VerdictGroup:
    """Return what each linker would make of the link, as predicted.

    Args:
        link: The link.
        own: Its result for the linker that was asked for.
        commands: For each linker a command that runs it.
        is_judged: Whether the platform is known, so that an undefined symbol is an error.
        plugins: Whether the link is made through the compiler driver.
    """
    verdicts = []
    for linker in commands:
        result = own if linker is own.linker else resolve(link, linker, plugins=plugins)
        counts = dict(_refused(result, is_judged=is_judged))
        if not is_judged:
            unjudged = len(result.errors)
            text = f"{counted(unjudged, 'symbol')} from elsewhere" if unjudged else ""
        else:
            text = ""
        if counts:
            verdict = Verdict(linker.title, Tone.BAD, "refuses it", ", ".join(counts.values()), commands[linker])
        else:
            verdict = Verdict(linker.title, Tone.GOOD, "links it", text, commands[linker])
        verdicts.append(verdict)
    return VerdictGroup(
        "By linker", tuple(verdicts), f"predicted for --target {link.target.value}; the commands run the linkers"
    )


def _refused(result: LinkResult, *, is_judged: bool) -> Iterator[tuple[str, str]]:
    """Yield the kinds of errors of one linker, counted."""
    misplaced = {one.symbol or one.section for one in find_misplaced(result) if one.refused}
    # As in `compare`: linkers are run so that shared objects may lack symbols, and lld passes over hidden ones.
    passed = {RefusalKind.LIBRARY_UNDEFINED} | ({RefusalKind.HIDDEN} if result.linker is Linker.LLD else set())
    refusals = {(one.kind, one.symbol) for one in find_refusals(result) if one.kind not in passed}
    numbers: Iterable[tuple[str, int, str]] = (
        ("undefined", len(_undefined(result)) if is_judged else 0, "undefined symbol"),
        ("duplicate", len(result.clashes), "duplicate definition"),
        ("rejected", sum(not one.silent for one in result.rejected), "rejected member"),
        ("position", len(misplaced - result.undefined.keys()), "position-dependent reference"),
        ("refused", len(refusals), "other refusal"),
    )
    yield from ((kind, counted(number, noun)) for kind, number, noun in numbers if number)


def _undefined(result: LinkResult) -> list[str]:
    """Return the undefined symbols, without those of start files and the runtime that only providers need."""
    starts = result.link.starts
    providers = {
        number
        for item, start in zip(result.link.inputs, starts, strict=True)
        if item.provider
        for number in range(start, start + len(item.units))
    }
    return [
        name
        for name, undefined in result.errors.items()
        if not part_outside(name) or not providers.issuperset(undefined.referrers)
    ]


def is_drawable(link: Link) -> bool:
    """Return whether there is anything to draw: an input that is under test and has members."""
    return any(item.units and not item.provider and item.use is not InputMode.NAMES for item in link.inputs)
