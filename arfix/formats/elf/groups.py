"""Which sections of an ELF object are kept only once in a link? COMDAT groups and their older form, `.gnu.linkonce`."""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING, NamedTuple

from arfix.formats.constants import ELF_SYMBOLS, GRP_COMDAT, LINKONCE_PREFIX, SHT_GROUP, STT_SECTION
from arfix.formats.elf.file import locate_symbol_table, read_header, read_sections
from arfix.formats.errors import malformed
from arfix.formats.strings import read_strings

if TYPE_CHECKING:
    from arfix.formats.elf.file import Section


class Group(NamedTuple):
    """Sections that stand or fall together.

    Attributes:
        signature: Of two groups with one signature a linker keeps the first.
        comdat: False for a group that only ties its sections together and is never dropped for another.
        linkonce: True for a `.gnu.linkonce.*` section, which is a group of itself alone.
        sections: Indices in the section header table.
        number: Index of the group's own section header.
    """

    signature: str
    comdat: bool
    linkonce: bool
    sections: tuple[int, ...]
    number: int


def read_groups(view: memoryview) -> tuple[Group, ...]:
    """Return the groups of the ELF object, in section order.

    A group section holds a word of flags, then the indices of its sections. Source: gABI, "Section Groups".

    Raises:
        FormatError: A group or its signature is not all there, or a section is in two groups.
    """
    header = read_header(view)
    if not _may_have_groups(view):
        return ()
    sections = read_sections(view, header)
    groups = [section for section in sections if section.type == SHT_GROUP]
    found = list(_linkonce(sections))
    seen: set[int] = set()
    for section, signature in zip(groups, _signatures(view, sections, groups), strict=True):
        flags, members = _members(view, header.order, section, len(sections))
        if not seen.isdisjoint(members):
            raise malformed(f"section group {section.number} holds a section of another group", section.offset)
        seen.update(members)
        comdat = bool(flags & GRP_COMDAT)
        found.append(Group(signature, comdat, linkonce=False, sections=members, number=section.number))
    return tuple(sorted(found, key=lambda group: group.number))


def _may_have_groups(view: memoryview) -> bool:
    """Tell cheaply whether a group or a linkonce section can be there: most objects of C have neither."""
    header = read_header(view)
    layout = header.section_layout
    start, size = header.section_offset, layout.size
    if SHT_GROUP in {row[1] for row in layout.iter_unpack(view[start : start + header.section_count * size])}:
        return True
    if not header.names_section:
        return False
    _, _, _, _, offset, length, *_ = layout.unpack_from(view, start + header.names_section * size)
    return LINKONCE_PREFIX in bytes(view[offset : offset + length])


def _members(view: memoryview, order: str, section: Section, count: int) -> tuple[int, tuple[int, ...]]:
    """Return the flags of a group and the indices of its sections."""
    offset, size = section.offset, section.size
    if size < 4 or size % 4 or offset + size > len(view) or size // 4 > count:
        raise malformed(f"section group {section.number} is said to have {size} bytes at {offset:#x}", offset)
    flags, *members = Struct(f"{order}{size // 4}I").unpack_from(view, offset)
    if any(not 0 < member < count for member in members):
        raise malformed(f"section group {section.number} names a section that is not there", offset)
    return flags, tuple(members)


def _signatures(view: memoryview, sections: tuple[Section, ...], groups: list[Section]) -> list[str]:
    """Return the signature of each group: the name of symbol `sh_info` in the symbol table `sh_link`.

    The name of a section symbol is that of its section (gas makes such signatures; Source: binutils `bfd/elf.c`,
    `group_signature`).
    """
    if not groups:
        return []
    table = locate_symbol_table(view)
    layout = ELF_SYMBOLS[table.bits, table.order] if table is not None else None
    offsets: list[int] = []
    of_sections: dict[int, str] = {}
    for position, group in enumerate(groups):
        if table is None or layout is None or group.link != table.section or group.info >= table.symbol_count:
            raise malformed(f"the signature of section group {group.number} is no symbol that is there", group.offset)
        fields = layout.unpack_from(view, table.offset + group.info * layout.size)
        info, index = (fields[1], fields[3]) if table.bits == 64 else (fields[3], fields[5])
        offsets.append(fields[0])
        if info & 15 == STT_SECTION and index < len(sections):
            of_sections[position] = sections[index].name
    if table is None:
        return []
    strings = bytes(view[table.strings_offset : table.strings_offset + table.strings_size])
    names = read_strings(strings, offsets, table.strings_offset)
    return [of_sections.get(position, name) for position, name in enumerate(names)]


def _linkonce(sections: tuple[Section, ...]) -> list[Group]:
    """Return a group for each `.gnu.linkonce.KIND.NAME` section; its signature is `NAME`.

    Where there is no second part, the signature is the whole name. Source: binutils `bfd/elflink.c`
    (`section_signature`); gold `object.cc` (`include_linkonce_section`).
    """
    found = []
    prefix = LINKONCE_PREFIX.decode()
    for section in sections:
        if section.name.startswith(prefix):
            signature = section.name[len(prefix) :].partition(".")[2] or section.name
            found.append(
                Group(signature, comdat=True, linkonce=True, sections=(section.number,), number=section.number)
            )
    return found
