"""Symbols that a Mach-O object defines and needs. LIEF reads them, and is loaded for the first such object."""

from __future__ import annotations

from io import BytesIO
from struct import Struct
from typing import TYPE_CHECKING, Final

from arfix.formats.constants import MACHO_MACHINES, MACHO_MAGICS
from arfix.formats.errors import malformed
from arfix.formats.lief_package import require_lief
from arfix.formats.model import Binding, Machine, Place, Symbol, SymbolType, Visibility
from arfix.formats.strings import check_total

if TYPE_CHECKING:
    import lief

# Bits of `n_type` and `n_desc`. Source: cctools `mach-o/nlist.h`.
_STAB: Final = 0xE0
_PRIVATE_EXTERNAL: Final = 0x10
_TYPE: Final = 0x0E
_EXTERNAL: Final = 0x01
_UNDEFINED: Final = 0x0
_ABSOLUTE: Final = 0x2
_PREBOUND: Final = 0xC
_WEAK_REFERENCE: Final = 0x40
_WEAK_DEFINITION: Final = 0x80
#: `LC_SYMTAB`.
_SYMBOL_TABLE_COMMAND: Final = 2
#: `n_desc` bits that hold the alignment of a common symbol.
_ALIGNMENT_SHIFT: Final = 8


def read_macho_machine(view: memoryview) -> Machine:
    """Return the machine of a Mach-O file; an unknown CPU type is spelt `machine-N`."""
    bits, order = MACHO_MAGICS.get(bytes(view[:4]), (0, "little"))
    if not bits or len(view) < 8:
        raise malformed("the Mach-O header is cut short", 0)
    (number,) = Struct("<i" if order == "little" else ">i").unpack_from(view, 4)
    return Machine(MACHO_MACHINES.get(number, f"machine-{number}"), bits, order, number)


def read_macho_symbols(view: memoryview) -> tuple[Symbol, ...]:
    """Return the symbols of a Mach-O object in table order, debugging entries left out.

    Raises:
        FormatError: LIEF finds no Mach-O file in these bytes.
        MissingPackageError: LIEF is not installed.
    """
    _check_names(view)
    binary = parse_macho(view, "reading the symbols of Mach-O objects")
    return tuple(_symbol(symbol, number) for number, symbol in enumerate(binary.symbols) if not symbol.raw_type & _STAB)


def parse_macho(view: memoryview, purpose: str) -> lief.MachO.Binary:
    """Return a Mach-O file as LIEF reads it; `purpose` is that of `require_lief`.

    Raises:
        FormatError: LIEF finds no Mach-O file in these bytes.
        MissingPackageError: LIEF is not installed.
    """
    require_lief(purpose)
    import lief  # noqa: PLC0415 (half a second that only Mach-O pays)

    lief.logging.disable()
    fat = lief.MachO.parse(BytesIO(view))
    binary = fat.at(0) if fat is not None and fat.size else None
    if binary is None:
        raise malformed("these bytes are no Mach-O file, though they begin like one", 0)
    return binary


def _check_names(view: memoryview) -> None:
    """Raise `FormatError` where the names of the symbols overlap without measure, since LIEF copies each of them.

    Source: `mach-o/loader.h`, `struct mach_header` and `struct symtab_command`; `mach-o/nlist.h`.
    """
    bits, order = MACHO_MAGICS.get(bytes(view[:4]), (0, "little"))
    sign = "<" if order == "little" else ">"
    at, row = (32, 16) if bits == 64 else (28, 12)
    if not bits or len(view) < at:
        return
    (commands,) = Struct(f"{sign}I").unpack_from(view, 16)
    for _ in range(commands):
        if at + 24 > len(view):
            return
        kind, size, symbols, count, strings, strings_size = Struct(f"{sign}6I").unpack_from(view, at)
        if kind == _SYMBOL_TABLE_COMMAND:
            rows = view[symbols : symbols + row * count]
            rows = rows[: len(rows) - len(rows) % row]
            offsets = [one[0] for one in Struct(f"{sign}I{row - 4}x").iter_unpack(rows)]
            check_total(bytes(view[strings : strings + strings_size]), offsets, strings)
        at += max(size, 8)


def _symbol(symbol: lief.MachO.Symbol, number: int) -> Symbol:
    kind = symbol.raw_type & _TYPE
    external = bool(symbol.raw_type & _EXTERNAL)
    value, size = symbol.value, 0
    weak = symbol.description & _WEAK_DEFINITION
    if kind in {_UNDEFINED, _PREBOUND}:
        weak = symbol.description & _WEAK_REFERENCE
        place = Place.UNDEFINED
        if value and external and kind == _UNDEFINED:  # the value of a common symbol is its size
            place, size, weak = Place.COMMON, value, 0
            value = 1 << (symbol.description >> _ALIGNMENT_SHIFT & 0xF)
    else:
        place = Place.ABSOLUTE if kind == _ABSOLUTE else Place.DEFINED
    binding = Binding.LOCAL if not external else Binding.WEAK if weak else Binding.GLOBAL
    visibility = Visibility.HIDDEN if symbol.raw_type & _PRIVATE_EXTERNAL else Visibility.DEFAULT
    type_ = SymbolType.COMMON if place is Place.COMMON else SymbolType.NONE
    name = symbol.name if isinstance(symbol.name, str) else symbol.name.decode("utf-8", "surrogateescape")
    return Symbol(name, binding, type_, visibility, place, symbol.numberof_sections, value, size, number)
