"""Sections of an ELF object that a link keeps only once: COMDAT groups, and their older form `.gnu.linkonce`."""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING, NamedTuple

from arfix.formats.elf.constants import GRP_COMDAT, LINKONCE_PREFIX, SHT, STT
from arfix.formats.elf.sections import section_rows
from arfix.formats.elf.symbol_table import stored_symbol
from arfix.formats.errors import malformed
from arfix.formats.strings import read_strings

if TYPE_CHECKING:
    from arfix.formats.elf.file import Elf
    from arfix.formats.elf.sections import Section


class Group(NamedTuple):
    """Sections that a link keeps or drops together.

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


def decode_groups(elf: Elf) -> tuple[Group, ...]:
    """Return the groups of the ELF object, in section order.

    A group section holds a word of flags, then the indices of its sections. Source: gABI, "Section Groups".

    Raises:
        FormatError: A group or its signature is not all there, or a section is in two groups.
    """
    if not _may_have_groups(elf):
        return ()
    sections = elf.sections
    groups = [section for section in sections if section.type == SHT.GROUP]
    found = list(_linkonce(sections))
    seen: set[int] = set()
    for section, signature in zip(groups, _signatures(elf, groups), strict=True):
        flags, members = _members(elf, section)
        if not seen.isdisjoint(members):
            raise malformed(f"section group {section.number} holds a section of another group", section.offset)
        seen.update(members)
        comdat = bool(flags & GRP_COMDAT)
        found.append(Group(signature, comdat, linkonce=False, sections=members, number=section.number))
    return tuple(sorted(found, key=lambda group: group.number))


def _may_have_groups(elf: Elf) -> bool:
    """Return cheaply whether a group or a linkonce section can be there: most objects of C have neither."""
    header, rows = elf.header, section_rows(elf.view, elf.header)
    if SHT.GROUP in {row[1] for row in rows}:
        return True
    if not header.names_section:
        return False
    _, _, _, _, offset, size, *_ = rows[header.names_section]
    return LINKONCE_PREFIX in bytes(elf.view[offset : offset + size])


def _members(elf: Elf, section: Section) -> tuple[int, tuple[int, ...]]:
    """Return the flags of a group and the indices of its sections."""
    offset, size, count = section.offset, section.size, len(elf.sections)
    if size < 4 or size % 4 or offset + size > len(elf.view) or size // 4 > count:
        raise malformed(f"section group {section.number} has a size of {size} bytes at {offset:#x}", offset)
    flags, *members = Struct(f"{elf.header.order}{size // 4}I").unpack_from(elf.view, offset)
    if any(not 0 < member < count for member in members):
        raise malformed(f"section group {section.number} names a section that is not there", offset)
    return flags, tuple(members)


def _signatures(elf: Elf, groups: list[Section]) -> list[str]:
    """Return the signature of each group: the name of symbol `sh_info` in the symbol table `sh_link`.

    The name of a section symbol is that of its section (gas makes such signatures; Source: binutils `bfd/elf.c`,
    `group_signature`).
    """
    if not groups:
        return []
    table = elf.symbol_table
    offsets: list[int] = []
    of_sections: dict[int, str] = {}
    for position, group in enumerate(groups):
        if table is None or group.link != table.section or group.info >= table.symbol_count:
            raise malformed(f"the signature of section group {group.number} is no symbol that is there", group.offset)
        name, info, _, index, _, _ = stored_symbol(elf.view, table, group.info)
        offsets.append(name)
        if info & 15 == STT.SECTION and index < len(elf.sections):
            of_sections[position] = elf.sections[index].name
    if table is None:
        return []
    names = read_strings(table.strings(elf.view), offsets, table.strings_offset)
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
