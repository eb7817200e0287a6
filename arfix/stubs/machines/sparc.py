"""Code for SPARC V8, V8+ and V9 (32 and 64 bits).

Checked against gcc 12 -O2 -fPIC and GNU as 2.40. A register window takes care of the registers that a caller keeps.

Source: The SPARC Architecture Manual, versions 8 and 9; System V ABI, SPARC supplement; SPARC Compliance Definition
2.4.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.formats.elf.constants import SHT
from arfix.stubs.elf_writer import NewRelocation
from arfix.stubs.machines.base import Code, MachineCode, words

if TYPE_CHECKING:
    from arfix.stubs.target import StubTarget

R_SPARC_WPLT30 = 18

RETL = 0x81C3E008  # retl
NOP = 0x01000000  # nop


def _move(register: int, value: int) -> int:
    return 0x80102000 | register << 25 | value & 0x1FFF  # mov value, register


def _load(target: StubTarget, base: int, value: int) -> tuple[int, ...]:
    """Return code for value in the registers from `base` on (8: %o0, 24: %i0), two for 32-bit `long long`."""
    if target.bits == 32:
        return _move(base, value), _move(base + 1, value)
    if value > 0xFFFF:
        return _move(base, value), 0x81302000 | base << 25 | base << 14  # srl register, 0, register
    return (_move(base, value),)


def _leave(target: StubTarget, value: int | None) -> Code:
    return Code(words("big", *(() if value is None else _load(target, 8, value)), RETL, NOP))


def _fail(target: StubTarget, accessor: str, error: int, value: int) -> Code:
    text = words(
        "big",
        0x9DE3BF50 if target.bits == 64 else 0x9DE3BFA0,  # save %sp, -176, %sp; -96
        0x40000000,  # call accessor
        NOP,
        _move(1, error),  # mov error, %g1
        0xC2220000,  # st %g1, [%o0]
        *_load(target, 24, value),  # mov value, %i0
        0x81C7E008,  # ret
        0x81E80000,  # restore
    )
    return Code(text, (NewRelocation(4, R_SPARC_WPLT30, accessor),))


def _jump(_target: StubTarget, other: str) -> Code:
    text = words(
        "big",
        0x8210000F,  # mov %o7, %g1
        0x40000000,  # call other
        0x9E100001,  # mov %g1, %o7
    )
    return Code(text, (NewRelocation(4, R_SPARC_WPLT30, other),))


SPARC = MachineCode(
    name="sparc",
    align=8,
    leave=_leave,
    fail=_fail,
    trap=lambda _target: Code(words("big", 0x00000000)),  # illtrap 0; unimp 0 in version 8
    jump=_jump,
    copies=(SHT.GNU_ATTRIBUTES,),
    zero_extends=True,
)
