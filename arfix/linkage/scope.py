"""Keeps track of definitions and of wanted symbols while units enter a link one after the other.

The order in which units enter is the business of `pull.py`; this module keeps the books. Source of each rule: measured
with GNU ld, gold, lld and mold, see `tests/oracle/test_linkers_symbols.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from arfix.errors import AccessError, ArfixError
from arfix.formats.bitcode import bitcode_release
from arfix.formats.elf.constants import LTO_SLIM_SYMBOL
from arfix.formats.macho_platform import read_macho_platform
from arfix.formats.model import OBJECT_CONTENTS, Content, Visibility
from arfix.linkage.model import DuplicateSymbol, EnteredUnit, InputMode, Linker, Rejection, RejectionReason
from arfix.linkage.releases import Habit, has_habit
from arfix.linkage.wrapping import REAL, WRAP
from arfix.symbols.name import base_name
from arfix.symbols.object_symbols import ObjectSymbols

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from arfix.formats.macho_platform import MachoPlatform
    from arfix.formats.model import Machine
    from arfix.linkage.model import Link, Unit
    from arfix.linkage.releases import Release
    from arfix.linkage.wrapping import Wrapping

#: Visibilities from the most constraining to the least; merging keeps the first. Source: gABI, "Symbol Visibility".
_CONSTRAINT = {Visibility.INTERNAL: 0, Visibility.HIDDEN: 1, Visibility.PROTECTED: 2, Visibility.DEFAULT: 3}

#: What a linker can use only with the compiler's plugin; lld has LLVM in itself, and takes GCC's for an empty object.
_BYTECODE = (Content.BITCODE, Content.LTO_SLIM)
SLIM_NAME: Final = LTO_SLIM_SYMBOL[:-1].decode()
#: What an object for GCC's plugin defines for a linker without the plugin: a common symbol of one byte.
_SLIM = ObjectSymbols(common={SLIM_NAME: 1})
#: LLVM from this release on writes bitcode with opaque pointers. Source: LLVM 15 release notes.
_OPAQUE_POINTERS = 15


class Scope:
    """The symbol table of a link under way.

    Attributes:
        strong: First strong definition of each name.
        weak: First weak definition.
        common: First common symbol.
        wanted: Names referred to strongly and not defined yet, with the unit that asked first (None: a root).
        weakly_wanted: Names referred to weakly, defined or not.
        entered: The units so far, each with its cause.
        clashes: Strong definitions that met.
        discarded: Sections of each unit that lost against another copy of their group.
        visibility: Merged so far.
        rejected: Units that were not taken.
        wrapped: The symbols of `--wrap` that lld knows: it ignores one that nothing defines or refers to.
        given: Symbols that the command line defines before any input is read.
        unreached: Sections of each unit that nothing reaches, where those are left out.
        passed_over: Positions of shared objects that `--as-needed` leaves out, since nothing before them needs them.
        asleep: For mold, positions of shared objects that `--as-needed` leaves out, since no object needs them.
        asked_for: Names that relocations of a unit ask for, for units that were looked at; None for all its names.
        release: Of the linker; None for the newest.
        plugin: The kind of bytecode that the linker's plugin reads: a link has one plugin, that of the compiler which
            drives it. Here it is the compiler of the first such object. None if there is none yet.
    """

    def __init__(self, link: Link, linker: Linker, release: Release | None = None, *, plugins: bool = True) -> None:
        self.units = link.units
        self._link = link
        self.linker = linker
        self.release = release
        self._takes_aliases = self.has(Habit.TAKES_ALIASES)
        self.machine: Machine | None = link.machine
        self.asked_for: dict[int, frozenset[str] | None] = {}
        self.strong: dict[str, int] = {}
        self.weak: dict[str, int] = {}
        self.common: dict[str, int] = {}
        # lld pulls members in before it looks at definitions of the command line; for GNU ld they are inputs in order.
        self.given = link.rules.defined if linker in (Linker.GOLD, Linker.MOLD) else frozenset()
        self.wanted: dict[str, int | None] = dict.fromkeys(one for one in link.roots if one not in self.given)
        self.weakly_wanted: set[str] = set()
        self.entered: dict[int, EnteredUnit] = {}
        self.clashes: dict[str, list[int]] = {}
        self.discarded: dict[int, frozenset[int]] = {}
        self.visibility: dict[str, Visibility] = {}
        self.rejected: list[Rejection] = []
        self.passed_over: set[int] = set()
        self.asleep: set[int] = set()
        self.wrapped: set[str] = set()
        self.unreached: Mapping[int, frozenset[int]] = {}
        self.tls = False
        self.plugin = Content.BITCODE if linker is Linker.LLD else None
        self._plugins = plugins
        self._platform: MachoPlatform | None = None
        self._aliases: dict[str, int] = {}
        self._copied: dict[str, int] = {}
        self._groups: set[str] = set()
        self._unopened = frozenset() if self.has(Habit.BELIEVES_INDEX) else frozenset(_unopened(link))
        self.rejected += [Rejection(number, RejectionReason.MISSING) for number in sorted(self._unopened)]

    def has(self, habit: Habit) -> bool:
        """Return whether the linker does so."""
        return has_habit(habit, self.linker, self.release)

    def is_defined(self, name: str) -> bool:
        """Return whether any unit in the link defines `name`."""
        return name in self.strong or name in self.weak or name in self.common

    def enter(self, number: int, symbol: str | None = None, by: int | None = None) -> Iterable[str]:
        """Take a unit into the link; return the names it refers to strongly. Nothing for one that is rejected."""
        if not self._accept(number):
            return ()
        self.entered[number] = EnteredUnit(number, symbol, by)
        unit = self.units[number]
        # lld sees the mark alone in what GCC made for its own plugin.
        table = _SLIM if unit.content is Content.LTO_SLIM and self.linker is Linker.LLD else unit.table
        lost = self._discard(number, table) if table.groups else frozenset()
        self._define(number, table, lost)
        self._merge_visibility(table)
        self.weakly_wanted.update(table.undefined_weak)
        self.tls = self.tls or bool(table.tls)
        return (*table.undefined, *(name for name in lost if not self.is_defined(name))) if lost else table.undefined

    def want(self, names: Iterable[str], by: int | None) -> None:
        """Note names that a unit refers to strongly."""
        strong, weak, common, wanted = self.strong, self.weak, self.common, self.wanted
        for name in names if not self.given else (one for one in names if one not in self.given):
            if name not in strong and name not in wanted and name not in weak and name not in common:
                wanted[name] = by

    def _accept(self, number: int) -> bool:
        """Return whether the linker takes the unit; note why not."""
        unit = self.units[number]
        content = unit.content
        if isinstance(unit.fault, AccessError):
            # GNU ld leaves the member out of a whole archive and returns 0; on demand it refuses, as all do.
            silent = self.linker is Linker.LD and self._link.input_of(number).use is InputMode.WHOLE
            if number not in self._unopened:
                self.rejected.append(Rejection(number, RejectionReason.MISSING, silent))
        elif content not in OBJECT_CONTENTS or not self._can_read(content):
            # mold passes over what is no object in an archive and returns 0 without it. All take a shared object for
            # one, even there: what it defines is not in the output.
            passed_over = self.linker is Linker.MOLD and content not in _BYTECODE and bool(unit.where.members)
            silent = passed_over or content is Content.ELF_SHARED
            self.rejected.append(Rejection(number, RejectionReason.NOT_AN_OBJECT, silent))
        elif unit.fault is not None or self._is_too_new(unit):
            self.rejected.append(Rejection(number, RejectionReason.MALFORMED))
        elif not self._is_for_machine(unit):
            self.rejected.append(Rejection(number, RejectionReason.WRONG_MACHINE))
        else:
            if self.machine is None or not self.machine.number:
                self.machine = unit.machine or self.machine
            return True
        return False

    @property
    def bytecode(self) -> tuple[Content, ...]:
        """The kinds of bytecode that the linker reads, or would read if it met one."""
        if self.plugin is not None:
            return (self.plugin,)
        return _BYTECODE if self._plugins else ()

    def reject_bytecode(self, number: int) -> bool:
        """Return whether the linker has no plugin for a unit; note that it refuses the unit, which may not even enter.

        mold reads every member of an archive before it pulls any in, and stops at bytecode.
        """
        content = self.units[number].content
        if self._plugins or content not in _BYTECODE:
            return False
        self.rejected.append(Rejection(number, RejectionReason.NOT_AN_OBJECT))
        return True

    def _can_read(self, content: Content) -> bool:
        """Return whether the linker makes something of an object: bytecode needs the plugin of its compiler."""
        if content not in _BYTECODE or self.linker is Linker.LLD:
            return True
        if self.plugin is None and self._plugins:
            self.plugin = content
        return content is self.plugin

    def _is_for_machine(self, unit: Unit) -> bool:
        """Return whether an object is for the machine, and on Apple's for the platform, of the link so far."""
        if self.machine is not None and unit.machine is not None and not self.machine.matches(unit.machine):
            return False
        return unit.content is not Content.MACHO or self._is_for_platform(unit)

    def _is_for_platform(self, unit: Unit) -> bool:
        """Return whether a Mach-O object is for the platform of the first one; lld takes a simulator for its device."""
        platform = read_macho_platform(unit.view)
        if self._platform is None or platform is None:
            self._platform = self._platform or platform
            return True
        return platform.device == self._platform.device

    def _is_too_new(self, unit: Unit) -> bool:
        """Return whether an lld of a known release cannot read what a later compiler wrote."""
        if unit.content is not Content.BITCODE or not self.has(Habit.WANTS_TYPED_POINTERS):
            return False
        release = bitcode_release(unit.view)
        return release is not None and release >= _OPAQUE_POINTERS

    def _discard(self, number: int, table: ObjectSymbols) -> frozenset[str]:
        """Decide which groups of the unit stay; return the names that go with the others."""
        lost: set[str] = set()
        sections: set[int] = set()
        seen: set[str] = set()
        for group, names in table.groups:
            # lld and mold do not know linkonce: there two copies clash. GNU ld lets `.gnu.linkonce.t.NAME` and a
            # group NAME stand for each other.
            if group.linkonce and self.linker in (Linker.LLD, Linker.MOLD):
                continue
            seen.add(group.signature)
            if group.signature in self._groups:
                lost |= names
                sections.update(group.sections)
        self._groups |= seen
        if sections:
            self.discarded[number] = frozenset(sections)
        return frozenset(lost)

    def _define(self, number: int, table: ObjectSymbols, lost: frozenset[str]) -> None:
        strong, wanted = self.strong, self.wanted
        for name in table.strong:
            if name in lost:
                continue
            if name in strong:
                self._note_clash(name, number)
            else:
                strong[name] = number
                if name in wanted:
                    del wanted[name]
        aliases = table.aliases
        if table.versions and self._takes_aliases:
            self._define_versions(number, table)
        for names, known in ((table.weak, self.weak), (table.common, self.common)):
            for name in names:
                if name not in lost and name not in known and (name not in aliases or self._takes_aliases):
                    known[name] = number
                    wanted.pop(name, None)
        if table.copies or self._copied:
            self._meet_copies(number, table)

    def _meet_copies(self, number: int, table: ObjectSymbols) -> None:
        """Note that a COMDAT section of COFF repeats a definition that is in none, which linkers refuse.

        Source: measured with GNU ld 2.40 and lld-link 14 and 19; lld `COFF/SymbolTable.cpp` (`addComdat`).
        """
        for name in table.copies:
            if name in self.strong:
                self._note_clash(name, number)
            elif name in table.weak:
                self._copied.setdefault(name, number)
        for name in table.strong if self._copied else ():
            first = self._copied.get(name)
            if first is not None and first != number and self.strong.get(name) == number:
                self.clashes.setdefault(name, [first]).append(number)

    def _note_clash(self, name: str, number: int) -> None:
        """Note a clash, unless both are absolute and equal (only mold refuses that), or, for gold, of two versions."""
        first = self.strong[name]
        if first == number:
            return
        if self.linker is Linker.LLD and self._replaces_import(number, first):
            self.strong[name] = number
            return
        one, other = self.units[number].table, self.units[first].table
        ours, theirs = one.absolute, other.absolute
        if self.linker is not Linker.MOLD and name in ours and name in theirs and ours[name] == theirs[name]:
            return
        versions = {table.versions[name] for table in (one, other) if name in table.versions}
        if self.linker is Linker.GOLD and len(versions) == 2:
            return
        self.clashes.setdefault(name, [first]).append(number)

    def _replaces_import(self, number: int, first: int) -> bool:
        """Return whether a definition takes the place of an import, as in lld-link, which refuses the other order."""
        contents = (self.units[first].content, self.units[number].content)
        return contents[0] is Content.COFF_IMPORT and contents[1] is not Content.COFF_IMPORT

    def _define_versions(self, number: int, table: ObjectSymbols) -> None:
        """Compare definitions of one version: `f@V`, and `f@@V`, which defines it too."""
        for name in table.versions:
            if name in self._aliases and name in table.strong:
                self._meet_alias(name, self._aliases[name], number)
        for name in table.aliases:
            if name in self.strong:
                self._meet_alias(name, self.strong[name], number)
            self._aliases.setdefault(name, number)

    def _meet_alias(self, name: str, first: int, number: int) -> None:
        """Note that `f@V` and `f@@V` are both defined, which is one symbol twice; by the name linkers give it."""
        if first != number and self.has(Habit.ALIASES_CLASH):
            spelt = name if self.linker is Linker.LD else base_name(name)
            self.clashes.setdefault(spelt, [first]).append(number)

    def _merge_visibility(self, table: ObjectSymbols) -> None:
        merged = self.visibility
        for name, seen in table.visibility.items():
            known = merged.get(name)
            if known is None or _CONSTRAINT[seen] < _CONSTRAINT[known]:
                merged[name] = seen

    def redirect(self, link: Link, wrapping: Wrapping) -> None:
        """Go on with a link whose references have been redirected after all units were in, as lld does."""
        self._link, self.units = link, link.units
        names = [one for name in sorted(wrapping.names) for one in (name, WRAP + name, REAL + name)]
        elsewhere = {one for one in names if any(one in item.names for item in link.inputs)}
        for name in names:
            self.wanted.pop(name, None)
        self.weakly_wanted = set(map(wrapping.reference, self.weakly_wanted))
        # `__wrap_f` is undefined in the same way as `f` when lld redirects it, and `f` may be a weak definition.
        weak = {WRAP + name for name in wrapping.names if name in self.weak and name not in self.strong}
        self.weakly_wanted |= {name for name in weak if not self.is_defined(name)}
        ours = frozenset(names) - elsewhere - weak
        for number in self.entered:
            self.want([name for name in self.units[number].table.undefined if name in ours], number)

    def settle_in_order(self) -> None:
        """Decide again which definitions and which copies of groups count: the first ones in the order of the line.

        mold does so once it knows which members are in the link. Source: mold `passes.cc` (`resolve_symbols`).
        """
        self.strong, self.weak, self.common = {}, {}, {}
        self.clashes, self.discarded = {}, {}
        self._aliases, self._copied, self._groups = {}, {}, set()
        for number in sorted(self.entered):
            table = self.units[number].table
            self._define(number, table, self._discard(number, table) if table.groups else frozenset())

    def winners(self) -> dict[str, int]:
        """Return for each name the unit whose definition counts: a common symbol beats a weak one, except in mold."""
        if self.linker is Linker.MOLD:
            return {**self.common, **self.weak, **self.strong}
        return {**self.weak, **self.common, **self.strong}

    def sealed_clashes(self) -> dict[str, DuplicateSymbol]:
        """Return the clashes as values."""
        return {name: DuplicateSymbol(name, tuple(numbers)) for name, numbers in self.clashes.items()}


def _unopened(link: Link) -> Iterator[int]:
    """Yield the units of archives read on demand whose files are gone: without an index every member is opened."""
    number = 0
    for item in link.inputs:
        for unit in item.units:
            if item.use is InputMode.ON_DEMAND:
                try:
                    unit.data()
                except AccessError:
                    yield number
                except ArfixError:
                    pass
            number += 1
