"""Code for SuperH from SH-2 on (SH4 among them), both byte orders.

Checked against gcc 12 -O2 -fPIC and GNU as 2.40. A PLT entry in a PIE or a shared object wants the GOT in r12.

Source: SH-4 Software Manual; the relocations as GNU as writes them (`bfd/elf32-sh.c`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.stubs.elf_writer import NewRelocation
from arfix.stubs.machines.base import Code, MachineCode, halves, words

if TYPE_CHECKING:
    from arfix.stubs.target import StubTarget

R_SH_PLT32 = 161
R_SH_GOTPC = 167

NOP = 0x0009  # nop
RTS = 0x000B  # rts


def _leave(target: StubTarget, value: int | None) -> Code:
    order = target.byte_order
    if value is None:
        return Code(halves(order, RTS, NOP))
    sign = 0xE1FF if value < 0 else 0xE100  # mov #sign, r1
    if value < 128:
        return Code(halves(order, sign, RTS, 0xE000 | value & 0xFF, NOP))  # mov #value, r0 (before the return)
    text = halves(order, 0xD001, sign, RTS, NOP) + words(order, value)  # mov.l 1f, r0; ...; 1: .long value
    return Code(text)


def _fail(target: StubTarget, accessor: str, error: int, value: int) -> Code:
    order = target.byte_order
    code = halves(
        order,
        0xC708,  # mova 2f, r0
        0x2FC6,  # mov.l r12, @-r15
        0xDC07,  # mov.l 2f, r12
        0x4F22,  # sts.l pr, @-r15
        0x3C0C,  # add r0, r12
        0xD105,  # mov.l 1f, r1
        0x0103,  # bsrf r1
        NOP,
        0xD105,  # mov.l 3f, r1
        0x2012,  # mov.l r1, @r0
        0xD005,  # mov.l 4f, r0
        0xE1FF if value < 0 else 0xE100,  # mov #sign, r1
        0x4F26,  # lds.l @r15+, pr
        RTS,
        0x6CF6,  # mov.l @r15+, r12
        NOP,
    )
    pool = words(
        order,
        0x10,  # 1: .long accessor@PLT - (bsrf + 4 - 1b)
        0,  # 2: .long _GLOBAL_OFFSET_TABLE_
        error,  # 3: .long error
        value & 0xFFFFFFFF,  # 4: .long value
    )
    relocations = (NewRelocation(32, R_SH_PLT32, accessor), NewRelocation(36, R_SH_GOTPC, "_GLOBAL_OFFSET_TABLE_"))
    return Code(code + pool, relocations)


SH = MachineCode(
    name="sh4",
    align=4,
    leave=_leave,
    fail=_fail,
    trap=lambda target: Code(halves(target.byte_order, 0xC3C3, NOP)),  # trapa #195
)
