"""Code for LoongArch64.

Debian 12 has no GNU as for it: the encodings come from llvm-mc 19 and are checked with ld.lld 19 and qemu.

Source: LoongArch Reference Manual, volume 1; LoongArch ELF psABI.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.errors import UnsupportedError
from arfix.stubs.elf_writer import NewRelocation
from arfix.stubs.machines.base import Code, MachineCode, words

if TYPE_CHECKING:
    from arfix.stubs.target import StubTarget

R_LARCH_B26 = 66
R_LARCH_TLS_IE_PC_HI20 = 87
R_LARCH_TLS_IE_PC_LO12 = 88

RETURN = 0x4C000020  # ret
A0, T1 = 4, 13


def _accepts(target: StubTarget) -> None:
    if target.bits != 64:
        raise UnsupportedError(
            f"{target.origin} is for LoongArch32, which stubs have no code for; they have it for 64 bits"
        )


def _load(register: int, value: int) -> int:
    return 0x02C00000 | (value & 0xFFF) << 10 | register  # addi.d register, $zero, value


def _leave(_target: StubTarget, value: int | None) -> Code:
    return Code(words("little", *(() if value is None else (_load(A0, value),)), RETURN))


def _fail(_target: StubTarget, accessor: str, error: int, value: int) -> Code:
    text = words(
        "little",
        0x02FFC063,  # addi.d $sp, $sp, -16
        0x29C02061,  # st.d $ra, $sp, 8
        0x54000000,  # bl %plt(accessor)
        _load(T1, error),  # addi.d $t1, $zero, error
        0x2980008D,  # st.w $t1, $a0, 0
        _load(A0, value),  # addi.d $a0, $zero, value
        0x28C02061,  # ld.d $ra, $sp, 8
        0x02C04063,  # addi.d $sp, $sp, 16
        RETURN,
    )
    return Code(text, (NewRelocation(8, R_LARCH_B26, accessor),))


def _fail_tls(_target: StubTarget, symbol: str, error: int, value: int) -> Code:
    text = words(
        "little",
        0x1A00000C,  # pcalau12i $t0, %ie_pc_hi20(symbol)
        0x28C0018C,  # ld.d $t0, $t0, %ie_pc_lo12(symbol)
        _load(T1, error),  # addi.d $t1, $zero, error
        0x3818098D,  # stx.w $t1, $t0, $tp
        _load(A0, value),  # addi.d $a0, $zero, value
        RETURN,
    )
    relocations = (NewRelocation(0, R_LARCH_TLS_IE_PC_HI20, symbol), NewRelocation(4, R_LARCH_TLS_IE_PC_LO12, symbol))
    return Code(text, relocations)


LOONGARCH = MachineCode(
    name="loongarch64",
    align=4,
    leave=_leave,
    fail=_fail,
    trap=lambda _target: Code(words("little", 0x002A0000)),  # break 0
    fail_tls=_fail_tls,
    jump=lambda _target, other: Code(
        words("little", 0x50000000), (NewRelocation(0, R_LARCH_B26, other),)
    ),  # b %plt(other)
    accepts=_accepts,
)
