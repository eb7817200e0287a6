"""Code for MIPS: o32, n32 and n64, both byte orders, release 6 included; position-independent where the objects are.

Checked against gcc 12 -O2 -fPIC and GNU as 2.40. Returns are `jalr zero, ra`: release 6 has no `jr`, and older ones
have both. A function of an `abicalls` object finds its own address in t9 and makes gp from it.

Source: MIPS32 and MIPS64 Architecture for Programmers II; System V ABI, MIPS supplement; MIPSpro N32 ABI Handbook.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.errors import UnsupportedError
from arfix.formats.elf.constants import SHT
from arfix.stubs.elf_writer import NewRelocation
from arfix.stubs.machines.base import TEXT, Code, MachineCode, words

if TYPE_CHECKING:
    from arfix.stubs.target import StubTarget

R_MIPS_26 = 4
R_MIPS_HI16 = 5
R_MIPS_LO16 = 6
R_MIPS_GPREL16 = 7
R_MIPS_CALL16 = 11
R_MIPS_GOT_DISP = 19
R_MIPS_SUB = 24
R_MIPS_TLS_GOTTPREL = 46
EF_MIPS_CPIC = 4
EF_MIPS_ABI2 = 0x20
EF_MIPS_MICROMIPS = 0x02000000
EF_MIPS_ARCH_ASE_M16 = 0x04000000
EF_MIPS_ABI = 0xF000
EF_MIPS_ABI_O32 = 0x1000

NOP = 0x00000000  # nop
RETURN = 0x03E00009  # jalr zero, ra
GP, T0 = 28, 8


def _new(target: StubTarget) -> bool:
    """Whether the ABI is n32 or n64, which share registers and relocations."""
    return target.bits == 64 or bool(target.flags & EF_MIPS_ABI2)


def _accepts(target: StubTarget) -> None:
    if target.flags & (EF_MIPS_MICROMIPS | EF_MIPS_ARCH_ASE_M16):
        raise UnsupportedError(f"{target.origin} has microMIPS or MIPS16 code; stubs have plain MIPS code only")
    if not _new(target) and target.flags & EF_MIPS_ABI not in {0, EF_MIPS_ABI_O32}:
        raise UnsupportedError(f"{target.origin} is for the o64 or an EABI; stubs know o32, n32 and n64")


def _li(register: int, value: int) -> int:
    return 0x24000000 | register << 16 | value & 0xFFFF  # addiu register, zero, value


def _pair(target: StubTarget, value: int) -> tuple[int, ...]:
    """Return code for v0 = value and, with 32-bit registers, what makes it a `long long` as well when it is 0 or -1."""
    return (_li(2, value),) if _new(target) else (_li(2, value), _li(3, -1 if value < 0 else 0))


def _leave(target: StubTarget, value: int | None) -> Code:
    load = () if value is None else _pair(target, value)
    return Code(words(target.byte_order, *load, RETURN, NOP))


def _gp_from_t9(target: StubTarget, register: int) -> tuple[tuple[int, ...], tuple[NewRelocation, ...]]:
    """Return three instructions at the start of a function that put the value of gp into `register`."""
    lui = 0x3C000000 | register << 16  # lui register, %hi(...)
    if not _new(target):
        code = (
            lui,  # %hi(_gp_disp)
            0x24000000 | register << 21 | register << 16,  # addiu register, register, %lo(_gp_disp)
            0x00190021 | register << 21 | register << 11,  # addu register, register, t9
        )
        return code, (NewRelocation(0, R_MIPS_HI16, "_gp_disp"), NewRelocation(4, R_MIPS_LO16, "_gp_disp"))
    wide = target.bits == 64
    code = (
        lui,  # %hi(%neg(%gp_rel(function)))
        (0x0019002D if wide else 0x00190021) | register << 21 | register << 11,  # daddu (addu) register, register, t9
        (0x64000000 if wide else 0x24000000) | register << 21 | register << 16,  # daddiu (addiu) ..., %lo(...)
    )
    return code, (*_gp_relocations(target, 0, R_MIPS_HI16), *_gp_relocations(target, 8, R_MIPS_LO16))


def _gp_relocations(target: StubTarget, offset: int, last: int) -> tuple[NewRelocation, ...]:
    """Return the three operations `last(-(function - gp))` at one place: in one entry of ELF64, in three of ELF32."""
    if target.bits == 64:
        return (NewRelocation(offset, R_MIPS_GPREL16, TEXT, more=(R_MIPS_SUB, last)),)
    return (
        NewRelocation(offset, R_MIPS_GPREL16, TEXT),
        NewRelocation(offset, R_MIPS_SUB, ""),
        NewRelocation(offset, last, ""),
    )


def _fail(target: StubTarget, accessor: str, error: int, value: int) -> Code:
    new = _new(target)
    shared = bool(target.flags & EF_MIPS_CPIC)
    if shared:
        setup, relocations = _gp_from_t9(target, GP)
    else:
        setup, relocations = (), ()
    save, load = (0xFFA00000, 0xDFA00000) if new else (0xAFA00000, 0x8FA00000)  # sd, ld; sw, lw ..., x(sp)
    stack = 0x67BD0000 if target.bits == 64 else 0x27BD0000  # daddiu sp, sp, x; addiu
    get = 0xDF990000 if target.bits == 64 else 0x8F990000  # ld t9, %call16(accessor)(gp); lw
    keep = (save | GP << 16 | 16,) if shared else ()  # sd gp, 16(sp): its old value in n32 and n64
    call = (get, NOP, 0x0320F809, NOP) if shared else (0x0C000000, NOP)  # jalr t9; jal accessor
    restore = (load | GP << 16 | 16,) if shared and new else ()
    before = (stack | -32 & 0xFFFF, save | 31 << 16 | 24)  # sp -= 32; sd ra, 24(sp)
    if new:
        start = (*before, *keep, *setup)
        moved = 4 * (len(before) + len(keep))
    else:
        start = (*setup, *before, *keep)
        moved = 0
    text = words(
        target.byte_order,
        *start,
        *call,
        _li(T0, error),  # li t0, error
        0xAC480000,  # sw t0, 0(v0)
        *_pair(target, value),  # li v0, value
        load | 31 << 16 | 24,  # ld ra, 24(sp)
        *restore,  # ld gp, 16(sp)
        stack | 32,  # sp += 32
        RETURN,
        NOP,
    )
    kind = R_MIPS_CALL16 if shared else R_MIPS_26
    placed = [relocation._replace(offset=relocation.offset + moved) for relocation in relocations]
    return Code(text, (*placed, NewRelocation(4 * len(start), kind, accessor)))


def _fail_tls(target: StubTarget, symbol: str, error: int, value: int) -> Code:
    setup, relocations = _gp_from_t9(target, T0)
    wide = target.bits == 64
    text = words(
        target.byte_order,
        *setup,
        0x7C03E83B,  # rdhwr v1, $29: the thread pointer
        0xDD080000 if wide else 0x8D080000,  # ld t0, %gottprel(symbol)(t0); lw
        _li(9, error),  # li t1, error
        0x0103402D if wide else 0x01034021,  # daddu t0, t0, v1; addu
        0xAD090000,  # sw t1, 0(t0)
        *_pair(target, value),  # li v0, value
        RETURN,
        NOP,
    )
    return Code(text, (*relocations, NewRelocation(16, R_MIPS_TLS_GOTTPREL, symbol)))


def _jump(target: StubTarget, other: str) -> Code:
    if not target.flags & EF_MIPS_CPIC:
        return Code(words(target.byte_order, 0x08000000, NOP), (NewRelocation(0, R_MIPS_26, other),))  # j other
    register = T0 + 4 if _new(target) else GP  # t0 of n32 and n64 is register 12; gp is not theirs to change
    setup, relocations = _gp_from_t9(target, register)
    load = 0xDC190000 if target.bits == 64 else 0x8C190000
    text = words(
        target.byte_order,
        *setup,
        load | register << 21,  # ld t9, %got_disp(other)(register); lw t9, %call16(other)(gp)
        NOP,
        0x03200009,  # jalr zero, t9
        NOP,
    )
    return Code(text, (*relocations, NewRelocation(12, R_MIPS_GOT_DISP if _new(target) else R_MIPS_CALL16, other)))


MIPS = MachineCode(
    name="mips",
    align=8,
    leave=_leave,
    fail=_fail,
    trap=lambda target: Code(words(target.byte_order, 0x0000000D)),  # break
    fail_tls=_fail_tls,
    jump=_jump,
    rela=_new,
    copies=(SHT.MIPS_ABIFLAGS, SHT.GNU_ATTRIBUTES),
    accepts=_accepts,
)
