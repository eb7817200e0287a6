"""Takes the target of stubs from an object: machine, ABI flags, float ABI, build attributes, hardening, C library."""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.errors import FormatError
from arfix.formats.elf.file import read_header, read_sections, section_bytes
from arfix.formats.elf.properties import Property, decode_properties
from arfix.formats.elf.symbols import read_references
from arfix.stubs.arm_attributes import read_attributes
from arfix.stubs.elf_writer import Section
from arfix.stubs.machines import machine_of
from arfix.stubs.platform import BARE_METAL, SIGNS, Library
from arfix.stubs.target import Target

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from arfix.formats.elf.file import ElfHeader
    from arfix.formats.elf.file import Section as ReadSection
    from arfix.stubs.machines.base import Machine

#: `EI_OSABI`: an object gets 3 for a single IFUNC or unique symbol, so it is no trait of the platform, except on HPPA.
EI_OSABI = 7
ELFOSABI_GNU = 3
EM_PARISC = 15
EM_ARM = 40
EM_XTENSA = 94

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
#: Tag_CPU_arch_profile `M`, and Tag_CPU_arch of v6-M, v6S-M, v7E-M, v8-M.base, v8-M.main, v8.1-M.main.
_PROFILE_M = ord("M")
_THUMB_ONLY = frozenset({11, 12, 13, 16, 17, 21})


def target_of_object(view: memoryview, origin: str) -> Target:
    """Return the target that an ELF object was made for; the C library only if the object itself refers to `errno`.

    Args:
        view: The object's bytes.
        origin: How messages call it.

    Raises:
        FormatError: It is no well-formed ELF file.
        UnsupportedError: There is no stub code for its machine or ABI.
    """
    header = read_header(view)
    machine = machine_of(header.machine, origin)
    sections = read_sections(view, header)
    copied = tuple(_copy(view, section) for section in sections if _is_copied(machine, section))
    os_abi = view[EI_OSABI]
    library = library_of([view])
    noted = any(section.name == ".note.GNU-stack" for section in sections)
    attributes = _arm_attributes(header, copied)
    target = Target(
        *(header.machine, header.bits, header.byteorder, header.flags, library),
        hardening=_hardening(view, header, sections, machine),
        os_abi=os_abi if os_abi != ELFOSABI_GNU or header.machine == EM_PARISC else 0,
        thumb=attributes.get("profile") == _PROFILE_M or attributes.get("arch") in _THUMB_ONLY,
        arch=attributes.get("arch", 0),
        stack_note=noted or (library is not None and library not in BARE_METAL),
        windowed=header.machine == EM_XTENSA and any(b"ABI=0" in section.data for section in copied),
        copied=copied,
        origin=origin,
    )
    if attributes.get("bti"):
        target = with_hardening(target, 1)
    machine.accepts(target)
    return target


def with_hardening(target: Target, bits: int) -> Target:
    """Return the target with these hardening bits as well."""
    from dataclasses import replace  # noqa: PLC0415 (rare)

    return replace(target, hardening=target.hardening | bits)


def library_of(views: Iterable[memoryview]) -> Library | None:
    """Return the C library whose way to `errno` the objects use, None when none of them does."""
    for view in views:
        try:
            found = SIGNS.keys() & read_references(view)
        except FormatError:
            continue
        if found:
            return SIGNS[min(found)]
    return None


def _is_copied(machine: Machine, section: ReadSection) -> bool:
    return section.type in machine.copies or section.name in machine.copies


def _copy(view: memoryview, section: ReadSection) -> Section:
    return Section(
        *(section.name, section.type, section.flags, bytes(section_bytes(view, section)), max(section.alignment, 1)),
        entry_size=section.entry_size,
    )


def _hardening(view: memoryview, header: ElfHeader, sections: Sequence[ReadSection], machine: Machine) -> int:
    found: set[Property] = set()
    for section in sections:
        if section.name == ".note.gnu.property":
            found |= decode_properties(section_bytes(view, section), header)
    return sum(_BITS[promise] for promise in found) & machine.hardening[1]


def _arm_attributes(header: ElfHeader, copied: Iterable[Section]) -> dict[str, int]:
    if header.machine != EM_ARM:
        return {}
    return next((read_attributes(section.data, header.byteorder) for section in copied), {})
