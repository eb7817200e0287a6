"""Promises in `.note.gnu.property`: protections that hold only if every object of a link has them."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Final, Literal

from arfix.formats.elf.constants import EM
from arfix.formats.errors import malformed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from arfix.formats.elf.header import ElfHeader


class Property(Enum):
    """One promise. A linker keeps it for the output only when each input object makes it."""

    IBT = "ibt"
    SHSTK = "shstk"
    BTI = "bti"
    PAC = "pac"
    GCS = "gcs"
    ZICFILP = "zicfilp"
    ZICFISS = "zicfiss"


#: `e_machine` -> (property type of the AND features, bit -> promise).
#: Sources: x86-64 psABI (GNU_PROPERTY_X86_FEATURE_1_AND); AArch64 ABI (GNU_PROPERTY_AARCH64_FEATURE_1_AND);
#: RISC-V ELF psABI (GNU_PROPERTY_RISCV_FEATURE_1_AND).
_FEATURES: Final[Mapping[int, tuple[int, Mapping[int, Property]]]] = {
    EM.I386: (0xC0000002, {1: Property.IBT, 2: Property.SHSTK}),
    EM.X86_64: (0xC0000002, {1: Property.IBT, 2: Property.SHSTK}),
    EM.AARCH64: (0xC0000000, {1: Property.BTI, 2: Property.PAC, 4: Property.GCS}),
    EM.RISCV: (0xC0000000, {1: Property.ZICFILP, 2: Property.ZICFISS}),
}
_NT_GNU_PROPERTY_TYPE_0: Final = 5
_OWNER: Final = b"GNU\0"


def decode_properties(note: memoryview, header: ElfHeader) -> frozenset[Property]:
    """Return the promises in the contents of a `.note.gnu.property` section; unknown properties are passed over.

    Raises `FormatError` when a note or a property is longer than what is there.
    """
    if header.machine not in _FEATURES:
        return frozenset()
    wanted, bits = _FEATURES[header.machine]
    found: set[Property] = set()
    for kind, data in _properties(note, header.byteorder, header.bits // 8):
        if kind == wanted and len(data) >= 4:
            value = int.from_bytes(data[:4], header.byteorder)
            found.update(promise for bit, promise in bits.items() if value & bit)
    return frozenset(found)


def _properties(
    note: memoryview, byteorder: Literal["little", "big"], alignment: int
) -> Iterator[tuple[int, memoryview]]:
    """Yield (type, data) of each property; notes and properties are padded to `alignment` bytes.

    Source: Linux gABI extensions, "Program Property" (note: name size, descriptor size, type, name, descriptor).
    """
    at = 0
    while at + 16 <= len(note):
        name_size, size, kind = (int.from_bytes(note[at + step : at + step + 4], byteorder) for step in (0, 4, 8))
        start = at + 12 + (name_size + 3 & ~3)
        if start + size > len(note):
            raise malformed(f"a property note of {size} bytes does not fit its section", at)
        if kind == _NT_GNU_PROPERTY_TYPE_0 and bytes(note[at + 12 : at + 12 + name_size]) == _OWNER:
            yield from _split(note[start : start + size], byteorder, alignment)
        at = start + (size + alignment - 1 & -alignment)


def _split(data: memoryview, byteorder: Literal["little", "big"], alignment: int) -> Iterator[tuple[int, memoryview]]:
    at = 0
    while at + 8 <= len(data):
        kind, size = (int.from_bytes(data[at + step : at + step + 4], byteorder) for step in (0, 4))
        if at + 8 + size > len(data):
            raise malformed(f"a property of {size} bytes does not fit its note", at)
        yield kind, data[at + 8 : at + 8 + size]
        at += 8 + (size + alignment - 1 & -alignment)
