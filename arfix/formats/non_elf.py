"""The symbols and the machine of an object that is not ELF machine code, by its format.

Each reader is imported when the first object of its format is met.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from arfix.errors import UnsupportedError
from arfix.formats.model import Binding, Content

if TYPE_CHECKING:
    from collections.abc import Callable

    from arfix.formats.model import Machine, Symbol


def read_symbols(view: memoryview, content: Content) -> tuple[Symbol, ...]:
    """Return the symbols of an object in the order of its table, local ones included; empty for what has none.

    Those of ELF are in `Elf.symbols` and `Elf.lto_symbols`.

    Raises:
        FormatError: Its tables are wrong.
        UnsupportedError: Its format is known, but its symbols cannot be read.
    """
    reader = _SYMBOLS.get(content)
    return () if reader is None else reader(view, content)


def read_global_symbols(view: memoryview, content: Content) -> tuple[Symbol, ...]:
    """Return those of `read_symbols` that are not local: of COFF, whose import libraries have many, without the rest.

    Raises:
        FormatError: Its tables are wrong.
        UnsupportedError: Its format is known, but its symbols cannot be read.
    """
    if content in {Content.COFF, Content.COFF_BIGOBJ}:
        from arfix.formats.coff import read_coff_symbols  # noqa: PLC0415

        return read_coff_symbols(view, content, only_globals=True)
    return tuple(symbol for symbol in read_symbols(view, content) if symbol.binding is not Binding.LOCAL)


def read_machine(view: memoryview, content: Content) -> Machine | None:
    """Return the machine of an object that is not ELF; None for what has none or does not say.

    Raises:
        FormatError: Its header is wrong.
    """
    reader = _MACHINES.get(content)
    return None if reader is None else reader(view, content)


def _macho_symbols(view: memoryview, _content: Content) -> tuple[Symbol, ...]:
    from arfix.formats.macho import read_macho_symbols  # noqa: PLC0415

    return read_macho_symbols(view)


def _coff_symbols(view: memoryview, content: Content) -> tuple[Symbol, ...]:
    from arfix.formats.coff import read_coff_symbols  # noqa: PLC0415

    return read_coff_symbols(view, content)


def _import_symbols(view: memoryview, _content: Content) -> tuple[Symbol, ...]:
    from arfix.formats.coff_import import read_import_symbols  # noqa: PLC0415

    return read_import_symbols(view)


def _bitcode_symbols(view: memoryview, _content: Content) -> tuple[Symbol, ...]:
    from arfix.formats.bitcode import read_bitcode_symbols  # noqa: PLC0415

    return read_bitcode_symbols(view)


def _wasm_symbols(view: memoryview, _content: Content) -> tuple[Symbol, ...]:
    from arfix.formats.wasm import read_wasm_symbols  # noqa: PLC0415

    return read_wasm_symbols(view)


def _xcoff_symbols(_view: memoryview, _content: Content) -> tuple[Symbol, ...]:
    raise UnsupportedError("the symbols of XCOFF objects cannot be read")


def _anonymous_symbols(_view: memoryview, _content: Content) -> tuple[Symbol, ...]:
    raise UnsupportedError(
        "the symbols of MSVC's link-time code cannot be read: its format is not published",
        hint="compile it again without /GL",
    )


def _macho_machine(view: memoryview, _content: Content) -> Machine:
    from arfix.formats.macho import read_macho_machine  # noqa: PLC0415

    return read_macho_machine(view)


def _coff_machine(view: memoryview, content: Content) -> Machine:
    from arfix.formats.coff import read_coff_machine  # noqa: PLC0415

    return read_coff_machine(view, content)


def _import_machine(view: memoryview, _content: Content) -> Machine:
    from arfix.formats.coff_import import read_import  # noqa: PLC0415

    return read_import(view).machine


def _bitcode_machine(view: memoryview, _content: Content) -> Machine | None:
    from arfix.formats.bitcode import read_bitcode_machine  # noqa: PLC0415

    return read_bitcode_machine(view)


def _wasm_machine(_view: memoryview, _content: Content) -> Machine:
    from arfix.formats.wasm import MACHINE  # noqa: PLC0415

    return MACHINE


_SYMBOLS: Final[dict[Content, Callable[[memoryview, Content], tuple[Symbol, ...]]]] = {
    Content.MACHO: _macho_symbols,
    Content.COFF: _coff_symbols,
    Content.COFF_BIGOBJ: _coff_symbols,
    Content.COFF_IMPORT: _import_symbols,
    Content.COFF_ANONYMOUS: _anonymous_symbols,
    Content.BITCODE: _bitcode_symbols,
    Content.WASM: _wasm_symbols,
    Content.XCOFF: _xcoff_symbols,
}
_MACHINES: Final[dict[Content, Callable[[memoryview, Content], Machine | None]]] = {
    Content.MACHO: _macho_machine,
    Content.COFF: _coff_machine,
    Content.COFF_BIGOBJ: _coff_machine,
    Content.COFF_IMPORT: _import_machine,
    Content.BITCODE: _bitcode_machine,
    Content.WASM: _wasm_machine,
}
