"""Code for ARC: ARCompact (ARC600, ARC700) and ARCv2 (EM, HS) share these instructions.

Checked against gcc 12 -O2 -fPIC and GNU as 2.40. A 32-bit instruction is stored as two halves, the upper one first.

Source: ARCompact and ARCv2 ISA Programmer's Reference Manuals; the relocations as in `include/elf/arc-reloc.def`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.formats.elf.constants import SHT
from arfix.stubs.elf_writer import NewRelocation
from arfix.stubs.machines.base import Code, MachineCode, halves

if TYPE_CHECKING:
    from arfix.stubs.target import StubTarget

R_ARC_S25W_PCREL_PLT = 0x4C
R_ARC_S25H_PCREL_PLT = 0x3D

RETURN = (0x7EE0, 0x78E0)  # j_s [blink]; nop_s


def _move(register: int, value: int) -> tuple[int, int]:
    """Return `mov register, value` with a 12-bit number: low six bits above the high six."""
    bits = value & 0xFFF
    return 0x208A | register << 8, (bits & 0x3F) << 6 | bits >> 6


def _pair(value: int) -> tuple[int, ...]:
    return (*_move(0, value), *_move(1, -1 if value < 0 else 0))


def _leave(target: StubTarget, value: int | None) -> Code:
    return Code(halves(target.byte_order, *(() if value is None else _pair(value)), *RETURN))


def _fail(target: StubTarget, accessor: str, error: int, value: int) -> Code:
    text = halves(
        target.byte_order,
        *(0x1CFC, 0xB7C8),  # st.aw blink, [sp, -4]
        *(0x0802, 0x0000),  # bl accessor@plt
        *_move(2, error),  # mov r2, error
        *(0x1800, 0x0080),  # st r2, [r0]
        *_pair(value),  # mov r0, value; mov r1, sign
        *(0x1404, 0x341F),  # ld.ab blink, [sp, 4]
        *RETURN,
    )
    return Code(text, (NewRelocation(4, R_ARC_S25W_PCREL_PLT, accessor),))


def _jump(target: StubTarget, other: str) -> Code:
    text = halves(target.byte_order, 0x0001, 0x0000)  # b other@plt
    return Code(text, (NewRelocation(0, R_ARC_S25H_PCREL_PLT, other),))


ARC = MachineCode(
    name="arc",
    align=4,
    leave=_leave,
    fail=_fail,
    trap=lambda target: Code(halves(target.byte_order, 0x78BE, 0x78E0)),  # trap_s 5; nop_s
    jump=_jump,
    copies=(SHT.ARC_ATTRIBUTES,),
)
