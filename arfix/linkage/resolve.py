"""Predicts the result of a link: the units that enter and why; undefined, duplicate and winning symbols."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from arfix.errors import ArfixError
from arfix.formats.elf.constants import EM, RELOCATION_SECTIONS
from arfix.formats.elf.relocation_numbers import R_386, R_X86_64
from arfix.formats.model import ELF_CONTENTS, OBJECT_CONTENTS, Content, Visibility
from arfix.linkage.candidates import find_candidates
from arfix.linkage.dialects import Format, format_of
from arfix.linkage.garbage import unreached_sections
from arfix.linkage.linker_defined import family, layout_defined, linker_defined, section_of_bound, windows_defined
from arfix.linkage.model import DuplicateSymbol, Link, Linker, LinkResult, Target, Undefined
from arfix.linkage.pull import pull
from arfix.linkage.releases import Habit
from arfix.linkage.scope import Scope
from arfix.linkage.uses import used_names
from arfix.linkage.wrap import wrapped_link, wrapping_of
from arfix.symbols.name import base_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from arfix.linkage.releases import Release

#: Resolvers of thread-local addresses whose calls linkers rewrite away in an executable (mold 1.10 not on PowerPC).
#: Source: the TLS chapters of the psABIs; AArch64, RISC-V and MIPS keep the call.
_RELAXED_AWAY = {
    "x86-64": "__tls_get_addr",
    "i386": "___tls_get_addr",
    "s390x": "__tls_get_offset",
    "s390": "__tls_get_offset",
    "ppc64": "__tls_get_addr",
    "ppc": "__tls_get_addr",
}

#: `e_machine` -> relocations (general and local dynamic TLS) that come with a call of the resolver.
_WITH_RESOLVER_CALL: Final[Mapping[int, tuple[int, ...]]] = {
    EM.X86_64: (R_X86_64.TLSGD, R_X86_64.TLSLD),
    EM.I386: (R_386.TLS_GD, R_386.TLS_LDM),
}
_COFF = (Content.COFF, Content.COFF_BIGOBJ)


def usual_linker(link: Link) -> Linker:
    """Return the linker whose rules hold unless another is named: GNU ld, or lld where objects are WebAssembly."""
    first = next((unit.content for unit in link.units if unit.content in OBJECT_CONTENTS), None)
    return Linker.LLD if first is Content.WASM else Linker.LD


def resolve(
    link: Link, linker: Linker | None = None, release: Release | None = None, *, plugins: bool = True
) -> LinkResult:
    """Return the result of `link` by the rules of that release of `linker`, or of the newest one.

    Without a linker the usual one of the objects' format is taken. With `plugins` the link is made through the compiler
    driver, which gives GNU ld, gold and mold the plugin for its own bytecode; without, by the linker alone.

    Never raises for the contents of units: what cannot be read is rejected, as a linker would.
    """
    return resolve_for((link.target,), link, linker, release, plugins=plugins)[link.target]


def resolve_for(  # noqa: PLR0913 (what a link depends on)
    targets: Iterable[Target],
    link: Link,
    linker: Linker | None = None,
    release: Release | None = None,
    *,
    plugins: bool = True,
    with_candidates: bool = True,
) -> dict[Target, LinkResult]:
    """Return the result of a link for each target: which units enter does not depend on it, and is found once.

    Without `with_candidates` undefined symbols have none, which is faster where nobody asks what might define them.
    """
    linker = usual_linker(link) if linker is None else linker
    wrapping = wrapping_of(link, linker)
    if wrapping is not None and linker is not Linker.LLD:
        link = wrapped_link(link, wrapping, linker)
    scope = Scope(link, linker, release, plugins=plugins)
    provided = pull(link, scope)
    if wrapping is not None and linker is Linker.LLD:
        wrapping = wrapping._replace(names=frozenset(scope.wrapped))
        link = wrapped_link(link, wrapping, linker)
        scope.redirect(link, wrapping)
    return {
        target: _result(replace(link, target=target), scope, provided, with_candidates=with_candidates)
        for target in targets
    }


def _result(link: Link, scope: Scope, provided: Mapping[str, int], *, with_candidates: bool) -> LinkResult:
    """Return what is left to say once all units are in."""
    winners = scope.winners()
    _hide_by_script(link, scope, winners)
    hidden = _hidden_in_vain(scope, provided)
    exported = _exported(link, scope, winners)
    scope.unreached = unreached_sections(link, scope, winners, exported) if link.rules.collects else {}
    missing = {*scope.wanted, *hidden, *(name for name in scope.weakly_wanted if not scope.is_defined(name))}
    weak = scope.weakly_wanted - scope.wanted.keys() - hidden
    missing -= {name for name in weak if _is_listed(link, name)}
    missing |= _evaluated_in_vain(link, scope, provided)
    own = _own(link, scope, missing) | (missing & link.rules.defined)
    missing -= _with_alternate(link, scope, provided, missing)
    return LinkResult(
        link,
        scope.linker,
        tuple(scope.entered.values()),
        _undefined(link, scope, missing - own, hidden, with_candidates=with_candidates),
        _clashes(link, scope),
        winners,
        {name: position for name, position in provided.items() if name not in hidden},
        own,
        scope.visibility,
        exported,
        tuple(scope.rejected),
        scope.machine,
        scope.discarded,
        scope.unreached,
        frozenset(scope.passed_over),
        scope.release,
    )


def _clashes(link: Link, scope: Scope) -> dict[str, DuplicateSymbol]:
    """Return the symbols that are defined twice.

    mold reports none in a relocatable output, and mold 1.10 does not count definitions in sections that nothing
    reaches. Source: measured with mold 1.10 and 2.37.
    """
    clashes = {} if link.rules.allows_multiple else scope.sealed_clashes()
    if scope.linker is not Linker.MOLD or not clashes:
        return clashes
    if link.target is Target.RELOCATABLE:
        return {}
    if not scope.unreached or not scope.has(Habit.COLLECTS_BEFORE_DUPLICATES):
        return clashes
    counted = {
        name: tuple(one for at, one in enumerate(clash.definers) if not at or not _is_unreached(scope, one, name))
        for name, clash in clashes.items()
    }
    return {name: DuplicateSymbol(name, definers) for name, definers in counted.items() if len(definers) > 1}


def _is_unreached(scope: Scope, number: int, name: str) -> bool:
    """Return whether a unit defines the name in a section that is left out."""
    gone = scope.unreached.get(number)
    if not gone:
        return False
    symbols = scope.units[number].facts.global_symbols
    return any(one.section in gone for one in symbols if one.is_defined and base_name(one.name) == base_name(name))


def _with_alternate(link: Link, scope: Scope, provided: Mapping[str, int], missing: set[str]) -> set[str]:
    """Return the missing names that mean another one, which is defined."""
    alternates = link.rules.alternates
    return {
        name
        for name in missing & alternates.keys()
        if scope.is_defined(alternates[name]) or alternates[name] in provided
    }


def _hide_by_script(link: Link, scope: Scope, winners: Mapping[str, int]) -> None:
    """Hide the definitions that the version script makes local."""
    script = link.rules.versions
    if script is None or link.target is Target.RELOCATABLE:
        return
    for name, unit in winners.items():
        if name not in scope.units[unit].table.versions and script.places(name) is False:
            scope.visibility.setdefault(name, Visibility.HIDDEN)


def _exported(link: Link, scope: Scope, winners: Mapping[str, int]) -> frozenset[str]:
    """Return what `.dynsym` of the output shows: what is defined, with merged visibility default or protected.

    Source: measured, the same in all four linkers. An executable exports with `--export-dynamic` alone.
    """
    listed, visibility = link.rules.dynamic_list, scope.visibility
    if link.target is Target.RELOCATABLE:
        return frozenset()
    if link.target is not Target.SHARED and not link.export_dynamic:
        names = () if listed is None else (base_name(name) for name in winners)
        closed = {name for name, seen in visibility.items() if seen is not Visibility.PROTECTED}
        return frozenset(name for name in names if name not in closed and listed is not None and listed.places(name))
    closed = {name for name, seen in visibility.items() if seen is not Visibility.PROTECTED}
    if any(item.sealed for item in link.inputs):
        closed |= _sealed(link, scope, winners)
    return frozenset(base_name(name) for name in winners if base_name(name) not in closed) | link.rules.defined


def _sealed(link: Link, scope: Scope, winners: Mapping[str, int]) -> set[str]:
    """Return the names that `--exclude-libs` hides.

    For lld those are the definitions that count; the others hide what any member of such an archive defines.
    """
    if scope.linker is Linker.LLD:
        return {base_name(name) for name, unit in winners.items() if link.input_of(unit).sealed}
    sealed = (number for number in scope.entered if link.input_of(number).sealed)
    return {base_name(name) for number in sealed for name in scope.units[number].table.definitions}


def _hidden_in_vain(scope: Scope, provided: Mapping[str, int]) -> frozenset[str]:
    """Return names that a shared object has, but that are wanted as hidden: it cannot give those."""
    return frozenset(
        name
        for name in provided
        if scope.visibility.get(base_name(name), Visibility.DEFAULT) is not Visibility.DEFAULT
        and not scope.is_defined(base_name(name))
    )


def _evaluated_in_vain(link: Link, scope: Scope, provided: Mapping[str, int]) -> frozenset[str]:
    """Return names that `--defsym` refers to and that a shared object has, where the linker has no address for them.

    mold takes them all; GNU ld those that objects refer to, which have an entry in the PLT of a program.
    """
    if scope.linker is Linker.MOLD:
        return frozenset()
    images = {at for at, item in enumerate(link.inputs) if item.image}
    names = frozenset(name for name in link.rules.evaluated if provided.get(name) in images)
    if not names or scope.linker is not Linker.LD or link.target is Target.SHARED:
        return names
    return names.difference(*(scope.units[number].table.references for number in scope.entered))


def _is_listed(link: Link, name: str) -> bool:
    return any(name in item.names for item in link.inputs)


def _own(link: Link, scope: Scope, missing: set[str]) -> frozenset[str]:
    """Return those of `missing` that the linker defines itself."""
    dynamic = (scope.has(Habit.EXPORTING_DEFINES_DYNAMIC) and link.export_dynamic) or any(
        item.image for item in link.inputs
    )
    table = linker_defined(scope.linker, scope.machine, link.target, dynamic=dynamic, tls=scope.tls)
    if link.rules.own_layout:
        table -= layout_defined(scope.linker)
    if any(scope.units[number].content in _COFF for number in scope.entered):
        table |= windows_defined(scope.machine)
        if scope.linker is Linker.LLD:
            table |= {name for name in missing if _is_local_import(scope, name)}
    bounds = {name: section for name in missing if (section := section_of_bound(name)) is not None}
    if bounds and link.target is not Target.RELOCATABLE:
        present = _present_sections(scope, frozenset(bounds.values()))
        return frozenset(missing & table) | {name for name, section in bounds.items() if section in present}
    return frozenset(missing & table)


def _is_local_import(scope: Scope, name: str) -> bool:
    """Return whether lld-link makes the pointer `__imp_f` itself, since a unit in the link defines `f`.

    It warns (LNK4217). Nothing is pulled in for it. Source: lld `COFF/SymbolTable.cpp` (`resolveRemainingUndefines`).
    """
    return name.startswith("__imp_") and scope.is_defined(name.removeprefix("__imp_"))


def _present_sections(scope: Scope, wanted: frozenset[str]) -> frozenset[str]:
    """Return those of the section names that some unit in the link has."""
    needles = [name.encode("utf-8", "surrogateescape") for name in wanted]
    found: set[str] = set()
    for number in scope.entered:
        unit = scope.units[number]
        if unit.content in ELF_CONTENTS:
            data = bytes(unit.view)
            if any(needle in data for needle in needles):
                gone = scope.unreached.get(number, frozenset())
                found.update(section.name for section in unit.facts.elf.sections if section.number not in gone)
    return wanted & found


def _undefined(
    link: Link, scope: Scope, missing: set[str], hidden: frozenset[str], *, with_candidates: bool
) -> dict[str, Undefined]:
    """Return the missing names with those who use them."""
    if not missing:
        return {}
    strong: dict[str, list[int]] = {name: [] for name in missing if name in scope.wanted or name in hidden}
    weak: dict[str, list[int]] = {name: [] for name in missing if name not in strong}
    in_needed = _in_needed_libraries(link, scope, missing)
    for number in sorted(scope.entered):
        table = scope.units[number].table
        names = missing.intersection(table.undefined) | missing.intersection(table.undefined_weak)
        for group, lost in table.groups:
            if lost and scope.discarded.get(number, frozenset()).issuperset(group.sections):
                names |= missing & lost
        if not names:
            continue
        asked_for = _cached_asked_for(scope, number)
        for name in names if asked_for is None else names & (asked_for | in_needed.intersection(table.undefined)):
            (strong if name in strong else weak)[name].append(number)
    if scope.linker is Linker.MOLD:
        _weaken_as_mold(link, scope, strong, weak)
    elif scope.linker in (Linker.LLD, Linker.GOLD):
        _weaken_for_libraries(link, scope, strong, weak)
    required = frozenset[str]() if _is_unrequired(link, scope.linker) else link.rules.required
    required -= link.rules.may_stay_undefined
    excused = _relaxed_away(link, scope)
    if excused in strong:
        strong[excused] = [
            number
            for number in strong[excused]
            if _keeps_its_call(scope, number, strong) or _calls_by_itself(scope, number, excused)
        ]
    asked = {name: units for name, units in strong.items() if units}
    is_asked = asked and with_candidates
    candidates = find_candidates(link, scope, asked) if is_asked else {}
    found = in_needed.intersection(link.roots)
    tolerated = link.rules.may_stay_undefined | found
    return {
        name: Undefined(
            name,
            tuple(strong.get(name, ())),
            tuple(weak.get(name, ())),
            scope.visibility.get(base_name(name), Visibility.DEFAULT) is not Visibility.DEFAULT,
            candidates.get(name, ()),
            (link.rules.tolerates_undefined or name in tolerated) and not _is_refused_hidden(link, scope, name),
            name in link.rules.evaluated
            or (name in required - found and not (scope.linker is Linker.MOLD and name in scope.weakly_wanted)),
        )
        for name in sorted(missing)
    }


def _is_refused_hidden(link: Link, scope: Scope, name: str) -> bool:
    """Return whether a name must be defined in the output, although undefined symbols are allowed.

    References that are hidden or protected cannot be left to the loader. mold leaves them all the same; mold 1.10
    refuses hidden ones in a shared object. Source: measured with GNU ld and gold 2.40 and 2.44, lld 14 and 19, mold
    1.10 and 2.37.
    """
    seen = scope.visibility.get(base_name(name), Visibility.DEFAULT)
    if seen is Visibility.DEFAULT or link.target is Target.RELOCATABLE or format_of(link) is not Format.ELF:
        return False
    if scope.linker is not Linker.MOLD:
        return True
    return link.target is Target.SHARED and seen is not Visibility.PROTECTED and scope.has(Habit.REFUSES_HIDDEN_IN_VAIN)


def _in_needed_libraries(link: Link, scope: Scope, missing: set[str]) -> frozenset[str]:
    """Return the missing names that GNU ld finds in shared objects which others ask the loader for.

    It takes the name of a root from there. For a name in the symbol table of an object it reports "DSO missing from
    command line", even if nothing refers to the symbol once sections are discarded; in a shared output it does not.
    Source: measured with GNU ld 2.40 and 2.44.
    """
    if scope.linker is not Linker.LD or link.target is Target.RELOCATABLE:
        return frozenset()
    if link.target is Target.SHARED:
        missing = missing.intersection(link.roots)
    if not missing:
        return frozenset()
    read = link.loaded_for_others(scope.passed_over)
    return frozenset(name for name in missing if any(name in item.names for item in read))


def _weaken_as_mold(link: Link, scope: Scope, strong: dict[str, list[int]], weak: dict[str, list[int]]) -> None:
    """Take away the references that mold does not count.

    It looks at each reference: a weak one is no error if the strong ones are in removed sections, or if the symbol is a
    root. In a shared object mold leaves a symbol to the loader if any object refers to it weakly, even if others refer
    to it strongly.
    """
    for name, units in strong.items():
        strong[name] = [one for one in units if name in scope.units[one].table.undefined]
    if link.target is Target.SHARED:
        weak |= {name: strong.pop(name) for name in scope.weakly_wanted & strong.keys()}


def _weaken_for_libraries(link: Link, scope: Scope, strong: dict[str, list[int]], weak: dict[str, list[int]]) -> None:
    """Leave weak references weak where only a shared object, or for gold a root, refers to the symbol strongly.

    For gold they are only if they come before the shared object. Source: lld `ELF/Symbols.cpp` (`resolve`): undefined
    symbols of a shared object do not change the binding; measured with gold 2.40 and 2.44.
    """
    libraries = [(at, item) for at, item in enumerate(link.inputs) if item.is_linked_against]
    roots = () if scope.linker is Linker.GOLD else link.roots
    names = {name for name, units in strong.items() if units and name not in roots}
    for number in scope.entered if names else ():
        names.difference_update(scope.units[number].table.undefined)
    for name in names:
        units = strong[name]
        first = next((at for at, item in libraries if name in item.needs), None)
        if scope.linker is Linker.LLD or first is None or units[0] < link.starts[first]:
            weak[name] = units
            strong[name] = []


def _is_unrequired(link: Link, linker: Linker) -> bool:
    """Return whether the linker does not look at required symbols: gold and lld have no such option."""
    if linker is Linker.LLD and format_of(link) in (Format.COFF, Format.MACHO):
        return link.rules.tolerates_undefined
    return linker in (Linker.GOLD, Linker.LLD) or (linker is Linker.MOLD and link.target is Target.RELOCATABLE)


def _relaxed_away(link: Link, scope: Scope) -> str | None:
    """Return the name that nothing calls any more once thread-local addresses are constants."""
    name = family(scope.machine)
    if link.target is Target.SHARED or (scope.linker is Linker.MOLD and name.startswith("ppc")):
        return None
    return _RELAXED_AWAY.get(name)


def _keeps_its_call(scope: Scope, number: int, missing: Mapping[str, list[int]]) -> bool:
    """Return whether a unit calls for the address of a variable that is missing: lld and mold keep that call."""
    if scope.linker not in (Linker.LLD, Linker.MOLD):
        return False
    table = scope.units[number].table
    return any(name in missing for name in table.undefined if name in table.tls)


def _calls_by_itself(scope: Scope, number: int, name: str) -> bool:
    """Return whether a unit calls the resolver in other places than TLS accesses, whose calls the linker removes."""
    unit = scope.units[number]
    try:
        elf = unit.facts.elf
        with_call = _WITH_RESOLVER_CALL.get(elf.header.machine)
        if with_call is None or unit.content is not Content.ELF_RELOCATABLE:
            return False
        resolver = {one.number for one in unit.facts.symbols if one.name == name}
        gone = scope.discarded.get(number, frozenset())
        balance = 0
        for section in elf.sections:
            if section.type in RELOCATION_SECTIONS and section.info not in gone:
                for one in elf.relocations(section):
                    balance += (one.symbol in resolver) - (one.type in with_call)
    except ArfixError:
        return False
    return balance > 0


def _cached_asked_for(scope: Scope, number: int) -> frozenset[str] | None:
    """Return the names that relocations of the unit ask for; None if all its names must be taken as asked for.

    They are kept for the other kinds of output, unless sections are left out, which depends on the kind.
    """
    is_partial = number in scope.unreached
    if number in scope.asked_for and not is_partial:
        return scope.asked_for[number]
    table = scope.units[number].table
    every = _asked_for(scope, number)
    lost_names = (name for _, lost in table.groups for name in lost)
    own = (*table.references, *lost_names)
    # The table's own strings, and no more: a library has as many names again in its relocations.
    found = None if every is None else frozenset(filter(every.__contains__, own))
    if not is_partial:
        scope.asked_for[number] = found
    return found


def _asked_for(scope: Scope, number: int) -> frozenset[str] | None:
    """Return the names that relocations of the unit ask for; None if all its names must be taken as asked for."""
    unit = scope.units[number]
    if unit.content not in ELF_CONTENTS or unit.content is Content.LTO_SLIM:
        return None
    try:
        without = scope.discarded.get(number, frozenset()) | scope.unreached.get(number, frozenset())
        if scope.linker is Linker.MOLD:  # it does not look for the personality routines that unwind tables name
            without |= {section.number for section in unit.facts.elf.sections if section.name == ".eh_frame"}
        names = used_names(
            unit.facts.elf,
            without=without,
            loaded_only=scope.linker is Linker.LLD,
            count_none=scope.has(Habit.COUNTS_NONE),
        )
        return names if unit.wrapping is None else frozenset(map(unit.reference, names))
    except ArfixError:
        return None
