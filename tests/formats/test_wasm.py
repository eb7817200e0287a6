from __future__ import annotations

import pytest

from arfix.errors import FormatError
from arfix.formats.inspect import inspect_object
from arfix.formats.model import Binding, Place, SymbolType, Visibility
from arfix.formats.wasm import read_wasm_symbols

MAGIC = b"\0asm\1\0\0\0"


def name(text: bytes) -> bytes:
    return bytes([len(text)]) + text


def section(kind: int, body: bytes) -> bytes:
    return bytes([kind, len(body)]) + body


IMPORTS = b"\x06" + b"".join(
    name(b"env") + name(field) + rest
    for field, rest in (
        (b"func", b"\x00\x01"),
        (b"table", b"\x01\x70\x01\x01\x02"),
        (b"memory", b"\x02\x00\x01"),
        (b"global", b"\x03\x7f\x01"),
        (b"tag", b"\x04\x00\x01"),
        (b"func2", b"\x00\x02"),
    )
)
SYMBOLS = b"\x0a" + b"".join(
    (
        b"\x00\x10\x01",  # function 1, undefined: named by its import
        b"\x00\x50\x00" + name(b"own"),  # undefined with a name of its own
        b"\x00\x01\x02" + name(b"weak"),
        b"\x01\x04" + name(b"hidden") + b"\x00\x08\x04",
        b"\x01\x10" + name(b"data"),
        b"\x02\x10\x00",
        b"\x03\x02\x00",
        b"\x05\x10\x00",
        b"\x01\x80\x02" + name(b"tls") + b"\x00\x00\x01",
        b"\x01\x80\x04" + name(b"abs") + b"\x00\x05\x00",
    )
)
LINKING = name(b"linking") + b"\x02" + section(5, b"\x00") + section(8, SYMBOLS)
OBJECT = MAGIC + section(1, b"\x00") + section(2, IMPORTS) + section(0, name(b"producers")) + section(0, LINKING)


def test_every_kind_of_symbol() -> None:
    facts = inspect_object(memoryview(OBJECT))
    found = {symbol.name: symbol for symbol in facts.symbols}
    assert list(found) == ["func2", "own", "weak", "hidden", "data", "global", "", "table", "tls", "abs"]
    assert found["weak"].binding is Binding.WEAK
    assert (found["hidden"].visibility, found["hidden"].value, found["hidden"].size) == (Visibility.HIDDEN, 8, 4)
    assert found["data"].place is Place.UNDEFINED
    assert (found[""].binding, found[""].type) == (Binding.LOCAL, SymbolType.SECTION)
    assert found["tls"].type is SymbolType.TLS
    assert found["abs"].place is Place.ABSOLUTE
    assert facts.index_names == ("weak", "hidden", "tls", "abs")
    assert list(facts.references) == ["func2", "own", "data", "global", "table"]


def test_a_linked_module_has_no_linking_section() -> None:
    assert read_wasm_symbols(memoryview(MAGIC + section(1, b"\x00"))) == ()


@pytest.mark.parametrize("length", range(len(MAGIC) + 1, len(OBJECT)))
def test_any_cut_is_an_error_or_a_shorter_object(length: int) -> None:
    try:
        symbols = read_wasm_symbols(memoryview(OBJECT[:length]))
    except FormatError:
        return
    assert symbols == ()


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (name(b"linking") + b"\x02" + section(8, b"\x01\x09\x00"), "of kind 9"),
        (name(b"linking") + b"\x02" + section(8, b"\xff" * 11), "no end"),
        (name(b"linking") + b"\x02" + section(8, b"\x05"), "within an entry"),
    ],
)
def test_wrong_entries_are_told(body: bytes, message: str) -> None:
    with pytest.raises(FormatError, match=message):
        read_wasm_symbols(memoryview(MAGIC + section(0, body)))
