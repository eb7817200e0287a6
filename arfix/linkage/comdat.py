"""Which sections of an object stand in a link only once? COMDAT groups and their forerunner, linkonce sections.

Source: gABI, "Section Groups"; for `.gnu.linkonce.TYPE.NAME` GNU ld's `_bfd_elf_check_linkonce`. lld and mold know
nothing of linkonce: there two copies clash.
"""

from __future__ import annotations

import struct
import sys
from typing import TYPE_CHECKING, NamedTuple

from arfix.objects.elf import read_header, read_sections, section_bytes
from arfix.objects.elf_symbols import read_symbols
from arfix.objects.format import SHT_GROUP
from arfix.objects.model import SymbolType

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Final

    from arfix.objects.elf import ElfHeader, Section

_GRP_COMDAT: Final = 1
_LINKONCE: Final = ".gnu.linkonce."
_WORDS_TO_NEXT: Final = {64: 16, 32: 10}


class Group(NamedTuple):
    """Sections of which a link keeps only the first copy with this signature.

    Attributes:
        signature: The group's name; for a linkonce section the section's own.
        sections: Section numbers.
        linkonce: It is a linkonce section.
    """

    signature: str
    sections: frozenset[int]
    linkonce: bool = False


def read_groups(view: memoryview) -> tuple[Group, ...]:
    """Return the COMDAT groups and linkonce sections of an ELF object, in section order.

    Groups without the COMDAT flag are left out: nothing merges them. Raises `FormatError` for tables that are not
    there.
    """
    header = read_header(view)
    if not _may_have_groups(view, header):
        return ()
    return tuple(_groups(view, read_sections(view, header), header))


def _may_have_groups(view: memoryview, header: ElfHeader) -> bool:
    """Tell quickly whether there is any group or linkonce section: most objects have none."""
    layout = header.section_layout
    rows = view[header.section_offset : header.section_offset + header.section_count * layout.size]
    if header.names_section:
        _, _, _, _, offset, size, *_ = layout.unpack_from(rows, header.names_section * layout.size)
        if bytes(view[offset : offset + size]).find(_LINKONCE.encode()) >= 0:
            return True
    if header.order == "<" and sys.byteorder == "little":
        return SHT_GROUP in rows.cast("I")[1 :: _WORDS_TO_NEXT[header.bits]].tolist()
    return any(row[1] == SHT_GROUP for row in layout.iter_unpack(rows))


def _groups(view: memoryview, sections: tuple[Section, ...], header: ElfHeader) -> Iterator[Group]:
    symbols = None
    for section in sections:
        if section.name.startswith(_LINKONCE):
            yield Group(section.name, frozenset({section.number}), linkonce=True)
        if section.type != SHT_GROUP:
            continue
        contents = section_bytes(view, section)
        words = struct.unpack(f"{header.order}{len(contents) // 4}I", contents[: len(contents) // 4 * 4])
        if not words or not words[0] & _GRP_COMDAT:
            continue
        if symbols is None:
            symbols = {symbol.number: symbol for symbol in read_symbols(view)}
        signature = symbols.get(section.info)
        if signature is None:
            continue
        # GNU as before 2.26 names the group by the symbol of a section: the section's name is meant.
        name = signature.name
        if signature.type is SymbolType.SECTION and not name and signature.section < len(sections):
            name = sections[signature.section].name
        yield Group(name, frozenset(words[1:]))
