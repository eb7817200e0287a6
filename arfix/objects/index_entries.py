"""Which names does a member put into the symbol index?

For ELF the entries are those GNU ar makes; for the formats GNU ar does not understand, those llvm-ar makes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.objects.elf_symbols import read_definitions
from arfix.objects.model import ELF_CONTENTS, Binding, Content
from arfix.objects.symbols import symbols_of

if TYPE_CHECKING:
    from arfix.objects.model import Symbol


def index_names(view: memoryview, content: Content) -> tuple[str, ...]:
    """Return the names that the index lists for this member, in the order the tools list them, duplicates kept.

    That is every symbol that is not local and is defined, common or absolute, hidden ones too. Bytecode of GCC gives
    the names its own plugin would give, so no plugin is needed. An object with machine code beside bytecode gives its
    native symbols, as GNU ar without plugin does; with the plugin GNU ar has the bytecode's order.

    Raises:
        FormatError: The member's own tables are wrong; whoever builds an index decides what that means for it.
        UnsupportedError: Its symbols cannot be read, though it may have some.
    """
    if content in ELF_CONTENTS and content is not Content.LTO_SLIM:
        return tuple(read_definitions(view))
    return tuple(symbol.name for symbol in symbols_of(view, content) if _is_listed(symbol))


def _is_listed(symbol: Symbol) -> bool:
    return symbol.is_defined and symbol.binding is not Binding.LOCAL
