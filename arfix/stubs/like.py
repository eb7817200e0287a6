"""The target of stubs as an object gives it: machine, ABI flags, build attributes, hardening, C library."""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.errors import FormatError
from arfix.formats.elf.attributes import ArmArch, ArmTag, decode_attributes
from arfix.formats.elf.constants import EI, EM
from arfix.formats.elf.file import Elf
from arfix.formats.elf.properties import Property
from arfix.stubs.elf_writer import NewSection
from arfix.stubs.machines import machine_code
from arfix.stubs.platform import BARE_METAL, SIGNS, CLibrary
from arfix.stubs.target import StubTarget

if TYPE_CHECKING:
    from collections.abc import Iterable

    from arfix.formats.elf.sections import Section
    from arfix.stubs.machines.base import MachineCode

#: `EI_OSABI`: an object gets 3 for a single IFUNC or unique symbol, so it is no trait of the platform, except on HPPA.
ELFOSABI_GNU = 3

#: Source: the psABI supplements (`arfix/formats/elf/properties.py` names them).
_BITS = {
    Property.IBT: 1,
    Property.SHSTK: 2,
    Property.BTI: 1,
    Property.PAC: 2,
    Property.GCS: 4,
    Property.ZICFILP: 1,
    Property.ZICFISS: 2,
}
_ARM_TAGS = {ArmTag.CPU_ARCH: "arch", ArmTag.CPU_ARCH_PROFILE: "profile", ArmTag.BTI_USE: "bti"}
#: The value `M` of Tag_CPU_arch_profile: a processor with Thumb code only.
_PROFILE_M = ord("M")
_THUMB_ONLY = frozenset(
    {
        *(ArmArch.V6_M, ArmArch.V6S_M, ArmArch.V7E_M),
        *(ArmArch.V8_M_BASE, ArmArch.V8_M_MAIN, ArmArch.V8_1_M_MAIN),
    }
)


def target_of_object(view: memoryview, origin: str) -> StubTarget:
    """Return the target that an ELF object was made for; the C library only if the object itself refers to `errno`.

    Args:
        view: The object's bytes.
        origin: How messages call it.

    Raises:
        FormatError: It is no well-formed ELF file.
        UnsupportedError: There is no stub code for its machine or ABI.
    """
    elf = Elf(view)
    header, sections = elf.header, elf.sections
    machine = machine_code(header.machine, origin)
    copied = tuple(_copy(elf, section) for section in sections if _is_copied(machine, section))
    os_abi = view[EI.OSABI]
    library = library_of([view])
    noted = any(section.name == ".note.GNU-stack" for section in sections)
    attributes = _arm_attributes(elf, copied)
    target = StubTarget(
        *(header.machine, header.bits, header.byteorder, header.flags, library),
        hardening=_hardening(elf, machine),
        os_abi=os_abi if os_abi != ELFOSABI_GNU or header.machine == EM.PARISC else 0,
        thumb=attributes.get("profile") == _PROFILE_M or attributes.get("arch") in _THUMB_ONLY,
        arch=attributes.get("arch", 0),
        stack_note=noted or (library is not None and library not in BARE_METAL),
        windowed=header.machine == EM.XTENSA and any(b"ABI=0" in section.data for section in copied),
        copied=copied,
        origin=origin,
    )
    if attributes.get("bti"):
        target = with_hardening(target, 1)
    machine.accepts(target)
    return target


def with_hardening(target: StubTarget, bits: int) -> StubTarget:
    """Return the target with these hardening bits as well."""
    from dataclasses import replace  # noqa: PLC0415 (rare)

    return replace(target, hardening=target.hardening | bits)


def library_of(views: Iterable[memoryview]) -> CLibrary | None:
    """Return the C library whose way to `errno` the objects use, None when none of them does."""
    for view in views:
        try:
            found = SIGNS.keys() & Elf(view).references
        except FormatError:
            continue
        if found:
            return SIGNS[min(found)]
    return None


def _is_copied(machine: MachineCode, section: Section) -> bool:
    return section.type in machine.copies or section.name in machine.copies


def _copy(elf: Elf, section: Section) -> NewSection:
    return NewSection(
        *(section.name, section.type, section.flags, bytes(elf.contents(section)), max(section.alignment, 1)),
        entry_size=section.entry_size,
    )


def _hardening(elf: Elf, machine: MachineCode) -> int:
    return sum(_BITS[promise] for promise in elf.section_facts.properties) & machine.hardening[1]


def _arm_attributes(elf: Elf, copied: Iterable[NewSection]) -> dict[str, int]:
    """Return the build attributes of ARM that decide which instructions a stub may use, as far as they are there."""
    section = next(iter(copied), None) if elf.header.machine == EM.ARM else None
    if section is None:
        return {}
    tags = decode_attributes(memoryview(section.data), "aeabi", elf.header.byteorder)
    return {name: value for tag, name in _ARM_TAGS.items() if isinstance(value := tags.get(tag), int)}
