"""Kinds of references to a symbol: calls, uses of the address, thread-local accesses.

The kind is decided from relocation types, section flags and, where one relocation serves calls and addresses alike,
from the instruction around the field. The symbol's name is not considered.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Final

from arfix.errors import ArfixError
from arfix.formats.elf.constants import EM, RELOCATION_SECTIONS, SHF
from arfix.formats.elf.relocation_numbers import R_MICROMIPS, R_MIPS, R_MIPS16, R_PPC, R_PPC64, R_SPARC
from arfix.formats.elf.relocation_role import Role
from arfix.formats.elf.relocations import relocations_among, role_of
from arfix.formats.model import SymbolType

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from arfix.formats.elf.file import Elf


class ReferenceKind(Enum):
    """The kind of a reference. The value is the word shown in JSON."""

    #: By identity. Enum hashes the name, in Python, and sets of these are made for each undefined symbol.
    __hash__ = object.__hash__

    CALL = "call"
    """It calls or jumps to it: the symbol is a function."""
    DATA = "data"
    """It uses the address: the symbol is a variable, or a function whose address is taken."""
    THREAD_LOCAL = "thread-local"
    """It uses the offset in a block of thread-local storage."""
    UNKNOWN = "unknown"
    """The relocation type, the machine or the format is not known well enough."""


_SPARC_CALLS: Final = frozenset({R_SPARC.WDISP30, R_SPARC.WPLT30})
#: Relocation types that only calls have, by `e_machine`, where the role of the type does not say so.
#: Sources: MIPS psABI and its n64 supplement (R_MIPS_26, CALL16, CALL_HI16, CALL_LO16, PC26_S2 and their MIPS16 and
#: microMIPS forms); Power psABI (REL24, PLTREL24); OpenPOWER ELFv2 ABI (PLT16_*, PLTSEQ, PLTCALL, PLT_PCREL34: inline
#: PLT calls); SPARC psABI (WDISP30, WPLT30).
_CALLS: Final[Mapping[int, frozenset[int]]] = {
    EM.MIPS: frozenset(
        {
            *(R_MIPS.R26, R_MIPS.CALL16, R_MIPS.CALL_HI16, R_MIPS.CALL_LO16, R_MIPS.PC26_S2),
            *(R_MIPS16.R26, R_MIPS16.CALL16),
            *(R_MICROMIPS.R26_S1, R_MICROMIPS.CALL16, R_MICROMIPS.CALL_HI16, R_MICROMIPS.CALL_LO16),
        }
    ),
    EM.PPC: frozenset({R_PPC.REL24, R_PPC.PLTREL24}),
    EM.PPC64: frozenset(
        {
            *(R_PPC64.PLT16_LO, R_PPC64.PLT16_HI, R_PPC64.PLT16_HA, R_PPC64.PLT16_LO_DS),
            *(R_PPC64.PLTSEQ, R_PPC64.PLTCALL, R_PPC64.PLTSEQ_NOTOC, R_PPC64.PLTCALL_NOTOC),
            *(R_PPC64.PLT_PCREL34, R_PPC64.PLT_PCREL34_NOTOC),
        }
    ),
    EM.SPARC: _SPARC_CALLS,
    EM.SPARC32PLUS: _SPARC_CALLS,
    EM.SPARCV9: _SPARC_CALLS,
}
_THREAD_LOCAL: Final = frozenset({Role.TLS_GD, Role.TLS_LD, Role.TLS_OFFSET, Role.TLS_IE, Role.TLS_LE, Role.TLS_DESC})
#: Roles that give no hint about the symbol.
_SILENT: Final = frozenset({Role.HINT})
_UNDECIDED: Final = frozenset({Role.OTHER, Role.DYNAMIC})
#: Machines where one relocation type serves calls and addresses, and the roles whose kind is clear even there.
_READ_INSTRUCTIONS: Final = frozenset({EM.I386, EM.X86_64, EM.S390})
_EXECINSTR: Final = SHF.EXECINSTR.value
_CLEAR: Final = _THREAD_LOCAL | _SILENT | {Role.BRANCH}


def read_reference_kinds(elf: Elf, names: Collection[str]) -> dict[str, frozenset[ReferenceKind]]:
    """Return the kinds of an ELF object's references to each of the names.

    Only sections that are loaded count. A name without a relocation against it has no kinds.

    Args:
        elf: The object.
        names: Symbols, as the object's symbol table spells them.

    Raises:
        FormatError: The tables are not all there.
    """
    wanted = frozenset(names)
    return kinds_of_symbols(
        elf,
        [(one.number, one.name, one.type) for one in elf.global_symbols if one.name in wanted and not one.is_defined],
    )


def kinds_of_symbols(elf: Elf, undefined: Iterable[tuple[int, str, SymbolType]]) -> dict[str, frozenset[ReferenceKind]]:
    """Return what `read_reference_kinds` does, for undefined symbols that were read: number, name and type of each."""
    numbers: dict[int, str] = {}
    found: dict[str, set[ReferenceKind]] = {}
    for number, name, type_ in undefined:
        numbers[number] = name
        kinds = found.setdefault(name, set())
        if type_ is SymbolType.TLS:
            kinds.add(ReferenceKind.THREAD_LOCAL)
    if not numbers:
        return {}
    _add_kinds(elf, numbers, found)
    return {name: frozenset(kinds) for name, kinds in found.items()}


def _add_kinds(elf: Elf, numbers: Mapping[int, str], found: Mapping[str, set[ReferenceKind]]) -> None:
    """Add the kinds of all references to the symbols of these numbers, name by name."""
    sections, machine = elf.sections, elf.header.machine
    reads_instructions = machine in _READ_INSTRUCTIONS
    by_instruction: dict[int, set[tuple[int, int]]] = {}
    for place, role, type_, symbol in elf.relocation_uses:
        if symbol not in numbers:
            continue
        is_code = bool(sections[place].flags & _EXECINSTR)
        if is_code and reads_instructions and role not in _CLEAR:
            by_instruction.setdefault(place, set()).add((type_, symbol))
        elif (kind := _kind_by_type(role, machine, type_, is_code=is_code)) is not None:
            found[numbers[symbol]].add(kind)
    for relocations in sections if by_instruction else ():
        wanted = by_instruction.get(relocations.info)
        if wanted is None or relocations.type not in RELOCATION_SECTIONS:
            continue
        contents = elf.contents(sections[relocations.info])
        for offset, type_, symbol in relocations_among(elf, relocations, wanted):
            found[numbers[symbol]].add(_kind_by_instruction(elf, contents, offset, type_))


def reference_kinds(elf: Elf, name: str) -> frozenset[ReferenceKind]:
    """Return the kinds of an object's references to one symbol; `UNKNOWN` if they cannot be read."""
    try:
        return read_reference_kinds(elf, (name,)).get(name, frozenset())
    except ArfixError:
        return frozenset({ReferenceKind.UNKNOWN})


def _kind_by_type(role: Role, machine: int, type_: int, *, is_code: bool) -> ReferenceKind | None:
    """Return the kind that a relocation type alone shows; None if it gives no hint, as a relaxation marker."""
    if role in _THREAD_LOCAL:
        return ReferenceKind.THREAD_LOCAL
    is_call = type_ in _CALLS.get(machine, ())
    if role in _SILENT and not is_call:
        return None
    if is_code and (role is Role.BRANCH or is_call):
        return ReferenceKind.CALL
    return ReferenceKind.UNKNOWN if role in _UNDECIDED else ReferenceKind.DATA


def _kind_by_instruction(elf: Elf, contents: memoryview, offset: int, type_: int) -> ReferenceKind:
    """Return the kind of a reference in code, which the opcode in front of the field at an offset shows."""
    machine = elf.header.machine
    role = role_of(machine, elf.header.bits, type_)
    before = bytes(contents[max(0, offset - 3) : offset])
    if _is_call_instruction(before, machine, through_table=role is Role.GOT):
        return ReferenceKind.CALL
    return ReferenceKind.UNKNOWN if role in _UNDECIDED else ReferenceKind.DATA


def _is_call_instruction(before: bytes, machine: int, *, through_table: bool) -> bool:
    """Return whether the bytes in front of a field are the opcode of a call or jump to the symbol.

    A call through memory is one where the memory is the symbol's entry of the global offset table (`call
    *f@GOTPCREL(%rip)`, as -fno-plt compiles calls); elsewhere the symbol is a variable that holds an address.

    Sources: Intel SDM, CALL, JMP and Jcc: E8, E9, 0F 8x rel32, and FF /2 and FF /4 through memory; z/Architecture
    Principles of Operation, BRASL (C0x5) and BRCL (C0x4).

    Args:
        before: Up to three bytes in front of the field.
        machine: `e_machine`.
        through_table: The relocation is for the symbol's entry of the global offset table.
    """
    if machine in {EM.I386, EM.X86_64}:
        if before[-1:] in {b"\xe8", b"\xe9"}:
            return True
        if len(before) >= 2 and before[-2] == 0x0F and before[-1] & 0xF0 == 0x80:
            return True
        is_indirect = len(before) >= 2 and before[-2] == 0xFF and before[-1] >> 3 & 7 in {2, 4} and before[-1] >> 6 != 3
        return is_indirect and through_table
    if machine == EM.S390:
        return len(before) >= 2 and before[-2] == 0xC0 and before[-1] & 0x0F in {4, 5}
    return False
