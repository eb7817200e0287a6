"""Which names does a member put into the symbol index?

For ELF the entries are those GNU ar makes; for the formats GNU ar does not understand, those llvm-ar makes.
"""

from __future__ import annotations

from typing import assert_never

from arfix.objects.elf_symbols import read_definitions
from arfix.objects.model import Content


def index_names(view: memoryview, content: Content) -> tuple[str, ...]:
    """Return the names that the index lists for this member, in the order the tools list them, duplicates kept.

    Raises `FormatError` when the member's own tables are wrong; whoever builds an index decides what that means for it.
    """
    match content:
        case Content.ELF_RELOCATABLE | Content.ELF_SHARED | Content.ELF_EXECUTABLE | Content.ELF_OTHER:
            return tuple(read_definitions(view))
        case Content.LTO_SLIM:
            return tuple(read_definitions(view))
        case (
            Content.MACHO
            | Content.COFF
            | Content.COFF_BIGOBJ
            | Content.COFF_IMPORT
            | Content.COFF_ANONYMOUS
            | Content.XCOFF
            | Content.BITCODE
            | Content.WASM
        ):
            return ()
        case (
            Content.MACHO_UNIVERSAL
            | Content.ARCHIVE
            | Content.THIN_ARCHIVE
            | Content.LIBTOOL_LA
            | Content.LINKER_SCRIPT
            | Content.TEXT
            | Content.EMPTY
            | Content.UNKNOWN
        ):
            return ()
        case _:
            assert_never(content)
