"""Finds definitions of a missing symbol, or of a similar one, that the link does not use, with the reasons.

Nothing here changes the result of a link. For archives the index is used if there is one, so the libraries of a sysroot
cost one pass over their indexes, and only if a symbol is missing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from arfix.errors import ArfixError
from arfix.formats.model import OBJECT_CONTENTS, Content
from arfix.linkage.model import Candidate, CandidateKind, InputMode, Linker
from arfix.symbols.name import SymbolName, base_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from arfix.linkage.model import Input, Link, Unit
    from arfix.linkage.scope import Scope

#: What a program that uses a DLL calls the pointer to its function. Source: Microsoft, "PE Format", import libraries.
_IMPORT: Final = "__imp_"
_BYTECODE: Final = (Content.BITCODE, Content.LTO_SLIM)


def find_candidates(
    link: Link, scope: Scope, referrers: Mapping[str, Iterable[int]]
) -> dict[str, tuple[Candidate, ...]]:
    """Return the definitions of each missing symbol and of similar ones.

    Args:
        link: The link.
        scope: Its symbols at the end, and the linker.
        referrers: Each missing symbol with the units that ask for it.
    """
    search = _CandidateSearch(link, scope, referrers)
    return {name: tuple(dict.fromkeys(found)) for name, found in search.run().items()}


class _CandidateSearch:
    """A search through all inputs of a link."""

    def __init__(self, link: Link, scope: Scope, referrers: Mapping[str, Iterable[int]]) -> None:
        self.link = link
        self.bytecode = scope.bytecode
        self.linker = scope.linker
        self.machine = scope.machine
        self.passed_over = scope.passed_over
        self.found: dict[str, list[Candidate]] = {name: [] for name in referrers}
        positions = {number: at for at, item in enumerate(link.inputs) for number in _numbers(link, at, item)}
        self.last = {name: max((positions[one] for one in units), default=None) for name, units in referrers.items()}
        #: Every spelling that is like a missing name -> the missing names.
        self.like: dict[str, list[str]] = {}
        for name in referrers:
            for spelling in {name, base_name(name), _import_counterpart(base_name(name))}:
                self.like.setdefault(spelling, []).append(name)

    def run(self) -> dict[str, list[Candidate]]:
        for position, item in enumerate(self.link.inputs):
            if item.use is InputMode.NAMES:
                self._names(position, item)
            else:
                self._units(position, item)
        for needed in self.link.needed:
            for spelling in () if needed.input is None else needed.input.names:
                for name in self._like(spelling):
                    if spelling == name and needed.input is not None:
                        place = str(needed.input.where)
                        self.found[name].append(Candidate(CandidateKind.NEEDED_LIBRARY, name, place, by=needed.by))
        return self.found

    def _names(self, position: int, item: Input) -> None:
        """Look at a shared object or list: it has the name under another version, or the reference is hidden."""
        if not item.provider:
            return
        is_other = (
            item.shared is not None and self.machine is not None and not item.shared.machine.matches(self.machine)
        )
        for spelling in item.names:
            for name in self._like(spelling):
                by = None
                kind = CandidateKind.HIDDEN if spelling == name else CandidateKind.OTHER_VERSION
                if base_name(spelling) != base_name(name):
                    kind = CandidateKind.IMPORT_TWIN
                elif is_other:
                    kind = CandidateKind.OTHER_MACHINE
                elif kind is CandidateKind.HIDDEN and position in self.passed_over:
                    kind, by = CandidateKind.PASSED_OVER, self.last[name]
                self.found[name].append(Candidate(kind, spelling, str(item.where), input=position, by=by))

    def _units(self, position: int, item: Input) -> None:
        start = self.link.starts[position]
        listed = set()
        if item.index is not None:
            for spelling, at in item.index:
                if (names := self._like(spelling)) and at >= 0:
                    listed.add((spelling, at))
                    self._take(names, spelling, position, start + at, is_listed=True)
        if item.index is None or not item.provider:
            for at, unit in enumerate(item.units):
                for spelling in unit.definitions:
                    if (names := self._like(spelling)) and (spelling, at) not in listed:
                        self._take(names, spelling, position, start + at, is_listed=False)

    def _take(self, names: Iterable[str], spelling: str, position: int, number: int, *, is_listed: bool) -> None:
        item, unit = self.link.inputs[position], self.link.units[number]
        for name in names:
            kind = self._kind(name, spelling, position, unit, is_listed=is_listed)
            if kind is not None:
                spelt = _defined_name(unit, spelling)
                by = self.last[name] if kind is CandidateKind.TOO_EARLY else None
                place = str(unit.where) if unit.where.members else str(item.where)
                self.found[name].append(Candidate(kind, spelt, place, number, position, by))

    def _kind(self, name: str, spelling: str, position: int, unit: Unit, *, is_listed: bool) -> CandidateKind | None:
        """Return why the definition does not count; None if nothing is known to be against it."""
        item = self.link.inputs[position]
        if base_name(spelling) != base_name(name):
            return CandidateKind.IMPORT_TWIN
        refused = self._refusal(unit)
        if refused is not None:
            return refused
        if spelling != name:
            return CandidateKind.OTHER_VERSION
        if item.use is InputMode.ON_DEMAND and not is_listed and self._believes_the_index:
            return CandidateKind.NOT_INDEXED
        last = self.last[name]
        return (
            CandidateKind.TOO_EARLY
            if item.use is InputMode.ON_DEMAND and last is not None and position < last
            else None
        )

    def _refusal(self, unit: Unit) -> CandidateKind | None:
        """Return why the linker takes nothing from this object, or None."""
        try:
            machine = unit.facts.machine
        except ArfixError:
            return CandidateKind.UNREADABLE
        if self.machine is not None and machine is not None and not machine.matches(self.machine):
            return CandidateKind.OTHER_MACHINE
        if unit.content in _BYTECODE and unit.content not in self.bytecode:
            return CandidateKind.LTO_MEMBER
        is_object = unit.content in OBJECT_CONTENTS and unit.fault is None
        return None if is_object else CandidateKind.UNREADABLE

    @property
    def _believes_the_index(self) -> bool:
        return self.linker in (Linker.LD, Linker.GOLD)

    def _like(self, spelling: str) -> list[str]:
        """Return the missing names that a spelling is like."""
        found = self.like.get(spelling)
        if found is None and "@" in spelling:
            found = self.like.get(base_name(spelling))
        return found or []


def _numbers(link: Link, position: int, item: Input) -> range:
    start = link.starts[position]
    return range(start, start + len(item.units))


def _import_counterpart(name: str) -> str:
    """Return `f` for `__imp_f`, and the reverse."""
    return name.removeprefix(_IMPORT) if name.startswith(_IMPORT) else _IMPORT + name


def _defined_name(unit: Unit, spelling: str) -> str:
    """Return a definition as the object has it: `f@@V2` where that is what `f` or `f@V2` came from."""
    table = unit.table
    base = base_name(spelling)
    if base in table.versions:
        return str(SymbolName(base, table.versions[base], is_default=True))
    return spelling
