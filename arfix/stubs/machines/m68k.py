"""Code for m68k: 68020 and later; a plain 68000 or a ColdFire gets absolute calls, for they have no far relative ones.

Checked against gcc 12 -O2 -fPIC and GNU as 2.40. A pointer is returned in a0 and d0, `long long` in d0 and d1: all
three are set.

Source: M68000 Family Programmer's Reference Manual; System V ABI, Motorola 68000 supplement.
"""

from __future__ import annotations

from struct import pack
from typing import TYPE_CHECKING

from arfix.stubs.elf_writer import NewRelocation
from arfix.stubs.machines.base import Code, MachineCode

if TYPE_CHECKING:
    from arfix.stubs.target import StubTarget

R_68K_32 = 1
R_68K_PLT32 = 13
#: `e_flags`: EF_M68K_M68000, EF_M68K_FIDO, EF_M68K_CF_ISA_MASK.
EF_SHORT_BRANCHES = 0x01000000 | 0x02000000 | 0x0F

RTS = b"\x4e\x75"  # rts


def _load(value: int) -> bytes:
    short = value < 128
    both = bytes((0x70, value & 0xFF)) if short else b"\x20\x3c" + pack(">i", value)  # moveq #value, %d0; move.l
    sign = b"\x72\xff" if value < 0 else b"\x72\x00"  # moveq #sign, %d1
    return both + sign + b"\x20\x40"  # movea.l %d0, %a0


def _leave(_target: StubTarget, value: int | None) -> Code:
    return Code((b"" if value is None else _load(value)) + RTS)


def _fail(target: StubTarget, accessor: str, error: int, value: int) -> Code:
    if target.flags & EF_SHORT_BRANCHES:
        call, kind = b"\x4e\xb9\0\0\0\0", R_68K_32  # jsr accessor
    else:
        call, kind = b"\x61\xff\0\0\0\0", R_68K_PLT32  # bsr.l accessor@PLTPC
    text = call + b"\x20\xbc" + pack(">i", error) + _load(value) + RTS  # move.l #error, (%a0)
    return Code(text, (NewRelocation(2, kind, accessor),))


def _jump(target: StubTarget, other: str) -> Code:
    if target.flags & EF_SHORT_BRANCHES:
        return Code(b"\x4e\xf9\0\0\0\0", (NewRelocation(2, R_68K_32, other),))  # jmp other
    return Code(b"\x60\xff\0\0\0\0", (NewRelocation(2, R_68K_PLT32, other),))  # bra.l other@PLTPC


M68K = MachineCode(
    name="m68k",
    align=4,
    leave=_leave,
    fail=_fail,
    trap=lambda _target: Code(b"\x4e\x47"),  # trap #7
    jump=_jump,
)
