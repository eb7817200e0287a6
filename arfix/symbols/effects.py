"""Effects of linking an object, even if no symbol of it is referred to.

Code in its tables of constructors runs at start or exit, and entries in a section whose name is a C identifier are
found through `__start_NAME` and `__stop_NAME`, which linkers define.
"""

from __future__ import annotations

from arfix.errors import ArfixError
from arfix.formats.constants import ELF_MAGIC, SHF_ALLOC
from arfix.formats.elf.file import read_header, read_sections
from arfix.formats.elf.section_kinds import SectionKind, kind_of


def self_acting_sections(view: memoryview) -> tuple[str, ...]:
    """Return the names of the sections with such effects, each once, in order.

    Empty if the object is not ELF or cannot be read. `.init_array` and `.ctors` run at start, `.fini_array` and
    `.dtors` at exit; a loaded section such as `my_table` is part of a table that programs walk.
    """
    if bytes(view[:4]) != ELF_MAGIC:
        return ()
    try:
        sections = read_sections(view, read_header(view))
    except ArfixError:
        return ()
    return tuple(
        dict.fromkeys(
            section.name
            for section in sections
            if section.size
            and (
                kind_of(section) in {SectionKind.CONSTRUCTORS, SectionKind.DESTRUCTORS}
                or (section.flags & SHF_ALLOC and section.name.isascii() and section.name.isidentifier())
            )
        )
    )
