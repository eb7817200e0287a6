"""Code for Alpha.

Checked against gcc 12 -O2 -fPIC and GNU as 2.40. Every function that calls makes gp from its own address in t12, and
again behind the call.

Source: Alpha Architecture Reference Manual; Calling Standard for Alpha Systems; the relocations as in
`bfd/elf64-alpha.c`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.stubs.elf_writer import NewRelocation
from arfix.stubs.machines.base import Code, MachineCode, words

if TYPE_CHECKING:
    from arfix.stubs.target import StubTarget

R_ALPHA_LITERAL = 4
R_ALPHA_GPDISP = 6
R_ALPHA_GOTTPREL = 37
#: `st_other`: the function uses no gp at all, or starts with the two instructions that load it.
STO_NOPV, STO_STD_GPLOAD = 0x80, 0x88

RET = 0x6BFA8001  # ret
GP_HIGH, GP_LOW = 0x27BB0000, 0x23BD0000  # ldah gp, x(t12); lda gp, x(gp)


def _lda(register: int, value: int) -> int:
    return 0x201F0000 | register << 21 | value & 0xFFFF  # lda register, value(zero)


def _leave(_target: StubTarget, value: int | None) -> Code:
    return Code(words("little", *(() if value is None else (_lda(0, value),)), RET), other=STO_NOPV)


def _fail(_target: StubTarget, accessor: str, error: int, value: int) -> Code:
    text = words(
        "little",
        GP_HIGH,
        GP_LOW,
        0x23DEFFF0,  # lda sp, -16(sp)
        0xA77D0000,  # ldq t12, accessor(gp) !literal
        0xB75E0000,  # stq ra, 0(sp)
        0x6B5B4000,  # jsr ra, (t12), accessor
        0x27BA0000,  # ldah gp, x(ra)
        GP_LOW,
        _lda(1, error),  # lda t0, error
        0xB0200000,  # stl t0, 0(v0)
        _lda(0, value),  # lda v0, value
        0xA75E0000,  # ldq ra, 0(sp)
        0x23DE0010,  # lda sp, 16(sp)
        RET,
    )
    relocations = (
        NewRelocation(0, R_ALPHA_GPDISP, "", 4),
        NewRelocation(12, R_ALPHA_LITERAL, accessor),
        NewRelocation(24, R_ALPHA_GPDISP, "", 4),
    )
    return Code(text, relocations, other=STO_STD_GPLOAD)


def _fail_tls(_target: StubTarget, symbol: str, error: int, value: int) -> Code:
    text = words(
        "little",
        GP_HIGH,
        GP_LOW,
        0x0000009E,  # rduniq: v0 = the thread pointer
        0xA43D0000,  # ldq t0, symbol(gp) !gottprel
        0x40010400,  # addq v0, t0, v0
        _lda(1, error),  # lda t0, error
        0xB0200000,  # stl t0, 0(v0)
        _lda(0, value),  # lda v0, value
        RET,
    )
    relocations = (NewRelocation(0, R_ALPHA_GPDISP, "", 4), NewRelocation(12, R_ALPHA_GOTTPREL, symbol))
    return Code(text, relocations, other=STO_STD_GPLOAD)


def _jump(_target: StubTarget, other: str) -> Code:
    text = words(
        "little",
        GP_HIGH,
        GP_LOW,
        0xA77D0000,  # ldq t12, other(gp) !literal
        0x6BFB0000,  # jmp (t12)
    )
    return Code(
        text,
        (NewRelocation(0, R_ALPHA_GPDISP, "", 4), NewRelocation(8, R_ALPHA_LITERAL, other)),
        other=STO_STD_GPLOAD,
    )


ALPHA = MachineCode(
    name="alpha",
    align=16,
    leave=_leave,
    fail=_fail,
    trap=lambda _target: Code(words("little", 0x00000081), other=STO_NOPV),  # bugchk
    fail_tls=_fail_tls,
    jump=_jump,
)
