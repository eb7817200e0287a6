"""An ELF object with other bytes in some of its sections.

Only those bytes change where sizes stay. Where a size changes, the sections behind it move, each to the next offset its
alignment allows, and the section headers follow. Nothing else in a relocatable object holds a file offset (gABI, "ELF
Header": `e_shoff` and `sh_offset` are the only ones without program headers).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from arfix.errors import UnsupportedError
from arfix.formats.elf.constants import HEADERS, IDENT_SIZE, SHT
from arfix.formats.errors import malformed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from arfix.formats.elf.file import Elf
    from arfix.formats.elf.sections import Section

#: Position of `e_shoff` among the fields of `HEADERS`.
_SHOFF_FIELD = 5


@dataclass(frozen=True, slots=True)
class SectionChanges:
    """What is to change, by section number.

    Attributes:
        contents: The section's new bytes.
        links: Its new (`sh_link`, `sh_info`).
        names: New `sh_name` of every section, if the table of section names was rebuilt; None to keep them.
    """

    contents: Mapping[int, bytes]
    links: Mapping[int, tuple[int, int]]
    names: Mapping[int, int] | None = None


def replace_sections(elf: Elf, changes: SectionChanges) -> bytes:
    """Return the bytes of a relocatable object with other sections.

    Raises:
        UnsupportedError: It has program headers, or a section that would have to move overlaps another.
        FormatError: A section does not lie within the object.
    """
    view, header, sections = elf.view, elf.header, elf.sections
    contents = changes.contents
    stored = [one for one in sections if one.type not in {SHT.NULL, SHT.NOBITS}]
    resized = [one.offset for one in stored if one.number in contents and len(contents[one.number]) != one.size]
    start = min(resized, default=len(view))
    offsets: dict[int, int] = {}
    if resized:
        result, offsets, table = _lay_out(elf, stored, contents, start)
    else:
        result, table = bytearray(view), header.section_offset
    for one in stored:
        if one.offset < start and one.number in contents:
            result[one.offset : one.offset + one.size] = contents[one.number]
    layout = header.section_layout
    for one in sections[1:]:
        row = list(layout.unpack_from(view, header.section_offset + one.number * layout.size))
        row[0] = row[0] if changes.names is None else changes.names[one.number]
        row[4] = offsets.get(one.number, row[4])
        row[5] = len(contents[one.number]) if one.number in contents else row[5]
        row[6], row[7] = changes.links.get(one.number, (row[6], row[7]))
        layout.pack_into(result, table + one.number * layout.size, *row)
    return bytes(result)


def _lay_out(
    elf: Elf, stored: list[Section], contents: Mapping[int, bytes], start: int
) -> tuple[bytearray, dict[int, int], int]:
    """Return the bytes with sections from `start` on moved, their new offsets, and the new `e_shoff`."""
    view, header = elf.view, elf.header
    if header.program_count:
        raise UnsupportedError("the object has program headers, so its sections cannot be moved")
    table_size = header.section_count * header.section_layout.size
    result = bytearray(view[:start])
    offsets: dict[int, int] = {}
    end = 0
    for one in sorted(stored, key=lambda section: (section.offset, section.size)):
        if one.offset < start:
            if one.offset + one.size > start:
                raise UnsupportedError(f"section {one.name or one.number} overlaps another, so it cannot be moved")
            continue
        if one.offset < end and one.size:
            raise UnsupportedError(f"section {one.name or one.number} overlaps another, so it cannot be moved")
        end = max(end, one.offset + one.size)
        data = contents.get(one.number, elf.contents(one))
        if one.alignment & (one.alignment - 1) or one.alignment > len(view):
            raise malformed(f"alignment of section {one.name or one.number} is {one.alignment}", one.offset)
        result += bytes(-len(result) % max(one.alignment, 1))
        offsets[one.number] = len(result)
        result += data
    if header.section_offset + table_size <= start:
        return result, offsets, header.section_offset
    result += bytes(-len(result) % (header.bits // 8))
    table = len(result)
    result += view[header.section_offset : header.section_offset + table_size]
    fields = HEADERS[header.bits, header.order]
    row = list(fields.unpack_from(view, IDENT_SIZE))
    row[_SHOFF_FIELD] = table
    fields.pack_into(result, IDENT_SIZE, *row)
    return result, offsets, table
