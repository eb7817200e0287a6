"""Symbols that GCC bytecode defines and needs, read from its plugin symbol table without the compiler's plugin.

A slim LTO object has no machine code; without the plugin GNU ar indexes it as `__gnu_lto_slim` alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from arfix.archive.names import decode_name
from arfix.formats.errors import malformed
from arfix.formats.model import Binding, Place, Symbol, SymbolType, Visibility

if TYPE_CHECKING:
    from collections.abc import Iterator

    from arfix.formats.elf.file import Elf
    from arfix.formats.elf.sections import Section

_TABLE: Final = ".gnu.lto_.symtab."
_TYPES: Final = ".gnu.lto_.ext_symtab."
#: `gcc_plugin_symbol_kind`, in order. Source: GCC `include/lto-symtab.h`.
_KINDS: Final = (
    (Binding.GLOBAL, Place.DEFINED),
    (Binding.WEAK, Place.DEFINED),
    (Binding.GLOBAL, Place.UNDEFINED),
    (Binding.WEAK, Place.UNDEFINED),
    (Binding.GLOBAL, Place.COMMON),
)
#: `gcc_plugin_symbol_visibility`, in order.
_VISIBILITY: Final = (Visibility.DEFAULT, Visibility.PROTECTED, Visibility.INTERNAL, Visibility.HIDDEN)
#: `gcc_plugin_symbol_type`, in order.
_SYMBOL_TYPES: Final = (SymbolType.NONE, SymbolType.FUNCTION, SymbolType.OBJECT)
#: Behind the two names of an entry: kind, visibility, size (8 bytes), slot (4 bytes).
_FIXED: Final = 14


def read_lto_symbols(elf: Elf) -> tuple[Symbol, ...]:
    """Return the symbols of the bytecode in an ELF object, in its own order; empty when it has none.

    An entry is a name and a COMDAT key, each up to a NUL, then 14 bytes. GCC never compresses this section.
    Source: GCC `lto-streamer-out.cc` (`write_symbol`), `lto-plugin/lto-plugin.c` (`parse_table_entry`).

    Raises:
        FormatError: An entry is cut short, or is of an unknown kind.
    """
    sections = elf.sections
    types = {section.name[len(_TYPES) :]: section for section in sections if section.name.startswith(_TYPES)}
    symbols: list[Symbol] = []
    for section in sections:
        if section.name.startswith(_TABLE):
            kinds = _read_types(elf, types.get(section.name[len(_TABLE) :]))
            for position, symbol in enumerate(_entries(elf, section)):
                type_ = kinds[position] if position < len(kinds) else SymbolType.NONE
                symbols.append(symbol._replace(type=type_, number=len(symbols)))
    return tuple(symbols)


def _entries(elf: Elf, section: Section) -> Iterator[Symbol]:
    data = bytes(elf.contents(section))
    at = 0
    while at < len(data):
        name_end = data.find(0, at)
        key_end = data.find(0, name_end + 1) if name_end >= 0 else -1
        fixed = data[key_end + 1 : key_end + 1 + _FIXED]
        if key_end < 0 or len(fixed) < _FIXED or fixed[0] >= len(_KINDS) or fixed[1] >= len(_VISIBILITY):
            raise malformed(f"{section.name} holds no symbol at {at:#x}", section.offset + at)
        binding, place = _KINDS[fixed[0]]
        name, size = decode_name(data[at:name_end]), int.from_bytes(fixed[2:10], elf.header.byteorder)
        yield Symbol(name, binding, SymbolType.NONE, _VISIBILITY[fixed[1]], place, 0, 0, size, 0)
        at = key_end + 1 + _FIXED


def _read_types(elf: Elf, section: Section | None) -> list[SymbolType]:
    """Return the types in GCC 10's extension: a version byte, then type and section kind of each symbol."""
    data = b"" if section is None else bytes(elf.contents(section))
    return [_SYMBOL_TYPES[byte] if byte < len(_SYMBOL_TYPES) else SymbolType.NONE for byte in data[1::2]]
