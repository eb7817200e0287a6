from __future__ import annotations

import pytest

from arfix.diff.equal_contents import same_body
from arfix.diff.object_contents import Body, ComparedObject, FixupTarget
from arfix.errors import FormatError
from arfix.formats.elf.file import Elf as Reader
from tests.elf_builder import ALLOC, EXEC, FUNC, LOCAL, OBJECT, WRITE, Elf, Rel, Sec, Sym, elf

MERGE, STRINGS = 0x10, 0x20
TEXT_SYMBOL = Sym("", ".text", binding=LOCAL, type=3)


def image(data: bytes) -> ComparedObject:
    return ComparedObject(Reader(memoryview(data)))


def body(data: bytes, name: str) -> Body:
    opened = image(data)
    found = opened.body(next(one for one in opened.symbols if one.name == name))
    assert found is not None
    return found


def code(data: bytes, *relocations: Rel) -> Sec:
    return Sec(".text", data, flags=ALLOC | EXEC, align=4, relocations=relocations)


def function(name: str, value: int, size: int, binding: int = 1) -> Sym:
    return Sym(name, value=value, size=size, type=FUNC, binding=binding)


def test_a_body_is_its_bytes_and_what_is_filled_in_there() -> None:
    text = code(b"\x90" * 4 + b"\xe8\0\0\0\0\xc3", Rel(5, 4, "puts", -4), Rel(0, 2, "early"))
    made = elf(function("f", 4, 6), "?puts", "?early", sections=(text,))
    found = body(made, "f")
    assert found.data == b"\xe8\0\0\0\0\xc3"
    assert [(one.offset, one.target) for one in found.fixups] == [(1, FixupTarget("puts", -4))]


def test_without_a_size_it_reaches_to_the_next_symbol() -> None:
    made = elf(
        function("f", 0, 0), Sym(".Lx", value=1, binding=LOCAL), function("g", 3, 0), sections=(code(b"\1\2\3\4\5"),)
    )
    assert (body(made, "f").data, body(made, "g").data) == (b"\1\2\3", b"\4\5")


def test_strings_and_constants_are_what_they_say_and_not_where_they_stand() -> None:
    def made(strings: bytes, at: int) -> bytes:
        row = Sec(".rodata.str1.1", strings, flags=ALLOC | MERGE | STRINGS)
        numbers = Sec(".rodata.cst8", bytes(8) + b"12345678", flags=ALLOC | MERGE)
        section = Sym("strings", ".rodata.str1.1", binding=LOCAL, type=3)
        label = Sym(".LC1", ".rodata.cst8", binding=LOCAL, value=8)
        text = code(bytes(24), Rel(0, 2, "strings", at - 4), Rel(8, 1, "strings", at), Rel(16, 2, ".LC1", -4))
        return elf(section, label, function("f", 0, 24), sections=(text, row, numbers))

    one, other = body(made(b"text\0", 0), "f"), body(made(b"more\0text\0", 5), "f")
    assert one.fixups[0].target == FixupTarget('"text"', 0)
    assert one.fixups[2].target == FixupTarget("0x31", -4)  # the section says no entry size
    assert same_body(one, other)
    assert not same_body(one, body(made(b"more\0text\0", 0), "f"))


def test_a_place_in_a_section_is_the_symbol_that_stands_there() -> None:
    def made(front: int) -> bytes:
        data = Sec(".data", bytes(front + 8), flags=ALLOC | WRITE)
        symbols = (
            Sym("data", ".data", binding=LOCAL, type=3),
            Sym("front", ".data", binding=LOCAL, type=OBJECT, size=front),
            Sym("table.123" if front == 4 else "table.9", ".data", binding=LOCAL, type=OBJECT, value=front, size=8),
        )
        text = code(bytes(16), Rel(0, 1, "data", front + 4), Rel(8, 2, "data", front))
        return elf(*symbols, function("f", 0, 16), sections=(text, data))

    one, other = body(made(4), "f"), body(made(12), "f")
    assert [fixup.target for fixup in one.fixups] == [FixupTarget("table", 4), FixupTarget("table", 4)]
    assert same_body(one, other)


def test_a_place_without_a_name_loses_its_offset_in_a_body_but_not_in_the_section() -> None:
    rodata = Sec(".rodata", bytes(32))
    symbol = Sym("rodata", ".rodata", binding=LOCAL, type=3)
    made = elf(symbol, function("f", 0, 8), sections=(code(bytes(8), Rel(0, 1, "rodata", 24)), rodata))
    assert body(made, "f").fixups[0].target == FixupTarget(".rodata", 0, anonymous=True)
    opened = image(made)
    text = next(section for section in opened.sections if section.name == ".text")
    assert opened.contents(text.number).fixups[0].target == FixupTarget(".rodata", 24, anonymous=True)


def test_an_addend_in_the_bytes_is_taken_out_of_them() -> None:
    def made(front: int) -> bytes:
        data = Sec(".data", bytes(front + 4), flags=ALLOC | WRITE)
        symbols = (
            Sym("data", ".data", binding=LOCAL, type=3),
            Sym("here", ".data", binding=LOCAL, type=OBJECT, value=front, size=4),
        )
        text = code(front.to_bytes(4, "little") + b"\xc3", Rel(0, 1, "data"))
        return elf(*symbols, function("f", 0, 5), sections=(text, data), machine=3, bits=32)

    assert body(made(8), "f").data == b"\0\0\0\0\xc3"
    assert same_body(body(made(8), "f"), body(made(16), "f"))


def test_the_lowest_bit_of_a_thumb_function_is_no_part_of_its_place() -> None:
    thumb = elf(function("f", 5, 2), sections=(code(b"\1\2\3\4\5\6"),), machine=40, bits=32)
    assert body(thumb, "f").data == b"\5\6"


def test_symbols_in_no_section_have_no_body() -> None:
    opened = image(elf(Sym("a", "*ABS*"), Sym("c", "*COM*"), "?u"))
    assert [opened.body(symbol) for symbol in opened.symbols] == [None, None, None]


def test_a_symbol_that_lies_about_its_place_has_what_is_there() -> None:
    made = elf(function("f", 3, 1 << 40), function("g", 1 << 40, 4), sections=(code(b"\1\2\3\4"),))
    assert (body(made, "f").data, body(made, "g").data) == (b"\4", b"")


def test_a_relocation_against_no_symbol_is_malformed() -> None:
    made = bytearray(Elf((Sym("f"),), (code(bytes(8), Rel(0, 1, "f")),)).encode())
    at = made.index(b"\0" * 8 + (1 << 32 | 1).to_bytes(8, "little"))
    made[at + 12] = 99
    with pytest.raises(FormatError, match="symbol 99"):
        body(bytes(made), "f")


def test_symbols_that_overlap_absurdly_are_refused() -> None:
    text = code(bytes(1 << 20))
    made = elf(*(function(f"f{number}", 0, 1 << 20) for number in range(80)), sections=(text,))
    opened = image(made)
    with pytest.raises(FormatError, match="the sizes of symbols add up to more"):
        list(map(opened.body, opened.symbols))
