"""The target of stubs: machine, class, byte order, ABI flags and C library; `like.py` takes them from an object."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from arfix.errors import UnsupportedError
from arfix.formats.elf.constants import EM
from arfix.stubs.platform import BARE_METAL, CLibrary

if TYPE_CHECKING:
    from arfix.stubs.elf_writer import NewSection


@dataclass(frozen=True, slots=True)
class StubTarget:
    """Everything the bytes of a stub depend on, besides what it does.

    Attributes:
        machine: `e_machine`.
        bits: 32 or 64, the ELF class.
        byte_order: `little` or `big`.
        flags: `e_flags`.
        libc: The C library, which says how `errno` is reached; None when it is not known.
        hardening: `GNU_PROPERTY_*_FEATURE_1_AND` bits the stub has to keep (`features.py` names them), already masked.
        os_abi: `EI_OSABI`.
        thumb: ARM: Thumb code, because the processor may have no other, or the objects around have none.
        arch: ARM: `Tag_CPU_arch`; 0 when unknown.
        stack_note: Whether objects here say that they need no executable stack. Every object of a hosted platform does;
            where none does (bare metal), GNU ld would warn about all the others because of one that has the note.
        windowed: Xtensa: the windowed register ABI.
        copied: Sections taken over as they are: build attributes, ABI flags.
        origin: The triple or the object's name, for messages.
    """

    machine: int
    bits: int
    byte_order: str
    flags: int = 0
    libc: CLibrary | None = None
    hardening: int = 0
    os_abi: int = 0
    thumb: bool = False
    arch: int = 0
    stack_note: bool = True
    windowed: bool = False
    copied: tuple[NewSection, ...] = ()
    origin: str = ""


class _Family(NamedTuple):
    """One row of the table of triples: the first word of the triple, and what it means."""

    machine: int
    bits: int
    byte_order: str
    flags: int = 0


_LITTLE, _BIG = "little", "big"
_MIPS_O32 = 0x1006  # PIC, CPIC, O32; MIPS I
_MIPS_64 = 0x20000006  # PIC, CPIC; MIPS III
_MIPS_R6_32, _MIPS_R6_64 = 0x90001406, 0xA0000406  # with NAN2008, which release 6 always has

#: Source: the `e_flags` GNU as of binutils 2.40 gives an empty file for the triple, except that MIPS names the lowest
#: ISA that has the instructions, so that the linker need not raise anything.
_FAMILIES = {
    "i386": _Family(EM.I386, 32, _LITTLE),
    "x86_64": _Family(EM.X86_64, 64, _LITTLE),
    "arm": _Family(EM.ARM, 32, _LITTLE, 0x05000000),
    "armeb": _Family(EM.ARM, 32, _BIG, 0x05000000),
    "aarch64": _Family(EM.AARCH64, 64, _LITTLE),
    "aarch64_be": _Family(EM.AARCH64, 64, _BIG),
    "riscv32": _Family(EM.RISCV, 32, _LITTLE),
    "riscv64": _Family(EM.RISCV, 64, _LITTLE),
    "mips": _Family(EM.MIPS, 32, _BIG, _MIPS_O32),
    "mipsel": _Family(EM.MIPS, 32, _LITTLE, _MIPS_O32),
    "mips64": _Family(EM.MIPS, 64, _BIG, _MIPS_64),
    "mips64el": _Family(EM.MIPS, 64, _LITTLE, _MIPS_64),
    "mipsisa32r6": _Family(EM.MIPS, 32, _BIG, _MIPS_R6_32),
    "mipsisa32r6el": _Family(EM.MIPS, 32, _LITTLE, _MIPS_R6_32),
    "mipsisa64r6": _Family(EM.MIPS, 64, _BIG, _MIPS_R6_64),
    "mipsisa64r6el": _Family(EM.MIPS, 64, _LITTLE, _MIPS_R6_64),
    "powerpc": _Family(EM.PPC, 32, _BIG, 0x8000),
    "powerpcle": _Family(EM.PPC, 32, _LITTLE, 0x8000),
    "powerpc64": _Family(EM.PPC64, 64, _BIG, 1),
    "powerpc64le": _Family(EM.PPC64, 64, _LITTLE, 2),
    "s390x": _Family(EM.S390, 64, _BIG),
    "sparc": _Family(EM.SPARC, 32, _BIG),
    "sparc64": _Family(EM.SPARCV9, 64, _BIG, 2),
    "loongarch64": _Family(EM.LOONGARCH, 64, _LITTLE, 0x43),
    "m68k": _Family(EM.M68K, 32, _BIG),
    "sh4": _Family(EM.SH, 32, _LITTLE, 2),
    "sh4eb": _Family(EM.SH, 32, _BIG, 2),
    "hppa": _Family(EM.PARISC, 32, _BIG, 0x210),
    "alpha": _Family(EM.ALPHA, 64, _LITTLE),
    "arc": _Family(EM.ARC_COMPACT2, 32, _LITTLE, 0x406),
    "xtensa": _Family(EM.XTENSA, 32, _LITTLE, 0x300),
    "or1k": _Family(EM.OPENRISC, 32, _BIG),
}

_ALIASES = {
    "i486": "i386",
    "i586": "i386",
    "i686": "i386",
    "amd64": "x86_64",
    "arm64": "aarch64",
    "ppc": "powerpc",
    "ppc64": "powerpc64",
    "ppc64le": "powerpc64le",
    "ppc64el": "powerpc64le",
    "sparcv9": "sparc64",
    "sh4le": "sh4",
    "hppa1.1": "hppa",
    "hppa2.0": "hppa",
    "parisc": "hppa",
    "alphaev67": "alpha",
    "arceb": "",
}

#: What the code for these satisfies at no cost and on every processor, so that its note can always say so: IBT and
#: SHSTK; BTI and PAC.
_HARDENING = {"x86_64": 3, "i686": 3, "aarch64": 3, "aarch64_be": 3}

#: Source: psABI for RISC-V: EF_RISCV_FLOAT_ABI_DOUBLE. Linux and Android systems use it; bare metal does not say.
_RISCV_DOUBLE = 0x4


def target_of_triple(triple: str) -> StubTarget:
    """Return what a target triple (`i686-linux-gnu`) says; an ABI it leaves open is the platform's usual one.

    Raises:
        UnsupportedError: The machine is unknown, or arfix has no code for it; the message lists those it has.
    """
    words = triple.lower().split("-")
    cpu = words[0]
    system = "-".join(words[1:])
    thumb = cpu.startswith("thumb") or (cpu.startswith("armv") and cpu.rstrip("+").endswith(("m", "m.base", "m.main")))
    family = _FAMILIES.get(_canonical(cpu))
    if family is None:
        known = ", ".join(sorted(_FAMILIES))
        raise UnsupportedError(
            f'no stub code for the machine "{cpu}" of the triple "{triple}"; known are {known}',
            hint="give an object of the target with `like=...`, if the machine is among them under another name",
        )
    bits, flags = family.bits, family.flags
    match family.machine:
        case EM.X86_64 if "x32" in system:
            bits = 32
        case EM.MIPS if "n32" in system:
            bits, flags = 32, flags | 0x20
        case EM.RISCV if "linux" in system or "android" in system:
            flags = _RISCV_DOUBLE
        case EM.PPC64 if "elfv2" in system or ("musl" in system):
            flags = 2
    library = _library(system)
    os_abi = 3 if family.machine == EM.PARISC and "linux" in system else 0
    return StubTarget(
        *(family.machine, bits, family.byte_order, flags, library),
        os_abi=os_abi,
        hardening=_HARDENING.get(cpu, _HARDENING.get(_canonical(cpu), 0)),
        thumb=thumb,
        stack_note=library not in BARE_METAL,
        origin=triple,
    )


def _canonical(cpu: str) -> str:
    if cpu in _FAMILIES:
        return cpu
    if cpu in _ALIASES:
        return _ALIASES[cpu]
    if cpu.startswith(("armeb", "armbe")) or (cpu.startswith("armv") and cpu.endswith("b")):
        return "armeb"
    for prefix in ("arm", "thumb", "riscv32", "riscv64", "sh4", "xtensa", "or1k"):
        if cpu.startswith(prefix):
            return "arm" if prefix == "thumb" else prefix
    return cpu


def _library(system: str) -> CLibrary | None:
    """Return the C library that the system part of a triple implies, None when it implies none."""
    for word, library in (
        ("android", CLibrary.BIONIC),
        ("musl", CLibrary.MUSL),
        ("picolibc", CLibrary.PICOLIBC),
        ("uclibc", CLibrary.GLIBC),
        ("gnu", CLibrary.GLIBC),
        ("linux", CLibrary.GLIBC),
        ("elf", CLibrary.NEWLIB),
        ("eabi", CLibrary.NEWLIB),
        ("newlib", CLibrary.NEWLIB),
        ("nanvix", CLibrary.NEWLIB),
        ("rtems", CLibrary.NEWLIB),
    ):
        if word in system:
            return library
    return None
