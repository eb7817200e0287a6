"""Comparing the code of two definitions: the bytes and the symbols they refer to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.errors import ArfixError
from arfix.formats.elf.constants import RELOCATION_SECTIONS
from arfix.formats.model import Binding

if TYPE_CHECKING:
    from arfix.formats.elf.file import Elf
    from arfix.formats.model import Symbol


def equal_code(elf: Elf, symbol: Symbol, other_elf: Elf, other: Symbol) -> bool:
    """Return whether two definitions are the same code: equal bytes, and relocations against equal global symbols.

    A function that refers to a local symbol is never equal to another, because its state is separate.

    Args:
        elf: The object with the first definition.
        symbol: The first definition, with its size.
        other_elf: The object with the other definition.
        other: The other definition.
    """
    if not symbol.size or symbol.size != other.size:
        return False
    try:
        body = _body(elf, symbol)
        return body is not None and body == _body(other_elf, other)
    except (ArfixError, IndexError):
        return False


def _body(elf: Elf, symbol: Symbol) -> tuple[bytes, tuple[tuple[int, int, str, int | None], ...]] | None:
    """Return a function's bytes and relocations (offset in it, type, symbol, addend); None with a local reference."""
    start, end = symbol.value, symbol.value + symbol.size
    code = bytes(elf.contents(elf.sections[symbol.section])[start:end])
    if len(code) != symbol.size:
        return None
    names = {one.number: one for one in elf.symbols}
    found = []
    for section in elf.sections:
        if section.type not in RELOCATION_SECTIONS or section.info != symbol.section:
            continue
        for relocation in elf.relocations(section):
            if start <= relocation.offset < end:
                target = names.get(relocation.symbol)
                if target is None or target.binding is Binding.LOCAL:
                    return None
                found.append((relocation.offset - start, relocation.type, target.name, relocation.addend))
    return code, tuple(sorted(found, key=lambda one: one[:3]))
