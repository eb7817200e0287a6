"""The ABI that an ELF object was compiled for, and whether linkers refuse to mix it with another.

Calling conventions differ within one machine: where floating-point arguments go, which version of the ABI holds, how a
NaN is coded. `e_flags` and attribute sections give them; `compare` returns what linkers make of a pair.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Final, NamedTuple

from arfix.formats.elf.attributes import decode_attributes
from arfix.formats.elf.constants import EM

if TYPE_CHECKING:
    from collections.abc import Callable

    from arfix.formats.elf.file import Elf
    from arfix.formats.elf.sections import Section
    from arfix.formats.model import Machine


class Abi(NamedTuple):
    """The calling convention of one object. None means that the object does not say; it mixes with anything.

    Attributes:
        machine: Architecture, class and byte order.
        version: `EABI5`, `ELFv2`, `o32`, `n64`, ...
        float_abi: Where floating-point values are passed: `soft`, `hard`, `double`, ...
        registers: `rve` for RISC-V's half register file, else None.
        nan: How MIPS codes a NaN: `2008` or `legacy`.
        isa: The instruction set in the machine's own words; linkers merge it and never refuse.
        float_abi_implied: The object uses floating point, and its `float_abi` is only the default of its machine.
    """

    machine: Machine
    version: str | None = None
    float_abi: str | None = None
    registers: str | None = None
    nan: str | None = None
    isa: str | None = None
    float_abi_implied: bool = False


class RefusedBy(Enum):
    """Who refuses to link two objects. The value is the word shown in JSON."""

    EVERY_LINKER = "every-linker"
    LLD = "lld"
    """lld refuses, GNU ld warns."""
    GNU_LD = "gnu-ld"
    """GNU ld refuses; lld takes what is not said as no opinion."""


class AbiConflict(NamedTuple):
    """Why two objects do not go together: what differs, the two values, and who refuses."""

    what: str
    first: str
    second: str
    refusal: RefusedBy

    def __str__(self) -> str:
        """Return `floating-point ABI: soft and hard`."""
        return f"{self.what}: {self.first} and {self.second}"


#: Machines that have only one ABI per class and byte order, as far as objects record it.
SINGLE_ABI: Final = frozenset({"x86-64", "i386", "aarch64", "s390x", "s390", "sparc64", "sparc"})


def read_abi(elf: Elf) -> Abi:
    """Return the ABI of the ELF object; raises `FormatError` when its headers or attribute sections are wrong."""
    reader = _READERS.get(elf.header.machine)
    return Abi(elf.machine) if reader is None else reader(elf)


def compare(first: Abi, second: Abi) -> AbiConflict | None:
    """Return why linkers refuse the two objects in one link, or None when they go together."""
    one, other = first.machine, second.machine
    if one != other:
        return AbiConflict("machine", _machine_text(one), _machine_text(other), RefusedBy.EVERY_LINKER)
    for what, left, right in (
        ("ABI version", first.version, second.version),
        ("register file", first.registers, second.registers),
        ("NaN encoding", first.nan, second.nan),
    ):
        if left is not None and right is not None and left != right:
            return AbiConflict(what, left, right, RefusedBy.EVERY_LINKER)
    left, right = first.float_abi, second.float_abi
    if left is None or right is None or left == right or frozenset({left, right}) in _MIXABLE:
        return None
    refusal = RefusedBy.LLD if one.name == "mips" else RefusedBy.EVERY_LINKER
    if first.float_abi_implied or second.float_abi_implied:
        refusal = RefusedBy.GNU_LD
    return AbiConflict("floating-point ABI", left, right, refusal)


def _machine_text(machine: Machine) -> str:
    return f"{machine.name} ({machine.bits}-bit, {machine.byte_order}-endian)"


#: MIPS floating-point ABIs that go together: FPXX runs in both modes of the FPU, and fp64a code is fp64 code.
#: Source: MIPS O32 ABI, "FR0 and FR1 Interlinking"; lld `Arch/MipsArchTree.cpp` (`compareMipsFpAbi`).
_MIXABLE: Final = frozenset(
    frozenset(pair) for pair in (("xx", "double"), ("xx", "fp64"), ("xx", "fp64a"), ("fp64", "fp64a"))
)


def _attributes(elf: Elf, name: str, vendor: str) -> dict[int, int | str]:
    section = _section(elf, name)
    return {} if section is None else decode_attributes(elf.contents(section), vendor, elf.header.byteorder)


def _section(elf: Elf, name: str) -> Section | None:
    return next((section for section in elf.sections if section.name == name), None)


_TAG_CPU_NAME: Final = 5
_TAG_FP_NUMBER_MODEL: Final = 23
_TAG_VFP_ARGS: Final = 28
_VFP_ARGS: Final = {0: "soft", 1: "hard", 2: "toolchain-specific"}


def _read_arm(elf: Elf) -> Abi:
    """Return the ABI of a 32-bit Arm object.

    An object that uses no floating point (`Tag_ABI_FP_number_model` 0) or either convention (`Tag_ABI_VFP_args` 3) has
    no opinion. Source: aaelf32, "ELF header" (EF_ARM_EABIMASK); addenda32, "Tag_ABI_VFP_args"; binutils
    `bfd/elf32-arm.c` (`elf32_arm_merge_eabi_attributes`); lld `ELF/InputFiles.cpp` (`updateARMVFPArgs`).
    """
    tags = _attributes(elf, ".ARM.attributes", "aeabi")
    eabi = elf.header.flags >> 24
    uses_float = tags.get(_TAG_FP_NUMBER_MODEL, 0) != 0
    convention = tags.get(_TAG_VFP_ARGS, 0)
    float_abi = _VFP_ARGS.get(convention) if uses_float and isinstance(convention, int) else None
    cpu = tags.get(_TAG_CPU_NAME)
    return Abi(
        elf.machine,
        f"EABI{eabi}" if eabi else None,
        float_abi,
        isa=cpu if isinstance(cpu, str) else None,
        float_abi_implied=float_abi is not None and _TAG_VFP_ARGS not in tags,
    )


_TAG_RISCV_ARCH: Final = 5
_RISCV_FLOAT: Final = {0: "soft", 2: "single", 4: "double", 6: "quad"}


def _read_riscv(elf: Elf) -> Abi:
    """Return the ABI of a RISC-V object. Source: RISC-V ELF psABI, "File Header" (EF_RISCV_FLOAT_ABI, EF_RISCV_RVE)."""
    arch = _attributes(elf, ".riscv.attributes", "riscv").get(_TAG_RISCV_ARCH)
    return Abi(
        elf.machine,
        float_abi=_RISCV_FLOAT[elf.header.flags & 6],
        registers="rve" if elf.header.flags & 8 else "rvi",
        isa=arch if isinstance(arch, str) else None,
    )


_LOONGARCH_FLOAT: Final = {1: "soft", 2: "single", 3: "double"}


def _read_loongarch(elf: Elf) -> Abi:
    """Return the ABI of a LoongArch object. Source: "ELF for the LoongArch Architecture", `e_flags`."""
    return Abi(elf.machine, float_abi=_LOONGARCH_FLOAT.get(elf.header.flags & 7))


def _read_ppc64(elf: Elf) -> Abi:
    """Return the ABI of a 64-bit PowerPC object; 0 says nothing. Source: ELF V2 ABI for Power (EF_PPC64_ABI)."""
    version = elf.header.flags & 3
    return Abi(elf.machine, f"ELFv{version}" if version else None)


_TAG_GNU_POWER_FP: Final = 4
_POWER_FLOAT: Final = {1: "hard", 2: "soft", 3: "single"}


def _read_ppc(elf: Elf) -> Abi:
    """Return the ABI of a 32-bit PowerPC object. Source: binutils `elf/ppc.h` (Tag_GNU_Power_ABI_FP, low two bits)."""
    value = _attributes(elf, ".gnu.attributes", "gnu").get(_TAG_GNU_POWER_FP, 0)
    return Abi(elf.machine, float_abi=_POWER_FLOAT.get(value & 3) if isinstance(value, int) else None)


_MIPS_ABI2: Final = 0x20
_MIPS_NAN2008: Final = 0x400
_MIPS_VERSIONS: Final = {0x1000: "o32", 0x2000: "o64", 0x3000: "eabi32", 0x4000: "eabi64"}
_MIPS_FLOAT: Final = {1: "double", 2: "single", 3: "soft", 4: "old-fp64", 5: "xx", 6: "fp64", 7: "fp64a"}
_MIPS_ARCHITECTURES: Final = {
    0: "mips1", 1: "mips2", 2: "mips3", 3: "mips4", 4: "mips5", 5: "mips32", 6: "mips64",
    7: "mips32r2", 8: "mips64r2", 9: "mips32r6", 10: "mips64r6",
}  # fmt: skip


def _read_mips(elf: Elf) -> Abi:
    """Return the ABI of a MIPS object: from `e_flags`, and the floating-point ABI from `.MIPS.abiflags` (byte 7).

    Source: binutils `elf/mips.h` (EF_MIPS_ABI, EF_MIPS_ABI2, EF_MIPS_NAN2008, Val_GNU_MIPS_ABI_FP_*).
    """
    if elf.header.flags & _MIPS_ABI2:
        version: str | None = "n32"
    elif elf.header.bits == 64:
        version = _MIPS_VERSIONS.get(elf.header.flags & 0xF000, "n64")
    else:
        version = _MIPS_VERSIONS.get(elf.header.flags & 0xF000)
    section = _section(elf, ".MIPS.abiflags")
    content = b"" if section is None else bytes(elf.contents(section))
    return Abi(
        elf.machine,
        version,
        _MIPS_FLOAT.get(content[7]) if len(content) > 7 else None,
        nan="2008" if elf.header.flags & _MIPS_NAN2008 else "legacy",
        isa=_MIPS_ARCHITECTURES.get(elf.header.flags >> 28),
    )


_READERS: Final[dict[int, Callable[[Elf], Abi]]] = {
    EM.MIPS: _read_mips,
    EM.PPC: _read_ppc,
    EM.PPC64: _read_ppc64,
    EM.ARM: _read_arm,
    EM.RISCV: _read_riscv,
    EM.LOONGARCH: _read_loongarch,
}
