"""The symbols that the sections of an object use: linkers report only symbols with relocations as undefined.

Source: measured (`tests/oracle/test_linkers_symbols.py`): no linker complains about a name that is only in the symbol
table. References in sections that are not loaded count for GNU ld, gold and mold, but not for lld. Those in sections
with SHF_EXCLUDE do not count.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.formats.elf.constants import RELOCATION_SECTIONS, SHF
from arfix.formats.elf.relocations import referenced_symbols

if TYPE_CHECKING:
    from collections.abc import Collection

    from arfix.formats.elf.file import Elf


def used_names(elf: Elf, *, without: Collection[int], loaded_only: bool, count_none: bool) -> frozenset[str]:
    """Return the non-local symbols that relocations of an ELF object ask for, default versions removed.

    Args:
        elf: The object.
        without: Section numbers that are not in the link.
        loaded_only: Count only relocations of sections that are loaded.
        count_none: Count relocations of type 0, which every machine calls NONE.

    Raises:
        FormatError: The tables are not all there.
    """
    sections = elf.sections
    alloc, exclude = SHF.ALLOC.value, SHF.EXCLUDE.value
    numbers: set[int] = set()
    for section in sections:
        if section.type not in RELOCATION_SECTIONS or section.info in without or section.info >= len(sections):
            continue
        flags = sections[section.info].flags
        if flags & exclude or (loaded_only and not flags & alloc):
            continue
        numbers |= referenced_symbols(elf, section, count_none=count_none)
    return frozenset(elf.global_names(sorted(numbers)))
