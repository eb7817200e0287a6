"""The global symbols of one object, sorted by what a linker does with them.

Version suffixes: `name@@VER` defines `name`, and for some linkers `name@VER` too; `name@VER` defines only itself.
Source: measured with GNU ld, gold, lld and mold (`tests/oracle/test_linkers_versions.py`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from arfix.formats.elf.constants import SHN
from arfix.formats.model import ELF_CONTENTS, Binding, Content, Place, SymbolType, Visibility
from arfix.symbols.name import SymbolName, base_name, satisfied_by

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from arfix.formats.elf.groups import Group
    from arfix.formats.elf.symbols import GlobalRow
    from arfix.formats.inspect import ObjectFacts
    from arfix.formats.model import Symbol


#: Members of enumerations, bound to names of this module: looking them up for each of 100,000 symbols is what costs.
_DEFAULT = Visibility.DEFAULT
_UNDEFINED, _COMMON, _ABSOLUTE = Place.UNDEFINED, Place.COMMON, Place.ABSOLUTE
_WEAK = Binding.WEAK
_TLS = SymbolType.TLS


class GroupNames(NamedTuple):
    """A COMDAT group (or linkonce section) as seen from outside: `group` and the global names defined in it."""

    group: Group
    names: frozenset[str]


@dataclass(frozen=True, slots=True)
class ObjectSymbols:
    """The symbols one object brings to a link: globals only, a default version `@@VER` removed.

    Attributes:
        strong: Strong definitions.
        weak: Weak definitions, and `f@V` for each default version `f@@V`.
        common: Common symbols and the bytes they ask for.
        absolute: Value of each strong definition that is absolute: linkers let equal ones meet.
        undefined: Names that must be found.
        undefined_weak: Names that may stay unfound.
        visibility: Names whose visibility is not default, over definitions and references alike.
        groups: The COMDAT groups, in section order.
        tls: Names defined or referred to as thread-local.
        versions: The version of each definition that has one: `f` -> `V` for `f@@V`, `f@V` -> `V` for `f@V`.
        aliases: Those of `weak` that only repeat a default version: `f@V` for `f@@V`.
        copies: Those of `weak` that are in COMDAT sections of a COFF object: they may meet copies of themselves.
        strong_before: For each of `undefined_weak`, how many of `undefined` stand before it in the symbol table.
    """

    strong: tuple[str, ...] = ()
    weak: tuple[str, ...] = ()
    common: Mapping[str, int] = field(default_factory=dict)
    absolute: Mapping[str, int] = field(default_factory=dict)
    undefined: tuple[str, ...] = ()
    undefined_weak: tuple[str, ...] = ()
    visibility: Mapping[str, Visibility] = field(default_factory=dict)
    groups: tuple[GroupNames, ...] = ()
    tls: frozenset[str] = frozenset()
    versions: Mapping[str, str] = field(default_factory=dict)
    aliases: frozenset[str] = frozenset()
    copies: frozenset[str] = frozenset()
    strong_before: tuple[int, ...] = ()

    @property
    def definitions(self) -> tuple[str, ...]:
        """The names it defines: strongly, weakly or as common symbols."""
        return (*self.strong, *self.weak, *self.common)

    @property
    def references(self) -> tuple[str, ...]:
        """The names it refers to, strongly or weakly."""
        return (*self.undefined, *self.undefined_weak)

    def defines(self, name: str) -> bool:
        """Return whether it defines the name, strongly, weakly or as a common symbol."""
        return name in self.strong or name in self.weak or name in self.common

    def refers_to(self, name: str) -> bool:
        """Return whether it refers to the name, strongly or weakly."""
        return name in self.undefined or name in self.undefined_weak


def read_object_symbols(facts: ObjectFacts) -> ObjectSymbols:
    """Return the symbols of one object. Raises `FormatError` when its tables cannot be read."""
    strong: list[str] = []
    weak: list[str] = []
    common: dict[str, int] = {}
    absolute: dict[str, int] = {}
    undefined: list[str] = []
    undefined_weak: list[str] = []
    visibility: dict[str, Visibility] = {}
    tls: set[str] = set()
    versions: dict[str, str] = {}
    aliases: set[str] = set()
    strong_before: list[int] = []
    groups = _comdats(facts)
    copies = _coff_comdats(facts)
    # A linker for Mach-O wants to find them, too: they are weak for the loader alone.
    may_be_missing = facts.content is not Content.MACHO
    is_elf = facts.content in ELF_CONTENTS and facts.content is not Content.LTO_SLIM
    in_section: dict[int, list[str]] = {}
    symbols = facts.elf.iter_globals() if is_elf else map(_global, facts.global_symbols)
    for name, binding, kind, seen, place, value, size, section in symbols:
        if groups and section:
            in_section.setdefault(section, []).append(satisfied_by(name)[0])
        if seen is not _DEFAULT:
            visibility[base_name(name) if is_elf else name] = seen
        if place is _UNDEFINED:
            if binding is _WEAK and may_be_missing:
                undefined_weak.append(name)
                strong_before.append(len(undefined))
            else:
                undefined.append(name)
        elif place is _COMMON:
            common[name] = size
        else:
            if is_elf and "@" in name:
                name, version, alias = _versioned(name)  # noqa: PLW2901 (the name without the default version)
                versions[name] = version
                weak += alias
                aliases.update(alias)
            (weak if binding is _WEAK or name in copies else strong).append(name)
            if place is _ABSOLUTE:
                absolute[name] = value
        if kind is _TLS:
            tls.add(name)
    return ObjectSymbols(
        *(tuple(strong), tuple(weak), common, absolute, tuple(undefined), tuple(undefined_weak), visibility),
        _named(facts, groups, in_section),
        *(frozenset(tls), versions, frozenset(aliases), copies, tuple(strong_before)),
    )


def _global(symbol: Symbol) -> GlobalRow:
    name, binding, kind, seen, place, section, value, size, _ = symbol
    return name, binding, kind, seen, place, value, size, section


def _versioned(name: str) -> tuple[str, str, tuple[str, ...]]:
    """Return the name to define, its version, and a default version's other spelling, which must not clash twice."""
    symbol = SymbolName.parse(name)
    return symbol.satisfied[0], symbol.version or "", symbol.satisfied[1:]


def defined_names(facts: ObjectFacts) -> Sequence[str]:
    """Return the names one object defines, weak and common ones included; less work than `read_object_symbols`."""
    names = facts.definitions
    if facts.content in ELF_CONTENTS and any("@@" in name for name in names):
        return [one for name in names for one in satisfied_by(name)]
    return names


def _comdats(facts: ObjectFacts) -> tuple[Group, ...]:
    """Return the groups of which a link keeps one copy."""
    if facts.content not in ELF_CONTENTS or facts.content is Content.LTO_SLIM:
        return ()
    return tuple(group for group in facts.elf.groups if group.comdat or group.linkonce)


def _coff_comdats(facts: ObjectFacts) -> frozenset[str]:
    """Return the definitions of a COFF object that may meet a copy of themselves."""
    if facts.content not in (Content.COFF, Content.COFF_BIGOBJ):
        return frozenset()
    from arfix.formats.coff import read_comdat_names  # noqa: PLC0415 (start-up: most objects are ELF)

    return read_comdat_names(facts.view, facts.content)


def _named(facts: ObjectFacts, groups: tuple[Group, ...], in_section: dict[int, list[str]]) -> tuple[GroupNames, ...]:
    """Return the groups with the names defined in their sections."""
    if SHN.XINDEX in in_section:
        in_section = {}
        for symbol in facts.global_symbols:
            in_section.setdefault(symbol.section, []).append(satisfied_by(symbol.name)[0])
    return tuple(
        GroupNames(group, frozenset([name for section in group.sections for name in in_section.get(section, ())]))
        for group in groups
    )
