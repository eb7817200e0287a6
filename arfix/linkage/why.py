"""Why is a symbol or member in the link, or why not? Who needs it, which chain pulls it in, and what breaks that?"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from arfix.linkage.model import Use

if TYPE_CHECKING:
    from collections.abc import Iterator

    from arfix.linkage.model import LinkResult


class Standing(Enum):
    """Where something stands in a link. The value is the word shown to people and in JSON."""

    WHOLE = "whole"
    """Its archive is taken whole, or the object is named by itself."""
    PULLED = "pulled"
    """A chain of references pulls it in."""
    ASLEEP = "asleep"
    """Nothing in the link needs what only it defines."""
    REJECTED = "rejected"
    """It is nothing a linker takes."""


class Step(NamedTuple):
    """One link of a chain: `by` needs `symbol`, which `unit` defines. `by` is None for a root."""

    by: int | None
    symbol: str | None
    unit: int


class CutKind(Enum):
    """How a chain can be broken."""

    REMOVE = "remove"
    STUB = "stub"


@dataclass(frozen=True, slots=True)
class Cut:
    """One change after which the unit no longer enters.

    Attributes:
        kind: Take a member out, or stub a symbol.
        unit: The member to take out; None for a stub.
        symbol: The symbol to stub; None for a removal.
    """

    kind: CutKind
    unit: int | None = None
    symbol: str | None = None


@dataclass(frozen=True, slots=True)
class SymbolAnswer:
    """What a link knows of one symbol; numbers are of units.

    Attributes:
        name: The symbol.
        definers: Units that define it, in the link or not, in link order.
        winner: The one whose definition counts, or None.
        provided_by: Position of the `NAMES` input that gives it, or None.
        linker_defined: The linker itself defines it.
        referrers: Units in the link that refer to it.
        sleeping_referrers: Units not in the link that refer to it.
        is_root: It is wanted from the start.
    """

    name: str
    definers: tuple[int, ...]
    winner: int | None
    provided_by: int | None
    linker_defined: bool
    referrers: tuple[int, ...]
    sleeping_referrers: tuple[int, ...]
    is_root: bool

    @property
    def is_known(self) -> bool:
        """Tell whether the name occurs in the link at all."""
        found = self.definers or self.referrers or self.sleeping_referrers or self.is_root
        return bool(found) or self.provided_by is not None


@dataclass(frozen=True, slots=True)
class UnitAnswer:
    """What a link knows of one unit.

    Attributes:
        unit: Its number.
        standing: In the link or not, and why.
        chain: The shortest way from a root or a whole input to it; empty when it is not pulled in.
        needed_for: Its definitions that others in the link refer to, with those others.
        cuts: Single changes that keep it out; empty when none does.
        wanted_names: For a sleeping unit what would wake it: names that only it defines, none of them needed.
    """

    unit: int
    standing: Standing
    chain: tuple[Step, ...]
    needed_for: tuple[tuple[str, tuple[int, ...]], ...]
    cuts: tuple[Cut, ...]
    wanted_names: tuple[str, ...]


def explain_symbol(result: LinkResult, name: str) -> SymbolAnswer:
    """Return who defines `name` and who needs it."""
    entered = result.cause
    definers: list[int] = []
    awake: list[int] = []
    asleep: list[int] = []
    for number, unit in enumerate(result.units):
        table = unit.table
        if name in table.strong or name in table.weak or name in table.common:
            definers.append(number)
        if name in table.undefined or name in table.undefined_weak:
            (awake if number in entered else asleep).append(number)
    return SymbolAnswer(
        name,
        tuple(definers),
        result.winners.get(name),
        _provider_of(result, name),
        name in result.linker_defined,
        tuple(awake),
        tuple(asleep),
        name in result.link.roots,
    )


def _provider_of(result: LinkResult, name: str) -> int | None:
    position = result.provided.get(name)
    if position is not None or name in result.winners:
        return position
    return next((at for at, item in enumerate(result.link.inputs) if name in item.names), None)


def explain_unit(result: LinkResult, number: int) -> UnitAnswer:
    """Return why a unit is in the link or not, and what would change that."""
    if any(rejection.unit == number for rejection in result.rejected):
        return UnitAnswer(number, Standing.REJECTED, (), (), (), ())
    needed = tuple(_needed_for(result, number))
    if number not in result.cause:
        table = result.units[number].table
        names = tuple(name for name in (*table.strong, *table.weak, *table.common) if name not in result.winners)
        return UnitAnswer(number, Standing.ASLEEP, (), needed, (), names)
    if result.link.input_of(number).use is Use.WHOLE:
        return UnitAnswer(number, Standing.WHOLE, (), needed, (Cut(CutKind.REMOVE, number),), ())
    graph = _Graph(result)
    chain = graph.shortest(number)
    return UnitAnswer(number, Standing.PULLED, chain, needed, tuple(graph.cuts(number, chain)), ())


def _needed_for(result: LinkResult, number: int) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Yield each definition of the unit that others in the link refer to."""
    table = result.units[number].table
    names = {*table.strong, *table.weak, *table.common}
    users: dict[str, list[int]] = {}
    for other in result.cause:
        if other != number:
            there = result.units[other].table
            for name in names.intersection(there.undefined):
                users.setdefault(name, []).append(other)
    for name in sorted(users):
        yield name, tuple(sorted(users[name]))


class _Graph:
    """Who pulls whom among the units in the link: an edge for every strong reference to a winning definition."""

    def __init__(self, result: LinkResult) -> None:
        self.result = result
        winners = result.winners
        self.edges: dict[int, dict[int, str]] = {}
        for number in result.cause:
            out = self.edges.setdefault(number, {})
            for name in result.units[number].table.undefined:
                winner = winners.get(name)
                if winner is not None and winner != number:
                    out.setdefault(winner, name)
        self.starts = self._starts()

    def _starts(self) -> dict[int, Step]:
        """Return where chains begin: whole inputs, members wanted by name, and those that shared objects want."""
        link = self.result.link
        found = {n: Step(None, None, n) for n in self.result.cause if link.input_of(n).use is Use.WHOLE}
        wanted = [*link.roots, *(name for item in link.inputs for name in item.needs)]
        for name in wanted:
            winner = self.result.winners.get(name)
            if winner is not None:
                found.setdefault(winner, Step(None, name, winner))
        return found

    def shortest(
        self, goal: int, *, without_unit: int | None = None, without_symbol: str | None = None
    ) -> tuple[Step, ...]:
        """Return the shortest chain to `goal`, first step first; empty when there is none any more.

        Args:
            goal: The unit to reach.
            without_unit: A unit that is taken out.
            without_symbol: A name that no longer leads to its definition.
        """
        steps: dict[int, Step] = {
            number: step
            for number, step in self.starts.items()
            if number != without_unit and (step.symbol is None or step.symbol != without_symbol)
        }
        queue = deque(steps)
        while queue and goal not in steps:
            number = queue.popleft()
            for other, name in self.edges.get(number, {}).items():
                if other in steps or other == without_unit:
                    continue
                if name == without_symbol and not self._another(number, other, name):
                    continue
                steps[other] = Step(number, name, other)
                queue.append(other)
        if goal not in steps:
            return ()
        chain = [steps[goal]]
        while (by := chain[-1].by) is not None:
            chain.append(steps[by])
        return tuple(reversed(chain))

    def _another(self, number: int, other: int, without: str) -> bool:
        """Tell whether the unit refers to the other by any further name."""
        winners = self.result.winners
        return any(name != without and winners.get(name) == other for name in self.result.units[number].table.undefined)

    def cuts(self, goal: int, chain: tuple[Step, ...]) -> Iterator[Cut]:
        """Yield the single changes along the chain after which no other way leads to `goal`."""
        yield Cut(CutKind.REMOVE, goal)
        for step in reversed(chain):
            if step.unit != goal and not self.shortest(goal, without_unit=step.unit):
                yield Cut(CutKind.REMOVE, step.unit)
            if step.symbol is not None and not self.shortest(goal, without_symbol=step.symbol):
                yield Cut(CutKind.STUB, symbol=step.symbol)


def find_units(result: LinkResult, word: str) -> tuple[int, ...]:
    """Return the units that `word` names: a member (`x.o`, `x.o#2`), or `lib.a(x.o)`."""
    return tuple(
        number
        for number, unit in enumerate(result.units)
        if word in (unit.name, str(unit.where)) or str(unit.where).endswith(f"/{word}")
    )
