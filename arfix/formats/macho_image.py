"""What a linked Mach-O file, a library or a program, provides. LIEF reads it."""

from __future__ import annotations

from typing import NamedTuple

from arfix.formats.macho import parse_macho


class MachoLibrary(NamedTuple):
    """What a library for Apple's systems says to a linker, from its own bytes or from a `.tbd` text.

    Attributes:
        install_name: Its name for the loader; None for a program.
        names: Symbols that it exports.
        reexports: Install names of libraries whose symbols count as its own.
    """

    install_name: str | None
    names: frozenset[str]
    reexports: tuple[str, ...] = ()


def read_macho_library(view: memoryview) -> MachoLibrary:
    """Return what a linked Mach-O file provides.

    Raises:
        FormatError: LIEF finds no Mach-O file in these bytes.
        MissingPackageError: LIEF is not installed.
    """
    binary = parse_macho(view, "reading the exports of Mach-O libraries")
    import lief  # noqa: PLC0415 (loaded by now, if it is there)

    tries = [binary.dyld_info] if binary.has_dyld_info else []
    exports = [one for table in tries if table is not None for one in table.exports]
    trie = binary.dyld_exports_trie if binary.has_dyld_exports_trie else None
    exports += [] if trie is None else list(trie.exports)
    names = {_text(one.symbol.name) for one in exports if one.symbol is not None}
    if not exports:
        names = {_text(symbol.name) for symbol in binary.exported_symbols}
    kinds = lief.MachO.LoadCommand.TYPE
    own = next((_text(one.name) for one in binary.libraries if one.command == kinds.ID_DYLIB), None)
    again = tuple(_text(one.name) for one in binary.libraries if one.command == kinds.REEXPORT_DYLIB)
    return MachoLibrary(own, frozenset(names), again)


def _text(name: str | bytes) -> str:
    return name if isinstance(name, str) else name.decode("utf-8", "surrogateescape")
