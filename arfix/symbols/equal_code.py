"""Comparing the code of two definitions: the bytes and the symbols they refer to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.errors import ArfixError
from arfix.formats.constants import SHT_REL, SHT_RELA
from arfix.formats.elf.file import read_header, read_sections, section_bytes
from arfix.formats.elf.relocations import read_relocations
from arfix.formats.elf.symbols import read_symbols
from arfix.formats.model import Binding

if TYPE_CHECKING:
    from arfix.formats.model import Symbol


def equal_code(view: memoryview, symbol: Symbol, other_view: memoryview, other: Symbol) -> bool:
    """Return whether two definitions are the same code: equal bytes, and relocations against equal global symbols.

    A function that refers to a local symbol is never equal to another, because its state is separate.

    Args:
        view: The object with the first definition.
        symbol: The first definition, with its size.
        other_view: The object with the other definition.
        other: The other definition.
    """
    if not symbol.size or symbol.size != other.size:
        return False
    try:
        body = _body(view, symbol)
        return body is not None and body == _body(other_view, other)
    except (ArfixError, IndexError):
        return False


def _body(view: memoryview, symbol: Symbol) -> tuple[bytes, tuple[tuple[int, int, str, int | None], ...]] | None:
    """Return a function's bytes and relocations (offset in it, type, symbol, addend); None with a local reference."""
    header = read_header(view)
    sections = read_sections(view, header)
    start, end = symbol.value, symbol.value + symbol.size
    code = bytes(section_bytes(view, sections[symbol.section])[start:end])
    if len(code) != symbol.size:
        return None
    names = {one.number: one for one in read_symbols(view)}
    found = []
    for section in sections:
        if section.type not in {SHT_REL, SHT_RELA} or section.info != symbol.section:
            continue
        for relocation in read_relocations(view, section):
            if start <= relocation.offset < end:
                target = names.get(relocation.symbol)
                if target is None or target.binding is Binding.LOCAL:
                    return None
                found.append((relocation.offset - start, relocation.type, target.name, relocation.addend))
    return code, tuple(sorted(found, key=lambda one: one[:3]))
