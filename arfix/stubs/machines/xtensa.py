"""Code for Xtensa with the call0 ABI, little-endian: what Debian's assembler (lx106) has.

Checked against gcc 12 -O2 and GNU as 2.39 for the lx106. The address of the accessor is a literal in front of the
function, so the distance does not matter; narrow instructions are avoided, since a core may lack them.

Source: Xtensa Instruction Set Architecture Reference Manual; the relocations as in `bfd/elf32-xtensa.c`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.errors import UnsupportedError
from arfix.stubs.elf_writer import NewRelocation
from arfix.stubs.machines.base import Code, MachineCode

if TYPE_CHECKING:
    from arfix.stubs.target import StubTarget

R_XTENSA_32 = 1

RET = 0x000080  # ret


def _accepts(target: StubTarget) -> None:
    if target.byte_order != "little" or target.windowed:
        what = "the windowed ABI" if target.windowed else "a big-endian core"
        raise UnsupportedError(f"{target.origin} is for Xtensa with {what}; stubs have little-endian call0 code only")


def _narrow(*values: int) -> bytes:
    """Return 24-bit instructions."""
    return b"".join(value.to_bytes(3, "little") for value in values)


def _movi(register: int, value: int) -> int:
    return (value & 0xFF) << 16 | 0xA000 | (value & 0xF00) | register << 4 | 2  # movi register, value


def _pair(value: int) -> tuple[int, int]:
    return _movi(2, value), _movi(3, -1 if value < 0 else 0)


def _leave(_target: StubTarget, value: int | None) -> Code:
    return Code(_narrow(*(() if value is None else _pair(value)), RET))


def _fail(_target: StubTarget, accessor: str, error: int, value: int) -> Code:
    text = bytes(4) + _narrow(  # 1: .long accessor
        0xF0C112,  # addi a1, a1, -16
        0x036102,  # s32i a0, a1, 12
        0xFFFD31,  # l32r a3, 1b
        0x0003C0,  # callx0 a3
        _movi(3, error),  # movi a3, error
        0x006232,  # s32i a3, a2, 0
        *_pair(value),  # movi a2, value; movi a3, sign
        0x032102,  # l32i a0, a1, 12
        0x10C112,  # addi a1, a1, 16
        RET,
    )
    return Code(text, (NewRelocation(0, R_XTENSA_32, accessor),), entry=4)


XTENSA = MachineCode(
    name="xtensa",
    align=4,
    leave=_leave,
    fail=_fail,
    trap=lambda _target: Code(_narrow(0x0041F0)),  # break 1, 15
    copies=(".xtensa.info",),
    accepts=_accepts,
)
