"""Code for i386, x86-64 and x32.

Checked against gcc 12 -O2 -fPIC and GNU as 2.40. `endbr64` is a no-op where IBT is unknown, so every 64-bit stub has
one; a processor before the Pentium Pro would fault on `endbr32`, so that one needs IBT in the objects around.

Source: Intel SDM volume 2; System V ABI supplements for i386 (chapter 3.2) and AMD64 (chapter 3.2).
"""

from __future__ import annotations

from struct import pack
from typing import TYPE_CHECKING

from arfix.stubs.elf_writer import NewRelocation
from arfix.stubs.machines.base import Code, MachineCode

if TYPE_CHECKING:
    from arfix.stubs.target import StubTarget

R_386_GOT32X = 43
R_386_PLT32 = 4
R_386_GOTPC = 10
R_386_TLS_GOTIE = 16
R_X86_64_PLT32 = 4
R_X86_64_GOTTPOFF = 22
#: GNU_PROPERTY_X86_FEATURE_1_AND; IBT, SHSTK, LAM_U48, LAM_U57: landing pads, paired call and ret, no pointer is made.
HARDENING = (0xC0000002, 0xF)

IBT = 1

ENDBR64 = b"\xf3\x0f\x1e\xfa"  # endbr64
RET = b"\xc3"  # ret
UD2 = b"\x0f\x0b"  # ud2


def _load64(value: int | None) -> bytes:
    """Return code that puts `value` into rax whole: int, long, pointer and long long alike."""
    match value:
        case None:
            return b""
        case 0:
            return b"\x31\xc0"  # xor eax, eax
        case _ if value > 0:
            return b"\xb8" + pack("<i", value)  # mov eax, value
        case _:
            return b"\x48\xc7\xc0" + pack("<i", value)  # mov rax, value (sign-extended)


def _leave64(_target: StubTarget, value: int | None) -> Code:
    return Code(ENDBR64 + _load64(value) + RET)


def _fail64(target: StubTarget, accessor: str, error: int, value: int) -> Code:
    text = (
        ENDBR64
        + b"\x48\x83\xec\x08"  # sub rsp, 8
        + b"\xe8\0\0\0\0"  # call accessor@PLT
        + (b"\x67" if target.bits == 32 else b"")  # x32: the address has 32 bits
        + b"\xc7\x00"  # mov dword ptr [rax], error
        + pack("<i", error)
        + _load64(value)
        + b"\x48\x83\xc4\x08"  # add rsp, 8
        + RET
    )
    return Code(text, (NewRelocation(9, R_X86_64_PLT32, accessor, -4),))


def _fail_tls64(target: StubTarget, symbol: str, error: int, value: int) -> Code:
    if target.bits == 32:
        text = (
            ENDBR64
            + b"\x64\x8b\x04\x25\0\0\0\0"  # mov eax, fs:0
            + b"\x40\x03\x05\0\0\0\0"  # rex add eax, [rip + symbol@GOTTPOFF]
            + b"\x67\xc7\x00"  # mov dword ptr [eax], error
        )
        place = 15
    else:
        text = (
            ENDBR64 + b"\x48\x8b\x05\0\0\0\0" + b"\x64\xc7\x00"
        )  # mov rax, [rip + symbol@GOTTPOFF]; mov fs:[rax], error
        place = 7
    return Code(text + pack("<i", error) + _load64(value) + RET, (NewRelocation(place, R_X86_64_GOTTPOFF, symbol, -4),))


def _jump64(_target: StubTarget, other: str) -> Code:
    return Code(ENDBR64 + b"\xe9\0\0\0\0", (NewRelocation(5, R_X86_64_PLT32, other, -4),))  # jmp other@PLT


def _pad32(target: StubTarget) -> bytes:
    return b"\xf3\x0f\x1e\xfb" if target.hardening & IBT else b""  # endbr32


def _load32(value: int | None) -> bytes:
    """Return code that puts `value` into eax and its sign into edx, for `long long`."""
    match value:
        case None:
            return b""
        case 0:
            return b"\x31\xc0\x31\xd2"  # xor eax, eax; xor edx, edx
        case _:
            return b"\xb8" + pack("<i", value) + b"\x99"  # mov eax, value; cdq


def _leave32(target: StubTarget, value: int | None) -> Code:
    return Code(_pad32(target) + _load32(value) + RET)


def _fail32(target: StubTarget, accessor: str, error: int, value: int) -> Code:
    """Return code that is right in a PIE and a shared object too: a PLT entry there finds the GOT through ebx.

    The call to the next instruction is one that the shadow stack does not record (SDM: CALL with displacement 0).
    """
    pad = _pad32(target)
    text = (
        pad
        + b"\x53"  # push ebx
        + b"\xe8\0\0\0\0"  # call 1f
        + b"\x5b"  # 1: pop ebx
        + b"\x81\xc3\x03\0\0\0"  # add ebx, _GLOBAL_OFFSET_TABLE_ + (. - 1b)
        + b"\x83\xec\x08"  # sub esp, 8: a multiple of 16 at the call
        + b"\xe8\xfc\xff\xff\xff"  # call accessor@PLT
        + b"\xc7\x00"  # mov dword ptr [eax], error
        + pack("<i", error)
        + _load32(value)
        + b"\x83\xc4\x08"  # add esp, 8
        + b"\x5b"  # pop ebx
        + RET
    )
    relocations = (
        NewRelocation(len(pad) + 9, R_386_GOTPC, "_GLOBAL_OFFSET_TABLE_"),
        NewRelocation(len(pad) + 17, R_386_PLT32, accessor),
    )
    return Code(text, relocations)


def _fail_tls32(target: StubTarget, symbol: str, error: int, value: int) -> Code:
    pad = _pad32(target)
    text = (
        pad
        + b"\xe8\0\0\0\0"  # call 1f
        + b"\x58"  # 1: pop eax
        + b"\x05\x02\0\0\0"  # add eax, _GLOBAL_OFFSET_TABLE_ + (. - 1b)
        + b"\x8b\x80\0\0\0\0"  # mov eax, [eax + symbol@GOTNTPOFF]
        + b"\x65\xc7\x00"  # mov dword ptr gs:[eax], error
        + pack("<i", error)
        + _load32(value)
        + RET
    )
    relocations = (
        NewRelocation(len(pad) + 7, R_386_GOTPC, "_GLOBAL_OFFSET_TABLE_"),
        NewRelocation(len(pad) + 13, R_386_TLS_GOTIE, symbol),
    )
    return Code(text, relocations)


def _jump32(target: StubTarget, other: str) -> Code:
    """Return a jump through the GOT: it needs no register but ecx, which no argument of the C ABI is in."""
    pad = _pad32(target)
    text = (
        pad
        + b"\xe8\0\0\0\0"  # call 1f
        + b"\x59"  # 1: pop ecx
        + b"\x81\xc1\x03\0\0\0"  # add ecx, _GLOBAL_OFFSET_TABLE_ + (. - 1b)
        + b"\xff\xa1\0\0\0\0"  # jmp [ecx + other@GOT]
    )
    relocations = (
        NewRelocation(len(pad) + 8, R_386_GOTPC, "_GLOBAL_OFFSET_TABLE_"),
        NewRelocation(len(pad) + 14, R_386_GOT32X, other),
    )
    return Code(text, relocations)


I386 = MachineCode(
    name="i386",
    align=16,
    leave=_leave32,
    fail=_fail32,
    trap=lambda target: Code(_pad32(target) + UD2),
    fail_tls=_fail_tls32,
    jump=_jump32,
    rela=lambda _target: False,
    hardening=HARDENING,
)

X86_64 = MachineCode(
    name="x86-64",
    align=16,
    leave=_leave64,
    fail=_fail64,
    trap=lambda _target: Code(ENDBR64 + UD2),
    fail_tls=_fail_tls64,
    jump=_jump64,
    hardening=HARDENING,
)
