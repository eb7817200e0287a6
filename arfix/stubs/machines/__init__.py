"""Which file has the code for which machine; only the one that is asked for is imported."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, cast

from arfix.errors import UnsupportedError

if TYPE_CHECKING:
    from arfix.stubs.machines.base import Machine

#: `e_machine` -> module, name in it. Source: the numbers are those of the System V ABI's registry (`elf.h`).
_WHERE = {
    2: ("sparc", "SPARC"),
    3: ("x86", "I386"),
    4: ("m68k", "M68K"),
    8: ("mips", "MIPS"),
    15: ("hppa", "HPPA"),
    18: ("sparc", "SPARC"),
    20: ("powerpc", "POWERPC"),
    21: ("powerpc", "POWERPC64"),
    22: ("s390x", "S390X"),
    40: ("arm", "ARM"),
    42: ("sh", "SH"),
    43: ("sparc", "SPARC"),
    62: ("x86", "X86_64"),
    92: ("or1k", "OR1K"),
    93: ("arc", "ARC"),
    94: ("xtensa", "XTENSA"),
    183: ("aarch64", "AARCH64"),
    195: ("arc", "ARC"),
    243: ("riscv", "RISCV"),
    258: ("loongarch", "LOONGARCH"),
    0x9026: ("alpha", "ALPHA"),
}

#: The machines that stubs can be made for, in words, for messages.
NAMES = (
    "i386, x86-64, x32, ARM, AArch64, RISC-V, MIPS, PowerPC, s390x, SPARC, LoongArch64, m68k, SH4, HPPA, Alpha, ARC, "
    "Xtensa, or1k"
)


def machine_of(number: int, origin: str = "") -> Machine:
    """Return the code of the machine with that `e_machine`.

    Raises:
        UnsupportedError: There is none; the message names the machines there are.
    """
    place = _WHERE.get(number)
    if place is None:
        what = f"{origin} is for ELF machine {number}" if origin else f"ELF machine {number}"
        raise UnsupportedError(f"{what}, which stubs have no code for; they have it for {NAMES}")
    module = import_module(f"{__name__}.{place[0]}")
    return cast("Machine", getattr(module, place[1]))
