"""Code for RISC-V 32 and 64, without compressed instructions, so that one form runs everywhere (RV32E too).

Checked against gcc 12 -O2 -fPIC -march=rv64g and GNU as 2.40; `lpad`, `sspush` and `sspopchk` against llvm-mc 19.

Source: The RISC-V Instruction Set Manual (volume I; Zicfilp and Zicfiss); RISC-V ELF psABI.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.formats.elf.constants import SHT
from arfix.stubs.elf_writer import NewRelocation
from arfix.stubs.machines.base import Code, MachineCode, words

if TYPE_CHECKING:
    from arfix.stubs.target import StubTarget

R_RISCV_CALL_PLT = 19
R_RISCV_TLS_GOT_HI20 = 21
R_RISCV_PCREL_LO12_I = 24
#: GNU_PROPERTY_RISCV_FEATURE_1_AND; CFI_LP_UNLABELED, CFI_SS.
HARDENING = (0xC0000000, 0x3)
LANDING_PADS, SHADOW_STACK = 1, 2

RET = 0x00008067  # ret


def _pad(target: StubTarget) -> tuple[int, ...]:
    return (0x00000017,) if target.hardening & LANDING_PADS else ()  # lpad 0


def _load(target: StubTarget, value: int) -> tuple[int, ...]:
    """Return code for a0 = value and, with 32 bits, a1 = its sign for `long long`."""
    low = 0x00000513 | (value & 0xFFF) << 20  # li a0, value
    return (low,) if target.bits == 64 else (low, 0x00000593 | (0xFFF << 20 if value < 0 else 0))  # li a1, sign


def _leave(target: StubTarget, value: int | None) -> Code:
    load = () if value is None else _load(target, value)
    return Code(words("little", *_pad(target), *load, RET))


def _fail(target: StubTarget, accessor: str, error: int, value: int) -> Code:
    pad = _pad(target)
    shadow = bool(target.hardening & SHADOW_STACK)
    wide = target.bits == 64
    text = words(
        "little",
        *pad,
        *((0xCE104073,) if shadow else ()),  # sspush ra
        0xFF010113,  # addi sp, sp, -16
        0x00113423 if wide else 0x00112423,  # sd ra, 8(sp); sw ra, 8(sp)
        0x00000097,  # auipc ra, %call_plt(accessor)
        0x000080E7,  # jalr ra
        0x00000293 | error << 20,  # li t0, error
        0x00552023,  # sw t0, 0(a0)
        *_load(target, value),  # li a0, value
        0x00813083 if wide else 0x00812083,  # ld ra, 8(sp); lw ra, 8(sp)
        0x01010113,  # addi sp, sp, 16
        *((0xCDC0C073,) if shadow else ()),  # sspopchk ra
        RET,
    )
    return Code(text, (NewRelocation(8 + 4 * (len(pad) + shadow), R_RISCV_CALL_PLT, accessor),))


def _fail_tls(target: StubTarget, symbol: str, error: int, value: int) -> Code:
    pad = _pad(target)
    text = words(
        "little",
        *pad,
        0x00000297,  # .L0: auipc t0, %tls_ie_pcrel_hi(symbol)
        0x0002B283 if target.bits == 64 else 0x0002A283,  # ld t0, %pcrel_lo(.L0)(t0); lw
        0x004282B3,  # add t0, t0, tp
        0x00000313 | error << 20,  # li t1, error
        0x0062A023,  # sw t1, 0(t0)
        *_load(target, value),  # li a0, value
        RET,
    )
    start = 4 * len(pad)
    relocations = (
        NewRelocation(start, R_RISCV_TLS_GOT_HI20, symbol),
        NewRelocation(start + 4, R_RISCV_PCREL_LO12_I, ".L0"),
    )
    return Code(text, relocations, labels=((".L0", start),))


def _jump(target: StubTarget, other: str) -> Code:
    pad = _pad(target)
    text = words("little", *pad, 0x00000317, 0x00030067)  # auipc t1, %call_plt(other); jr t1
    return Code(text, (NewRelocation(4 * len(pad), R_RISCV_CALL_PLT, other),))


RISCV = MachineCode(
    name="riscv",
    align=4,
    leave=_leave,
    fail=_fail,
    trap=lambda target: Code(words("little", *_pad(target), 0x00100073)),  # ebreak
    fail_tls=_fail_tls,
    jump=_jump,
    copies=(SHT.RISCV_ATTRIBUTES,),
    hardening=HARDENING,
)
