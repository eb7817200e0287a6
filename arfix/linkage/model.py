"""Models a link and its result: plain values for the resolver, the audit rules, `why` and `verify`.

A link takes *units* (objects, most of them members of archives) from *inputs* in command-line order. A unit is known by
its number: its position in `Link.units`, which runs over all inputs in order. Names alone are never an identity.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import cached_property
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

from arfix.errors import ArfixError
from arfix.formats.inspect import ObjectFacts, inspect_object
from arfix.formats.model import ELF_CONTENTS, OBJECT_CONTENTS, Binding, Content, Visibility
from arfix.symbols.object_symbols import ObjectSymbols, defined_names, read_object_symbols

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from arfix.errors import Where
    from arfix.formats.elf.abi import Abi
    from arfix.formats.elf.dynamic import DynamicFacts
    from arfix.formats.elf.relocations import RelocationUse
    from arfix.formats.model import Machine
    from arfix.linkage.version_script import VersionScript
    from arfix.linkage.wrapping import Wrapping
    from arfix.symbols.member_label import MemberLabel


class Target(Enum):
    """The kind of output. The value is the word of the command line."""

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

    @property
    def title(self) -> str:
        """The linker's name in messages."""
        return "GNU ld" if self is Linker.LD else self.value


class InputMode(Enum):
    """How an input takes part in a link."""

    WHOLE = "whole"
    """Every member enters (`--whole-archive`, or an object on the command line)."""
    ON_DEMAND = "on-demand"
    """A member enters when it defines something that is still needed."""
    NAMES = "names"
    """Nothing enters; it only says which symbols the platform has (a shared object, an executable, a list)."""


@dataclass(frozen=True, eq=False)
class Unit:
    """One object that may enter a link. Its contents are read on demand and cached.

    Attributes:
        where: `libcrypto.a(bss_log.o)`, or the object's own file.
        position: Position among the members of its archive; 0 for an object that is not in an archive.
        data: Gives its bytes; may raise `ArfixError` (the file of a thin member).
        date: Gives the date in its header, in seconds since 1970; 0 if there is none.
        label: Its name in its archive; None for an object that is not in one.
        wrapping: How its references are redirected (`--wrap`).
    """

    where: Where
    position: int
    data: Callable[[], memoryview] = field(repr=False)
    date: Callable[[], int] = field(default=lambda: 0, repr=False)
    label: MemberLabel | None = None
    wrapping: Wrapping | None = None

    @property
    def name(self) -> str:
        """The label of the member, `x.o` or `x.o#2`; the path of an object that is not in an archive."""
        return self.where.members[-1] if self.where.members else self.where.path

    @property
    def member_name(self) -> str:
        """The name in the member's header, which need not be unique; the path of an object outside archives."""
        return self.name if self.label is None else self.label.name

    @cached_property
    def view(self) -> memoryview:
        """Its bytes; empty if they cannot be read (`fault` has the error)."""
        try:
            return self.data()
        except ArfixError:
            return memoryview(b"")

    @cached_property
    def content(self) -> Content:
        """The kind of content that its bytes are."""
        return self.facts.content

    @cached_property
    def is_object(self) -> bool:
        """Whether its bytes are object code that could be read."""
        return self.content in OBJECT_CONTENTS and self.fault is None

    @cached_property
    def facts(self) -> ObjectFacts:
        """The facts that the object reader finds in it."""
        return inspect_object(self.view, vars(self).get("content"))

    @cached_property
    def machine(self) -> Machine | None:
        """Its machine; None if the format does not say, or if it cannot be read."""
        try:
            return self.facts.machine
        except ArfixError:
            return None

    @cached_property
    def table(self) -> ObjectSymbols:
        """Its symbols; none when it is no object, or cannot be read."""
        return self.reading if isinstance(self.reading, ObjectSymbols) else ObjectSymbols()

    @cached_property
    def reading(self) -> ObjectSymbols | ArfixError:
        """Its symbols, or why they cannot be read."""
        found = self.own_reading
        if self.wrapping is None or isinstance(found, ArfixError) or self.content is not Content.ELF_RELOCATABLE:
            return found
        return self.wrapping.redirect(found, self.facts)

    @cached_property
    def own_reading(self) -> ObjectSymbols | ArfixError:
        """Its symbols as its bytes have them, or why they cannot be read."""
        if self.content not in OBJECT_CONTENTS and self.content not in ELF_CONTENTS:  # as thousands of members may be
            return ObjectSymbols()
        try:
            return read_object_symbols(self.facts)
        except ArfixError as error:
            return error

    @cached_property
    def relocation_uses(self) -> Sequence[RelocationUse]:
        """How its loaded sections refer to symbols; raises `FormatError` where its relocations cannot be read."""
        return self.facts.elf.relocation_uses

    def remember_facts(self, facts: ObjectFacts) -> None:
        """Take the facts of its bytes from a reader that has looked at them before."""
        vars(self).update(view=facts.view, content=facts.content, facts=facts)

    def remember(self, content: Content, reading: ObjectSymbols | ArfixError) -> None:
        """Reuse what another process has read from the same bytes."""
        vars(self).update(content=content, own_reading=reading)

    def wrapped(self, wrapping: Wrapping) -> Unit:
        """Return the unit with its references redirected; what has been read already is not read again."""
        unit = replace(self, wrapping=wrapping)
        kept = ("view", "content", "facts", "machine", "own_reading", "definitions")
        vars(unit).update({name: vars(self)[name] for name in kept if name in vars(self)})
        return unit

    def reference(self, name: str) -> str:
        """Return the symbol that its reference to `name` means."""
        return name if self.wrapping is None else self.wrapping.reference(name)

    @cached_property
    def definitions(self) -> Sequence[str]:
        """The names that it defines; faster than `table`."""
        try:
            return defined_names(self.facts)
        except ArfixError:
            return ()

    @cached_property
    def fault(self) -> ArfixError | None:
        """The error met when reading its bytes or its symbols; None if both can be read."""
        if not self.view.nbytes:
            try:
                self.data()
            except ArfixError as error:
                return error
        return None if isinstance(self.reading, ObjectSymbols) else self.reading


@dataclass(frozen=True, slots=True)
class SharedFacts:
    """Facts of a shared object that linkers read besides the names it provides and needs.

    Attributes:
        machine: Its machine.
        soname: Its name for the loader, or None.
        needed: The shared objects that it asks the loader for.
        thread_local: Names that it defines or refers to as thread-local.
        folders: Where it lets the loader look for what it needs, as written.
        abi: Its calling convention; None if its machine has only one, or if it cannot be read.
        uncopied: Names that it defines and that lld gives no copy in an executable.
        protected: Names that it defines as protected.
        dynamic: Everything that its dynamic tables say; None if it was not read from a file.
    """

    machine: Machine
    soname: str | None = None
    needed: tuple[str, ...] = ()
    thread_local: frozenset[str] = frozenset()
    folders: tuple[str, ...] = ()
    abi: Abi | None = None
    uncopied: frozenset[str] = frozenset()
    protected: frozenset[str] = frozenset()
    dynamic: DynamicFacts | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True, eq=False)
class Input:
    """One input of a link.

    Attributes:
        where: Its file, or a description of a list of names.
        use: How the link uses it.
        units: Its members in order, including those that are not objects.
        names: Symbols that a `NAMES` input provides: `name` where that is the default, and each `name@VERSION`.
        needs: Symbols that a `NAMES` input (a shared object) needs itself, for which members are pulled in too.
        group: Consecutive inputs with the same number are searched repeatedly (`--start-group`); None outside groups.
        index: The archive's symbol index as (name, position among `units`), stored order; None if there is none, and
            then GNU ld and gold refuse the archive, unless it is linked whole.
        provider: True if it was given as a part of the platform, not as an archive under test.
        image: True for a `NAMES` input that linkers read (a shared object, an executable), False for a list of names.
        shared: Further facts of such an image; None for a list of names.
        as_needed: `--as-needed` holds for a shared object: it takes part only if something needs it.
        sealed: `--exclude-libs` names the archive: the output does not export its symbols.
    """

    where: Where
    use: InputMode
    units: tuple[Unit, ...] = ()
    names: frozenset[str] = frozenset()
    needs: frozenset[str] = frozenset()
    group: int | None = None
    index: Sequence[tuple[str, int]] | None = None
    provider: bool = False
    image: bool = False
    shared: SharedFacts | None = None
    as_needed: bool = False
    sealed: bool = False

    @property
    def is_linked_against(self) -> bool:
        """Whether the linker reads it as a shared object; it does not see modules that are loaded later."""
        return self.image and self.provider

    @property
    def weak_needs(self) -> frozenset[str]:
        """Names to which a shared object refers weakly, without versions."""
        dynamic = None if self.shared is None else self.shared.dynamic
        symbols = () if dynamic is None else dynamic.symbols
        return frozenset(
            one.symbol.name for one in symbols if not one.symbol.is_defined and one.symbol.binding is Binding.WEAK
        )

    @property
    def loader_name(self) -> str:
        """The name by which other shared objects ask the loader for this one; the file's name if it records none."""
        soname = None if self.shared is None else self.shared.soname
        return soname or self.where.path.replace("\\", "/").rpartition("/")[2]


class NeededLibrary(NamedTuple):
    """A shared object that is not on the command line, but that a shared object on it needs.

    Attributes:
        name: Its soname, as the other one records it.
        by: Position of the input that needs it, if only through others.
        input: The shared object; None if it was not found.
        unsearched: The folder that holds it, if GNU ld does not look there.
    """

    name: str
    by: int
    input: Input | None = None
    unsearched: str | None = None


@dataclass(frozen=True, slots=True)
class LinkRules:
    """What options change about the rules of a link.

    Attributes:
        defined: Symbols that the command line or a linker script defines (`--defsym`).
        tolerates_undefined: Undefined symbols are no error: a shared object without `-z defs`, or
            `--unresolved-symbols=ignore-all`.
        may_stay_undefined: Symbols that may stay undefined although others may not.
        allows_multiple: The first of several definitions counts, without an error (`-z muldefs`).
        required: Symbols that must be defined, whether anything refers to them or not (`--require-defined`).
        wrapped: Symbols of `--wrap`.
        collects: Sections that nothing reaches are left out (`--gc-sections`).
        kept: Patterns of sections that stay in spite of that (`KEEP` of a script).
        own_layout: A script of the user replaces the linker's own, and the symbols that it defines.
        versions: The version script; None without.
        undefined_version: Whether a version script may name undefined symbols; None for the linker's default.
        symbolic: The output's own definitions cannot be preempted (`-Bsymbolic`).
        symbolic_functions: Its own functions cannot (`-Bsymbolic-functions`).
        dynamic_list: The symbols that a program exports by name; of a shared object, the others cannot be preempted.
        evaluated: Symbols whose addresses `--defsym` needs, so that they must be defined.
        text_relocations: True if the loader may write into code (`-z notext`), False if not (`-z text`); None for the
            linker's default.
        shared_may_lack: Whether shared objects may lack symbols (`--allow-shlib-undefined`); None for the default,
            which is that they may where the output is shared.
        late: Symbols that lld-link wants once all inputs are read: the entry symbol, and what is exported.
        optional: Symbols for which members are pulled in, but that may stay undefined (`/includeoptional`).
        alternates: What a symbol means if nothing defines it (`/alternatename`, `-alias`): symbol -> other symbol.
        takes_objc: Members with classes or categories of Objective-C are taken (`-ObjC`).
    """

    defined: frozenset[str] = frozenset()
    tolerates_undefined: bool = False
    may_stay_undefined: frozenset[str] = frozenset()
    allows_multiple: bool = False
    required: frozenset[str] = frozenset()
    wrapped: frozenset[str] = frozenset()
    collects: bool = False
    kept: tuple[str, ...] = ()
    own_layout: bool = False
    versions: VersionScript | None = None
    undefined_version: bool | None = None
    symbolic: bool = False
    symbolic_functions: bool = False
    dynamic_list: VersionScript | None = None
    evaluated: frozenset[str] = frozenset()
    text_relocations: bool | None = None
    shared_may_lack: bool | None = None
    late: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    alternates: Mapping[str, str] = field(default_factory=dict)
    takes_objc: bool = False


@dataclass(frozen=True, eq=False)
class Link:
    """The request for a link: its inputs and options.

    Attributes:
        inputs: In command-line order.
        target: The kind of output.
        roots: Symbols wanted from the start (the entry symbol, `-u`).
        machine: The machine of the output; None for that of the first object.
        export_dynamic: Whether an executable exports its symbols (`--export-dynamic`).
        needed: Shared objects that those on the command line need and that are not on it.
        rules: What options change about undefined and duplicate symbols.
        aliased: Symbols that the expressions of `--defsym` refer to.
    """

    inputs: tuple[Input, ...]
    target: Target = Target.EXECUTABLE
    roots: tuple[str, ...] = ()
    machine: Machine | None = None
    export_dynamic: bool = True
    needed: tuple[NeededLibrary, ...] = ()
    rules: LinkRules = LinkRules()
    aliased: tuple[str, ...] = ()

    @cached_property
    def units(self) -> tuple[Unit, ...]:
        """All units of all inputs; a unit's number is its position here."""
        return tuple(unit for item in self.inputs for unit in item.units)

    @cached_property
    def starts(self) -> tuple[int, ...]:
        """For each input the number of its first unit."""
        return tuple(accumulate((len(item.units) for item in self.inputs[:-1]), initial=0)) if self.inputs else ()

    def loaded_for_others(self, passed_over: Collection[int] = ()) -> tuple[Input, ...]:
        """Return the shared objects that those in the link ask the loader for, directly or not.

        `passed_over` has the positions of inputs that `--as-needed` leaves out. Only what is not in the link already
        is returned.
        """
        names = {one.name: one.input for one in self.needed if one.unsearched is None}
        names |= {self.inputs[at].loader_name: self.inputs[at] for at in passed_over}
        todo = [item for at, item in enumerate(self.inputs) if item.is_linked_against and at not in passed_over]
        read: dict[str, Input] = {}
        while todo:
            item = todo.pop()
            for name in () if item.shared is None else item.shared.needed:
                library = names.get(name)
                if library is not None and name not in read:
                    read[name] = library
                    todo.append(library)
        return tuple(read.values())

    def input_of(self, unit: int) -> Input:
        """Return the input that the unit of that number belongs to."""
        position = bisect_right(self.starts, unit) - 1  # of inputs that share a start, only the last has units
        while not self.inputs[position].units:
            position -= 1
        return self.inputs[position]


class EnteredUnit(NamedTuple):
    """Why a unit is in the link.

    Attributes:
        unit: Number of the unit.
        symbol: The symbol it was pulled in for; None if its input is taken whole.
        by: Number of the unit that needed the symbol; None for a root, a shared object, or a whole input.
    """

    unit: int
    symbol: str | None = None
    by: int | None = None


class CandidateKind(Enum):
    """Why a definition of a missing symbol, or of a similar one, is not used. The value is the word in JSON."""

    TOO_EARLY = "too-early"
    """An archive read on demand has it, but is searched before the first member that asks."""
    OTHER_VERSION = "other-version"
    """It is defined with a version that the reference does not ask for, or without the one that it asks for."""
    OTHER_MACHINE = "other-machine"
    """The object that defines it is for another machine."""
    LTO_MEMBER = "lto-member"
    """A member that holds a compiler's intermediate code alone defines it: the linker needs that compiler's plugin."""
    NOT_INDEXED = "not-indexed"
    """The archive's symbol index does not list it, and the linker uses only the index."""
    UNREADABLE = "unreadable"
    """The member that defines it is damaged; its archive's index lists it."""
    PASSED_OVER = "passed-over"
    """A shared object has it, but comes before the first object that asks, and `--as-needed` leaves it out there."""
    HIDDEN = "hidden"
    """A shared object or another module has it without exporting it, or the reference asks for a hidden one."""
    NEEDED_LIBRARY = "needed-library"
    """A shared object has it that is not named itself, but that one of those on the line needs."""
    IMPORT_TWIN = "import-twin"
    """The reference is to the pointer `__imp_f` of a DLL's function, and `f` itself is defined here, or the reverse."""


class Candidate(NamedTuple):
    """A definition of a missing symbol, or of a similar one, that the link does not use.

    Attributes:
        kind: Why it is not used.
        name: The symbol as this definition spells it: `f@@V2`, `__imp_f`.
        place: The member or file: `librcl.a(rcl.o)`, `libat.so.1`.
        unit: Number of the unit, or None if it is not in an input of the link.
        input: Position of the input that has it, or None.
        by: Position of a related input: the last one that refers to the symbol (`TOO_EARLY`, `PASSED_OVER`: the library
            belongs after it), or the shared object that needs the library (`NEEDED_LIBRARY`).
    """

    kind: CandidateKind
    name: str
    place: str
    unit: int | None = None
    input: int | None = None
    by: int | None = None


class Undefined(NamedTuple):
    """A symbol that nothing in the link defines.

    A reference counts if a section in the link has a relocation against the symbol; no linker complains about a name
    that is only in a symbol table.

    Attributes:
        name: The symbol.
        referrers: Numbers of the units with strong references, which make the link fail, in link order.
        weak_referrers: Numbers of the units that refer to it, if all references are weak.
        hidden: References to it are hidden, so no shared object can provide it.
        candidates: Definitions of the symbol, or of similar ones, that are not used; in link order.
        tolerated: An option lets the symbol stay undefined.
        required: An option requires that the symbol is defined, whether anything refers to it or not.
    """

    name: str
    referrers: tuple[int, ...]
    weak_referrers: tuple[int, ...] = ()
    hidden: bool = False
    candidates: tuple[Candidate, ...] = ()
    tolerated: bool = False
    required: bool = False

    @property
    def is_error(self) -> bool:
        """Return whether the link fails because of it; weak references may stay undefined."""
        return self.required or (bool(self.referrers) and not self.tolerated)


class DuplicateSymbol(NamedTuple):
    """Two or more strong definitions of one symbol: `definers` are unit numbers in link order, the first wins."""

    name: str
    definers: tuple[int, ...]


class RejectionReason(Enum):
    """Why a linker rejects a unit."""

    NOT_AN_OBJECT = "not-an-object"
    WRONG_MACHINE = "wrong-machine"
    MALFORMED = "malformed"
    MISSING = "missing"
    """The file of a thin member is not there."""


class Rejection(NamedTuple):
    """A unit that the linker rejects; with `silent`, it prints nothing and continues without the unit."""

    unit: int
    reason: RejectionReason
    silent: bool = False


@dataclass(frozen=True, eq=False)
class LinkResult:
    """The predicted result of a link.

    Attributes:
        link: The request.
        linker: The linker whose rules were applied.
        entered: The units in the link, in the order they entered, each with its cause.
        undefined: Symbols that nothing defines, strong and weak references alike, by name.
        clashes: Symbols with several strong definitions, by name.
        winners: For each defined symbol, the unit whose definition is used.
        provided: For each symbol taken from a `NAMES` input its position in `Link.inputs`.
        linker_defined: Needed symbols that the linker itself defines.
        visibility: Merged visibility of each symbol if it is not default, over definitions and references.
        exported: What the output exports in `.dynsym`, versions removed; nothing for a relocatable output.
        rejected: Units that the linker rejects.
        machine: The machine of the output; None when no object says.
        discarded: For each unit, the sections that are not linked because another copy of their group is.
        unreached: For each unit, the sections that are not linked because nothing reaches them (`--gc-sections`).
        passed_over: Positions of shared objects that GNU ld leaves out, since `--as-needed` holds and nothing before
            them needs them; other linkers look at the whole line.
        release: Release of the linker, as in `arfix/linkage/releases.py`; None for the newest.
    """

    link: Link
    linker: Linker
    entered: tuple[EnteredUnit, ...]
    undefined: Mapping[str, Undefined]
    clashes: Mapping[str, DuplicateSymbol]
    winners: Mapping[str, int]
    provided: Mapping[str, int]
    linker_defined: frozenset[str]
    visibility: Mapping[str, Visibility]
    exported: frozenset[str]
    rejected: tuple[Rejection, ...]
    machine: Machine | None = None
    discarded: Mapping[int, frozenset[int]] = field(default_factory=dict)
    unreached: Mapping[int, frozenset[int]] = field(default_factory=dict)
    passed_over: frozenset[int] = frozenset()
    release: tuple[int, int] | None = None

    @property
    def units(self) -> tuple[Unit, ...]:
        """The units of the link."""
        return self.link.units

    @cached_property
    def cause(self) -> Mapping[int, EnteredUnit]:
        """For each unit in the link, the reason."""
        return {entry.unit: entry for entry in self.entered}

    @cached_property
    def errors(self) -> Mapping[str, Undefined]:
        """The undefined symbols that make the link fail."""
        return {name: undefined for name, undefined in self.undefined.items() if undefined.is_error}

    @cached_property
    def asleep(self) -> tuple[int, ...]:
        """Objects in on-demand archives that were not linked."""
        rejected = {rejection.unit for rejection in self.rejected}
        return tuple(n for n in range(len(self.units)) if n not in self.cause and n not in rejected)

    def chain(self, unit: int) -> tuple[EnteredUnit, ...]:
        """Return the entries from a root (or whole input) down to `unit`; empty when it is not in the link."""
        steps: list[EnteredUnit] = []
        entry = self.cause.get(unit)
        while entry is not None:
            steps.append(entry)
            entry = None if entry.by is None else self.cause.get(entry.by)
        return tuple(reversed(steps))
