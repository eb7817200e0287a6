"""Repairs for symbols that nothing in a link defines: which library, removal or stub helps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, assert_never

from arfix.archive.format import MAGIC, MAGIC_SIZE
from arfix.archive.read import read_archive
from arfix.archive.source import BytesSource
from arfix.audit.finding import Fix, Safety, counted_names
from arfix.audit.missing_libraries import MissingLibrary, MissingLibraryKind, find_missing_libraries, surroundings_of
from arfix.audit.string_abi import find_other_string_abi
from arfix.audit.stub_advice import StubAdvice, advise_stub, reach_of_errno
from arfix.counted import counted
from arfix.edits.platform import is_platform_copy
from arfix.edits.requests import Flatten, RebuildIndex, Strip, Stub, hinted
from arfix.errors import ArfixError
from arfix.linkage.compiler_runtime import is_compiler_runtime
from arfix.linkage.model import CandidateKind
from arfix.symbols.definitions import read_member_symbols
from arfix.symbols.effects import describe_effects, self_acting_sections

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from arfix.audit.context import Context
    from arfix.errors import Where
    from arfix.linkage.model import Candidate, Undefined

#: How deep archives are looked for in archives.
_DEPTH: Final = 4


class UndefinedRepairs:
    """Repairs for the symbols that one archive misses.

    What something else defines needs no edit but another link line. Archives stored as members are opened, members that
    nothing needs are removed, and the rest gets stubs where a stub can be right.
    """

    def __init__(
        self,
        context: Context,
        entries: list[tuple[Undefined, tuple[int, ...]]],
        nested: Mapping[str, tuple[str, int]],
        most_stubs: int,
    ) -> None:
        """Find the repairs.

        Args:
            context: The link.
            entries: The symbols, each with the units of the archive that refer to it.
            nested: The definitions of nested archives (`nested_definitions`).
            most_stubs: Offer no stubs if more symbols than this would need one.
        """
        self.context = context
        self.path = context.path(entries[0][1][0])
        self.owner = context.owners[entries[0][1][0]]
        self.nested = nested
        self.most_stubs = most_stubs
        self.remarks: dict[str, str] = {}
        self.fixes: dict[str, Fix] = {}
        self.causes: dict[str, str] = {}
        rest: list[tuple[Undefined, tuple[int, ...]]] = []
        for undefined, numbers in entries:
            if undefined.name in self.nested:
                self._take_nested(undefined.name)
            elif undefined.candidates:
                self._take_candidates(undefined)
            elif context.settings.has_providers:
                rest.append((undefined, numbers))
        self._group_early([undefined for undefined, _ in entries if undefined.name not in self.nested])
        self._repair(rest)

    def _group_early(self, entries: list[Undefined]) -> None:
        """Give symbols one cause that are missing because one archive comes before another."""
        early: dict[tuple[CandidateKind, int, int], list[Undefined]] = {}
        for undefined in entries:
            candidate = _best(undefined)
            if candidate is not None and candidate.kind in (CandidateKind.TOO_EARLY, CandidateKind.PASSED_OVER):
                early.setdefault((candidate.kind, candidate.input or 0, candidate.by or 0), []).append(undefined)
        inputs = self.context.result.link.inputs
        for (kind, owner, by), ones in early.items():
            first, later = inputs[owner].where.path, inputs[by].where.path
            members = {number for one in ones for number in one.referrers}
            counts = f"{counted(len(ones), 'symbol')}, needed by {counted(len(members), 'member')}"
            is_early = kind is CandidateKind.TOO_EARLY
            fault = "comes too early" if is_early else "comes too early for --as-needed"
            other_way = "use --start-group" if is_early else "name it under --no-as-needed"
            cause = f"{first} {fault}: {counts}; move it behind {later}, or {other_way}"
            self.causes |= {one.name: cause for one in ones}

    def _repair(self, entries: list[tuple[Undefined, tuple[int, ...]]]) -> None:
        """Name the missing libraries; symbols that none of them defines get a removal or a stub."""
        surroundings = surroundings_of(self.context.settings, self.context.result.machine)
        found = find_missing_libraries({undefined.name: numbers for undefined, numbers in entries}, surroundings)
        cause_of = {name: cause for cause in found for name in cause.names}
        at_hand = {
            name for name, one in cause_of.items() if one.path is not None or one.kind is MissingLibraryKind.RUNTIME
        }
        is_archive = self.context.member(entries[0][1][0]) is not None if entries else False
        if is_archive:  # an object by itself has no members to remove, and takes none
            rest = self._strip([(one, numbers) for one, numbers in entries if one.name not in at_hand])
            packaged = MissingLibraryKind.PKG_CONFIG
            unpackaged = [one for one, _ in rest if cause_of[one.name].kind is not packaged]
            self._stub(unpackaged, {one.name: _library_of(cause_of[one.name], found) for one in unpackaged})
        for name, cause in cause_of.items():
            if cause.remark and name not in self.fixes:
                self.remarks[name] = cause.remark
                self.causes[name] = str(cause)

    def remark(self, name: str) -> str:
        """Return what to add to the message."""
        remark = self.remarks.get(name)
        return "" if remark is None else f"; {remark}"

    def of(self, name: str) -> Fix | None:
        """Return the repair for one symbol, or None."""
        return self.fixes.get(name)

    def _take_nested(self, name: str) -> None:
        """Name the nested archive that defines the symbol; a repair cannot flatten one in a provider."""
        member, input_ = self.nested[name]
        item = self.context.result.link.inputs[input_]
        path = item.where.path
        place = "" if input_ == self.owner else f" in {path}"
        self.remarks[name] = f"the nested archive {member}{place} defines it"
        if not item.provider:
            sysroot = self.context.settings.sysroot
            self.fixes[name] = Fix(path, Flatten(platform=() if sysroot is None else (sysroot,)))

    def _take_candidates(self, undefined: Undefined) -> None:
        """Name a definition that does not count, and why; only an index without the symbol can be repaired."""
        candidate = _best(undefined)
        if candidate is None:
            return
        self.remarks[undefined.name] = _candidate_text(self.context, candidate)
        unit = candidate.unit
        if candidate.kind is CandidateKind.NOT_INDEXED and unit is not None and self.context.is_under_test(unit):
            self.fixes[undefined.name] = Fix(self.context.path(unit), RebuildIndex())

    def _strip(self, entries: list[tuple[Undefined, tuple[int, ...]]]) -> list[tuple[Undefined, tuple[int, ...]]]:
        """Repair symbols by removing the members that refer to them, if nothing needs those; return the other symbols.

        All members that go are removed by one command. At least half of the archive's objects stay: an archive that
        would lose more lacks a library, and its functions are what its users call.
        """
        context = self.context
        candidates = [(one, numbers) for one, numbers in entries if not is_compiler_runtime(one.name)]
        going = {number for _, numbers in candidates for number in numbers}
        sets = {frozenset(numbers) for _, numbers in candidates}
        removable = {one for one in sets if context.can_go(one)}
        if not removable and context.can_go(frozenset(going)):
            removable = sets
        going = set().union(*removable)
        units = [one for one in context.under_test if context.owners[one] == self.owner]
        objects = sum(context.units[one].is_object for one in units)
        if not going or 2 * len(going) > objects or len(going) >= objects:
            return entries
        members = frozenset(going)
        if len(removable) > 1 and not context.can_go(members):
            return entries
        lost = context.definitions.defined_only_by(members)
        costs = [f"the archive no longer defines {counted_names(sorted(lost))}"] if lost else []
        others = context.replacements(members)
        for place in sorted({place for place in others.values() if place is not None}):
            names = sorted(name for name in others if others[name] == place)
            costs.append(f"programs that use {counted_names(names)} get the definition of {place}")
        named = context.named_as_text(lost, members)
        costs += [f"{place} names {name} as text, and may look it up at run time" for name, place in named.items()]
        acting = {one: self_acting_sections(context.units[one].facts.elf) for one in sorted(going)}
        acting = {one: sections for one, sections in acting.items() if sections}
        costs += [describe_effects(context.member(one) or "", sections) for one, sections in acting.items()][:1]
        safety = Safety.UNSAFE if acting or others or named else Safety.SAFE
        fix = Fix(self.path, Strip(tuple(map(context.selector, sorted(going)))), safety, tuple(costs))
        rest = []
        for undefined, numbers in entries:
            if members.issuperset(numbers) and not is_compiler_runtime(undefined.name):
                self.fixes[undefined.name] = fix
            else:
                rest.append((undefined, numbers))
        return rest

    def _stub(self, entries: list[Undefined], libraries: Mapping[str, str]) -> None:
        """Repair symbols by stubs if those are right; many missing symbols mean a missing library instead.

        Args:
            entries: The symbols.
            libraries: For each symbol, a remark on the missing library that may define it, or nothing. Such a symbol
                gets no stub whose behaviour is a guess.
        """
        advised = {undefined.name: advise_stub(self.context, undefined) for undefined in entries}
        if len(advised) > self.most_stubs:
            return
        for name, advice in advised.items():
            if advice.guessed and libraries[name]:
                advised[name] = StubAdvice(None, reason=libraries[name])
        for name, advice in advised.items():
            if advice.symbol is None:
                place = find_other_string_abi(self.context, name)
                self.remarks[name] = advice.reason if place is None else _OTHER_ABI.format(place=place)
        for safety in Safety:
            chosen = {name: one for name, one in advised.items() if one.symbol is not None and one.safety is safety}
            if chosen:
                symbols = tuple(one.symbol for one in chosen.values() if one.symbol is not None)
                library, obstacle = reach_of_errno(self.context, self.owner, symbols)
                if obstacle:
                    self.remarks |= dict.fromkeys(chosen, obstacle)
                    continue
                costs = tuple(one.cost for one in chosen.values() if one.cost)
                fix = Fix(self.path, Stub(symbols, libc=library), safety, costs)
                self.fixes |= dict.fromkeys(chosen, fix)


def _library_of(cause: MissingLibrary, causes: Iterable[MissingLibrary]) -> str:
    """Return a remark on the library that may define a symbol, if there is a sign of one.

    The name of the symbol is one sign. Another is a `.pc` file of the archive that names libraries which are not here:
    a symbol of unknown origin is likely to be theirs.
    """
    match cause.kind:
        case MissingLibraryKind.KNOWN:
            return cause.remark
        case MissingLibraryKind.UNKNOWN:
            absent = [one for one in causes if one.kind is MissingLibraryKind.PKG_CONFIG]
            if not absent:
                return ""
            which = counted_names([one.stem for one in absent])
            return f"{absent[0].pkg_config} names libraries that are not here ({which}), and one may define it"
        case _:
            return ""


#: What to say where the same C++ function is there for the other form of `std::string`.
_OTHER_ABI = (
    "{place} defines the same function for the other ABI of std::string: build both with one value of "
    "_GLIBCXX_USE_CXX11_ABI"
)

#: Of several candidates the one that is easiest to act on is named.
_PREFERENCE = (
    CandidateKind.TOO_EARLY,
    CandidateKind.PASSED_OVER,
    CandidateKind.NEEDED_LIBRARY,
    CandidateKind.NOT_INDEXED,
    CandidateKind.LTO_MEMBER,
    CandidateKind.OTHER_VERSION,
    CandidateKind.HIDDEN,
    CandidateKind.IMPORT_TWIN,
    CandidateKind.UNREADABLE,
    CandidateKind.OTHER_MACHINE,
)


def _best(undefined: Undefined) -> Candidate | None:
    """Return the candidate that is easiest to act on."""
    return min(undefined.candidates, key=lambda one: _PREFERENCE.index(one.kind), default=None)


def _candidate_text(context: Context, candidate: Candidate) -> str:  # noqa: C901, PLR0911 (one for each kind)
    """Return a remark on a definition that does not count: the reason, and what would help."""
    inputs = context.result.link.inputs
    owner = None if candidate.input is None else inputs[candidate.input].where.path
    by = None if candidate.by is None else inputs[candidate.by].where.path
    match candidate.kind:
        case CandidateKind.TOO_EARLY:
            return f"{candidate.place} defines it, but comes too early: move {owner} behind {by}, or use --start-group"
        case CandidateKind.PASSED_OVER:
            return (
                f"{candidate.place} defines it, but --as-needed leaves the library out, since nothing before it needs "
                f"it: move {owner} behind {by}, or name it under --no-as-needed"
            )
        case CandidateKind.NEEDED_LIBRARY:
            return f"{candidate.place}, which {by} needs, defines it: name it on the link line, too"
        case CandidateKind.NOT_INDEXED:
            command = hinted("index", (owner or "",))
            return f"{candidate.place} defines it, but the index of {owner} does not list it: run {command}"
        case CandidateKind.LTO_MEMBER:
            return f"{candidate.place} defines it in compiler bytecode, which needs that compiler's linker plugin"
        case CandidateKind.OTHER_VERSION:
            return f"{candidate.place} defines {candidate.name}, another version"
        case CandidateKind.HIDDEN:
            return f"{candidate.place} has it, but does not export it"
        case CandidateKind.IMPORT_TWIN:
            return f"{candidate.place} defines {candidate.name}, its twin for import from a DLL"
        case CandidateKind.UNREADABLE:
            return f"{candidate.place} defines it, but cannot be read"
        case CandidateKind.OTHER_MACHINE:
            return f"{candidate.place} defines it, but for another machine"
        case _:
            assert_never(candidate.kind)


def nested_definitions(context: Context) -> dict[str, tuple[str, int]]:
    """Return the definitions of nested archives: symbol -> the nested archive's name and the input that contains it.

    Libraries of the platform are left out: those are to be dropped, not opened. Providers' members are looked at, too,
    and archives under test come before them.
    """
    found: dict[str, tuple[str, int]] = {}
    inputs = sorted(enumerate(context.result.link.inputs), key=lambda one: one[1].provider)
    for position, item in inputs:
        for unit in item.units:
            if bytes(unit.view[:MAGIC_SIZE]) == MAGIC and not is_platform_copy(unit.member_name, unit.view):
                for name in _definitions_of(unit.where, unit.view):
                    found.setdefault(name, (unit.name, position))
    return found


def _definitions_of(where: Where, view: memoryview, depth: int = 0) -> list[str]:
    """Return the definitions of an archive's members, nested archives included; none that cannot be read."""
    names: list[str] = []
    try:
        for member in read_archive(BytesSource(where, view), where):
            if bytes(member.data[:MAGIC_SIZE]) != MAGIC:
                names += read_member_symbols(member).definitions
            elif depth < _DEPTH and not is_platform_copy(member.name, member.data):
                names += _definitions_of(where.inside(member.name), member.data, depth + 1)
    except ArfixError:
        return names
    return names
