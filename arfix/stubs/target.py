"""What a stub is made for: machine, class, byte order, ABI flags and C library; `like.py` takes them from an object."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from arfix.errors import UnsupportedError
from arfix.stubs.platform import BARE_METAL, Library

if TYPE_CHECKING:
    from arfix.stubs.elf_writer import Section


@dataclass(frozen=True, slots=True)
class Target:
    """Everything the bytes of a stub depend on, besides what it does.

    Attributes:
        machine: `e_machine`.
        bits: 32 or 64, the ELF class.
        byte_order: `little` or `big`.
        flags: `e_flags`.
        library: The C library, which says how `errno` is reached; None when nothing tells.
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
    library: Library | None = None
    hardening: int = 0
    os_abi: int = 0
    thumb: bool = False
    arch: int = 0
    stack_note: bool = True
    windowed: bool = False
    copied: tuple[Section, ...] = ()
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
    "i386": _Family(3, 32, _LITTLE),
    "x86_64": _Family(62, 64, _LITTLE),
    "arm": _Family(40, 32, _LITTLE, 0x05000000),
    "armeb": _Family(40, 32, _BIG, 0x05000000),
    "aarch64": _Family(183, 64, _LITTLE),
    "aarch64_be": _Family(183, 64, _BIG),
    "riscv32": _Family(243, 32, _LITTLE),
    "riscv64": _Family(243, 64, _LITTLE),
    "mips": _Family(8, 32, _BIG, _MIPS_O32),
    "mipsel": _Family(8, 32, _LITTLE, _MIPS_O32),
    "mips64": _Family(8, 64, _BIG, _MIPS_64),
    "mips64el": _Family(8, 64, _LITTLE, _MIPS_64),
    "mipsisa32r6": _Family(8, 32, _BIG, _MIPS_R6_32),
    "mipsisa32r6el": _Family(8, 32, _LITTLE, _MIPS_R6_32),
    "mipsisa64r6": _Family(8, 64, _BIG, _MIPS_R6_64),
    "mipsisa64r6el": _Family(8, 64, _LITTLE, _MIPS_R6_64),
    "powerpc": _Family(20, 32, _BIG, 0x8000),
    "powerpcle": _Family(20, 32, _LITTLE, 0x8000),
    "powerpc64": _Family(21, 64, _BIG, 1),
    "powerpc64le": _Family(21, 64, _LITTLE, 2),
    "s390x": _Family(22, 64, _BIG),
    "sparc": _Family(2, 32, _BIG),
    "sparc64": _Family(43, 64, _BIG, 2),
    "loongarch64": _Family(258, 64, _LITTLE, 0x43),
    "m68k": _Family(4, 32, _BIG),
    "sh4": _Family(42, 32, _LITTLE, 2),
    "sh4eb": _Family(42, 32, _BIG, 2),
    "hppa": _Family(15, 32, _BIG, 0x210),
    "alpha": _Family(0x9026, 64, _LITTLE),
    "arc": _Family(195, 32, _LITTLE, 0x406),
    "xtensa": _Family(94, 32, _LITTLE, 0x300),
    "or1k": _Family(92, 32, _BIG),
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


def target_of_triple(triple: str) -> Target:
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
            hint="give an object of the target with --like, if the machine is among them under another name",
        )
    bits, flags = family.bits, family.flags
    match family.machine:
        case 62 if "x32" in system:
            bits = 32
        case 8 if "n32" in system:
            bits, flags = 32, flags | 0x20
        case 243 if "linux" in system or "android" in system:
            flags = _RISCV_DOUBLE
        case 21 if "elfv2" in system or ("musl" in system):
            flags = 2
    library = _library(system)
    os_abi = 3 if family.machine == 15 and "linux" in system else 0
    return Target(
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


def _library(system: str) -> Library | None:
    """Return the C library that the system part of a triple implies, None when it implies none."""
    for word, library in (
        ("android", Library.BIONIC),
        ("musl", Library.MUSL),
        ("picolibc", Library.PICOLIBC),
        ("uclibc", Library.GLIBC),
        ("gnu", Library.GLIBC),
        ("linux", Library.GLIBC),
        ("elf", Library.NEWLIB),
        ("eabi", Library.NEWLIB),
        ("newlib", Library.NEWLIB),
        ("nanvix", Library.NEWLIB),
        ("rtems", Library.NEWLIB),
    ):
        if word in system:
            return library
    return None
