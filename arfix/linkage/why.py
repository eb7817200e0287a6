"""Explains why a symbol or member is in a link, or why not: the chain that pulls it in, and what breaks it."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from arfix.linkage.model import InputMode
from arfix.short_repr import short_repr

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from arfix.linkage.model import EnteredUnit, LinkResult


class LinkStatus(Enum):
    """Whether a symbol or member is in a link, and how it got there. The value is the word in reports and in JSON."""

    WHOLE = "whole"
    """Its archive is linked whole, or it is an object on the command line."""
    PULLED = "pulled"
    """A chain of references pulls it in."""
    ASLEEP = "asleep"
    """Nothing in the link needs what only it defines."""
    REJECTED = "rejected"
    """It is nothing a linker takes."""


class ChainLink(NamedTuple):
    """A step of a chain: `by` needs `symbol`, which `unit` defines. `by` is None for a root."""

    by: int | None
    symbol: str | None
    unit: int


class ChainBreakKind(Enum):
    """A kind of change that breaks a chain."""

    REMOVE = "remove"
    STUB = "stub"


@dataclass(frozen=True, slots=True)
class ChainBreak:
    """One change that keeps the unit out of the link.

    Attributes:
        kind: Removing a member or stubbing a symbol.
        unit: The member to remove; None for a stub.
        symbol: The symbol to stub; None for a removal.
    """

    kind: ChainBreakKind
    unit: int | None = None
    symbol: str | None = None


@dataclass(frozen=True, slots=True)
class SymbolAnswer:
    """The role of one symbol in a link; numbers are those of units.

    Attributes:
        name: The symbol.
        definers: Units that define it, in the link or not, in link order.
        winner: The one whose definition is used, or None.
        provided_by: Position of the `NAMES` input that gives it, or None.
        linker_defined: The linker itself defines it.
        referrers: Units in the link that refer to it.
        sleeping_referrers: Units not in the link that refer to it.
        is_root: The link requires it from the start.
        passed_over: Position of the shared object that has it, if nothing provides it because `--as-needed` leaves that
            one out; else None.
    """

    __repr__ = short_repr

    name: str
    definers: tuple[int, ...]
    winner: int | None
    provided_by: int | None
    linker_defined: bool
    referrers: tuple[int, ...]
    sleeping_referrers: tuple[int, ...]
    is_root: bool
    passed_over: int | None = None

    @property
    def is_known(self) -> bool:
        """Return whether the name occurs in the link at all."""
        found = self.definers or self.referrers or self.sleeping_referrers or self.is_root
        return bool(found) or self.provided_by is not None or self.passed_over is not None


@dataclass(frozen=True, slots=True)
class UnitAnswer:
    """The role of one unit in a link.

    Attributes:
        unit: Its number.
        standing: In the link or not, and why.
        chain: The shortest chain from a root or whole input to it; empty if it is not pulled in.
        needed_for: Its definitions that others in the link refer to, with those others.
        cuts: Single changes that keep it out; empty if there is none.
        wanted_names: For a unit not in the link, the names that would pull it in: only it defines them, and nothing
            needs them.
    """

    __repr__ = short_repr

    unit: int
    standing: LinkStatus
    chain: tuple[ChainLink, ...]
    needed_for: tuple[tuple[str, tuple[int, ...]], ...]
    cuts: tuple[ChainBreak, ...]
    wanted_names: tuple[str, ...]


def asker_of(result: LinkResult, entry: EnteredUnit) -> str | None:
    """Return what needs the symbol that a unit enters for: another unit or a shared object; None for a root."""
    if entry.by is not None:
        return str(result.units[entry.by].where)
    if entry.symbol is None or entry.symbol in result.link.roots:
        return None
    needing = (item for item in result.link.inputs if item.is_linked_against and entry.symbol in item.needs)
    return next((str(item.where) for item in needing), None)


def explain_symbol(result: LinkResult, name: str) -> SymbolAnswer:
    """Return who defines `name` and who needs it."""
    entered = result.cause
    definers: list[int] = []
    awake: list[int] = []
    asleep: list[int] = []
    for number, unit in enumerate(result.units):
        table = unit.table
        if table.defines(name):
            definers.append(number)
        if table.refers_to(name):
            (awake if number in entered else asleep).append(number)
    provider = _provider_of(result, name)
    is_left_out = provider is not None and provider in result.passed_over
    return SymbolAnswer(
        name,
        tuple(definers),
        result.winners.get(name),
        None if is_left_out else provider,
        name in result.linker_defined,
        tuple(awake),
        tuple(asleep),
        name in result.link.roots,
        provider if is_left_out else None,
    )


def _provider_of(result: LinkResult, name: str) -> int | None:
    position = result.provided.get(name)
    if position is not None or name in result.winners:
        return position
    found = [at for at, item in enumerate(result.link.inputs) if name in item.names]
    return min(found, key=lambda at: (at in result.passed_over, at), default=None)


def explain_unit(result: LinkResult, number: int) -> UnitAnswer:
    """Return why a unit is in the link or not, and what would change that."""
    if any(rejection.unit == number for rejection in result.rejected):
        return UnitAnswer(number, LinkStatus.REJECTED, (), (), (), ())
    needed = tuple(_needed_for(result, number))
    if number not in result.cause:
        table = result.units[number].table
        names = tuple(name for name in table.definitions if name not in result.winners)
        return UnitAnswer(number, LinkStatus.ASLEEP, (), needed, (), names)
    if result.link.input_of(number).use is InputMode.WHOLE:
        return UnitAnswer(number, LinkStatus.WHOLE, (), needed, (ChainBreak(ChainBreakKind.REMOVE, number),), ())
    graph = _Graph(result)
    chain = graph.shortest(number)
    return UnitAnswer(number, LinkStatus.PULLED, chain, needed, tuple(graph.cuts(number, chain)), ())


def _needed_for(result: LinkResult, number: int) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Yield each definition of the unit that others in the link refer to."""
    table = result.units[number].table
    names = frozenset(table.definitions)
    users: dict[str, list[int]] = {}
    for other in result.cause:
        if other != number:
            there = result.units[other].table
            for name in names.intersection(there.undefined):
                users.setdefault(name, []).append(other)
    for name in sorted(users):
        yield name, tuple(sorted(users[name]))


class _Graph:
    """A graph of which unit pulls in which, among the units in the link.

    Nodes are units and names: a unit leads to the names that it needs, and a name to the unit whose definition is used.
    So removing a unit and stubbing a name are the same question: does every path go through this node?
    """

    def __init__(self, result: LinkResult) -> None:
        self.result = result
        self.whole = [number for number in result.cause if result.link.input_of(number).use is InputMode.WHOLE]
        wanted = [*result.link.roots, *(name for item in result.link.inputs for name in item.needs)]
        self.roots = [name for name in dict.fromkeys(wanted) if name in result.winners]

    def needs(self, number: int) -> Iterator[tuple[str, int]]:
        """Yield each name that the unit needs of another one, and that one."""
        for name in self.result.units[number].table.undefined:
            winner = self.result.winners.get(name)
            if winner is not None and winner != number:
                yield name, winner

    def shortest(self, goal: int) -> tuple[ChainLink, ...]:
        """Return the shortest chain to `goal`, first step first; empty if there is none."""
        steps = {number: ChainLink(None, None, number) for number in self.whole}
        for name in self.roots:
            steps.setdefault(self.result.winners[name], ChainLink(None, name, self.result.winners[name]))
        queue = deque(steps)
        while queue and goal not in steps:
            number = queue.popleft()
            if number not in self.result.cause:
                continue
            for name, other in self.needs(number):
                if other not in steps:
                    steps[other] = ChainLink(number, name, other)
                    queue.append(other)
        if goal not in steps:
            return ()
        chain = [steps[goal]]
        while (by := chain[-1].by) is not None:
            chain.append(steps[by])
        return tuple(reversed(chain))

    def cuts(self, goal: int, chain: tuple[ChainLink, ...]) -> Iterator[ChainBreak]:
        """Yield the single changes along the chain after which no path leads to `goal`."""
        yield ChainBreak(ChainBreakKind.REMOVE, goal)
        places: list[int | str] = []
        for step in chain:
            places += [step.unit] if step.symbol is None else [step.symbol, step.unit]
        passed = self._unavoidable(places)
        for step in reversed(chain):
            if step.unit != goal and step.unit in passed:
                yield ChainBreak(ChainBreakKind.REMOVE, step.unit)
            if step.symbol is not None and step.symbol in passed:
                yield ChainBreak(ChainBreakKind.STUB, symbol=step.symbol)

    def _unavoidable(self, places: list[int | str]) -> frozenset[int | str]:
        """Return the nodes of a path that every path from its start to its end passes (its dominators).

        The path is followed once: from each node, nodes off the path are explored once, and the farthest node of the
        path that they reach is kept. A node that no detour bypasses is unavoidable. The time grows with the number of
        references in the link, not with the length of the path.
        """
        position = {place: at for at, place in enumerate(places)}
        explored: set[int | str] = set()
        farthest = -1
        found = []

        def explore(nexts: Iterable[int | str]) -> None:
            nonlocal farthest
            stack = list(nexts)
            while stack:
                place = stack.pop()
                if place in position:
                    farthest = max(farthest, position[place])
                elif place not in explored:
                    explored.add(place)
                    stack += self._next(place)

        explore([*self.whole, *self.roots])
        for at, place in enumerate(places):
            if farthest <= at:
                found.append(place)
            explore(self._next(place))
        return frozenset(found)

    def _next(self, place: int | str) -> list[int | str]:
        """Return the names that a unit needs, or the unit that a name leads to."""
        if isinstance(place, str):
            return [self.result.winners[place]]
        return [name for name, _ in self.needs(place)] if place in self.result.cause else []


def find_units(result: LinkResult, word: str) -> tuple[int, ...]:
    """Return the units that `word` names: a member (`x.o`, `x.o#2`), or `lib.a(x.o)`."""
    return tuple(
        number
        for number, unit in enumerate(result.units)
        if word in (unit.name, str(unit.where)) or str(unit.where).endswith(f"/{word}")
    )
