"""Code for OpenRISC 1000 (or1k).

Checked against gcc 12 -O2 -fPIC and GNU as 2.40. A PLT entry in a PIE or a shared object wants the GOT in r16.

Source: OpenRISC 1000 Architecture Manual 1.3; the relocations as in `bfd/elf32-or1k.c`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.errors import UnsupportedError
from arfix.stubs.elf_writer import NewRelocation
from arfix.stubs.machines.base import Code, MachineCode, words
from arfix.stubs.platform import BARE_METAL

if TYPE_CHECKING:
    from arfix.stubs.target import StubTarget

R_OR1K_INSN_REL_26 = 6
R_OR1K_GOTPC_HI16 = 12
R_OR1K_GOTPC_LO16 = 13
R_OR1K_PLT26 = 15
EF_OR1K_NODELAY = 1

NOP = 0x15000000  # l.nop
RETURN = 0x44004800  # l.jr r9


def _accepts(target: StubTarget) -> None:
    if target.flags & EF_OR1K_NODELAY:
        raise UnsupportedError(f"{target.origin} is for an or1k without delay slots; stubs have code with them only")


def _pair(value: int) -> tuple[int, int]:
    low = value & 0xFFFF
    return 0x9D600000 | low, 0x9D800000 | low  # l.addi r11, r0, value; l.addi r12, r0, value


def _leave(target: StubTarget, value: int | None) -> Code:
    return Code(words(target.byte_order, *(() if value is None else _pair(value)), RETURN, NOP))


def _fail_bare(target: StubTarget, accessor: str, error: int, value: int) -> Code:
    """Return code without a GOT: GNU ld makes none for a bare-metal program."""
    text = words(
        target.byte_order,
        0x9C21FFF8,  # l.addi r1, r1, -8
        0xD4014804,  # l.sw 4(r1), r9
        0x04000000,  # l.jal accessor
        NOP,
        0x9E200000 | error,  # l.addi r17, r0, error
        0xD40B8800,  # l.sw 0(r11), r17
        *_pair(value),  # l.addi r11, r0, value; l.addi r12, r0, value
        0x85210004,  # l.lwz r9, 4(r1)
        RETURN,
        0x9C210008,  # l.addi r1, r1, 8
    )
    return Code(text, (NewRelocation(8, R_OR1K_INSN_REL_26, accessor),))


def _fail(target: StubTarget, accessor: str, error: int, value: int) -> Code:
    if target.libc in BARE_METAL:
        return _fail_bare(target, accessor, error, value)
    text = words(
        target.byte_order,
        0x9C21FFF8,  # l.addi r1, r1, -8
        0xD4018000,  # l.sw 0(r1), r16
        0xD4014804,  # l.sw 4(r1), r9
        0x04000002,  # l.jal 1f
        0x1A000000,  # l.movhi r16, gotpchi(_GLOBAL_OFFSET_TABLE_ - 4)
        0xAA100000,  # 1: l.ori r16, r16, gotpclo(_GLOBAL_OFFSET_TABLE_ + 0)
        0xE2104800,  # l.add r16, r16, r9
        0x04000000,  # l.jal plt(accessor)
        NOP,
        0x9E200000 | error,  # l.addi r17, r0, error
        0xD40B8800,  # l.sw 0(r11), r17
        *_pair(value),  # l.addi r11, r0, value; l.addi r12, r0, value
        0x86010000,  # l.lwz r16, 0(r1)
        0x85210004,  # l.lwz r9, 4(r1)
        RETURN,
        0x9C210008,  # l.addi r1, r1, 8
    )
    relocations = (
        NewRelocation(16, R_OR1K_GOTPC_HI16, "_GLOBAL_OFFSET_TABLE_", -4),
        NewRelocation(20, R_OR1K_GOTPC_LO16, "_GLOBAL_OFFSET_TABLE_", 0),
        NewRelocation(28, R_OR1K_PLT26, accessor),
    )
    return Code(text, relocations)


OR1K = MachineCode(
    name="or1k",
    align=4,
    leave=_leave,
    fail=_fail,
    trap=lambda target: Code(words(target.byte_order, 0x21000001)),  # l.trap 1
    accepts=_accepts,
)
