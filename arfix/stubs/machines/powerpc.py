"""Code for PowerPC 32, and for 64 bits in both ABIs: ELFv1 with function descriptors, ELFv2 with two entry points.

Checked against gcc 12 -O2 -fPIC and GNU as 2.40.

Source: Power ISA; System V ABI, PowerPC supplement; 64-bit PowerPC ELF ABI Supplement 1.9; Power Architecture 64-bit
ELF V2 ABI.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.formats.elf.constants import SHT
from arfix.stubs.elf_writer import NewRelocation
from arfix.stubs.machines.base import Code, MachineCode, words

if TYPE_CHECKING:
    from arfix.stubs.target import StubTarget

R_PPC_PLTREL24 = 18
R_PPC64_REL24 = 10
R_PPC64_TLS = 67
R_PPC64_GOT_TPREL16_LO_DS = 88
R_PPC64_GOT_TPREL16_HA = 90
#: The same numbers in 32 and 64 bits.
R_PPC_REL16_LO = 250
R_PPC_REL16_HA = 252
EF_PPC64_ABI = 3
#: `st_other`: the local entry point is two instructions behind the global one.
LOCAL_ENTRY_8 = 3 << 5

BLR = 0x4E800020  # blr
TRAP = 0x7FE00008  # trap


def _li(register: int, value: int) -> int:
    return 0x38000000 | register << 21 | value & 0xFFFF  # li register, value


def _leave32(target: StubTarget, value: int | None) -> Code:
    return Code(words(target.byte_order, *(() if value is None else _pair(value)), BLR))


def _pair(value: int) -> tuple[int, int]:
    """Return code for r3 = value and r4 = what makes it a `long long` as well when it is 0 or -1."""
    return _li(3, value), _li(4, value)


def _fail32(target: StubTarget, accessor: str, error: int, value: int) -> Code:
    """Return code that keeps the GOT in r30 during the call, as a PLT entry in a PIE or a shared object wants it."""
    text = words(
        target.byte_order,
        0x9421FFF0,  # stwu r1, -16(r1)
        0x7C0802A6,  # mflr r0
        0x429F0005,  # bcl 20, 31, 1f
        0x93C10008,  # 1: stw r30, 8(r1)
        0x7FC802A6,  # mflr r30
        0x90010014,  # stw r0, 20(r1)
        0x3FDE0000,  # addis r30, r30, _GLOBAL_OFFSET_TABLE_-1b@ha
        0x3BDE0000,  # addi r30, r30, _GLOBAL_OFFSET_TABLE_-1b@l
        0x48000001,  # bl accessor@plt
        _li(0, error),  # li r0, error
        0x90030000,  # stw r0, 0(r3)
        *_pair(value),  # li r3, value; li r4, value
        0x80010014,  # lwz r0, 20(r1)
        0x83C10008,  # lwz r30, 8(r1)
        0x7C0803A6,  # mtlr r0
        0x38210010,  # addi r1, r1, 16
        BLR,
    )
    half = _immediate(target)
    relocations = (
        NewRelocation(24 + half, R_PPC_REL16_HA, "_GLOBAL_OFFSET_TABLE_", 12 + half),
        NewRelocation(28 + half, R_PPC_REL16_LO, "_GLOBAL_OFFSET_TABLE_", 16 + half),
        NewRelocation(32, R_PPC_PLTREL24, accessor),
    )
    return Code(text, relocations)


def _immediate(target: StubTarget) -> int:
    """Return where in an instruction its 16-bit field is, in bytes."""
    return 2 if target.byte_order == "big" else 0


def _second(target: StubTarget) -> bool:
    """Whether the ABI is ELFv2; objects without the flag are ELFv1 when big-endian, as binutils takes them."""
    abi = target.flags & EF_PPC64_ABI
    return abi == 2 or (abi == 0 and target.byte_order == "little")


def _load64(value: int) -> tuple[int, ...]:
    if value > 0xFFFF:
        return _li(3, value), 0x78630020  # li r3, value; clrldi r3, r3, 32
    return (_li(3, value),)


def _toc(target: StubTarget) -> tuple[tuple[int, ...], tuple[NewRelocation, ...]]:
    """Return the two instructions of an ELFv2 global entry, which make r2 from r12; nothing in ELFv1."""
    if not _second(target):
        return (), ()
    half = _immediate(target)
    relocations = (
        NewRelocation(half, R_PPC_REL16_HA, ".TOC.", half),
        NewRelocation(4 + half, R_PPC_REL16_LO, ".TOC.", 4 + half),
    )
    return (0x3C4C0000, 0x38420000), relocations  # addis r2, r12, .TOC.-1b@ha; addi r2, r2, .TOC.-1b@l


def _fail64(target: StubTarget, accessor: str, error: int, value: int) -> Code:
    setup, relocations = _toc(target)
    frame = 32 if _second(target) else 112
    text = words(
        target.byte_order,
        *setup,
        0x7C0802A6,  # mflr r0
        0xF8010010,  # std r0, 16(r1)
        0xF8210001 | -frame & 0xFFFF,  # stdu r1, -frame(r1)
        0x48000001,  # bl accessor
        0x60000000,  # nop: the linker may put the reload of r2 here
        _li(0, error),  # li r0, error
        0x90030000,  # stw r0, 0(r3)
        *_load64(value),  # li r3, value
        0x38210000 | frame,  # addi r1, r1, frame
        0xE8010010,  # ld r0, 16(r1)
        0x7C0803A6,  # mtlr r0
        BLR,
    )
    place = 4 * len(setup) + 12
    other = LOCAL_ENTRY_8 if setup else 0
    return Code(text, (*relocations, NewRelocation(place, R_PPC64_REL24, accessor)), other=other)


def _fail_tls64(target: StubTarget, symbol: str, error: int, value: int) -> Code:
    setup, relocations = _toc(target)
    text = words(
        target.byte_order,
        *setup,
        0x3D220000,  # addis r9, r2, symbol@got@tprel@ha
        0xE9290000,  # ld r9, symbol@got@tprel@l(r9)
        _li(0, error),  # li r0, error
        0x7D296A14,  # add r9, r9, symbol@tls
        0x90090000,  # stw r0, 0(r9)
        *_load64(value),  # li r3, value
        BLR,
    )
    start, half = 4 * len(setup), _immediate(target)
    more = (
        NewRelocation(start + half, R_PPC64_GOT_TPREL16_HA, symbol),
        NewRelocation(start + 4 + half, R_PPC64_GOT_TPREL16_LO_DS, symbol),
        NewRelocation(start + 12, R_PPC64_TLS, symbol),
    )
    return Code(text, (*relocations, *more), other=LOCAL_ENTRY_8 if setup else 0)


def _leave64(target: StubTarget, value: int | None) -> Code:
    return Code(words(target.byte_order, *(() if value is None else _load64(value)), BLR))


POWERPC = MachineCode(
    name="powerpc",
    align=4,
    leave=_leave32,
    fail=_fail32,
    trap=lambda target: Code(words(target.byte_order, TRAP)),
    copies=(SHT.GNU_ATTRIBUTES,),
)

POWERPC64 = MachineCode(
    name="powerpc64",
    align=4,
    leave=_leave64,
    fail=_fail64,
    trap=lambda target: Code(words(target.byte_order, TRAP)),
    fail_tls=_fail_tls64,
    descriptors=lambda target: not _second(target),
    copies=(SHT.GNU_ATTRIBUTES,),
    zero_extends=True,
)
