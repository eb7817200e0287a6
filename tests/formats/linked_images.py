"""Linked images as values: no linker needed."""

from __future__ import annotations

from arfix.formats.elf.dynamic import DynamicFacts, DynamicSymbol
from arfix.formats.elf.linked_image import LinkedImage, SearchPath, Segment
from arfix.formats.model import Binding, Content, Machine, Place, Symbol, SymbolType, Visibility

X86_64 = Machine("x86-64", 64, "little", 62)


def symbol(
    name: str,
    value: int = 0,
    size: int = 8,
    *,
    binding: Binding = Binding.GLOBAL,
    type_: SymbolType = SymbolType.FUNCTION,
    place: Place = Place.DEFINED,
    visibility: Visibility = Visibility.DEFAULT,
) -> Symbol:
    """Return a symbol of an image, a global function by default."""
    return Symbol(name, binding, type_, visibility, place, 1, value, size, 1)


def image(
    *segments: tuple[int, bytes],
    symbols: tuple[Symbol, ...] = (),
    dynamic: tuple[DynamicSymbol, ...] = (),
    needed: tuple[str, ...] = (),
    soname: str | None = None,
    search: tuple[SearchPath, ...] = (),
    machine: Machine = X86_64,
) -> LinkedImage:
    """Return an image of segments (address, bytes), each with 0x1000 bytes of zeros behind it."""
    loaded = tuple(
        Segment(address, len(data) + 0x1000, memoryview(data), is_writable=bool(number))
        for number, (address, data) in enumerate(segments)
    )
    facts = DynamicFacts(soname, needed, dynamic)
    return LinkedImage(Content.ELF_SHARED, machine, facts, loaded, (), symbols, 0, None, search)


def exported(name: str, version: str | None = None) -> DynamicSymbol:
    """Return a dynamic symbol that is defined."""
    return DynamicSymbol(symbol(name), version, is_default=True)


def wanted(name: str, version: str | None = None, library: str | None = None, *, weak: bool = False) -> DynamicSymbol:
    """Return a dynamic symbol that is undefined."""
    binding = Binding.WEAK if weak else Binding.GLOBAL
    return DynamicSymbol(
        symbol(name, place=Place.UNDEFINED, binding=binding), version, is_default=True, library=library
    )
