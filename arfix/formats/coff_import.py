"""Short import members of Windows import libraries: each defines one function or variable of one DLL."""

from __future__ import annotations

from enum import Enum
from struct import Struct
from typing import TYPE_CHECKING, Final, NamedTuple

from arfix.archive.names import decode_name
from arfix.formats.coff import coff_machine
from arfix.formats.errors import malformed
from arfix.formats.model import Binding, Place, Symbol, SymbolType, Visibility

if TYPE_CHECKING:
    from arfix.formats.model import Machine

#: Sig1, Sig2, version, machine, time, size of the data, ordinal or hint, type. Source: PE/COFF, "Import Header".
_HEADER: Final = Struct("<HHHHIIHH")


class ImportType(Enum):
    """What is imported (the lowest two bits of the type field)."""

    CODE = "code"
    DATA = "data"
    CONST = "const"
    OTHER = "other"


class Import(NamedTuple):
    """One import: the symbol as objects spell it, the DLL it comes from, and what it is."""

    name: str
    library: str
    type: ImportType
    machine: Machine


def read_import(view: memoryview) -> Import:
    """Return the import in a short import member; raises `FormatError` when it is cut short or has no names."""
    if len(view) < _HEADER.size:
        raise malformed(f"import header ends after {len(view)} bytes, expected {_HEADER.size}", 0)
    *_, machine, _, size, _, type_ = _HEADER.unpack_from(view)
    data = bytes(view[_HEADER.size : _HEADER.size + size])
    name, first, rest = data.partition(b"\0")
    library, second, _ = rest.partition(b"\0")
    if not first or not second or not name:
        raise malformed("an import has no name, or names no DLL", _HEADER.size)
    return Import(decode_name(name), decode_name(library), tuple(ImportType)[type_ & 3], coff_machine(machine))


def _undecorated(name: str) -> str:
    """Return `f` for `#f`, and `?f@@YAXXZ` for `?f@@$$hYAXXZ`. Source: LLVM `IR/Mangler.cpp` (ARM64EC names)."""
    return name[1:] if name.startswith("#") else name.replace("$$h", "", 1)


def read_import_symbols(view: memoryview) -> tuple[Symbol, ...]:
    """Return the symbols that an import defines: `__imp_NAME`, and unless it is data the thunk `NAME`.

    In this order, which is that of llvm-ar's index. Code for ARM64EC is imported under a decorated name, which both
    leave undecorated. Source: PE/COFF, "Import Type"; LLVM `Object/COFFImportFile.h`.
    """
    found = read_import(view)
    name = _undecorated(found.name) if found.machine.name == "arm64ec" else found.name
    names = [(f"__imp_{name}", SymbolType.OBJECT)]
    if found.type is not ImportType.DATA:
        names.append((name, SymbolType.FUNCTION))
    return tuple(
        Symbol(name, Binding.GLOBAL, kind, Visibility.DEFAULT, Place.DEFINED, 0, 0, 0, number)
        for number, (name, kind) in enumerate(names)
    )
