"""Code for AArch64, both byte orders: instructions are little-endian in either.

Checked against gcc 12 -O2 -fPIC and GNU as 2.40. `bti c` and the `paciasp` family are hints, no-ops on older
processors: landing pads are always there, signed return addresses where the objects around have them.

Source: Arm Architecture Reference Manual for A-profile; AAPCS64; ELF for the Arm 64-bit Architecture.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.stubs.elf_writer import NewRelocation
from arfix.stubs.machines.base import Code, MachineCode, words

if TYPE_CHECKING:
    from arfix.stubs.target import StubTarget

R_AARCH64_JUMP26 = 282
R_AARCH64_CALL26 = 283
R_AARCH64_TLSIE_ADR_GOTTPREL_PAGE21 = 541
R_AARCH64_TLSIE_LD64_GOTTPREL_LO12_NC = 542
#: GNU_PROPERTY_AARCH64_FEATURE_1_AND; BTI, PAC, GCS: landing pads, signed return addresses, paired call and return.
HARDENING = (0xC0000000, 0x7)
PAC = 2

BTI_C = 0xD503245F  # bti c
PACIASP = 0xD503233F  # paciasp: a landing pad as well
AUTIASP = 0xD50323BF  # autiasp
RET = 0xD65F03C0  # ret
LABELS = (("$x", 0),)


def _load(value: int) -> int:
    if value < 0:
        return 0x92800000 | ~value << 5  # mov x0, #value (movn)
    return 0xD2800000 | value << 5  # mov x0, #value (movz)


def _leave(_target: StubTarget, value: int | None) -> Code:
    load = () if value is None else (_load(value),)
    return Code(words("little", BTI_C, *load, RET), labels=LABELS)


def _fail(target: StubTarget, accessor: str, error: int, value: int) -> Code:
    signed = bool(target.hardening & PAC)
    text = words(
        "little",
        PACIASP if signed else BTI_C,
        0xA9BF7BFD,  # stp x29, x30, [sp, #-16]!
        0x910003FD,  # mov x29, sp
        0x94000000,  # bl accessor
        0x52800001 | error << 5,  # mov w1, #error
        0xB9000001,  # str w1, [x0]
        _load(value),  # mov x0, #value
        0xA8C17BFD,  # ldp x29, x30, [sp], #16
        *((AUTIASP,) if signed else ()),
        RET,
    )
    return Code(text, (NewRelocation(12, R_AARCH64_CALL26, accessor),), labels=LABELS)


def _fail_tls(_target: StubTarget, symbol: str, error: int, value: int) -> Code:
    text = words(
        "little",
        BTI_C,
        0x90000001,  # adrp x1, :gottprel:symbol
        0xF9400021,  # ldr x1, [x1, :gottprel_lo12:symbol]
        0xD53BD042,  # mrs x2, tpidr_el0
        0x52800003 | error << 5,  # mov w3, #error
        _load(value),  # mov x0, #value
        0xB8216843,  # str w3, [x2, x1]
        RET,
    )
    relocations = (
        NewRelocation(4, R_AARCH64_TLSIE_ADR_GOTTPREL_PAGE21, symbol),
        NewRelocation(8, R_AARCH64_TLSIE_LD64_GOTTPREL_LO12_NC, symbol),
    )
    return Code(text, relocations, labels=LABELS)


def _jump(_target: StubTarget, other: str) -> Code:
    text = words("little", BTI_C, 0x14000000)  # b other
    return Code(text, (NewRelocation(4, R_AARCH64_JUMP26, other),), labels=LABELS)


AARCH64 = MachineCode(
    name="aarch64",
    align=4,
    leave=_leave,
    fail=_fail,
    trap=lambda _target: Code(words("little", BTI_C, 0xD4207D00), labels=LABELS),  # brk #1000
    fail_tls=_fail_tls,
    jump=_jump,
    hardening=HARDENING,
)
