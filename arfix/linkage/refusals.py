"""Predicts what a linker refuses besides undefined symbols, duplicates and code that cannot be placed.

Source: measured with GNU ld and gold 2.40, lld 14 and 19 and mold 1.10 (`tests/oracle/test_linkers_refusals.py`); BFD
`elflink.c` (`_bfd_elf_merge_symbol`, `elf_link_output_extsym`, `elf_section_complain_discarded`); lld
`ELF/Symbols.cpp`, `ELF/Writer.cpp`.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Final, NamedTuple

from arfix.errors import ArfixError
from arfix.formats.coff import read_sectionless_names
from arfix.formats.elf.constants import EM, RELOCATION_SECTIONS, SHF
from arfix.formats.model import ELF_CONTENTS, Binding, Content, Visibility
from arfix.linkage.model import Linker, Target
from arfix.linkage.reach import find_too_far
from arfix.linkage.releases import Habit, has_habit
from arfix.symbols.name import SymbolName, base_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from arfix.formats.elf.file import Elf
    from arfix.formats.elf.sections import Section
    from arfix.linkage.model import Input, LinkResult


class RefusalKind(Enum):
    """The kind of thing that is refused. The value is the word in JSON."""

    VERSION_NODE = "version-node"
    """A shared object would define a versioned symbol, and no version script defines that version."""
    UNDEFINED_VERSION = "undefined-version"
    """The version script names a symbol that nothing in the link defines."""
    THREAD_LOCAL = "thread-local"
    """A symbol is thread-local in one place and not in another."""
    DISCARDED = "discarded"
    """Code in the link refers to a local symbol in a discarded section, of whose group another copy is kept."""
    HIDDEN = "hidden"
    """A shared object refers to a symbol that the output hides."""
    LIBRARY_UNDEFINED = "library-undefined"
    """A shared object on the line needs a symbol that nothing has; with `--allow-shlib-undefined` it may."""
    OUT_OF_RANGE = "out-of-range"
    """The target of a reference is out of the range of its instruction."""
    NO_SECTION = "no-section"
    """A symbol of a COFF object refers to a section and names none, as those of import descriptors do."""


class LinkerRefusal(NamedTuple):
    """One thing that the linker refuses.

    Attributes:
        kind: What it is.
        symbol: The symbol as the objects spell it (`f@@V2`); for a discarded section without a symbol its name.
        unit: Number of the unit that is at fault, or None if it is a shared object.
        other: The other side: a unit's or shared object's place; for `DISCARDED` the section that refers; for
            `OUT_OF_RANGE` the relocation, how far it reaches, and how far it would have to.
        unfound: For `LIBRARY_UNDEFINED` what the shared object needs, too, and could not be looked into.
        unsearched: For `LIBRARY_UNDEFINED` folders that have what the shared object needs, and are not looked into.
    """

    kind: RefusalKind
    symbol: str
    unit: int | None
    other: str | None = None
    unfound: tuple[str, ...] = ()
    unsearched: tuple[str, ...] = ()


_HIDING: Final = (Visibility.HIDDEN, Visibility.INTERNAL)
#: Sections that may refer to discarded ones. Source: BFD `_bfd_elf_default_action_discarded`; unwind tables are edited.
_MAY_DANGLE: Final = (".eh_frame", ".gcc_except_table", ".debug", ".zdebug", ".stab", ".line", ".gdb_index")


#: The same on 64-bit PowerPC, whose function descriptors and table of contents are edited, too. Source: BFD
#: `ppc64_elf_action_discarded`.
_MAY_DANGLE_PPC64: Final = (*_MAY_DANGLE, ".opd", ".toc")


def find_refusals(result: LinkResult) -> Iterator[LinkerRefusal]:
    """Yield what the linker of the result refuses, kind by kind; units that cannot be read are skipped."""
    yield from _version_nodes(result)
    yield from _undefined_versions(result)
    yield from _thread_local(result)
    yield from _discarded(result)
    yield from _hidden(result)
    yield from _library_undefined(result)
    yield from _out_of_range(result)
    yield from _no_section(result)


def _version_nodes(result: LinkResult) -> Iterator[LinkerRefusal]:
    """All four refuse versions that no script defines; gold does not where the symbol is hidden."""
    if result.link.target is not Target.SHARED:
        return
    known = () if result.link.rules.versions is None else result.link.rules.versions.nodes
    for number in sorted(result.cause):
        table = result.units[number].table
        for name, version in table.versions.items():
            if version in known:
                continue
            symbol = SymbolName(name, version, is_default=True) if "@" not in name else SymbolName.parse(name)
            is_passed = result.linker is Linker.GOLD and result.visibility.get(symbol.base) in _HIDING
            if result.winners.get(name) == number and not is_passed:
                yield LinkerRefusal(RefusalKind.VERSION_NODE, str(symbol), number)
    if result.linker is Linker.GOLD:  # it refuses undefined references by version, too
        for name, undefined in result.undefined.items():
            asked = SymbolName.parse(name).version
            if asked is not None and asked not in known:
                referrers = undefined.referrers or undefined.weak_referrers
                yield LinkerRefusal(RefusalKind.VERSION_NODE, name, next(iter(referrers), None))


def _undefined_versions(result: LinkResult) -> Iterator[LinkerRefusal]:
    """GNU ld and gold refuse it with `--no-undefined-version`, lld 16 and later unless told otherwise, mold never.

    Names in C++ spelling are not compared.
    """
    rules = result.link.rules
    if rules.versions is None or result.linker is Linker.MOLD or result.link.target is Target.RELOCATABLE:
        return
    habit = has_habit(Habit.REFUSES_UNDEFINED_VERSIONS, result.linker, result.release)
    if habit if rules.undefined_version is None else not rules.undefined_version:
        defined = frozenset(map(base_name, result.winners)) | rules.defined
        names = tuple(rules.versions.exact_globals())
        if result.linker is Linker.LLD:  # for it a member that is not pulled in defines its symbols, too
            asleep = (name for number in result.asleep for name in result.units[number].definitions)
            defined |= {name for name in asleep if "@" not in name}
            names += tuple(rules.versions.exact_locals())
        for name in dict.fromkeys(names):
            if name not in defined:
                yield LinkerRefusal(RefusalKind.UNDEFINED_VERSION, name, None)


def _thread_local(result: LinkResult) -> Iterator[LinkerRefusal]:
    """GNU ld and gold refuse any mixture; lld refuses some; mold warns."""
    local = {} if result.linker is Linker.MOLD else _local_names(result)
    if not local:
        return
    for number in _machine_code(result):
        table = result.units[number].table
        if table.tls.issuperset(local):
            continue
        for name in (*table.definitions, *table.references):
            if name in local and name not in table.tls and _is_refused(result, name, number, local[name][0]):
                yield LinkerRefusal(RefusalKind.THREAD_LOCAL, name, number, local[name][1])
    if result.linker is not Linker.LLD or _replaces_first(result):
        yield from _thread_local_libraries(result, local)


def _local_names(result: LinkResult) -> dict[str, tuple[int | None, str]]:
    """Return what is thread-local anywhere: name -> (unit, or None for a shared object's; place)."""
    local: dict[str, tuple[int | None, str]] = {}
    for item in result.link.inputs:
        if item.is_linked_against and item.shared is not None:
            local |= dict.fromkeys(item.shared.thread_local, (None, str(item.where)))
    for number in _machine_code(result):
        unit = result.units[number]
        local |= {name: (number, str(unit.where)) for name in unit.table.tls if local.get(name, (None,))[0] is None}
    return local


def _thread_local_libraries(result: LinkResult, local: dict[str, tuple[int | None, str]]) -> Iterator[LinkerRefusal]:
    """Yield the names that are thread-local in an object, and not in the shared object that gives them."""
    for at, item in enumerate(result.link.inputs):
        if item.is_linked_against and item.shared is not None:
            for name in sorted(local.keys() & item.names - item.shared.thread_local):
                if result.provided.get(name) == at:
                    yield LinkerRefusal(RefusalKind.THREAD_LOCAL, name, local[name][0], str(item.where))


def _machine_code(result: LinkResult) -> list[int]:
    """Return the units in the link whose symbols have types; those of bytecode do not."""
    return [number for number in result.cause if result.units[number].content is Content.ELF_RELOCATABLE]


def _is_refused(result: LinkResult, name: str, number: int, other: int | None) -> bool:
    """Return whether the linker refuses a name that is thread-local in `other` and not in `number`."""
    if result.linker is not Linker.LLD:
        return True
    if other is None:
        return False
    defines = result.units[number].table.defines(name)
    if not _replaces_first(result):
        winner = result.winners.get(name)
        return defines and winner is not None and name in result.units[winner].table.tls
    order = list(result.cause)
    first, second = (number, other) if order.index(number) < order.index(other) else (other, number)
    is_typed = first == other or result.units[first].table.defines(name)
    return is_typed and name not in result.clashes and result.winners.get(name) == second


def _replaces_first(result: LinkResult) -> bool:
    return has_habit(Habit.REPLACES_BEFORE_TLS_CHECK, result.linker, result.release)


def _discarded(result: LinkResult) -> Iterator[LinkerRefusal]:
    """Yield what GNU ld, gold and lld refuse, in a relocatable output GNU ld alone; mold silently uses zero."""
    if result.linker is Linker.MOLD:
        return
    if result.link.target is Target.RELOCATABLE and result.linker is not Linker.LD:
        return
    for number, gone in result.discarded.items():
        unit = result.units[number]
        if unit.content in ELF_CONTENTS:
            try:
                unreached = result.unreached.get(number, frozenset())
                dangling = _dangling(unit.facts.elf, gone, unreached, loaded_only=result.linker is Linker.LLD)
                found = list(dict.fromkeys(dangling))
            except ArfixError:
                continue
            for symbol, section in found:
                yield LinkerRefusal(RefusalKind.DISCARDED, symbol, number, section)


def _dangling(
    elf: Elf, gone: frozenset[int], unreached: frozenset[int], *, loaded_only: bool
) -> Iterator[tuple[str, str]]:
    """Yield each discarded local symbol (or section), with the section that refers to it and is reached itself."""
    sections = elf.sections
    local = {
        symbol.number: symbol.name or sections[symbol.section].name
        for symbol in elf.symbols
        if symbol.binding is Binding.LOCAL and symbol.section in gone
    }
    may_dangle = _MAY_DANGLE_PPC64 if elf.header.machine == EM.PPC64 else _MAY_DANGLE
    spared = None if loaded_only else may_dangle
    referring = (one for one in sections if local and _refers(one, sections, gone | unreached, spared))
    for section in referring:
        for relocation in elf.relocations(section):
            if relocation.symbol in local and relocation.type:
                yield local[relocation.symbol], sections[section.info].name


def _refers(
    section: Section, sections: tuple[Section, ...], gone: frozenset[int], spared: tuple[str, ...] | None
) -> bool:
    """Return whether the section has relocations of a linked section that must not refer to discarded ones.

    `spared` are the names of sections that may; None for all that are not loaded, and for unwind tables.
    """
    if section.type not in RELOCATION_SECTIONS or section.info >= len(sections) or section.info in gone:
        return False
    place = sections[section.info]
    if spared is None:
        return bool(place.flags & SHF.ALLOC) and not place.name.startswith(".eh_frame")
    return not place.name.startswith(spared)


def _hidden(result: LinkResult) -> Iterator[LinkerRefusal]:
    """GNU ld refuses it in executables, lld 17 and later too unless undefined symbols of libraries are allowed."""
    checks = has_habit(Habit.CHECKS_HIDDEN, result.linker, result.release)
    if result.link.target not in (Target.EXECUTABLE, Target.PIE) or not checks:
        return
    unread = _unread(result) if result.linker is Linker.LD else frozenset[int]()
    libraries = [item for at, item in enumerate(result.link.inputs) if item.is_linked_against and at not in unread]
    hidden = {name for name, seen in result.visibility.items() if seen in _HIDING and name in result.winners}
    if any(item.sealed for item in result.link.inputs):  # `--exclude-libs`
        hidden |= {name for name, number in result.winners.items() if result.link.input_of(number).sealed}
    if result.linker is Linker.LLD:  # it looks only at what it also looks at for undefined symbols
        allowed = bool(result.link.rules.shared_may_lack)
        checked = [] if allowed else [item for item in libraries if not _off_line(result, item)]
    else:
        checked = libraries
    for item in checked:
        for name in sorted(hidden & item.needs):
            if not any(name in other.names for other in libraries):
                yield LinkerRefusal(RefusalKind.HIDDEN, name, result.winners[name], str(item.where))


def _library_undefined(result: LinkResult) -> Iterator[LinkerRefusal]:
    """GNU ld reads the dependencies of a library; gold and lld check it only if all of them are on the command line.

    Shared outputs may leave it to the loader, and older releases of mold always do. Source for mold: `passes.cc`
    (`check_shlib_undefined`), and the option's default in `cmdline.cc`.
    """
    if not _checks_libraries(result):
        return
    unread = _unread(result) if result.passed_over and result.linker is Linker.LD else frozenset()
    read = [item for at, item in enumerate(result.link.inputs) if at not in unread]
    libraries = [item for item in read if item.is_linked_against and item.shared is not None]
    had = {name for item in read if item.provider for name in item.names}
    lists = {name for item in result.link.inputs if item.provider and not item.image for name in item.names}
    if result.linker is Linker.LD:
        found = [one.input for one in result.link.needed if one.input is not None and one.unsearched is None]
        had |= {name for library in found for name in library.names}
    if has_habit(Habit.CHECKS_NO_LIBRARY_ALONE, result.linker, result.release):
        libraries = [] if any(_off_line(result, item) for item in libraries) else libraries
    unchecked = _weak_in_objects(result) if result.linker is not Linker.MOLD else set[str]()
    if result.linker is Linker.LD:
        unchecked |= set(result.link.roots)
    if result.linker is Linker.GOLD or (result.linker is Linker.LD and not result.link.rules.collects):
        # What an object refers to is reported for the object or not at all.
        unchecked = unchecked.union(*(result.units[number].table.undefined for number in result.cause))
    bases = frozenset(map(base_name, (*had, *result.winners))) if result.linker is Linker.MOLD else frozenset[str]()
    for item in libraries:
        names = item.needs - had - result.winners.keys() - result.linker_defined - unchecked
        if result.linker is Linker.MOLD:  # which takes any version of a name
            names = frozenset(name for name in names if base_name(name) not in bases)
        off_line = _off_line(result, item) if names else frozenset()
        if names and (result.linker is Linker.LD or not off_line):
            needed = [one for one in result.link.needed if one.name in off_line]
            unfound = tuple(one.name for one in needed if one.input is None)
            unsearched = tuple(dict.fromkeys(one.unsearched for one in needed if one.unsearched is not None))
            for name in sorted(name for name in names if base_name(name) not in lists):
                yield LinkerRefusal(RefusalKind.LIBRARY_UNDEFINED, name, None, str(item.where), unfound, unsearched)


def _checks_libraries(result: LinkResult) -> bool:
    target, allowed = result.link.target, result.link.rules.shared_may_lack
    if target is Target.RELOCATABLE or not has_habit(Habit.CHECKS_LIBRARIES, result.linker, result.release):
        return False
    if allowed is not None:
        return not allowed
    return target is not Target.SHARED and has_habit(Habit.CHECKS_LIBRARIES_UNASKED, result.linker, result.release)


def _weak_in_objects(result: LinkResult) -> set[str]:
    """Return the names to which objects refer weakly alone: that a shared object needs them is then not reported."""
    tables = [result.units[number].table for number in result.cause]
    weak = {name for table in tables for name in table.undefined_weak}
    return weak.difference(*(table.undefined for table in tables)) if weak else weak


def _unread(result: LinkResult) -> frozenset[int]:
    """Return the shared objects that `--as-needed` leaves out and that no library in the link asks the loader for.

    GNU ld forgets their symbols and does not check what they need; gold and lld do not forget them.
    """
    read = result.link.loaded_for_others(result.passed_over)
    return frozenset(at for at in result.passed_over if result.link.inputs[at] not in read)


def _out_of_range(result: LinkResult) -> Iterator[LinkerRefusal]:
    for one in find_too_far(result):
        far, reach = spell_size(one.distance), spell_size(one.reach)
        text = f"{one.relocation} reaches {reach}, and it is at least {far} away"
        yield LinkerRefusal(RefusalKind.OUT_OF_RANGE, one.symbol, one.unit, text)


def _no_section(result: LinkResult) -> Iterator[LinkerRefusal]:
    """lld-link refuses such symbols; GNU ld and MSVC's linker give them the section of that name.

    Source: lld `COFF/InputFiles.cpp` (`createDefined`), the same in 14 and 19.
    """
    if result.linker is not Linker.LLD:
        return
    for number in result.cause:
        unit = result.units[number]
        if unit.content in (Content.COFF, Content.COFF_BIGOBJ):
            try:
                names = read_sectionless_names(unit.view, unit.content)
            except ArfixError:
                continue
            for name in names:
                yield LinkerRefusal(RefusalKind.NO_SECTION, name, number)


def spell_size(size: int) -> str:
    """Return a number of bytes as people write it: `1.5 MiB`."""
    for unit, factor in (("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)):
        if size >= factor:
            return f"{size / factor:.1f}".removesuffix(".0") + f" {unit}"
    return f"{size} bytes"


def _off_line(result: LinkResult, item: Input) -> frozenset[str]:
    """Return the shared objects that one needs, directly or not, and that are not on the command line."""
    todo = [] if item.shared is None else list(item.shared.needed)
    needed = {one.name: one for one in result.link.needed}
    found: set[str] = set()
    while todo:
        name = todo.pop()
        if name in needed and name not in found:
            found.add(name)
            library = needed[name].input
            todo += () if library is None or library.shared is None else library.shared.needed
    return frozenset(found)
