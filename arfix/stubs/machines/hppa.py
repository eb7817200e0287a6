"""Code for 32-bit HPPA (PA-RISC 1.1) under Linux.

Checked against gcc 12 -O2 -fPIC and GNU as 2.40. The stack grows upwards in frames of 64 bytes.

Source: PA-RISC 1.1 Architecture and Instruction Set Reference Manual; PA-RISC Linux runtime architecture.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.errors import UnsupportedError
from arfix.stubs.elf_writer import NewRelocation
from arfix.stubs.machines.base import Code, MachineCode, words

if TYPE_CHECKING:
    from arfix.stubs.target import StubTarget

R_PARISC_PCREL17F = 12

RP, R20, RET0, RET1 = 2, 20, 28, 29


def _accepts(target: StubTarget) -> None:
    if target.bits != 32:
        raise UnsupportedError(
            f"{target.origin} is for 64-bit HPPA, which stubs have no code for; they have it for 32 bits"
        )


def _ldi(register: int, value: int) -> int:
    """Return `ldi value, register`; the sign of a 14-bit displacement is its lowest bit."""
    return 0x34000000 | register << 16 | (value & 0x1FFF) << 1 | int(value < 0)


def _pair(value: int) -> tuple[int, int]:
    return _ldi(RET0, value), _ldi(RET1, value)


def _leave(_target: StubTarget, value: int | None) -> Code:
    return Code(words("big", *(() if value is None else _pair(value)), 0xE840C002))  # bv,n r0(rp)


def _fail(_target: StubTarget, accessor: str, error: int, value: int) -> Code:
    text = words(
        "big",
        0x6BC23FD9,  # stw rp, -20(sp)
        0x37DE0080,  # ldo 64(sp), sp
        0xE8400000,  # b,l accessor, rp
        0x6BD33FC1,  # stw r19, -32(sp): where an import stub keeps the linkage table
        _ldi(R20, error),  # ldi error, r20
        0x0F941280,  # stw r20, 0(ret0)
        *_pair(value),  # ldi value, ret0; ldi value, ret1
        0x4BC23F59,  # ldw -84(sp), rp
        0xE840C000,  # bv r0(rp)
        0x37DE3F81,  # ldo -64(sp), sp
    )
    return Code(text, (NewRelocation(8, R_PARISC_PCREL17F, accessor),))


HPPA = MachineCode(
    name="hppa",
    align=8,
    leave=_leave,
    fail=_fail,
    trap=lambda _target: Code(words("big", 0xB0003002)),  # addi,tc,<> 1, r0, r0
    accepts=_accepts,
)
