"""Finds code that cannot be part of a position-independent output: objects built without `-fPIC` or `-fPIE`.

A relocation is a demand on the linker (`arfix/formats/elf/relocation_role.py`). In an executable at a fixed address
every demand can be met. In a PIE the address of nothing is known at link time, and in a shared object not even which
definition of a visible symbol will count: another module may preempt it.

Source: measured with GNU ld, gold, lld and mold (`tests/oracle/test_linkers_position.py`); bfd `elf64-x86-64.c`
(`elf_x86_64_relocate_section`), `elf32-i386.c`; lld `ELF/Relocations.cpp` (`processAux`).
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from arfix.errors import ArfixError
from arfix.formats.elf.constants import EM, SHF
from arfix.formats.elf.relocation_role import Role
from arfix.formats.elf.relocations import type_name
from arfix.formats.model import ELF_CONTENTS, Binding, Place, SymbolType, Visibility
from arfix.linkage.model import Linker, Target
from arfix.linkage.releases import Habit, has_habit
from arfix.symbols.name import base_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from arfix.formats.model import Symbol
    from arfix.linkage.model import LinkResult, Unit


class PositionFault(Enum):
    """Why a relocation is refused, or should be avoided. The value is a clause that follows the relocation's name."""

    FIXED_ADDRESS = "needs an address that is known at link time"
    PREEMPTIBLE = "needs the distance to a symbol that another module may preempt"
    LOCAL_EXEC = "needs a thread-local offset that only an executable knows"
    STATIC_BASE = "needs a base register that only a static program sets up"
    TEXT_RELOCATION = "has the loader write into code or constants"
    NO_COPY = "needs a copy of what a shared object does not let the linker copy"


class Misplaced(NamedTuple):
    """A relocation that the output cannot have.

    Attributes:
        unit: Number of the unit.
        section: Name of the section that holds the code or data.
        relocation: The relocation type, as readelf prints it.
        symbol: The symbol it refers to; None for a local one.
        fault: What is wrong.
        refused: Whether the linker refuses it; else it goes on, perhaps with a warning.
    """

    unit: int
    section: str
    relocation: str
    symbol: str | None
    fault: PositionFault
    refused: bool


#: Machines whose loaders can fill in the distance to a symbol, so that linkers leave it to them. Source: the dynamic
#: relocations R_386_PC32, R_390_PC32DBL, R_PPC64_REL16_LO and R_ARM_REL32 in the psABIs; of the last only GNU ld
#: makes use.
_LOADER_KNOWS_DISTANCE = frozenset(
    {
        *((linker, machine) for linker in Linker for machine in (EM.I386, EM.S390)),
        *((Linker.LD, EM.ARM), (Linker.LD, EM.PPC64), (Linker.GOLD, EM.PPC64)),
    }
)


#: Where a shared object may hold local-exec code: the linker turns it into a dynamic relocation. Measured.
_TAKES_LOCAL_EXEC = frozenset(
    {
        *((linker, machine) for linker in (Linker.LD, Linker.GOLD) for machine in (EM.PPC64, EM.S390)),
        (Linker.LD, EM.I386),
    }
)

#: Linkers that silently accept local-exec code in a shared object, where it accesses the storage of another module.
_LINKS_LOCAL_EXEC = frozenset({(Linker.LD, EM.AARCH64)})

#: Machines on which GNU ld, gold and mold are known to refuse a copy of a protected variable. Measured.
_REFUSES_COPIES = frozenset({EM.X86_64, EM.I386, EM.AARCH64})

_FUNCTIONS = frozenset({SymbolType.FUNCTION, SymbolType.IFUNC})
_TYPED = _FUNCTIONS | {SymbolType.OBJECT}
_DISTANCES = frozenset({Role.PC_RELATIVE, Role.GOT_RELATIVE})


def find_misplaced(result: LinkResult, among: Callable[[int], bool] = lambda _: True) -> Iterator[Misplaced]:
    """Yield the relocations that the result's linker refuses in a PIE or shared object.

    In an executable at a fixed address, these are only what lld refuses to copy from a shared object.

    Only units whose numbers `among` picks are looked at. Each (unit, section, relocation type, symbol) comes once.
    Units that cannot be read are skipped.
    """
    is_movable = result.link.target in (Target.PIE, Target.SHARED)
    uncopied = _uncopied(result)
    if not is_movable and not uncopied:
        return
    for number in sorted(result.cause):
        if among(number) and result.units[number].content in ELF_CONTENTS:
            try:
                if is_movable:
                    yield from _of_unit(result, number)
                if uncopied:
                    yield from _copies(result, number, uncopied)
            except ArfixError:
                continue


def _uncopied(result: LinkResult) -> frozenset[str]:
    """Return the names from shared objects that code of an executable must not refer to by address.

    Source: measured on x86-64, i386 and AArch64; GNU ld, gold and mold refuse protected variables alone.
    """
    if result.link.target not in (Target.EXECUTABLE, Target.PIE):
        return frozenset()
    is_lld = result.linker is Linker.LLD
    inputs = result.link.inputs
    return frozenset(
        name
        for name, at in result.provided.items()
        if (shared := inputs[at].shared) is not None
        and base_name(name) in (shared.uncopied if is_lld else shared.protected)
    )


def _copies(result: LinkResult, number: int, names: frozenset[str]) -> Iterator[Misplaced]:
    """Yield where a unit refers to one of the names so that the executable would need a copy of it."""
    unit = result.units[number]
    if names.isdisjoint(unit.table.references):
        return
    header, sections = unit.facts.elf.header, unit.facts.elf.sections
    if result.linker is not Linker.LLD and header.machine not in _REFUSES_COPIES:
        return
    wanted = {one.number: one.name for one in unit.facts.symbols if one.name in names and not one.is_defined}
    for use in unit.facts.elf.position_uses:
        if use.section in result.unreached.get(number, frozenset()):
            continue
        section = sections[use.section]
        is_fixed = use.role in (Role.PC_RELATIVE, Role.NARROW)
        is_word = use.role is Role.WORD and not section.flags & SHF.WRITE  # else the loader fills it in
        if is_word and result.link.target is Target.PIE and result.linker in (Linker.GOLD, Linker.MOLD):
            continue  # they have the loader write into code
        if use.symbol in wanted and (is_fixed or is_word):
            name = type_name(header.machine, header.bits, use.type)
            yield Misplaced(number, section.name, name, wanted[use.symbol], PositionFault.NO_COPY, refused=True)


def _of_unit(result: LinkResult, number: int) -> Iterator[Misplaced]:
    unit = result.units[number]
    elf = unit.facts.elf
    uses = elf.position_uses
    # The symbols of most objects need not be read. Only these links have demands on a distance.
    if not (result.link.target is Target.SHARED or result.linker is Linker.LLD or result.errors):
        uses = [use for use in uses if use.role not in _DISTANCES]
    gone = result.discarded.get(number, frozenset()) | result.unreached.get(number, frozenset())
    uses = [use for use in uses if use.section not in gone]
    if not uses:
        return
    header, sections = elf.header, elf.sections
    table = elf.symbol_table
    first_global = 0 if table is None else table.first_global
    symbols: dict[int, Symbol] = {}
    if first_global and all(use.symbol >= first_global for use in uses):
        symbols = {symbol.number: symbol for symbol in unit.facts.global_symbols}
    if not all(use.symbol in symbols for use in uses):
        symbols = {symbol.number: symbol for symbol in unit.facts.symbols}
    if unit.wrapping is not None:
        symbols = {number: _redirected(unit, symbol) for number, symbol in symbols.items()}
    for use in uses:
        symbol = symbols.get(use.symbol)
        section = sections[use.section]
        writable = bool(section.flags & SHF.WRITE)
        fault = _fault(result, use.role, symbol, header.machine, writable=writable)
        if fault is None:
            continue
        named = symbol.name if symbol is not None and symbol.binding is not Binding.LOCAL else None
        name = type_name(header.machine, header.bits, use.type)
        # lld refuses text relocations unless told otherwise (`-z notext`); GNU ld warns, gold and mold make them.
        refused = fault is not PositionFault.TEXT_RELOCATION or result.linker is Linker.LLD
        refused = refused and (
            fault is not PositionFault.LOCAL_EXEC or (result.linker, header.machine) not in _LINKS_LOCAL_EXEC
        )
        refused = refused and not _is_taken_as_fixed(result, use.role, symbol)
        yield Misplaced(number, section.name, name, named, fault, refused)


def _redirected(unit: Unit, symbol: Symbol) -> Symbol:
    """Return the symbol that a reference means where `--wrap` redirects references."""
    is_reference = symbol.binding is not Binding.LOCAL and not symbol.is_defined
    return symbol._replace(name=unit.reference(symbol.name)) if is_reference else symbol


def _fault(
    result: LinkResult, role: Role, symbol: Symbol | None, machine: int, *, writable: bool
) -> PositionFault | None:
    """Return the fault of a relocation against a symbol, or None."""
    if symbol is None or _is_absolute(result, symbol):
        return None
    shared = result.link.target is Target.SHARED
    fault: PositionFault | None = None
    match role:
        case Role.NARROW:
            fault = PositionFault.FIXED_ADDRESS
        case Role.STATIC_BASE:
            fault = PositionFault.STATIC_BASE
        case Role.TLS_LE if shared and (result.linker, machine) not in _TAKES_LOCAL_EXEC:
            fault = PositionFault.LOCAL_EXEC
        case Role.WORD if not writable:
            fault = PositionFault.TEXT_RELOCATION
        case Role.GOT_RELATIVE if shared and result.linker is Linker.GOLD and machine == EM.I386:
            fault = PositionFault.PREEMPTIBLE if _is_preemptible(result, symbol) else None
        case Role.PC_RELATIVE:
            fault = _distance_fault(result, symbol, machine, writable=writable)
        case _:
            pass
    return fault


def _distance_fault(result: LinkResult, symbol: Symbol, machine: int, *, writable: bool) -> PositionFault | None:
    """Return the fault of a relocation for the distance to a symbol, or None."""
    shared = result.link.target is Target.SHARED
    undefined = result.errors.get(symbol.name)
    by_loader = (result.linker, machine) in _LOADER_KNOWS_DISTANCE
    if undefined is not None and undefined.hidden:
        checked = shared and result.linker in (Linker.LD, Linker.GOLD)
        return PositionFault.PREEMPTIBLE if checked and not by_loader else None
    if not shared and not (undefined is not None and result.linker is Linker.LLD):
        return None
    # mold sends functions through the PLT.
    by_plt = result.linker is Linker.MOLD and _is_of_type(result, symbol, _FUNCTIONS)
    if not _is_preemptible(result, symbol) or by_plt or (result.linker is Linker.GOLD and machine == EM.AARCH64):
        return None
    if result.linker is Linker.LD and machine == EM.X86_64 and writable:
        return None  # a dynamic R_X86_64_PC32, which works where modules lie within 2 GiB
    if by_loader:
        return None if writable or result.linker is Linker.MOLD else PositionFault.TEXT_RELOCATION
    return PositionFault.PREEMPTIBLE


def _is_taken_as_fixed(result: LinkResult, role: Role, symbol: Symbol | None) -> bool:
    """Return whether the linker silently writes an address into a PIE as if it were final."""
    if symbol is None or result.link.target is not Target.PIE or role not in (Role.WORD, Role.NARROW):
        return False
    seen = result.visibility.get(symbol.name, Visibility.DEFAULT)
    is_open = seen is Visibility.DEFAULT
    habit = Habit.FIXES_ADDRESSES_IN_PIE if is_open else Habit.FIXES_HIDDEN_ADDRESSES_IN_PIE
    return has_habit(habit, result.linker, result.release) and _is_of_type(result, symbol, _TYPED)


def _is_absolute(result: LinkResult, symbol: Symbol) -> bool:
    if symbol.binding is Binding.LOCAL:
        return symbol.place is Place.ABSOLUTE
    winner = result.winners.get(symbol.name)
    return winner is not None and symbol.name in result.units[winner].table.absolute


def _is_preemptible(result: LinkResult, symbol: Symbol) -> bool:
    """Return whether the definition of another module may preempt that of this output."""
    if symbol.binding is Binding.LOCAL or symbol.name in result.linker_defined:
        return False
    if symbol.name in result.winners and _is_bound(result, symbol):
        return False
    return result.visibility.get(symbol.name, Visibility.DEFAULT) is Visibility.DEFAULT


def _is_bound(result: LinkResult, symbol: Symbol) -> bool:
    """Return whether options bind references to the output's own definition of a symbol.

    With a dynamic list GNU ld and lld bind what it does not name, mold 1.10 everything, and gold nothing. Measured.
    """
    rules = result.link.rules
    if rules.symbolic or (rules.symbolic_functions and _is_of_type(result, symbol, _FUNCTIONS)):
        return True
    if rules.dynamic_list is None or result.linker is Linker.GOLD:
        return False
    return result.linker is Linker.MOLD or not rules.dynamic_list.places(symbol.name)


def _is_of_type(result: LinkResult, symbol: Symbol, types: frozenset[SymbolType]) -> bool:
    """Return whether the definition in use has one of the types; an undefined symbol has none."""
    winner = result.winners.get(symbol.name)
    if winner is None:
        return False
    theirs = result.units[winner].facts.global_symbols
    return any(one.name == symbol.name and one.is_defined and one.type in types for one in theirs)
