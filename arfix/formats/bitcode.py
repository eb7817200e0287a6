"""Symbols that LLVM bitcode defines and needs, from the symbol table that compilers put behind the module.

The table (`irsymtab`) is there for linkers: names as the object file would have them, in the order of llvm-ar's index.
It is the same in LLVM 14 to 22, so bitcode of a newer compiler is no obstacle, as it is to the tools of an older one.
"""

from __future__ import annotations

import re
from struct import Struct
from typing import Final, NamedTuple

from arfix.archive.names import decode_name
from arfix.errors import ArfixError, UnsupportedError
from arfix.formats.bitstream import Block, find_blob, outer_blocks, unwrap
from arfix.formats.errors import malformed
from arfix.formats.model import Binding, Machine, Place, Symbol, SymbolType, Visibility

# Source of all numbers: LLVM `Bitcode/LLVMBitCodes.h` and `Object/IRSymtab.h`.
_STRTAB_BLOCK: Final = 23
_SYMTAB_BLOCK: Final = 25
_STRTAB_BLOB: Final = 1
_SYMTAB_BLOB: Final = 1
_VERSIONS: Final = (1, 2, 3, 4)
#: Version; then pairs of offset and size: producer, modules, COMDATs, symbols, uncommons, target triple, source file.
_HEADER: Final = Struct("<I14I")
#: Name, name in the module, COMDAT index, flags.
_SYMBOL: Final = Struct("<2I2III")
_UNDEFINED: Final = 1 << 3
_WEAK: Final = 1 << 4
_COMMON: Final = 1 << 5
_TLS: Final = 1 << 8
_GLOBAL: Final = 1 << 10
_FORMAT_SPECIFIC: Final = 1 << 11
_EXECUTABLE: Final = 1 << 12
_VISIBILITY: Final = (Visibility.DEFAULT, Visibility.HIDDEN, Visibility.PROTECTED, Visibility.DEFAULT)
#: The first part of a target triple: a word, not any bytes.
_ARCHITECTURE: Final = re.compile(r"[A-Za-z0-9_.+]{1,32}")
#: First part of a target triple -> (the word that arfix has for objects of the machine, bits).
#: Source: LLVM `TargetParser/Triple.cpp`.
_ARCHITECTURES: Final = {
    "x86_64": ("x86-64", 64),
    "x86_64h": ("x86-64", 64),
    "i386": ("i386", 32),
    "i486": ("i386", 32),
    "i586": ("i386", 32),
    "i686": ("i386", 32),
    "arm64": ("aarch64", 64),
    "arm64e": ("aarch64", 64),
    "arm64_32": ("arm64_32", 32),
    "aarch64": ("aarch64", 64),
    "aarch64_be": ("aarch64", 64),
    "riscv32": ("riscv", 32),
    "riscv64": ("riscv", 64),
    "wasm32": ("wasm32", 32),
    "wasm64": ("wasm64", 64),
    "powerpc": ("ppc", 32),
    "powerpc64": ("ppc64", 64),
    "powerpc64le": ("ppc64le", 64),
    "s390x": ("s390x", 64),
    "sparc": ("sparc", 32),
    "sparcv9": ("sparc64", 64),
    "mips": ("mips", 32),
    "mipsel": ("mips", 32),
    "mips64": ("mips", 64),
    "mips64el": ("mips", 64),
    "loongarch32": ("loongarch", 32),
    "loongarch64": ("loongarch", 64),
}
_BIG: Final = frozenset(
    {"aarch64_be", "armeb", "thumbeb", "powerpc", "powerpc64", "s390x", "sparc", "sparcv9", "mips", "mips64"}
)
#: Names may share bytes of the string table; together they may be this many times as long.
_NAMES_FACTOR: Final = 64
#: Digits of a release number.
_LONGEST_RELEASE: Final = 3


class _SymbolTable(NamedTuple):
    """A symbol table and the strings it refers to."""

    symbols: memoryview
    strings: memoryview

    def text(self, offset: int, size: int) -> str:
        if offset + size > len(self.strings):
            raise malformed(f"a name of {size} bytes at {offset:#x} lies outside the bitcode's strings", 0)
        return decode_name(bytes(self.strings[offset : offset + size]))


def _locate(view: memoryview) -> _SymbolTable | None:
    """Return the last symbol table and the strings behind it; None when the compiler wrote none."""
    symbols: Block | None = None
    strings: Block | None = None
    for block in outer_blocks(unwrap(view)):
        if block.id == _SYMTAB_BLOCK:
            symbols, strings = block, None
        elif block.id == _STRTAB_BLOCK and strings is None:
            strings = block
    if symbols is None or strings is None:
        return None
    table, names = find_blob(symbols, _SYMTAB_BLOB), find_blob(strings, _STRTAB_BLOB)
    if table is None or names is None or len(table) < _HEADER.size:
        return None
    if (version := int.from_bytes(table[:4], "little")) not in _VERSIONS:
        raise UnsupportedError(f"the symbol table of this bitcode is of version {version}, not 1 to 4")
    return _SymbolTable(table, names)


def read_bitcode_machine(view: memoryview) -> Machine | None:
    """Return the machine that the bitcode's target triple names.

    None if it has no symbol table, or no triple that begins with a word.
    """
    table = _locate(view)
    if table is None:
        return None
    fields = _HEADER.unpack_from(table.symbols)
    triple = table.text(*fields[11:13])
    architecture = triple.partition("-")[0]
    if _ARCHITECTURE.fullmatch(architecture) is None:
        return None
    known = "arm" if architecture.startswith(("arm", "thumb")) and "64" not in architecture else architecture
    name, bits = _ARCHITECTURES.get(known, (known, 32 if known == "arm" else 0))
    if triple.endswith(("-gnux32", "-muslx32")):  # x86-64 code in 32-bit ELF files
        bits = 32
    return Machine(name, bits, "big" if architecture in _BIG else "little", 0)


def bitcode_release(view: memoryview) -> int | None:
    """Return the major release of the LLVM that wrote the symbol table: 19 for `LLVM19.1.7`; None if it is unknown.

    Never raises.
    """
    try:
        table = _locate(view)
        producer = "" if table is None else table.text(*_HEADER.unpack_from(table.symbols)[1:3])
    except ArfixError:
        return None
    digits = producer.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_ ").partition(".")[0]
    return int(digits) if digits.isdecimal() and len(digits) <= _LONGEST_RELEASE else None


def read_bitcode_symbols(view: memoryview) -> tuple[Symbol, ...]:
    """Return the symbols of LLVM bitcode in the order of its symbol table; intrinsics and metadata are left out.

    Raises:
        FormatError: A block, a record or a name does not fit in what holds it.
        UnsupportedError: The bitcode has no symbol table (its compiler knew no such target, or is older than LLVM 5).
    """
    table = _locate(view)
    if table is None:
        raise UnsupportedError(
            "this bitcode has no symbol table",
            hint="compile it again with LLVM 5 or newer, or without -flto",
        )
    fields = _HEADER.unpack_from(table.symbols)
    start, count = fields[7], fields[8]
    end = start + count * _SYMBOL.size
    if end > len(table.symbols):
        raise malformed(f"{count} symbols are announced in the bitcode, more than there are", 0)
    symbols = []
    left = _NAMES_FACTOR * len(table.strings)
    for number, row in enumerate(_SYMBOL.iter_unpack(table.symbols[start:end])):
        offset, size, _, _, _, flags = row
        left -= size
        if left < 0:
            raise malformed("the names of this bitcode overlap too often to be true", 0)
        if not flags & _FORMAT_SPECIFIC:
            symbols.append(_symbol(table.text(offset, size), flags, number))
    return tuple(symbols)


def _symbol(name: str, flags: int, number: int) -> Symbol:
    binding = Binding.WEAK if flags & _WEAK else Binding.GLOBAL
    defined = Place.COMMON if flags & _COMMON else Place.DEFINED
    kind = SymbolType.TLS if flags & _TLS else SymbolType.FUNCTION if flags & _EXECUTABLE else SymbolType.OBJECT
    return Symbol(
        name,
        binding if flags & _GLOBAL else Binding.LOCAL,
        kind,
        _VISIBILITY[flags & 3],
        Place.UNDEFINED if flags & _UNDEFINED else defined,
        0,
        0,
        0,
        number,
    )
