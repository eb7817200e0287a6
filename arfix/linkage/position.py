"""Finds code that cannot be part of a position-independent output: objects built without `-fPIC` or `-fPIE`.

A relocation is a demand on the linker (`arfix/formats/elf/relocation_role.py`). In an executable at a fixed address
every demand can be met. In a PIE the address of nothing is known at link time, and in a shared object not even which
definition of a visible symbol will count: another module may preempt it.

Source: measured with GNU ld, gold, lld and mold (`tests/oracle/test_linkers_position.py`); bfd `elf64-x86-64.c`
(`elf_x86_64_relocate_section`), `elf32-i386.c`; lld `ELF/Relocations.cpp` (`processAux`).
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Final, NamedTuple

from arfix.errors import ArfixError
from arfix.formats.elf.constants import EM, SHF
from arfix.formats.elf.relocation_role import Role
from arfix.formats.elf.relocations import type_name
from arfix.formats.model import ELF_CONTENTS, Binding, Place, SymbolType, Visibility
from arfix.linkage.imported import MEASURED, ImportedReference, Treatment, checks_narrow, kind_of, treatment_of
from arfix.linkage.model import Linker, Target
from arfix.linkage.releases import Habit, has_habit
from arfix.symbols.name import base_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from arfix.formats.elf.file import Elf
    from arfix.formats.elf.relocations import RelocationUse
    from arfix.formats.model import Symbol
    from arfix.linkage.model import LinkResult, SharedFacts, Unit


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
) - {(Linker.MOLD, EM.I386)}


#: Where a shared object may hold local-exec code: the linker turns it into a dynamic relocation. Measured.
_TAKES_LOCAL_EXEC = frozenset(
    {
        *((linker, machine) for linker in (Linker.LD, Linker.GOLD) for machine in (EM.PPC64, EM.S390)),
        (Linker.LD, EM.I386),
    }
)

#: Linkers that silently accept local-exec code in a shared object, where it accesses the storage of another module.
_LINKS_LOCAL_EXEC = frozenset({(Linker.LD, EM.AARCH64)})

#: Distances of 64 bits, which loaders of x86-64 can fill in.
_WIDE_DISTANCES = frozenset({(EM.X86_64, 24)})
#: Distances that data holds: R_AARCH64_PREL64, PREL32 and PREL16, R_ARM_REL32.
_DATA_DISTANCES = frozenset({*((EM.AARCH64, type_) for type_ in (260, 261, 262)), (EM.ARM, 3)})
#: Distances that mold does not check: those, R_AARCH64_ADR_PREL_LO21 and LD_PREL_LO19.
_UNCHECKED_BY_MOLD = _DATA_DISTANCES | {(EM.AARCH64, 273), (EM.AARCH64, 274)}
#: Distances for which linkers make an entry of the PLT: R_ARM_PREL31, by which unwind tables name personality routines.
_THROUGH_PLT = frozenset({(EM.ARM, 42)})
#: Roles whose relocations are judged by what a symbol of a shared object is.
_JUDGED = frozenset({Role.WORD, Role.NARROW, Role.PC_RELATIVE, Role.GOT_RELATIVE})

_FUNCTIONS = frozenset({SymbolType.FUNCTION, SymbolType.IFUNC})
_TYPED = _FUNCTIONS | {SymbolType.OBJECT}
_DISTANCES = frozenset({Role.PC_RELATIVE, Role.GOT_RELATIVE})


def find_misplaced(result: LinkResult, among: Callable[[int], bool] = lambda _: True) -> Iterator[Misplaced]:
    """Yield the relocations that the result's linker refuses in a PIE or shared object.

    In an executable at a fixed address, these are only references to symbols of shared objects.

    Only units whose numbers `among` picks are looked at. Each (unit, section, relocation type, symbol) comes once.
    Units that cannot be read are skipped.
    """
    is_movable = result.link.target in (Target.PIE, Target.SHARED)
    imported = _imported(result)
    if not is_movable and not imported:
        return
    for number in sorted(result.cause):
        if among(number) and result.units[number].content in ELF_CONTENTS:
            if not is_movable and imported.keys().isdisjoint(result.units[number].table.references):
                continue
            try:
                yield from _of_unit(result, number, imported)
            except ArfixError:
                continue


def _imported(result: LinkResult) -> dict[str, SharedFacts]:
    """Return the names from shared objects to which references may be refused, each with the shared object.

    In an executable at a fixed address these are only names that some linker does not copy.
    """
    if result.link.target is Target.RELOCATABLE:
        return {}
    is_fixed = result.link.target is Target.EXECUTABLE
    inputs = result.link.inputs
    return {
        name: shared
        for name, at in result.provided.items()
        if (shared := inputs[at].shared) is not None and (not is_fixed or base_name(name) in shared.uncopied)
    }


def _of_unit(result: LinkResult, number: int, imported: Mapping[str, SharedFacts]) -> Iterator[Misplaced]:
    unit = result.units[number]
    elf = unit.facts.elf
    uses = elf.position_uses
    # The symbols of most objects need not be read. Only these links have demands on a distance.
    if not (result.link.target is Target.SHARED or result.linker is Linker.LLD or result.errors or imported):
        uses = [use for use in uses if use.role not in _DISTANCES]
    gone = _left_out(result, number, elf)
    header = elf.header
    uses = [use for use in uses if use.section not in gone and (header.machine, use.type) not in _THROUGH_PLT]
    if not uses:
        return
    sections = elf.sections
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
        shared = None if symbol is None or symbol.is_defined else imported.get(symbol.name)
        if symbol is not None and shared is not None and (header.machine in MEASURED or result.linker is Linker.LLD):
            fault = _imported_fault(result, use, base_name(symbol.name), shared, header.machine, writable=writable)
        elif result.link.target is Target.EXECUTABLE:
            continue
        else:
            fault = _fault(result, use, symbol, header.machine, writable=writable)
        if fault is None:
            continue
        named = symbol.name if symbol is not None and symbol.binding is not Binding.LOCAL else None
        name = type_name(header.machine, header.bits, use.type)
        # lld refuses text relocations unless told otherwise (`-z notext`); GNU ld warns, gold and mold make them.
        refused = fault is not PositionFault.TEXT_RELOCATION or not _may_relocate_text(result)
        refused = refused or (shared is None and _is_protected_address(result, use.role, symbol, header.machine))
        refused = refused and (
            fault is not PositionFault.LOCAL_EXEC or (result.linker, header.machine) not in _LINKS_LOCAL_EXEC
        )
        refused = refused and (shared is not None or not _is_taken_as_fixed(result, use.role, symbol, header.machine))
        yield Misplaced(number, section.name, name, named, fault, refused)


def _left_out(result: LinkResult, number: int, elf: Elf) -> frozenset[int]:
    """Return the sections of a unit whose relocations the linker does not check."""
    gone = result.discarded.get(number, frozenset()) | result.unreached.get(number, frozenset())
    if result.linker is Linker.MOLD:  # which fills in unwind tables without looking at what they refer to
        gone |= {section.number for section in elf.sections if section.name == ".eh_frame"}
    return gone


def _may_relocate_text(result: LinkResult) -> bool:
    """Return whether the loader may write into code; lld wants `-z notext` for that."""
    allowed = result.link.rules.text_relocations
    return result.linker is not Linker.LLD if allowed is None else allowed


_FAULTS: Final = {
    Treatment.TEXT_RELOCATION: PositionFault.TEXT_RELOCATION,
    Treatment.TOO_NARROW: PositionFault.FIXED_ADDRESS,
    Treatment.NO_COPY: PositionFault.NO_COPY,
    Treatment.PREEMPTIBLE: PositionFault.PREEMPTIBLE,
}


def _imported_fault(  # noqa: PLR0913 (all that a verdict depends on)
    result: LinkResult, use: RelocationUse, name: str, shared: SharedFacts, machine: int, *, writable: bool
) -> PositionFault | None:
    """Return the fault of a relocation against a symbol of a shared object, or None."""
    if use.role not in _JUDGED:
        return None
    reference = ImportedReference(
        machine,
        result.link.target,
        use.role,
        (machine, use.type) in _WIDE_DISTANCES,
        (machine, use.type) in (_UNCHECKED_BY_MOLD if result.linker is Linker.MOLD else _DATA_DISTANCES),
        writable,
        result.link.rules.text_relocations,
        kind_of(shared, name),
        name in shared.protected,
    )
    return _FAULTS.get(treatment_of(reference, result.linker, result.release))


def _redirected(unit: Unit, symbol: Symbol) -> Symbol:
    """Return the symbol that a reference means where `--wrap` redirects references."""
    is_reference = symbol.binding is not Binding.LOCAL and not symbol.is_defined
    return symbol._replace(name=unit.reference(symbol.name)) if is_reference else symbol


def _fault(
    result: LinkResult, use: RelocationUse, symbol: Symbol | None, machine: int, *, writable: bool
) -> PositionFault | None:
    """Return the fault of a relocation against a symbol, or None."""
    role = use.role
    if symbol is None or _is_absolute(result, symbol):
        return None
    shared = result.link.target is Target.SHARED
    fault: PositionFault | None = None
    match role:
        case Role.NARROW if checks_narrow(machine, result.linker, result.release):
            fault = PositionFault.FIXED_ADDRESS
        case Role.STATIC_BASE:
            fault = PositionFault.STATIC_BASE
        case Role.TLS_LE if shared and (result.linker, machine) not in _TAKES_LOCAL_EXEC:
            fault = PositionFault.LOCAL_EXEC
        case Role.WORD if not writable:
            fault = PositionFault.TEXT_RELOCATION
        case Role.GOT_RELATIVE if _is_table_distance_checked(result, machine, writable=writable):
            fault = PositionFault.PREEMPTIBLE if _is_preemptible(result, symbol) else None
        case Role.PC_RELATIVE if result.linker is not Linker.MOLD or (machine, use.type) not in _UNCHECKED_BY_MOLD:
            fault = _distance_fault(result, symbol, machine, writable=writable)
            if fault is PositionFault.PREEMPTIBLE and (machine, use.type) in _WIDE_DISTANCES:
                fault = _wide_distance_fault(result, writable=writable)
        case _:
            pass
    return fault


def _is_table_distance_checked(result: LinkResult, machine: int, *, writable: bool) -> bool:
    """Return whether the linker looks whether a distance from the global offset table can change when loaded."""
    if result.link.target is not Target.SHARED:
        return False
    if result.linker is Linker.GOLD:
        return machine == EM.I386
    return result.linker is Linker.LLD and not (machine == EM.I386 and writable)


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
    if result.linker is Linker.LD and machine in (EM.X86_64, EM.AARCH64) and writable:
        return None  # a dynamic R_X86_64_PC32, which works where modules lie within 2 GiB
    if not by_loader:
        return PositionFault.PREEMPTIBLE
    return None if writable or result.linker is Linker.MOLD else PositionFault.TEXT_RELOCATION


def _wide_distance_fault(result: LinkResult, *, writable: bool) -> PositionFault | None:
    """Return the fault of a distance that the loader can fill in for GNU ld and lld."""
    if result.linker not in (Linker.LD, Linker.LLD):
        return PositionFault.PREEMPTIBLE
    return None if writable else PositionFault.TEXT_RELOCATION


def _is_protected_address(result: LinkResult, role: Role, symbol: Symbol | None, machine: int) -> bool:
    """Return whether GNU ld refuses the address of a protected symbol of the output in code: on AArch64 and x86.

    On x86 it does so in a PIE alone.
    """
    if symbol is None or role is not Role.WORD or result.linker is not Linker.LD or symbol.name not in result.winners:
        return False
    if result.visibility.get(symbol.name) is not Visibility.PROTECTED:
        return False
    return machine == EM.AARCH64 or (machine in (EM.X86_64, EM.I386) and result.link.target is Target.PIE)


def _is_taken_as_fixed(result: LinkResult, role: Role, symbol: Symbol | None, machine: int) -> bool:
    """Return whether the linker silently writes an address into a PIE as if it were final."""
    if machine == EM.I386 and symbol is not None and _is_of_type(result, symbol, _FUNCTIONS):
        return False
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
