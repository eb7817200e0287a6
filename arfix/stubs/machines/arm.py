"""Code for ARM: A32, and Thumb with nothing beyond ARMv6-M, for processors that have no other.

Checked against gcc 12 -O2 -fPIC and GNU as 2.40. The linker makes the PLT entry and the change of instruction set of a
`bl`.

Source: Arm Architecture Reference Manual (v6-M, v7-A/R); AAPCS32; ELF for the Arm Architecture.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.formats.elf.attributes import ArmArch
from arfix.formats.elf.constants import SHT
from arfix.stubs.elf_writer import NewRelocation
from arfix.stubs.machines.base import Code, MachineCode, halves, words

if TYPE_CHECKING:
    from arfix.stubs.target import StubTarget

R_ARM_THM_CALL = 10
R_ARM_CALL = 28
R_ARM_JUMP24 = 29
R_ARM_THM_JUMP24 = 30
R_ARM_TLS_IE32 = 107
#: Processors without `bx`.
WITHOUT_BX = frozenset({ArmArch.V4})
#: Processors whose Thumb code has `b.w` and `bti`.
WITH_THUMB2 = frozenset(
    {
        *(ArmArch.V6T2, ArmArch.V7, ArmArch.V7E_M, ArmArch.V8_A),
        *(ArmArch.V8_R, ArmArch.V8_M_MAIN, ArmArch.V8_1_M_MAIN, ArmArch.V9_A),
    }
)

A32 = (("$a", 0),)
THUMB = (("$t", 0),)


def _move(register: int, value: int) -> int:
    """Return `mov register, #value`, or `mvn` for a negative one."""
    if value < 0:
        return 0xE3E00000 | register << 12 | ~value  # mvn register, #~value
    return 0xE3A00000 | register << 12 | value  # mov register, #value


def _pair(value: int) -> tuple[int, int]:
    """Return code for r0 = value, r1 = its sign: `long long`."""
    return _move(0, value), _move(1, -1 if value < 0 else 0)


def _a32_return(target: StubTarget) -> int:
    return 0xE1A0F00E if target.arch in WITHOUT_BX else 0xE12FFF1E  # mov pc, lr; bx lr


def _leave_a32(target: StubTarget, value: int | None) -> Code:
    load = () if value is None else _pair(value)
    return Code(words(target.byte_order, *load, _a32_return(target)), labels=A32)


def _fail_a32(target: StubTarget, accessor: str, error: int, value: int) -> Code:
    text = words(
        target.byte_order,
        0xE92D4010,  # push {r4, lr}
        0xEBFFFFFE,  # bl accessor
        _move(3, error),  # mov r3, #error
        0xE5803000,  # str r3, [r0]
        *_pair(value),  # mov r0, #value; mov r1, #sign
        0xE8BD8010,  # pop {r4, pc}: returns to Thumb code too from ARMv5T on
    )
    if target.arch == ArmArch.V4T:  # it has bx, but its pop does not change the instruction set
        text = text[:-4] + words(target.byte_order, 0xE8BD4010, 0xE12FFF1E)  # pop {r4, lr}; bx lr
    return Code(text, (NewRelocation(4, R_ARM_CALL, accessor),), labels=A32)


def _fail_tls_a32(target: StubTarget, symbol: str, error: int, value: int) -> Code:
    order = target.byte_order
    text = words(
        order,
        0xE92D4010,  # push {r4, lr}
        0xEBFFFFFE,  # bl __aeabi_read_tp: in every ABI, whatever the processor has for it
        0xE59F3018,  # ldr r3, 1f
        0xE08F3003,  # 2: add r3, pc, r3
        0xE5933000,  # ldr r3, [r3]
        _move(2, error),  # mov r2, #error
        0xE7802003,  # str r2, [r0, r3]
        *_pair(value),  # mov r0, #value; mov r1, #sign
        0xE8BD8010,  # pop {r4, pc}
        0x00000014,  # 1: .word symbol(gottpoff) + (. - 2b - 8)
    )
    relocations = (NewRelocation(4, R_ARM_CALL, "__aeabi_read_tp"), NewRelocation(40, R_ARM_TLS_IE32, symbol))
    return Code(text, relocations, labels=(*A32, ("$d", 40)))


def _bti(target: StubTarget) -> tuple[int, ...]:
    """Return the landing pad of ARMv8.1-M, a no-op wherever Thumb-2 is."""
    return (0xF3AF, 0x800F) if target.hardening and target.arch in WITH_THUMB2 else ()  # bti


def _thumb_load(register: int, value: int) -> tuple[int, ...]:
    if value < 0:  # movs register, #~value; mvns register, register
        return (0x2000 | register << 8 | ~value, 0x43C0 | register << 3 | register)
    return (0x2000 | register << 8 | value,)  # movs register, #value


def _thumb_pair(value: int) -> tuple[int, ...]:
    return (*_thumb_load(0, value), *_thumb_load(1, -1 if value < 0 else 0))


def _leave_thumb(target: StubTarget, value: int | None) -> Code:
    load = () if value is None else _thumb_pair(value)
    return Code(halves(target.byte_order, *_bti(target), *load, 0x4770), labels=THUMB)  # bx lr


def _fail_thumb(target: StubTarget, accessor: str, error: int, value: int) -> Code:
    pad = _bti(target)
    text = halves(
        target.byte_order,
        *pad,
        *(0xB510,),  # push {r4, lr}
        *(0xF7FF, 0xFFFE),  # bl accessor
        *_thumb_load(3, error),  # movs r3, #error
        *(0x6003,),  # str r3, [r0]
        *_thumb_pair(value),  # r0 = value, r1 = sign
        *(0xBD10,),  # pop {r4, pc}
    )
    return Code(text, (NewRelocation(2 + 2 * len(pad), R_ARM_THM_CALL, accessor),), labels=THUMB)


def _fail_tls_thumb(target: StubTarget, symbol: str, error: int, value: int) -> Code:
    pad = _bti(target)
    code = [
        *pad,
        *(0xB510,),  # push {r4, lr}
        *(0xF7FF, 0xFFFE),  # bl __aeabi_read_tp
        *(0x4B00,),  # ldr r3, 1f (the distance is filled in below)
        *(0x447B,),  # 2: add r3, pc
        *(0x681B,),  # ldr r3, [r3]
        *_thumb_load(2, error),  # movs r2, #error
        *(0x50C2,),  # str r2, [r0, r3]
        *_thumb_pair(value),  # r0 = value, r1 = sign
        *(0xBD10,),  # pop {r4, pc}
    ]
    if len(code) % 2:
        code.append(0x46C0)  # nop: the word is aligned
    load, add, word = 2 * (len(pad) + 3), 2 * (len(pad) + 4), 2 * len(code)
    code[len(pad) + 3] |= (word - (load + 4 & ~3)) // 4
    text = halves(target.byte_order, *code) + words(target.byte_order, word - add - 4)
    call = NewRelocation(2 + 2 * len(pad), R_ARM_THM_CALL, "__aeabi_read_tp")
    return Code(text, (call, NewRelocation(word, R_ARM_TLS_IE32, symbol)), labels=(*THUMB, ("$d", word)))


def _jump(target: StubTarget, other: str) -> Code:
    if not target.thumb:
        return Code(
            words(target.byte_order, 0xEAFFFFFE), (NewRelocation(0, R_ARM_JUMP24, other),), labels=A32
        )  # b other
    pad = _bti(target)
    if target.arch in WITH_THUMB2:
        text = halves(target.byte_order, *pad, 0xF7FF, 0xBFFE)  # b.w other
        return Code(text, (NewRelocation(2 * len(pad), R_ARM_THM_JUMP24, other),), labels=THUMB)
    raise _no_jump()


def _no_jump() -> Exception:
    from arfix.errors import UnsupportedError  # noqa: PLC0415 (only when it fails)

    return UnsupportedError(
        "ARMv6-M has no far jump that leaves the stack alone, so an alias must name a stub made along with it"
    )


def _trap(target: StubTarget) -> Code:
    if target.thumb:
        return Code(halves(target.byte_order, *_bti(target), 0xDEFF), labels=THUMB)  # udf #255
    return Code(words(target.byte_order, 0xE7F000F0), labels=A32)  # udf #0


ARM = MachineCode(
    name="arm",
    align=4,
    leave=lambda target, value: (_leave_thumb if target.thumb else _leave_a32)(target, value),
    fail=lambda target, *rest: (_fail_thumb if target.thumb else _fail_a32)(target, *rest),
    trap=_trap,
    fail_tls=lambda target, *rest: (_fail_tls_thumb if target.thumb else _fail_tls_a32)(target, *rest),
    jump=_jump,
    rela=lambda _target: False,
    copies=(SHT.ARM_ATTRIBUTES,),
    entry_bit=lambda target: int(target.thumb),
)
