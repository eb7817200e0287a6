"""The names that a member puts into the symbol index.

For ELF the entries are those GNU ar makes; for the formats GNU ar does not understand, those llvm-ar makes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from arfix.errors import FormatError
from arfix.formats.model import Binding

if TYPE_CHECKING:
    from arfix.formats.inspect import ObjectFacts
    from arfix.formats.model import Symbol

#: Source: GCC internals, "LTO object file layout": what these hold becomes `.debug_*` when the bytecode is compiled.
_DEBUG_OF_BYTECODE: Final = ".gnu.debuglto_"


def index_names(facts: ObjectFacts) -> tuple[str, ...]:
    """Return the names that the index lists for this member, in the order the tools list them, duplicates kept.

    That is every symbol that is not local and is defined, common or absolute, hidden ones too. Bytecode of GCC gives
    the names its own plugin would give, so no plugin is needed. An object with machine code beside bytecode gives its
    native symbols, as GNU ar without plugin does; with the plugin GNU ar has the bytecode's order.

    Raises:
        FormatError: The member's own tables are wrong; the caller decides what to do about it.
        UnsupportedError: Its symbols cannot be read, though it may have some.
    """
    if facts.has_native_symbols:
        return tuple(facts.elf.definitions)
    return tuple(symbol.name for symbol in facts.symbols if _is_listed(symbol))


def optional_names(facts: ObjectFacts) -> frozenset[str]:
    """Return those of `index_names` that an index may lack, because GNU ar with GCC's plugin leaves them out.

    They are the symbols of the debug sections that go with bytecode beside machine code. Only the object itself refers
    to them, so nothing is ever looked up by these names. Empty for an object whose own tables are wrong.
    """
    if not facts.has_native_symbols:
        return frozenset()
    try:
        debug = {one.number for one in facts.elf.sections if one.name.startswith(_DEBUG_OF_BYTECODE)}
        symbols = facts.elf.global_symbols if debug else ()
    except FormatError:
        return frozenset()
    return frozenset(symbol.name for symbol in symbols if symbol.section in debug and _is_listed(symbol))


def _is_listed(symbol: Symbol) -> bool:
    return symbol.is_defined and symbol.binding is not Binding.LOCAL
