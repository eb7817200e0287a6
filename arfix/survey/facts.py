"""Turns one archive into rows of the tables, with the readers that all verbs use.

A row is a tuple of values in the order of `COLUMNS`. Rows go to a `Sink` as they are made, so that an archive of any
size needs memory for its link, and not for its rows.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from arfix.audit.checked_library import checked_library
from arfix.audit.context import Context
from arfix.audit.finding import Severity
from arfix.audit.parallel import check_library
from arfix.audit.registry import load_rule
from arfix.audit.rule import LinkRule
from arfix.audit.settings import Settings
from arfix.edits.nested_archives import OpenArchive, open_nested, outermost
from arfix.errors import ArfixError
from arfix.formats.elf.section_kinds import SectionKind
from arfix.formats.model import ELF_CONTENTS, OBJECT_CONTENTS, Content
from arfix.linkage.model import Link, Target
from arfix.linkage.position import PositionFault, find_misplaced
from arfix.linkage.resolve import resolve_for
from arfix.report.text import printable
from arfix.survey.member_ranges import Counts, RangeTask, Verdict, head_of
from arfix.survey.schema import COLUMNS, Table, storable
from arfix.survey.symbol_columns import UNDEFINED, symbol_columns

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from arfix.archive.model import Archive, Member
    from arfix.audit.checked_library import CheckedLibrary
    from arfix.audit.finding import Finding
    from arfix.formats.inspect import ObjectFacts
    from arfix.formats.model import Machine
    from arfix.linkage.position import Misplaced
    from arfix.survey.member_ranges import MemberRange

#: A row of a table: its values in the order of the columns.
Row = tuple[object, ...]

#: The link rules that an archive by itself can break. The others need to know what the platform provides.
_LINK_RULES: Final = (
    *("duplicate-definition", "mixed-abi", "version-node", "thread-local-mismatch", "discarded-reference"),
    *("wrong-machine", "out-of-range"),
)
#: The targets that an archive is judged for, and the rule that code for a fixed address breaks.
_TARGETS: Final[Mapping[Target, str | None]] = {
    Target.EXECUTABLE: None,
    Target.PIE: "not-pie",
    Target.SHARED: "not-pic",
}
#: The machine of an archive without any object that names one.
NO_MACHINE: Final = "none"
#: In larger archives (in bytes) what was decoded of a member is given up, and decoded again where a rule needs it.
_DECODED_ONCE: Final = 32 << 20
#: What stores archives inside archives.
_CONTAINERS: Final = frozenset({Content.ARCHIVE, Content.THIN_ARCHIVE})
#: What keeps a member out of outputs that are loaded at any address, as bits.
_NOT_PIC: Final = 1
_NOT_PIE: Final = 2
_TEXT_RELOCATIONS: Final = 4
#: No finding is longer, in characters: names in hostile objects have no limit.
_LONGEST_MESSAGE: Final = 2000
#: Findings of one rule in one archive that are kept; a library linked from two copies has one for each symbol.
_MOST_OF_A_RULE: Final = 1000


class Sink(Protocol):
    """Takes rows, table by table."""

    def add(self, table: Table, machine: str, rows: Sequence[Row]) -> None:
        """Add rows to the partition of a machine."""

    def add_columns(self, table: Table, machine: str, columns: Sequence[Sequence[object]]) -> None:
        """Add rows that come column by column, all of one length."""


class Place(NamedTuple):
    """Where an archive was found.

    Attributes:
        source: The path of its package, or the PATH that led to it.
        package: File name of its package; None for a file on its own.
        path: Its path in the package, or below that PATH.
    """

    source: str
    package: str | None
    path: str


def other_file_row(key: str, place: Place, size: int, kind: str) -> Row:
    """Return the row of a file that has the name of an archive and is something else, such as a linker script."""
    empty: tuple[object, ...] = (None,) * 13
    return (key, *spelt(place), size, kind, *empty)


def place_finding(place: Place, rule: str, message: str) -> Row:
    """Return the finding about a file whose content could not be read."""
    source, _, path = spelt(place)
    return (None, source, path, rule, Severity.ERROR.value, None, None, _message(message))


def spelt(place: Place) -> tuple[str, str | None, str]:
    """Return the columns `source`, `package` and `path`."""
    package = None if place.package is None else storable(place.package)
    return storable(place.source), package, storable(place.path)


def _message(text: str) -> str:
    return printable(text)[:_LONGEST_MESSAGE]


def read_facts(archive: Archive, key: str, place: Place, sink: Sink) -> str:
    """Add all rows of an open archive to the sink, and return the machine of its partition.

    Args:
        archive: The archive; its `where` is repeated in findings.
        key: The hash of its bytes.
        place: Where it was found.
        sink: Takes the rows.
    """
    judge = _Judge(archive, key, sink)
    members = _Members(judge.checked, key, judge.machine, sink, judge.positions())
    members.read(0, len(archive.members))
    members.read_nested()
    judge.add_findings()
    sink.add(Table.ARCHIVES, judge.machine, [with_counts(judge.archive_row(place), members.counts)])
    return judge.machine


def judge_archive(archive: Archive, key: str, place: Place, sink: Sink, ranges: Sequence[MemberRange]) -> Verdict:
    """Add those rows of an open archive that need all its members: findings, and what nested archives have."""
    judge = _Judge(archive, key, sink)
    positions, machine = judge.positions(), judge.machine
    nested = _Members(judge.checked, key, machine, sink, positions)
    nested.read_nested()
    for unit in judge.checked.units:
        vars(unit).pop("facts", None)  # what was decoded for the link is much, and the rules look at it once more
    judge.add_findings()
    head = head_of(archive)
    tasks = (RangeTask(key, one, head, machine, positions[one.first : one.end]) for one in ranges)
    return Verdict(judge.archive_row(place), nested.counts, tuple(tasks))


def read_range(archive: Archive, task: RangeTask, sink: Sink) -> Counts:
    """Add the rows of a range of members and their symbols; return what was counted."""
    members = _Members(_library(archive), task.archive, task.machine, sink, task.positions, task.members.first)
    members.read(task.members.first, task.members.end)
    return members.counts


def with_counts(row: Row, counts: Counts) -> Row:
    """Return the row of an archive with the sums over its members."""
    return tuple({**dict(zip(COLUMNS[Table.ARCHIVES], row, strict=True)), **counts._asdict()}.values())


def _library(archive: Archive) -> CheckedLibrary:
    name = "" if archive.where is None else archive.where.path
    return checked_library(name, archive, Settings((name,)))


class _Members:
    """Adds the rows of the members and symbols of one archive.

    Attributes:
        counts: Sums over the members that were read.
    """

    def __init__(  # noqa: PLR0913, PLR0917 (all that the rows of a range depend on)
        self, library: CheckedLibrary, key: str, machine: str, sink: Sink, positions: str, first: int = 0
    ) -> None:
        """Take an archive, its hash, the machine of its partition, and the positions of the members from `first` on."""
        self.checked = library
        self.key = key
        self.machine = machine
        self.sink = sink
        self.positions = positions
        self.first = first
        self.numbers = len(library.archive.members)
        self.objects = self.nested = self.defined = self.undefined = 0

    @property
    def counts(self) -> Counts:
        return Counts(self.objects, self.nested, self.defined, self.undefined)

    def read(self, first: int, end: int) -> None:
        """Add the rows of the members from number `first` up to `end`, and of their symbols."""
        members, units = self.checked.archive.members, self.checked.units
        for number in range(first, end):
            unit = units[number]
            self._member(members[number], unit.name, unit.facts, number, error=unit.fault)
            if self.checked.size > _DECODED_ONCE:
                vars(unit).pop("facts", None)

    def read_nested(self) -> None:
        """Add the members of nested archives, whose numbers follow those of the archive itself."""
        opened = outermost(self.checked.archive)
        for member, unit in zip(self.checked.archive.members, self.checked.units, strict=True):
            if unit.content in _CONTAINERS:
                self._nested(opened, member, unit.name, unit.name)

    def _nested(self, outer: OpenArchive, member: Member, label: str, path: str) -> None:
        """Add the members of a nested archive; those of one that cannot be opened are not there."""
        self.nested += 1
        try:
            opened = open_nested(outer, member, label)
        except ArfixError:
            return
        library = checked_library(path, opened.archive, self.checked.settings)
        for inner, unit in zip(opened.archive.members, library.units, strict=True):
            name = f"{path}({unit.name}"
            self._member(inner, name + ")" * opened.depth, unit.facts, self.numbers, opened.depth, unit.fault)
            self.numbers += 1
            if unit.content in _CONTAINERS:
                self._nested(opened, inner, unit.name, name)

    def _member(  # noqa: PLR0913, PLR0917 (one row)
        self,
        member: Member,
        label: str,
        facts: ObjectFacts,
        number: int,
        depth: int = 0,
        error: ArfixError | None = None,
    ) -> None:
        is_object = facts.content in OBJECT_CONTENTS
        counts: tuple[int | None, int | None] = (None, None)
        problem = error
        self.objects += is_object and depth == 0
        if error is None and is_object:
            try:
                counts = self._symbols(number, facts, depth)
            except ArfixError as fault:
                problem = fault
        sections: tuple[object, ...] = (None,) * 11
        machine: Machine | None = None
        float_abi = None
        try:
            machine = facts.machine
            if facts.is_elf:
                sections = _section_values(facts)
                float_abi = facts.elf.abi.float_abi
        except ArfixError as fault:
            problem = problem or fault
        row = (
            *(self.key, number, depth, storable(label), storable(member.name), member.size),
            *(hashlib.sha256(facts.view).hexdigest(), facts.content.value),
            *((None, None, None) if machine is None else (machine.name, machine.bits, machine.byte_order)),
            float_abi,
            *sections,
            *self._position(facts, number if depth == 0 and problem is None else None),
            *counts,
            None if problem is None else _message(problem.message),
        )
        self.sink.add(Table.MEMBERS, self.machine, [row])

    def _symbols(self, number: int, facts: ObjectFacts, depth: int) -> tuple[int, int]:
        """Add the symbols of an object, and return how many it defines and needs; no linker reads nested archives."""
        columns = symbol_columns(facts)
        places = columns[3]
        count = len(places)
        undefined = places.count(UNDEFINED)
        defined = count - undefined
        if depth == 0:
            self.sink.add_columns(Table.SYMBOLS, self.machine, ((self.key,) * count, (number,) * count, *columns))
            self.defined += defined
            self.undefined += undefined
        return defined, undefined

    def _position(self, facts: ObjectFacts, number: int | None) -> tuple[bool | None, bool | None, bool | None]:
        """Return whether a member can be in a shared object, in a PIE, and needs text relocations in the former."""
        if number is None or facts.content not in ELF_CONTENTS:
            return None, None, None
        bits = int(self.positions[number - self.first])
        return not bits & _NOT_PIC, not bits & _NOT_PIE, bool(bits & _TEXT_RELOCATIONS)


class _Judge:
    """Links an archive by itself, and says what keeps it from being linked whole."""

    def __init__(self, archive: Archive, key: str, sink: Sink) -> None:
        """Take an open archive and its hash."""
        self.checked = _library(archive)
        self.key = key
        self.sink = sink
        self.first = next((unit.machine for unit in self.checked.units if unit.machine is not None), None)
        self.machine = NO_MACHINE if self.first is None else self.first.name
        self.results = resolve_for(_TARGETS, Link((self.checked.input,)), with_candidates=False)
        self.misplaced = {
            target: _by_unit(find_misplaced(self.results[target])) for target, rule in _TARGETS.items() if rule
        }
        self.blocked: dict[Target, dict[str, None]] = {target: {} for target in _TARGETS}

    def positions(self) -> str:
        """Return a digit for each member: the sum of `_NOT_PIC`, `_NOT_PIE` and `_TEXT_RELOCATIONS`."""
        bits = [0] * len(self.checked.units)
        for number, found in self.misplaced[Target.SHARED].items():
            bits[number] |= _NOT_PIC * any(one.refused for one in found)
            bits[number] |= _TEXT_RELOCATIONS * any(one.fault is PositionFault.TEXT_RELOCATION for one in found)
        for number, found in self.misplaced[Target.PIE].items():
            bits[number] |= _NOT_PIE * any(one.refused for one in found)
        return "".join(map(str, bits))

    def add_findings(self) -> None:
        """Add the findings, and note which rules keep the archive from being linked whole, for each target."""
        rows: dict[Row, None] = {}
        counts: dict[str, int] = {}
        own = self.checked.path + "("
        for finding in (*check_library(self.checked), *self._link_findings()):
            counts[finding.rule] = counts.get(finding.rule, 0) + 1
            if counts[finding.rule] <= _MOST_OF_A_RULE:
                message = finding.message.replace(own, "(")
                values = finding.severity.value, _name(finding.member), _name(finding.symbol), _message(message)
                rows[(self.key, None, None, finding.rule, *values)] = None
            if finding.severity is Severity.ERROR:
                for blocked in self.blocked.values():
                    blocked[finding.rule] = None
        for target, rule in _TARGETS.items():
            if rule is not None:
                rows.update(dict.fromkeys(self._position_rows(target, rule)))
        self.sink.add(Table.FINDINGS, self.machine, list(rows))

    def _link_findings(self) -> Iterator[Finding]:
        """Yield the findings of a link of this archive alone, apart from what the target decides."""
        settings = self.checked.settings
        context = Context(settings, self.results[settings.target])
        for rule in map(load_rule, _LINK_RULES):
            if isinstance(rule, LinkRule):
                yield from rule.check(context)

    def _position_rows(self, target: Target, rule: str) -> Iterator[Row]:
        """Yield a finding for each member that cannot be in the target's output: its first reason."""
        for number, faults in self.misplaced[target].items():
            refused = [one for one in faults if one.refused]
            if refused:
                self.blocked[target][rule] = None
                first = refused[0]
                more = f"; {len(refused)} references do so" if len(refused) > 1 else ""
                message = f"{first.relocation} in {first.section} {first.fault.value}{more}"
                label = storable(self.checked.units[number].name)
                values = Severity.ERROR.value, label, _name(first.symbol), _message(message)
                yield (self.key, None, None, rule, *values)

    def archive_row(self, place: Place) -> Row:
        """Return the row of the archive itself, without the sums over its members."""
        archive = self.checked.archive
        first = self.first
        return (
            *(self.key, *spelt(place), self.checked.size, archive.kind.value, archive.thin),
            None if archive.index is None else len(archive.index),
            *(len(archive.members), None, None, len(archive.oddities)),
            *((None, None) if first is None else (first.bits, first.byte_order)),
            *(None, None),
            *(list(self.blocked[target]) for target in _TARGETS),
        )


def _name(text: str | None) -> str | None:
    return None if text is None else storable(text)


def _by_unit(found: Iterator[Misplaced]) -> dict[int, list[Misplaced]]:
    units: dict[int, list[Misplaced]] = {}
    for one in found:
        units.setdefault(one.unit, []).append(one)
    return units


def _section_values(facts: ObjectFacts) -> tuple[object, ...]:
    """Return what the sections of an ELF object say, in the order of the columns from `code` on."""
    found = facts.elf.section_facts
    sizes = found.sizes
    return (
        *(sizes.get(kind, 0) for kind in (SectionKind.CODE, SectionKind.READ_ONLY, SectionKind.DATA)),
        *(sizes.get(kind, 0) for kind in (SectionKind.BSS, SectionKind.TLS, SectionKind.DEBUG)),
        found.has_bytecode,
        found.stack.value,
        sorted(one.value for one in found.properties),
        *([storable(name) for name in names] for names in (found.constructors, found.destructors)),
    )
