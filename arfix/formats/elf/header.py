"""The ELF header: class, byte order, machine, and where the other tables are."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from arfix.formats.constants import ELF_MAGIC
from arfix.formats.elf.constants import (
    BYTE_ORDERS,
    CLASSES,
    EI,
    HEADERS,
    IDENT_SIZE,
    MACHINE_WORDS,
    SECTION_HEADERS,
    SHN,
)
from arfix.formats.errors import malformed
from arfix.formats.model import Machine

if TYPE_CHECKING:
    from struct import Struct
    from typing import Final, Literal

_XINDEX: Final = SHN.XINDEX.value
_CLASS: Final = EI.CLASS.value
_DATA: Final = EI.DATA.value


class ElfHeader(NamedTuple):
    """The fields of an ELF header that matter here.

    Attributes:
        bits: 32 or 64.
        order: `<` or `>`, as `struct` wants it.
        type: `e_type`.
        machine: `e_machine`.
        flags: `e_flags`.
        program_offset: `e_phoff`, in bytes from the start of the object.
        program_count: `e_phnum`.
        section_offset: `e_shoff`, in bytes from the start of the object; 0 when there is no table.
        section_count: Number of section headers, extended numbering resolved; all of them are there.
        names_section: Index of the section that holds section names, extended numbering resolved; 0 when none.
    """

    bits: int
    order: str
    type: int
    machine: int
    flags: int
    program_offset: int
    program_count: int
    section_offset: int
    section_count: int
    names_section: int

    @property
    def byteorder(self) -> Literal["little", "big"]:
        """The byte order as `int.from_bytes` wants it."""
        return "little" if self.order == "<" else "big"

    @property
    def section_layout(self) -> Struct:
        """Layout of one section header."""
        return SECTION_HEADERS[self.bits, self.order]


def decode_header(view: memoryview) -> ElfHeader:
    """Return the header of the ELF file in `view`; raises `FormatError` when it is cut short or contradicts itself.

    Extended numbering: with 0xff00 sections or more, `e_shnum` is 0 and the number is in `sh_size` of section 0;
    `e_shstrndx` is then `SHN_XINDEX` and the index in its `sh_link`. Source: gABI, "ELF Header".
    """
    if bytes(view[:4]) != ELF_MAGIC:
        raise malformed("the first four bytes are not the ELF magic", 0)
    ident = bytes(view[:IDENT_SIZE])
    if len(ident) < IDENT_SIZE:
        raise malformed(f"ELF header ends after {len(ident)} bytes, expected at least 52", 0)
    bits = CLASSES.get(ident[_CLASS])
    order = BYTE_ORDERS.get(ident[_DATA])
    if bits is None:
        raise malformed(f"ELF class is {ident[_CLASS]}, expected 1 (32-bit) or 2 (64-bit)", _CLASS)
    if order is None:
        raise malformed(f"ELF data encoding is {ident[_DATA]}, expected 1 (little) or 2 (big)", _DATA)
    layout = HEADERS[bits, order]
    if len(view) < IDENT_SIZE + layout.size:
        raise malformed(f"ELF header ends after {len(view)} bytes, expected {IDENT_SIZE + layout.size}", 0)
    kind, machine, _, _, phoff, shoff, flags, _, _, phnum, shentsize, shnum, shstrndx = layout.unpack_from(
        view, IDENT_SIZE
    )
    if shoff:
        shnum, shstrndx = _check_section_table(view, bits, order, shoff, shentsize, shnum, shstrndx)
    else:
        shnum = shstrndx = 0
    return ElfHeader(bits, order, kind, machine, flags, phoff, phnum, shoff, shnum, shstrndx)


def _check_section_table(  # noqa: PLR0913, PLR0917 (the fields of one header)
    view: memoryview, bits: int, order: str, shoff: int, shentsize: int, shnum: int, shstrndx: int
) -> tuple[int, int]:
    """Return the true number of sections and index of the names' section, both checked against what is there."""
    layout = SECTION_HEADERS[bits, order]
    if shentsize != layout.size:
        raise malformed(f"section headers have a size of {shentsize} bytes, expected {layout.size}", shoff)
    room = (len(view) - shoff) // layout.size
    if room < 1:
        raise malformed(f"section headers begin at {shoff:#x}, but the object ends at {len(view):#x}", shoff)
    if shnum == 0 or shstrndx == _XINDEX:
        first = layout.unpack_from(view, shoff)
        shnum = shnum or first[5]
        shstrndx = first[6] if shstrndx == _XINDEX else shstrndx
    if shnum > room:
        raise malformed(f"{shnum} section headers are announced, but there is room for {room}", shoff)
    if shstrndx >= max(shnum, 1):
        raise malformed(f"section names are in section {shstrndx}, but there are only {shnum} sections", shoff)
    return shnum, shstrndx


def machine_of(header: ElfHeader) -> Machine:
    """Return the machine an ELF header names; an unknown number is spelt `machine-N`."""
    number = header.machine
    name = MACHINE_WORDS.get(number, f"machine-{number}")
    if name == "s390" and header.bits == 64:
        name = "s390x"
    if name == "ppc64" and header.order == "<":
        name = "ppc64le"
    return Machine(name, header.bits, header.byteorder, header.machine)
