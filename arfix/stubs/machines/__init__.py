"""Stub code by machine; only the module of the machine that is asked for is imported."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final, cast

from arfix.errors import UnsupportedError
from arfix.formats.elf.constants import EM

if TYPE_CHECKING:
    from collections.abc import Mapping

    from arfix.stubs.machines.base import MachineCode

#: `e_machine` -> module, name in it.
_WHERE: Final[Mapping[int, tuple[str, str]]] = {
    EM.SPARC: ("sparc", "SPARC"),
    EM.I386: ("x86", "I386"),
    EM.M68K: ("m68k", "M68K"),
    EM.MIPS: ("mips", "MIPS"),
    EM.PARISC: ("hppa", "HPPA"),
    EM.SPARC32PLUS: ("sparc", "SPARC"),
    EM.PPC: ("powerpc", "POWERPC"),
    EM.PPC64: ("powerpc", "POWERPC64"),
    EM.S390: ("s390x", "S390X"),
    EM.ARM: ("arm", "ARM"),
    EM.SH: ("sh", "SH"),
    EM.SPARCV9: ("sparc", "SPARC"),
    EM.X86_64: ("x86", "X86_64"),
    EM.OPENRISC: ("or1k", "OR1K"),
    EM.ARC_COMPACT: ("arc", "ARC"),
    EM.XTENSA: ("xtensa", "XTENSA"),
    EM.AARCH64: ("aarch64", "AARCH64"),
    EM.ARC_COMPACT2: ("arc", "ARC"),
    EM.RISCV: ("riscv", "RISCV"),
    EM.LOONGARCH: ("loongarch", "LOONGARCH"),
    EM.ALPHA: ("alpha", "ALPHA"),
}

#: The machines that stubs can be made for, in words, for messages.
NAMES = (
    "i386, x86-64, x32, ARM, AArch64, RISC-V, MIPS, PowerPC, s390x, SPARC, LoongArch64, m68k, SH4, HPPA, Alpha, ARC, "
    "Xtensa, or1k"
)


def machine_code(number: int, origin: str = "") -> MachineCode:
    """Return the code of the machine with that `e_machine`.

    Raises:
        UnsupportedError: There is none; the message names the machines there are.
    """
    place = _WHERE.get(number)
    if place is None:
        what = f"{origin} is for ELF machine {number}" if origin else f"ELF machine {number}"
        raise UnsupportedError(f"{what}, which stubs have no code for; they have it for {NAMES}")
    module = import_module(f"{__name__}.{place[0]}")
    return cast("MachineCode", getattr(module, place[1]))
