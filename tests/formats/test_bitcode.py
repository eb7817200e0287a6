from __future__ import annotations

from struct import pack

import pytest

from arfix.errors import FormatError, UnsupportedError
from arfix.formats.bitcode import read_bitcode_machine, read_bitcode_symbols
from arfix.formats.identify import identify
from arfix.formats.model import Binding, Content, Place, SymbolType, Visibility

MAGIC = b"BC\xc0\xde"
STRTAB, SYMTAB = 23, 25


class Bits:
    """Writes bit fields from the low end of each byte up."""

    def __init__(self) -> None:
        self.value = 0
        self.length = 0

    def fixed(self, value: int, width: int) -> Bits:
        self.value |= value << self.length
        self.length += width
        return self

    def vbr(self, value: int, width: int) -> Bits:
        high = 1 << width - 1
        while value >= high:
            self.fixed(value % high | high, width)
            value //= high
        return self.fixed(value, width)

    def align(self) -> Bits:
        self.length = (self.length + 31) // 32 * 32
        return self

    def data(self, data: bytes) -> Bits:
        self.fixed(int.from_bytes(data, "little"), len(data) * 8)
        return self.align()

    def encode(self) -> bytes:
        return self.value.to_bytes(self.align().length // 8, "little")


def abbreviated_blob(data: bytes) -> Bits:
    """Return a body: an abbreviation of a literal 1 and a blob, and one record made with it; width 3."""
    bits = Bits().fixed(2, 3).vbr(2, 5).fixed(1, 1).vbr(1, 8).fixed(0, 1).fixed(5, 3)
    return bits.fixed(4, 3).vbr(len(data), 6).align().data(data)


def block(number: int, body: Bits, width: int = 3) -> bytes:
    body.fixed(0, width)
    contents = body.encode()
    head = Bits().fixed(1, 2).vbr(number, 8).vbr(width, 4).align().fixed(len(contents) // 4, 32)
    return head.encode() + contents


def symbol_table(symbols: list[tuple[int, int, int]], triple: tuple[int, int] = (0, 0), version: int = 3) -> bytes:
    header = pack("<I14I", version, 0, 0, 0, 0, 0, 0, 60, len(symbols), 0, 0, *triple, 0, 0)
    return header + b"".join(pack("<6I", offset, size, 0, 0, 0, flags) for offset, size, flags in symbols)


STRINGS = b"defined weak common need llvm.x x86_64-pc-linux-gnu"
SYMBOLS = [
    (0, 7, 1 << 10 | 1 << 12 | 1),
    (8, 4, 1 << 10 | 1 << 4),
    (13, 6, 1 << 10 | 1 << 5),
    (20, 4, 1 << 10 | 1 << 3 | 2),
    (25, 6, 1 << 10 | 1 << 11),
    (0, 3, 1 << 8),
]


def bitcode(table: bytes, strings: bytes = STRINGS) -> bytes:
    module = block(8, Bits().fixed(3, 3).vbr(1, 6).vbr(1, 6).vbr(2, 6))
    return MAGIC + module + block(SYMTAB, abbreviated_blob(table)) + block(STRTAB, abbreviated_blob(strings))


WHOLE = bitcode(symbol_table(SYMBOLS, (32, 19)))


def wrapped(data: bytes) -> bytes:
    return b"\xde\xc0\x17\x0b" + pack("<4I", 0, 20, len(data), 7) + data


@pytest.mark.parametrize("data", [WHOLE, wrapped(WHOLE)])
def test_flags_are_read(data: bytes) -> None:
    assert identify(memoryview(data)) is Content.BITCODE
    symbols = {symbol.name: symbol for symbol in read_bitcode_symbols(memoryview(data))}
    assert list(symbols) == ["defined", "weak", "common", "need", "def"]
    assert (symbols["defined"].type, symbols["defined"].visibility) == (SymbolType.FUNCTION, Visibility.HIDDEN)
    assert symbols["weak"].binding is Binding.WEAK
    assert symbols["common"].place is Place.COMMON
    assert (symbols["need"].place, symbols["need"].visibility) == (Place.UNDEFINED, Visibility.PROTECTED)
    assert (symbols["def"].binding, symbols["def"].type) == (Binding.LOCAL, SymbolType.TLS)
    machine = read_bitcode_machine(memoryview(data))
    assert machine is not None
    assert (machine.name, machine.bits, machine.byte_order) == ("x86-64", 64, "little")


@pytest.mark.parametrize(
    ("triple", "name", "bits", "order"),
    [
        (b"thumbv7m-none-eabi", "arm", 32, "little"),
        (b"s390x-linux", "s390x", 64, "big"),
        (b"arm64-apple-ios", "aarch64", 64, "little"),
        (b"powerpc64le-unknown-linux-gnu", "ppc64le", 64, "little"),
        (b"x86_64-linux-gnux32", "x86-64", 32, "little"),
        (b"aarch64_be-none-elf", "aarch64", 64, "big"),
        (b"odd", "odd", 0, "little"),
    ],
)
def test_machines(triple: bytes, name: str, bits: int, order: str) -> None:
    machine = read_bitcode_machine(memoryview(bitcode(symbol_table([], (0, len(triple))), triple)))
    assert machine is not None
    assert (machine.name, machine.bits, machine.byte_order) == (name, bits, order)


def test_two_modules_one_after_another_have_the_table_of_the_last() -> None:
    names = [symbol.name for symbol in read_bitcode_symbols(memoryview(bitcode(symbol_table([])) + WHOLE))]
    assert names[0] == "defined"


def test_other_records_and_encodings_are_stepped_over() -> None:
    body = Bits().fixed(2, 4).vbr(5, 5)  # an abbreviation: fixed 3, VBR 6, char6, array of fixed 2
    body.fixed(0, 1).fixed(1, 3).vbr(3, 5).fixed(0, 1).fixed(2, 3).vbr(6, 5).fixed(0, 1).fixed(4, 3)
    body.fixed(0, 1).fixed(3, 3).fixed(0, 1).fixed(1, 3).vbr(2, 5)
    body.fixed(4, 4).fixed(2, 3).vbr(99, 6).fixed(7, 6).vbr(3, 6).fixed(1, 2).fixed(2, 2).fixed(3, 2)
    body.fixed(3, 4).vbr(9, 6).vbr(1, 6).vbr(70, 6)  # an unabbreviated record
    body.fixed(2, 4).vbr(2, 5).fixed(1, 1).vbr(1, 8).fixed(0, 1).fixed(5, 3)
    table = symbol_table(SYMBOLS)
    body.fixed(5, 4).vbr(len(table), 6).align().data(table)
    data = MAGIC + block(SYMTAB, body, 4) + block(STRTAB, abbreviated_blob(STRINGS))
    assert len(read_bitcode_symbols(memoryview(data))) == 5


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (WHOLE[:-4], "are announced"),
        (bitcode(symbol_table(SYMBOLS)[:-4]), "6 symbols are announced"),
        (bitcode(symbol_table([(50, 9, 0)])), "outside the bitcode's strings"),
        (bitcode(symbol_table([(0, 50, 1 << 10)] * 100)), "overlap too often"),
        (MAGIC + bytes(8), "something else than a block"),
        (wrapped(WHOLE)[:-4], "wrapped bitcode should end"),
        (MAGIC + block(SYMTAB, Bits().fixed(1, 3)) + block(STRTAB, Bits()), "holds another block"),
        (MAGIC + block(SYMTAB, Bits().fixed(5, 3)) + block(STRTAB, Bits()), "abbreviation 5, which does not exist"),
        (MAGIC + block(SYMTAB, Bits().fixed(2, 3).vbr(5000, 5)) + block(STRTAB, Bits()), "5000 parts"),
        (
            MAGIC
            + block(SYMTAB, Bits().fixed(2, 3).vbr(1, 5).fixed(0, 1).fixed(7, 3).fixed(4, 3))
            + block(STRTAB, Bits()),
            "encoding 7",
        ),
    ],
)
def test_wrong_bitcode_is_told(data: bytes, message: str) -> None:
    with pytest.raises(FormatError, match=message):
        read_bitcode_symbols(memoryview(data))


@pytest.mark.parametrize("data", [MAGIC, MAGIC + block(8, Bits()), bitcode(symbol_table([], version=9))])
def test_bitcode_without_a_known_table_is_not_supported(data: bytes) -> None:
    with pytest.raises(UnsupportedError):
        read_bitcode_symbols(memoryview(data))
    if data[4:]:
        return
    assert read_bitcode_machine(memoryview(data)) is None


@pytest.mark.parametrize("triple", [b"\x1b[2J-x", b"\0\x07", b"-linux", b"a b-c", b"x" * 99])
def test_what_is_no_word_is_no_machine(triple: bytes) -> None:
    assert read_bitcode_machine(memoryview(bitcode(symbol_table([], (0, len(triple))), triple))) is None
