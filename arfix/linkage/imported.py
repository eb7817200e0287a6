"""Predicts what linkers do with code that refers to a symbol of a shared object without going through a table.

In an executable, a reference to a variable needs a copy of it, and one to a function an entry of the PLT that becomes
the function's address for the whole program. Protected symbols allow neither. Where the loader can fill in an address,
nothing of that is needed.

Source: measured on x86-64, i386, AArch64 and ARM with GNU ld and gold 2.40 and 2.44, lld 14 and 19, and mold 1.10 and
2.37 (`tests/oracle/test_linkers_imported.py`); lld `ELF/Relocations.cpp` (`processAux`), mold `scan_absrel` and
`scan_pcrel`, gold `Target_x86_64::Scan::global`.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING, Final, NamedTuple, assert_never

from arfix.formats.elf.constants import EM
from arfix.formats.elf.relocation_role import Role
from arfix.formats.model import SymbolType
from arfix.linkage.model import Linker, Target
from arfix.linkage.releases import Habit, has_habit

if TYPE_CHECKING:
    from arfix.linkage.model import SharedFacts
    from arfix.linkage.releases import Release

#: Machines on which every linker was measured. For others, only what lld does is known.
MEASURED: Final = frozenset({EM.X86_64, EM.I386, EM.AARCH64, EM.ARM})


class ImportedKind(Enum):
    """The kind of a symbol of a shared object."""

    FUNCTION = auto()
    VARIABLE = auto()
    """With a size, so that it can be copied."""
    UNSIZED = auto()
    """A variable without a size."""
    OTHER = auto()


class Treatment(Enum):
    """What the linker does with a reference."""

    FINE = auto()
    TEXT_RELOCATION = auto()
    """The loader fills it in, in a section that is not written to."""
    TOO_NARROW = auto()
    """It is refused, since no loader can fill in an address there."""
    NO_COPY = auto()
    """It is refused, since the linker copies no such symbol."""
    PREEMPTIBLE = auto()
    """It is refused, since the distance to the symbol is not known."""


class ImportedReference(NamedTuple):
    """A reference to a symbol of a shared object.

    Attributes:
        machine: The machine of the object.
        target: The kind of output.
        role: What the relocation does.
        is_wide: It is a distance of 64 bits on x86-64, which loaders can fill in.
        is_data: It is a distance as data holds it, on a machine where instructions have types of their own.
        writable: The section is written to.
        text_relocations: True with `-z notext`, False with `-z text`.
        kind: The symbol's kind.
        protected: Whether the symbol is protected.
    """

    machine: int
    target: Target
    role: Role
    is_wide: bool
    is_data: bool
    writable: bool
    text_relocations: bool | None
    kind: ImportedKind
    protected: bool

    @property
    def is_executable(self) -> bool:
        """Whether the output is an executable, whose copies and addresses count for the whole program."""
        return self.target in (Target.EXECUTABLE, Target.PIE)

    @property
    def is_address(self) -> bool:
        """Whether it is an address rather than a distance."""
        return self.role in (Role.WORD, Role.NARROW)


def kind_of(shared: SharedFacts, name: str) -> ImportedKind:
    """Return the kind of a symbol of a shared object."""
    symbol = None if shared.dynamic is None else shared.dynamic.definitions.get(name)
    match None if symbol is None else symbol.type:
        case SymbolType.FUNCTION | SymbolType.IFUNC:
            return ImportedKind.FUNCTION
        case SymbolType.OBJECT:
            return ImportedKind.VARIABLE if symbol is not None and symbol.size else ImportedKind.UNSIZED
        case _:
            return ImportedKind.OTHER


def treatment_of(reference: ImportedReference, linker: Linker, release: Release | None) -> Treatment:
    """Return what a linker does with a reference; `reference.machine` is one of `MEASURED`, or the linker lld."""
    match linker:
        case Linker.LLD:
            return _treatment_by_lld(reference)
        case Linker.MOLD:
            found = _treatment_by_mold(reference, release)
        case Linker.GOLD:
            found = _treatment_by_gold(reference)
        case Linker.LD:
            found = _treatment_by_ld(reference)
        case _:
            assert_never(linker)
    if found is Treatment.FINE and not reference.writable and _is_filled_in(reference, linker):
        return Treatment.TEXT_RELOCATION
    return found


def _treatment_by_lld(one: ImportedReference) -> Treatment:
    can_write = one.writable or one.text_relocations is True
    is_dynamic = one.role is Role.WORD or one.is_wide or one.machine == EM.I386
    if can_write and is_dynamic:
        return Treatment.FINE
    if not one.is_executable:
        if one.role is Role.WORD:
            return Treatment.TEXT_RELOCATION
        return Treatment.TOO_NARROW if one.role is Role.NARROW else Treatment.PREEMPTIBLE
    fixes_address = one.machine == EM.I386 and one.target is Target.PIE and one.kind is ImportedKind.FUNCTION
    is_copied = one.kind in (ImportedKind.FUNCTION, ImportedKind.VARIABLE)
    return Treatment.FINE if is_copied and not one.protected and not fixes_address else Treatment.NO_COPY


def checks_narrow(machine: int, linker: Linker, release: Release | None) -> bool:
    """Return whether the linker refuses addresses that no loader can fill in, in outputs that are loaded anywhere."""
    if linker is not Linker.MOLD or machine not in (EM.AARCH64, EM.ARM):
        return True
    return machine == EM.ARM and has_habit(Habit.CHECKS_MOVW, linker, release)


def _treatment_by_mold(one: ImportedReference, release: Release | None) -> Treatment:
    if one.role is Role.GOT_RELATIVE or one.is_data:
        return Treatment.FINE
    is_variable = one.kind is not ImportedKind.FUNCTION
    if one.role is Role.NARROW and one.target is not Target.EXECUTABLE:
        return Treatment.TOO_NARROW if checks_narrow(one.machine, Linker.MOLD, release) else Treatment.FINE
    if one.is_address:
        is_unchecked = one.writable if one.role is Role.WORD else one.machine == EM.AARCH64
        needs_copy = is_variable and one.target is Target.EXECUTABLE and not is_unchecked
        return Treatment.NO_COPY if needs_copy and one.protected else Treatment.FINE
    if not is_variable:
        return Treatment.FINE
    if not one.is_executable:
        return Treatment.PREEMPTIBLE
    return Treatment.NO_COPY if one.protected else Treatment.FINE


def _treatment_by_gold(one: ImportedReference) -> Treatment:
    is_function = one.kind is ImportedKind.FUNCTION
    is_refused_copy = one.protected and one.kind is ImportedKind.VARIABLE and not one.writable
    if one.role is Role.GOT_RELATIVE and one.machine == EM.I386:
        return Treatment.PREEMPTIBLE
    is_unchecked = one.is_data or (one.role is Role.NARROW and one.target is Target.EXECUTABLE)
    if one.role is Role.GOT_RELATIVE or (one.machine == EM.AARCH64 and is_unchecked):
        return Treatment.FINE
    if one.role is Role.NARROW and one.target is not Target.EXECUTABLE:
        return Treatment.TOO_NARROW
    if one.is_address:
        return Treatment.NO_COPY if is_refused_copy and one.target is Target.EXECUTABLE else Treatment.FINE
    if one.target is Target.SHARED or is_function:
        is_unknown = one.machine == EM.ARM or (one.machine == EM.X86_64 and one.target is not Target.EXECUTABLE)
        return Treatment.PREEMPTIBLE if is_unknown else Treatment.FINE
    return Treatment.NO_COPY if is_refused_copy else Treatment.FINE


def _treatment_by_ld(one: ImportedReference) -> Treatment:
    match one.machine:
        case EM.AARCH64:
            return _treatment_by_ld_aarch64(one)
        case EM.ARM:
            if one.role is Role.GOT_RELATIVE:
                return Treatment.PREEMPTIBLE
            if one.target is Target.EXECUTABLE or one.role is Role.WORD:
                return Treatment.FINE
            return Treatment.TOO_NARROW if one.role is Role.NARROW else Treatment.PREEMPTIBLE
        case _:
            return _treatment_by_ld_x86(one)


def _treatment_by_ld_aarch64(one: ImportedReference) -> Treatment:
    if one.target is not Target.EXECUTABLE and one.role is not Role.WORD:
        return Treatment.TOO_NARROW if one.role is Role.NARROW else Treatment.PREEMPTIBLE
    return Treatment.NO_COPY if one.protected and not one.writable else Treatment.FINE


def _treatment_by_ld_x86(one: ImportedReference) -> Treatment:
    is_64 = one.machine == EM.X86_64
    is_function = one.kind is ImportedKind.FUNCTION
    if one.role is Role.GOT_RELATIVE:
        is_closed = one.protected and one.kind is not ImportedKind.OTHER
        refused = is_64 or not one.is_executable or is_function or is_closed
        return Treatment.PREEMPTIBLE if refused else Treatment.FINE
    if one.role is Role.NARROW and (one.target is not Target.EXECUTABLE or (is_64 and one.writable)):
        return Treatment.TOO_NARROW
    if not one.is_executable:
        is_known = not is_64 or one.is_address or one.is_wide or one.writable
        return Treatment.FINE if is_known else Treatment.PREEMPTIBLE
    if one.is_address:
        is_exempt = one.kind is ImportedKind.OTHER and one.target is Target.EXECUTABLE
        return Treatment.NO_COPY if one.protected and not one.writable and not is_exempt else Treatment.FINE
    return _distance_by_ld_x86(one, is_64=is_64)


def _distance_by_ld_x86(one: ImportedReference, *, is_64: bool) -> Treatment:
    is_pie = one.target is Target.PIE
    if one.kind is ImportedKind.FUNCTION:
        if one.protected:
            if is_pie:
                return Treatment.PREEMPTIBLE
            return Treatment.NO_COPY if one.writable and not one.is_wide else Treatment.FINE
        is_refused = is_pie and is_64 and one.writable is one.is_wide
        return Treatment.PREEMPTIBLE if is_refused else Treatment.FINE
    if one.writable:
        return Treatment.FINE
    if one.protected:
        is_exempt = one.kind is ImportedKind.OTHER and not is_pie and (one.is_wide or not is_64)
        return Treatment.FINE if is_exempt else Treatment.NO_COPY
    return Treatment.PREEMPTIBLE if is_pie and not is_64 and one.kind is ImportedKind.VARIABLE else Treatment.FINE


def _is_filled_in(one: ImportedReference, linker: Linker) -> bool:
    """Return whether a reference in a section that is not written to, which is not refused, is left to the loader."""
    is_copied = one.kind in (ImportedKind.FUNCTION, ImportedKind.VARIABLE)
    if one.target is Target.EXECUTABLE:
        is_unknown = one.role is Role.GOT_RELATIVE or (one.is_data and one.machine == EM.AARCH64)
        return linker is Linker.GOLD and not is_copied and not is_unknown
    if one.is_address:
        return True
    if linker is Linker.MOLD or one.role is Role.GOT_RELATIVE:
        return False
    if one.machine == EM.AARCH64:
        return linker is Linker.GOLD and one.is_executable and not is_copied and not one.is_data
    return not (one.is_executable and one.kind is ImportedKind.VARIABLE)
