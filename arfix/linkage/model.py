"""What a link is and what came out of it: plain values, shared by the resolver, the audit rules, `why` and `verify`.

A link takes *units* (objects, most of them members of archives) from *inputs* in command-line order. A unit is known by
its number: its position in `Link.units`, which runs over all inputs in order. Names alone are never an identity.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from arfix.errors import Where
    from arfix.objects.model import Content, Machine, Visibility


class Target(Enum):
    """What the link makes. The value is the word of the command line."""

    EXECUTABLE = "exe"
    PIE = "pie"
    SHARED = "shared"
    RELOCATABLE = "relocatable"


class Linker(Enum):
    """A linker whose rules are modelled. The value is the word of the command line."""

    LD = "ld"
    GOLD = "gold"
    LLD = "lld"
    MOLD = "mold"


class Use(Enum):
    """How an input takes part in a link."""

    WHOLE = "whole"
    """Every member enters (`--whole-archive`, or an object named by itself)."""
    ON_DEMAND = "on-demand"
    """A member enters when it defines something that is still needed."""
    NAMES = "names"
    """Nothing enters; it only says which symbols the platform has (a shared object, an executable, a list)."""


class Group(NamedTuple):
    """A COMDAT group (or a `.gnu.linkonce` section): only the first of each signature is kept in a link.

    Attributes:
        signature: The group's name.
        names: Global symbols defined in it, which are gone when the copy is discarded.
        sections: Indices of its sections: references from these are gone too.
    """

    signature: str
    names: frozenset[str]
    sections: frozenset[int]


@dataclass(frozen=True, slots=True)
class Table:
    """The symbols one object brings to a link: globals only, each name as stored (`name@VER` included).

    Attributes:
        strong: Strong definitions.
        weak: Weak definitions.
        common: Common symbols and the bytes they ask for.
        absolute: Value of each strong definition that is absolute: linkers let equal ones meet.
        undefined: Names that must be found.
        undefined_weak: Names that may stay unfound.
        visibility: Names whose visibility is not default, over definitions and references alike.
        groups: The COMDAT groups, in section order.
        tls: Names defined or referred to as thread-local.
        unique: Those of `strong` that have the binding GNU_UNIQUE.
    """

    strong: tuple[str, ...] = ()
    weak: tuple[str, ...] = ()
    common: Mapping[str, int] = field(default_factory=dict)
    absolute: Mapping[str, int] = field(default_factory=dict)
    undefined: tuple[str, ...] = ()
    undefined_weak: tuple[str, ...] = ()
    visibility: Mapping[str, Visibility] = field(default_factory=dict)
    groups: tuple[Group, ...] = ()
    tls: frozenset[str] = frozenset()
    unique: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, eq=False)
class Unit:
    """One object that may enter a link.

    Attributes:
        where: `libcrypto.a(bss_log.o)`, or the object's own file.
        library: Position in `Link.inputs` of the input it belongs to.
        position: Position among the members of its archive; 0 for an object by itself.
        content: What its bytes are. Not an object: `table` is empty and the unit is *rejected*.
        machine: Its machine, or None where the format does not say.
        table: Its symbols.
        data: Gives its bytes when more than symbols is asked for.
        fault: Why its bytes could not be read as what they claim to be, else None.
    """

    where: Where
    library: int
    position: int
    content: Content
    machine: Machine | None
    table: Table
    data: Callable[[], memoryview] = field(repr=False)
    fault: str | None = None

    @property
    def name(self) -> str:
        """Return the member name, or the path of an object by itself."""
        return self.where.members[-1] if self.where.members else self.where.path


@dataclass(frozen=True, slots=True, eq=False)
class Input:
    """One input of a link.

    Attributes:
        where: Its file, or for a list of names whatever a person calls it.
        use: How it takes part.
        units: Its objects, in order; those that are no objects too.
        names: Symbols that `NAMES` inputs provide, versions removed.
        needs: Symbols that a `NAMES` input (a shared object) needs itself: they are exported, and pull members.
        group: Inputs with one number are searched again until nothing new enters (`--start-group`); None for none.
        has_index: Whether an archive has a symbol index: GNU ld and gold refuse one without.
        provider: True where a person named it as what the platform has, not as what is under test.
    """

    where: Where
    use: Use
    units: tuple[Unit, ...] = ()
    names: frozenset[str] = frozenset()
    needs: frozenset[str] = frozenset()
    group: int | None = None
    has_index: bool = True
    provider: bool = False


@dataclass(frozen=True, eq=False)
class Link:
    """What a link is asked to do.

    Attributes:
        inputs: In command-line order.
        target: What it makes.
        roots: Symbols wanted from the start (the entry symbol, `-u`).
        machine: The machine of the output, or None where no input says.
        export_dynamic: Whether an executable exports its symbols (`--export-dynamic`).
    """

    inputs: tuple[Input, ...]
    target: Target = Target.EXECUTABLE
    roots: tuple[str, ...] = ()
    machine: Machine | None = None
    export_dynamic: bool = True

    @cached_property
    def units(self) -> tuple[Unit, ...]:
        """All units of all inputs; a unit's number is its position here."""
        return tuple(unit for item in self.inputs for unit in item.units)


class Entry(NamedTuple):
    """Why a unit is in the link.

    Attributes:
        unit: Number of the unit.
        symbol: The symbol it was pulled in for; None where its input is taken whole.
        by: Number of the unit that needed the symbol; None for a root, a shared object, or a whole input.
    """

    unit: int
    symbol: str | None = None
    by: int | None = None


@dataclass(frozen=True, slots=True)
class Undefined:
    """A symbol that nobody defines.

    Attributes:
        name: The symbol.
        referrers: Numbers of the units that refer to it strongly, in link order; a root or shared object is none.
        weak_referrers: Numbers of those that refer to it weakly only.
        hidden: It is referred to as hidden, so no shared object can provide it.
    """

    name: str
    referrers: tuple[int, ...]
    weak_referrers: tuple[int, ...] = ()
    hidden: bool = False

    @property
    def is_error(self) -> bool:
        """Tell whether a link must fail for it: weak references may stay unfound."""
        return bool(self.referrers)


@dataclass(frozen=True, slots=True)
class Clash:
    """Two or more strong definitions of one symbol: `definers` are unit numbers in link order, the first wins."""

    name: str
    definers: tuple[int, ...]


class RejectionReason(Enum):
    """Why a linker does not take a unit."""

    NOT_AN_OBJECT = "not-an-object"
    WRONG_MACHINE = "wrong-machine"
    MALFORMED = "malformed"


@dataclass(frozen=True, slots=True)
class Rejection:
    """A unit that no linker takes. `silent` where the linker says nothing and goes on without it."""

    unit: int
    reason: RejectionReason
    silent: bool = False


@dataclass(frozen=True, eq=False)
class LinkResult:
    """What a link comes to.

    Attributes:
        link: What was asked.
        linker: Whose rules were followed.
        entered: The units in the link, in the order they entered, each with its cause.
        undefined: Symbols that nobody defines, errors and weak ones, by name.
        clashes: Strong definitions that meet, by name.
        winners: For each defined symbol the unit whose definition counts.
        provided: For each symbol taken from a `NAMES` input its position in `Link.inputs`.
        linker_defined: Names wanted and defined by the linker itself.
        visibility: Merged visibility of each symbol where it is not default.
        exported: What the output exports (`.dynsym`); empty for a relocatable output.
        rejected: Units that no linker takes.
    """

    link: Link
    linker: Linker
    entered: tuple[Entry, ...]
    undefined: Mapping[str, Undefined]
    clashes: Mapping[str, Clash]
    winners: Mapping[str, int]
    provided: Mapping[str, int]
    linker_defined: frozenset[str]
    visibility: Mapping[str, Visibility]
    exported: frozenset[str]
    rejected: tuple[Rejection, ...]

    @property
    def units(self) -> tuple[Unit, ...]:
        """The units of the link."""
        return self.link.units

    @cached_property
    def cause(self) -> Mapping[int, Entry]:
        """For each unit in the link, why it is."""
        return {entry.unit: entry for entry in self.entered}

    @cached_property
    def errors(self) -> Mapping[str, Undefined]:
        """The undefined symbols a link fails for."""
        return {name: undefined for name, undefined in self.undefined.items() if undefined.is_error}

    @cached_property
    def asleep(self) -> tuple[int, ...]:
        """Units of on-demand archives that did not enter, and that are objects."""
        rejected = {rejection.unit for rejection in self.rejected}
        return tuple(n for n in range(len(self.units)) if n not in self.cause and n not in rejected)

    def chain(self, unit: int) -> tuple[Entry, ...]:
        """Return the entries from a root (or whole input) down to `unit`; empty when it is not in the link."""
        steps: list[Entry] = []
        entry = self.cause.get(unit)
        while entry is not None:
            steps.append(entry)
            entry = None if entry.by is None else self.cause.get(entry.by)
        return tuple(reversed(steps))
