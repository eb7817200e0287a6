"""Effects of linking an object, even if no symbol of it is referred to.

Code in its tables of constructors runs at start or exit, and entries in a section whose name is a C identifier are
found through `__start_NAME` and `__stop_NAME`, which linkers define.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.errors import ArfixError
from arfix.formats.elf.constants import SHF
from arfix.formats.elf.section_kinds import SectionKind, kind_of

if TYPE_CHECKING:
    from arfix.formats.elf.file import Elf


def self_acting_sections(elf: Elf) -> tuple[str, ...]:
    """Return the names of the sections with such effects, each once, in order.

    Empty if the object is not ELF or cannot be read. `.init_array` and `.ctors` run at start, `.fini_array` and
    `.dtors` at exit; a loaded section such as `my_table` is part of a table that programs walk.
    """
    if not elf.has_magic:
        return ()
    try:
        sections = elf.sections
    except ArfixError:
        return ()
    return tuple(
        dict.fromkeys(
            section.name
            for section in sections
            if section.size
            and (
                kind_of(section) in {SectionKind.CONSTRUCTORS, SectionKind.DESTRUCTORS}
                or (section.flags & SHF.ALLOC and section.name.isascii() and section.name.isidentifier())
            )
        )
    )


def describe_effects(label: str, sections: tuple[str, ...]) -> str:
    """Return the sentence that says what goes with a member that has these sections."""
    what = "code that runs at start or exit" if sections[0].startswith(".") else "an entry of a table"
    return f"{label} acts by being linked: {what} goes with it ({', '.join(sections[:3])})"
