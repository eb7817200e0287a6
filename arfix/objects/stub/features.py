"""The note that says which hardening the code of an object keeps up: `.note.gnu.property`, read and written.

A linker keeps IBT, the shadow stack, BTI or PAC on for a program only if every object of the link has the bit: one stub
without the note would switch it off for all.

Source: Linux Extensions to gABI (`.note.gnu.property`); the x86, AArch64 and RISC-V psABI supplements for the bits.
"""

from __future__ import annotations

from struct import error as StructError  # noqa: N812 (a class with a module's name)
from struct import pack, unpack_from
from typing import TYPE_CHECKING

from arfix.objects.stub.elf_writer import SHF_ALLOC, SHT_NOTE, Section

if TYPE_CHECKING:
    from collections.abc import Iterator

SECTION_NAME = ".note.gnu.property"
NT_GNU_PROPERTY_TYPE_0 = 5


def write_property(bits: int, byte_order: str, kind: int, value: int) -> Section:
    """Return the section with one property: `kind` is a `FEATURE_1_AND` type, `value` its bits."""
    order = "<" if byte_order == "little" else ">"
    align = bits // 8
    payload = pack(f"{order}III", kind, 4, value)
    payload += bytes(-len(payload) % align)
    data = pack(f"{order}III", 4, len(payload), NT_GNU_PROPERTY_TYPE_0) + b"GNU\0" + payload
    return Section(SECTION_NAME, SHT_NOTE, SHF_ALLOC, data, align)


def read_property(data: bytes | memoryview, bits: int, byte_order: str, kind: int) -> int:
    """Return the bits of the property `kind` in a section's bytes; 0 where it is not there or the note is malformed."""
    for number, value in _properties(bytes(data), bits // 8, "<" if byte_order == "little" else ">"):
        if number == kind and len(value) >= 4:
            return int(unpack_from("<I" if byte_order == "little" else ">I", value)[0])
    return 0


def _properties(data: bytes, align: int, order: str) -> Iterator[tuple[int, bytes]]:
    """Yield `(type, value)` of every property until the bytes end or make no sense."""
    place = 0
    try:
        while place + 12 <= len(data):
            name_size, size, note = unpack_from(f"{order}III", data, place)
            start = place + 12 + (-(-name_size // 4) * 4)
            if note == NT_GNU_PROPERTY_TYPE_0:
                inner = start
                while inner + 8 <= min(start + size, len(data)):
                    number, length = unpack_from(f"{order}II", data, inner)
                    yield number, data[inner + 8 : inner + 8 + length]
                    inner += 8 + length + -length % align
            place = start + size + -size % align
    except StructError:
        return
