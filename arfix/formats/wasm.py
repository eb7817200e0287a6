"""Symbols that a WebAssembly object defines and needs, from its linking section."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from arfix.archive.names import decode_name
from arfix.formats.errors import malformed
from arfix.formats.model import Binding, Machine, Place, Symbol, SymbolType, Visibility

if TYPE_CHECKING:
    from collections.abc import Iterator

# Source of all numbers: WebAssembly tool conventions, "Linking", and the core specification, "Binary Format".
_HEADER: Final = 8
_SECTION_CUSTOM: Final = 0
_SECTION_IMPORT: Final = 2
_SUBSECTION_SYMBOLS: Final = 8
_LINKING_VERSION: Final = 2
_FUNCTION, _DATA, _GLOBAL, _SECTION, _TAG, _TABLE = range(6)
_WEAK: Final = 1
_LOCAL: Final = 2
_HIDDEN: Final = 4
_UNDEFINED: Final = 0x10
_EXPLICIT_NAME: Final = 0x40
_TLS: Final = 0x100
_ABSOLUTE: Final = 0x200
#: Kind of an import -> kind of the symbol that names it.
_IMPORT_KINDS: Final = {0: _FUNCTION, 1: _TABLE, 3: _GLOBAL, 4: _TAG}
_IMPORT_MEMORY: Final = 2
_MAX_LEB: Final = 10
_TYPES: Final = {_FUNCTION: SymbolType.FUNCTION, _DATA: SymbolType.OBJECT, _SECTION: SymbolType.SECTION}

MACHINE: Final = Machine("wasm32", 32, "little", 0)


class _ByteReader:
    """Reads numbers and names one after another, within `view`; `base` is where it begins in the object."""

    __slots__ = ("at", "base", "view")

    def __init__(self, view: memoryview, base: int) -> None:
        self.view = view
        self.base = base
        self.at = 0

    @property
    def more(self) -> bool:
        return self.at < len(self.view)

    def byte(self) -> int:
        if not self.more:
            raise malformed("a section ends within an entry", self.base + self.at)
        self.at += 1
        return self.view[self.at - 1]

    def number(self) -> int:
        """Return an unsigned LEB128 number."""
        value = 0
        for shift in range(0, _MAX_LEB * 7, 7):
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
        raise malformed("a number has no end", self.base + self.at)

    def part(self, size: int) -> _ByteReader:
        """Return a reader of the next `size` bytes, and step over them."""
        if self.at + size > len(self.view):
            raise malformed(f"{size} bytes are announced, but {len(self.view) - self.at} are left", self.base + self.at)
        part = _ByteReader(self.view[self.at : self.at + size], self.base + self.at)
        self.at += size
        return part

    def name(self) -> str:
        return decode_name(bytes(self.part(self.number()).view))


def read_wasm_symbols(view: memoryview) -> tuple[Symbol, ...]:
    """Return the symbols of a WebAssembly object in table order; empty for a linked module.

    Raises:
        FormatError: A section or an entry does not fit in what holds it.
    """
    imports: dict[tuple[int, int], str] = {}
    symbols: tuple[Symbol, ...] = ()
    for kind, section in _sections(view):
        if kind == _SECTION_IMPORT:
            imports = _read_imports(section)
        elif kind == _SECTION_CUSTOM and section.name() == "linking" and section.number() == _LINKING_VERSION:
            while section.more:
                subsection = section.byte()
                body = section.part(section.number())
                if subsection == _SUBSECTION_SYMBOLS:
                    symbols = tuple(_read_symbols(body, imports))
    return symbols


def _sections(view: memoryview) -> Iterator[tuple[int, _ByteReader]]:
    reader = _ByteReader(view[_HEADER:], _HEADER)
    while reader.more:
        kind = reader.byte()
        yield kind, reader.part(reader.number())


def _read_imports(section: _ByteReader) -> dict[tuple[int, int], str]:
    """Return (symbol kind, index) -> field name. Imports come first in each index space."""
    names: dict[tuple[int, int], str] = {}
    counts: dict[int, int] = {}
    for _ in range(section.number()):
        section.name()
        field = section.name()
        kind = section.byte()
        _skip_import(section, kind)
        if kind in _IMPORT_KINDS:
            index = counts.get(kind, 0)
            counts[kind] = index + 1
            names[_IMPORT_KINDS[kind], index] = field
    return names


def _skip_import(section: _ByteReader, kind: int) -> None:
    """Step over what an import says after its kind: a type index, a table, limits, a global or a tag."""
    if kind == _IMPORT_KINDS_TABLE:
        section.byte()
    if kind in {_IMPORT_KINDS_TABLE, _IMPORT_MEMORY}:
        flags = section.byte()
        section.number()
        if flags & 1:
            section.number()
        return
    if kind == _IMPORT_KINDS_GLOBAL:
        section.byte()
        section.byte()
        return
    if kind == _IMPORT_KINDS_TAG:
        section.byte()
    section.number()


_IMPORT_KINDS_TABLE: Final = 1
_IMPORT_KINDS_GLOBAL: Final = 3
_IMPORT_KINDS_TAG: Final = 4


def _read_symbols(reader: _ByteReader, imports: dict[tuple[int, int], str]) -> Iterator[Symbol]:
    for number in range(reader.number()):
        kind = reader.byte()
        flags = reader.number()
        index = value = size = 0
        name = ""
        if kind == _DATA:
            name = reader.name()
            if not flags & _UNDEFINED:
                index, value, size = reader.number(), reader.number(), reader.number()
        elif kind == _SECTION:
            index = reader.number()
        elif kind <= _TABLE:
            index = reader.number()
            named = not flags & _UNDEFINED or flags & _EXPLICIT_NAME
            name = reader.name() if named else imports.get((kind, index), "")
        else:
            raise malformed(f"symbol {number} is of kind {kind}, expected 0 to 5", reader.base + reader.at)
        yield _symbol(name, kind, flags, (index, value, size), number)


def _symbol(name: str, kind: int, flags: int, numbers: tuple[int, int, int], number: int) -> Symbol:
    section, value, size = numbers
    binding = Binding.LOCAL if flags & _LOCAL or kind == _SECTION else Binding.GLOBAL
    # What an object declares as an import (`import_name`) the program takes from its host: no link misses it.
    if flags & _WEAK or (flags & _UNDEFINED and flags & _EXPLICIT_NAME):
        binding = Binding.WEAK
    place = Place.UNDEFINED if flags & _UNDEFINED else Place.ABSOLUTE if flags & _ABSOLUTE else Place.DEFINED
    type_ = SymbolType.TLS if flags & _TLS else _TYPES.get(kind, SymbolType.OTHER)
    visibility = Visibility.HIDDEN if flags & _HIDDEN else Visibility.DEFAULT
    return Symbol(name, binding, type_, visibility, place, section, value, size, number)
