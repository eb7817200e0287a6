"""Section headers of an ELF file, with their names, and the bytes of a section."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from arfix.formats.elf.constants import SHT
from arfix.formats.errors import malformed
from arfix.formats.strings import read_strings

if TYPE_CHECKING:
    from typing import Final

    from arfix.formats.elf.header import ElfHeader

_NOBITS: Final = SHT.NOBITS.value
#: Section types whose size is not one in the file.
_WITHOUT_BYTES: Final = (SHT.NULL.value, _NOBITS)
#: Sections do not overlap; those that do, many times over, would make work and memory out of nothing.
_MAX_OVERLAP: Final = 2


class Section(NamedTuple):
    """One section header.

    Attributes:
        number: Index in the section header table.
        name: Decoded; empty when there is no table of section names.
        type: `sh_type`.
        flags: `sh_flags`.
        address: `sh_addr`.
        offset: `sh_offset`, in bytes from the start of the object.
        size: In bytes.
        link: `sh_link`.
        info: `sh_info`.
        alignment: In bytes.
        entry_size: In bytes; 0 when the section is no table.
    """

    number: int
    name: str
    type: int
    flags: int
    address: int
    offset: int
    size: int
    link: int
    info: int
    alignment: int
    entry_size: int


#: One section header as stored: offset of the name, then the fields of `Section` from `type` on.
SectionRow = tuple[int, int, int, int, int, int, int, int, int, int]


def section_rows(view: memoryview, header: ElfHeader) -> list[SectionRow]:
    """Return the section headers as stored, as plain tuples."""
    layout = header.section_layout
    end = header.section_offset + header.section_count * layout.size
    return list(layout.iter_unpack(view[header.section_offset : end])) if header.section_count else []


def separate_rows(view: memoryview, header: ElfHeader) -> list[SectionRow]:
    """Return the section headers as stored; raise `FormatError` if the sections overlap many times over."""
    rows = section_rows(view, header)
    claimed = sum([size for _, kind, _, _, _, size, _, _, _, _ in rows if kind not in _WITHOUT_BYTES])
    if claimed > _MAX_OVERLAP * len(view):
        raise malformed(f"sections take {claimed} bytes, but the object has {len(view)}", header.section_offset)
    return rows


def decode_sections(view: memoryview, header: ElfHeader) -> tuple[Section, ...]:
    """Return the section headers in order, names resolved; the null section is the first.

    A name that lies outside the table of names is a `FormatError`; contents are not looked at (`section_bytes` does).
    """
    rows = separate_rows(view, header)
    names = [""] * len(rows)
    if header.names_section:
        _, kind, _, _, offset, size, *_ = rows[header.names_section]
        table = bytes(extent(view, kind, offset, size, "section names"))
        names = read_strings(table, [row[0] for row in rows], offset)
    new = tuple.__new__
    numbered = enumerate(zip(names, rows, strict=True))
    return tuple([new(Section, (number, name, *row[1:])) for number, (name, row) in numbered])


def section_bytes(view: memoryview, section: Section) -> memoryview:
    """Return the contents of `section`, as a view: empty for one that takes no space in the file.

    Raises `FormatError` when it does not lie within the object.
    """
    return extent(view, section.type, section.offset, section.size, section.name or f"section {section.number}")


def extent(view: memoryview, kind: int, offset: int, size: int, what: str) -> memoryview:
    """Return `size` bytes from `offset`; empty for the section type SHT_NOBITS.

    Raises `FormatError` when they do not lie within the object, with `what` as their name.
    """
    if kind == _NOBITS:
        return view[:0]
    if offset + size > len(view):
        raise malformed(f"{what} should end at {offset + size:#x}, but the object ends at {len(view):#x}", offset)
    return view[offset : offset + size]
