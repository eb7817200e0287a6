"""The note that declares which hardening an object's code supports: `.note.gnu.property`, written.

A linker keeps IBT, the shadow stack, BTI or PAC on for a program only if every object of the link has the bit: one stub
without the note would switch it off for all.

Source: Linux Extensions to gABI (`.note.gnu.property`); the x86, AArch64 and RISC-V psABI supplements for the bits.
"""

from __future__ import annotations

from struct import pack

from arfix.formats.elf.constants import SHF, SHT
from arfix.stubs.elf_writer import NewSection

SECTION_NAME = ".note.gnu.property"
NT_GNU_PROPERTY_TYPE_0 = 5


def write_property(bits: int, byte_order: str, kind: int, value: int) -> NewSection:
    """Return the section with one property: `kind` is a `FEATURE_1_AND` type, `value` its bits."""
    order = "<" if byte_order == "little" else ">"
    align = bits // 8
    payload = pack(f"{order}III", kind, 4, value)
    payload += bytes(-len(payload) % align)
    data = pack(f"{order}III", 4, len(payload), NT_GNU_PROPERTY_TYPE_0) + b"GNU\0" + payload
    return NewSection(SECTION_NAME, SHT.NOTE, SHF.ALLOC, data, align)
