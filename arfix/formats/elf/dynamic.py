"""What a shared object or executable exports and needs: its dynamic symbols, with their versions."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from struct import Struct
from typing import TYPE_CHECKING, Final, NamedTuple

from arfix.formats.elf.constants import DT
from arfix.formats.elf.dynamic_tables import DynamicTables, locate_dynamic_tables
from arfix.formats.elf.symbols import decode_symbols
from arfix.formats.errors import malformed
from arfix.formats.model import Binding, Place, Symbol, SymbolType, Visibility
from arfix.formats.strings import read_strings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from arfix.formats.elf.file import Elf

#: Bit of a version number: the definition is not the default one of its name.
_HIDDEN: Final = 0x8000
#: Version number of a symbol that is not seen from outside.
_NDX_LOCAL: Final = 0
_NDX_GLOBAL: Final = 1
#: VER_FLG_BASE: the definition is the name of the file itself.
_BASE: Final = 1
_EXPORTED: Final = (Visibility.DEFAULT, Visibility.PROTECTED)
_FUNCTIONS: Final = (SymbolType.FUNCTION, SymbolType.IFUNC)
#: Members of enumerations, as names of this module: a C library has thousands of symbols to compare.
_UNDEFINED, _ABSOLUTE = Place.UNDEFINED, Place.ABSOLUTE
_OBJECT, _TLS = SymbolType.OBJECT, SymbolType.TLS
_LOCAL, _WEAK = Binding.LOCAL, Binding.WEAK
_PROTECTED = Visibility.PROTECTED


class DynamicSymbol(NamedTuple):
    """One dynamic symbol.

    Attributes:
        symbol: Name and the rest as in any symbol table; the name is without version.
        version: Name of its version, or None when it has none.
        is_default: For a definition, whether a reference without version may take it.
        library: For a reference with a version, the shared object it is expected from.
    """

    symbol: Symbol
    version: str | None
    is_default: bool
    library: str | None = None


@dataclass(frozen=True)
class DynamicFacts:
    """What an image says to a linker.

    Attributes:
        soname: Its name for the loader, or None.
        needed: Shared objects it asks the loader for.
        symbols: Its dynamic symbols in order, local ones left out.
        folders: Where it lets the loader look for what it needs, as written.
    """

    soname: str | None
    needed: tuple[str, ...]
    symbols: tuple[DynamicSymbol, ...]
    folders: tuple[str, ...] = ()

    @cached_property
    def provides(self) -> frozenset[str]:
        """Names that a link against it can take: `name` where that is the default, and every `name@VERSION`.

        A definition that is not the default of its name satisfies no plain reference (glibc keeps old interfaces so).
        """
        names: set[str] = set()
        for (name, _, _, seen, place, _, _, _, _), version, is_default, _ in self.symbols:
            names_a_version = place is _ABSOLUTE and name == version
            if place is not _UNDEFINED and seen in _EXPORTED and not names_a_version:
                if is_default:
                    names.add(name)
                if version is not None:
                    names.add(f"{name}@{version}")
        return frozenset(names)

    @cached_property
    def needs(self) -> frozenset[str]:
        """Names of its undefined symbols, weak ones left out, without versions."""
        return frozenset(symbol.name for symbol, _ in self._strong_needs)

    @cached_property
    def versioned_needs(self) -> frozenset[str]:
        """The same as linkers look for them: `f@V` where a version is asked for, which a plain `f` does not satisfy."""
        return frozenset(
            symbol.name if version is None else f"{symbol.name}@{version}" for symbol, version in self._strong_needs
        )

    @cached_property
    def _strong_needs(self) -> list[tuple[Symbol, str | None]]:
        """Its undefined symbols, weak ones left out, with their versions."""
        return [
            (symbol, version)
            for symbol, version, _, _ in self.symbols
            if symbol.place is _UNDEFINED and symbol.binding is not _WEAK
        ]

    @cached_property
    def thread_local(self) -> frozenset[str]:
        """Names that it defines or refers to as thread-local."""
        return frozenset(symbol.name for symbol, _, _, _ in self.symbols if symbol.type is _TLS)

    @cached_property
    def uncopied(self) -> frozenset[str]:
        """Names that it defines and of which lld makes no copy (and no PLT entry) in an executable.

        Protected symbols, objects of no size, and what is neither an object nor a function. Source: lld
        `ELF/Relocations.cpp` (`processAux`).
        """
        return frozenset(
            name
            for (name, _, type_, seen, place, _, _, size, _), _, _, _ in self.symbols
            if place is not _UNDEFINED
            and (seen is _PROTECTED or (type_ not in _FUNCTIONS and (type_ is not _OBJECT or not size)))
        )

    @cached_property
    def protected(self) -> frozenset[str]:
        """Names that it defines as protected."""
        return frozenset(
            symbol.name for symbol, _, _, _ in self.symbols if symbol.visibility is _PROTECTED and symbol.is_defined
        )

    @cached_property
    def definitions(self) -> Mapping[str, Symbol]:
        """Its definitions by name; of several versions of a name, one."""
        return {symbol.name: symbol for symbol, _, _, _ in self.symbols if symbol.is_defined}


def read_dynamic(elf: Elf) -> DynamicFacts:
    """Return what a linked ELF image exports and needs; empty facts for a static one.

    Raises `FormatError` when its dynamic tables are not all there.
    """
    tables = locate_dynamic_tables(elf)
    strings = bytes(tables.strings)
    names = {
        tag: read_strings(strings, [value for found, value in tables.entries if found == tag], 0)
        for tag in (DT.NEEDED, DT.SONAME, DT.RPATH, DT.RUNPATH)
    }
    soname = names[DT.SONAME][0] if names[DT.SONAME] else None
    folders = tuple(one for tag in (DT.RUNPATH, DT.RPATH) for text in names[tag] for one in text.split(":") if one)
    return DynamicFacts(soname, tuple(names[DT.NEEDED]), tuple(_symbols(elf, tables, strings)), folders)


def _symbols(elf: Elf, tables: DynamicTables, strings: bytes) -> Iterator[DynamicSymbol]:
    """Yield the symbols that are not local, each with its version."""
    if tables.symbols is None:
        return
    order = elf.header.order
    versions = _version_names(tables, strings, order)
    count = len(tables.versions) // 2
    numbers = Struct(f"{order}{count}H").unpack_from(tables.versions)
    new = tuple.__new__
    for symbol in decode_symbols(elf, tables.symbols):
        _, binding, _, _, place, _, _, _, position = symbol
        if binding is _LOCAL:
            continue
        number = numbers[position] if position < count else _NDX_GLOBAL
        is_defined = place is not _UNDEFINED
        if number == _NDX_LOCAL and is_defined:
            continue
        version, library = versions.get(number & ~_HIDDEN, (None, None))
        yield new(DynamicSymbol, (symbol, version, not number & _HIDDEN, None if is_defined else library))


def _version_names(tables: DynamicTables, strings: bytes, order: str) -> dict[int, tuple[str | None, str | None]]:
    """Return version number -> (version, shared object it is needed from). The base version has no name of its own."""
    defined = _defined_versions(tables.defined, order)
    needed = _needed_versions(tables.needed, order)
    names = read_strings(strings, [name for _, name in defined], 0)
    needed_names = read_strings(strings, [name for _, name, _ in needed], 0)
    libraries = read_strings(strings, [library for _, _, library in needed], 0)
    found: dict[int, tuple[str | None, str | None]] = {_NDX_GLOBAL: (None, None)}
    found.update((number, (name, None)) for (number, _), name in zip(defined, names, strict=True))
    found.update(
        (number, (name, library)) for (number, _, _), name, library in zip(needed, needed_names, libraries, strict=True)
    )
    return found


def _defined_versions(part: memoryview, order: str) -> list[tuple[int, int]]:
    """Return (version number, offset of its name) of each definition but the base.

    Source: Linux Standard Base, "Symbol Versioning": Elfxx_Verdef is vd_version, vd_flags, vd_ndx, vd_cnt, vd_hash,
    vd_aux, vd_next; Elfxx_Verdaux begins with vda_name.
    """
    word = Struct(order + "I")
    found = []
    for at, fields in _chain(part, Struct(order + "4H3I"), 6):
        if at + fields[5] + word.size > len(part):
            raise malformed("a version definition has no name", 0)
        if not fields[1] & _BASE:
            found.append((fields[2], word.unpack_from(part, at + fields[5])[0]))
    return found


def _needed_versions(part: memoryview, order: str) -> list[tuple[int, int, int]]:
    """Return (version number, offset of its name, offset of its library's name) of each version needed.

    Source: as above: Elfxx_Verneed is vn_version, vn_cnt, vn_file, vn_aux, vn_next; Elfxx_Vernaux is vna_hash,
    vna_flags, vna_other, vna_name, vna_next.
    """
    auxiliary = Struct(order + "I2H2I")
    found = []
    for at, fields in _chain(part, Struct(order + "2H3I"), 4):
        for _, needs in _chain(part[at + fields[3] :], auxiliary, 4, limit=fields[1]):
            found.append((needs[2] & ~_HIDDEN, needs[3], fields[2]))
            if len(found) > len(part) // auxiliary.size:
                raise malformed("version needs overlap", 0)
    return found


def _chain(
    part: memoryview, layout: Struct, following: int, limit: int | None = None
) -> Iterator[tuple[int, tuple[int, ...]]]:
    """Yield (offset, fields) of records that each name the distance to the next one, 0 for the last, forward only."""
    at = 0
    left = len(part) // layout.size if limit is None else limit
    while left > 0 and at + layout.size <= len(part):
        fields = layout.unpack_from(part, at)
        yield at, fields
        if not fields[following]:
            return
        at += fields[following]
        left -= 1
