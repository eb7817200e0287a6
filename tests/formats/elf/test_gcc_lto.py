from __future__ import annotations

from struct import pack

import pytest

from arfix.errors import FormatError
from arfix.formats.elf.file import Elf
from arfix.formats.model import Binding, Place, SymbolType, Visibility
from tests.formats.elf_image import Part, elf


def entry(name: bytes, kind: int, visibility: int = 0, size: int = 0, order: str = "<") -> bytes:
    return name + b"\0key\0" + bytes([kind, visibility]) + pack(order + "QI", size, 1)


@pytest.mark.parametrize("order", "<>")
def test_kinds_visibility_and_types(order: str) -> None:
    table = b"".join(entry(b"s%d" % kind, kind, min(kind, 3), 4, order) for kind in range(5))
    parts = [
        Part(b".gnu.lto_.symtab.ab", 1, table),
        Part(b".gnu.lto_.ext_symtab.ab", 1, bytes([1, 1, 0, 2, 0])),
        Part(b".gnu.lto_.symtab.cd", 1, entry(b"other", 0, order=order)),
    ]
    symbols = Elf(elf(64, order, parts)).lto_symbols
    assert [symbol.name for symbol in symbols] == ["s0", "s1", "s2", "s3", "s4", "other"]
    assert [symbol.number for symbol in symbols] == list(range(6))
    assert [symbol.place for symbol in symbols][2:5] == [Place.UNDEFINED, Place.UNDEFINED, Place.COMMON]
    assert [symbol.binding for symbol in symbols][:4] == [Binding.GLOBAL, Binding.WEAK, Binding.GLOBAL, Binding.WEAK]
    assert symbols[3].visibility is Visibility.HIDDEN
    assert symbols[0].size == 4
    assert [symbol.type for symbol in symbols][:3] == [SymbolType.FUNCTION, SymbolType.OBJECT, SymbolType.NONE]


@pytest.mark.parametrize("table", [b"name", b"name\0key", entry(b"s", 0)[:-1], entry(b"s", 5), entry(b"s", 0, 4)])
def test_wrong_entries_are_told(table: bytes) -> None:
    with pytest.raises(FormatError, match="holds no symbol"):
        _ = Elf(elf(64, "<", [Part(b".gnu.lto_.symtab.ab", 1, table)])).lto_symbols
