from __future__ import annotations

import pytest

from arfix.errors import FormatError
from arfix.formats.elf.file import Elf
from arfix.formats.model import Binding, Place, Symbol, SymbolType, Visibility
from tests.formats.elf_image import Part, elf, symbol, with_symbols

LAYOUTS = [(bits, order) for bits in (32, 64) for order in "<>"]
ENTRIES = [
    (b"local", 0x02, 0, 1),
    (b"function", 0x12, 0, 1),
    (b"weak", 0x21, 2, 1),
    (b"unique", 0xA1, 0, 1),
    (b"common", 0x11, 0, 0xFFF2),
    (b"absolute", 0x10, 0, 0xFFF1),
    (b"needed", 0x10, 3, 0),
    (b"weakly needed", 0x20, 0, 0),
    (b"\xffbyte", 0x1A, 1, 1),
]


@pytest.mark.parametrize(("bits", "order"), LAYOUTS)
def test_every_field_is_read_in_every_layout(bits: int, order: str) -> None:
    symbols = Elf(with_symbols(bits, order, ENTRIES, first_global=2)).symbols
    assert [symbol.name for symbol in symbols][:3] == ["local", "function", "weak"]
    assert symbols[0].binding is Binding.LOCAL
    assert (symbols[1].value, symbols[1].size, symbols[1].section, symbols[1].number) == (32, 2, 1, 2)
    assert (symbols[2].binding, symbols[2].type, symbols[2].visibility) == (
        Binding.WEAK,
        SymbolType.OBJECT,
        Visibility.HIDDEN,
    )
    assert symbols[3].binding is Binding.UNIQUE
    assert [symbol.place for symbol in symbols[4:7]] == [Place.COMMON, Place.ABSOLUTE, Place.UNDEFINED]
    assert symbols[6].visibility is Visibility.PROTECTED
    assert symbols[8].name == "\udcffbyte"
    assert symbols[8].type is SymbolType.IFUNC


@pytest.mark.parametrize(("bits", "order"), LAYOUTS)
def test_the_short_ways_agree_with_the_whole_table(bits: int, order: str) -> None:
    view = with_symbols(bits, order, ENTRIES, first_global=2)
    symbols = [symbol for symbol in Elf(view).symbols if symbol.binding is not Binding.LOCAL]
    assert Elf(view).global_symbols == tuple(symbols)
    assert Elf(view).definitions == [symbol.name for symbol in symbols if symbol.is_defined]
    assert Elf(view).references == [symbol.name for symbol in symbols if not symbol.is_defined]
    assert _rows(view) == [_row(symbol) for symbol in symbols]


def _rows(view: memoryview) -> list[tuple[object, ...]]:
    return list(zip(*Elf(view).global_columns(), strict=True))


def _row(one: Symbol) -> tuple[object, ...]:
    return one.name, one.binding, one.type, one.visibility, one.place, one.size, one.number


def test_a_local_symbol_among_the_globals_is_left_out() -> None:
    view = with_symbols(64, "<", [(b"g", 0x12, 0, 1), (b"stray", 0x02, 0, 1)])
    assert [symbol.name for symbol in Elf(view).global_symbols] == ["g"]
    assert Elf(view).definitions == ["g"]
    assert _rows(view) == [_row(symbol) for symbol in Elf(view).global_symbols]
    assert _rows(with_symbols(64, "<", [(b"stray", 0x02, 0, 1)])) == []


@pytest.mark.parametrize(("machine", "shndx"), [(62, 0xFF02), (8, 0xFF03), (164, 0xFF04)])
def test_commons_of_one_machine(machine: int, shndx: int) -> None:
    (found,) = Elf(with_symbols(64, "<", [(b"c", 0x11, 0, shndx)], machine=machine)).symbols
    assert found.place is Place.COMMON
    assert _rows(with_symbols(64, "<", [(b"c", 0x11, 0, shndx)], machine=machine)) == [_row(found)]


@pytest.mark.parametrize("order", "<>")
def test_mips_has_an_undefined_of_its_own(order: str) -> None:
    view = with_symbols(32, order, [(b"u", 0x11, 0, 0xFF04)], machine=8)
    assert Elf(view).references == ["u"]
    assert Elf(view).symbols[0].place is Place.UNDEFINED


@pytest.mark.parametrize("order", "<>")
def test_extended_section_numbers(order: str) -> None:
    table = symbol(64, order, 0, 0, 0, 0) + symbol(64, order, 1, 0x12, 0, 0xFFFF)
    number = (70000).to_bytes(4, "little" if order == "<" else "big")
    parts = [
        Part(b".symtab", 2, table, link=2, info=1, entry_size=24),
        Part(b".strtab", 3, b"\0far\0"),
        Part(b".symtab_shndx", 18, bytes(4) + number, link=1, entry_size=4),
    ]
    (found,) = Elf(elf(64, order, parts)).symbols
    assert (found.section, found.place) == (70000, Place.DEFINED)
    assert Elf(elf(64, order, parts)).definitions == ["far"]
    with pytest.raises(FormatError, match="extended section number"):
        _ = Elf(elf(64, order, parts[:2])).symbols
    with pytest.raises(FormatError, match="extended section number"):
        Elf(elf(64, order, parts[:2])).global_columns()


def test_a_name_outside_the_strings_is_an_error() -> None:
    table = symbol(64, "<", 0, 0, 0, 0) + symbol(64, "<", 99, 0x12, 0, 1)
    parts = [Part(b".symtab", 2, table, link=2, info=1, entry_size=24), Part(b".strtab", 3, b"\0a\0")]
    with pytest.raises(FormatError, match="outside its 3 bytes of strings"):
        _ = Elf(elf(64, "<", parts)).symbols


def test_strings_without_an_end_are_an_error() -> None:
    table = symbol(64, "<", 0, 0, 0, 0) + symbol(64, "<", 1, 0x12, 0, 1)
    parts = [Part(b".symtab", 2, table, link=2, info=1, entry_size=24), Part(b".strtab", 3, b"\0a")]
    with pytest.raises(FormatError, match="no end"):
        _ = Elf(elf(64, "<", parts)).definitions


def test_an_object_without_a_symbol_table_has_no_symbols() -> None:
    view = elf(64, "<", [Part(b".text", 1, b"\x90")])
    assert Elf(view).symbols == ()
    assert Elf(view).definitions == []
    assert Elf(view).references == []


@pytest.mark.parametrize(("bits", "order"), LAYOUTS)
def test_counts_are_those_of_the_names(bits: int, order: str) -> None:
    view = with_symbols(bits, order, ENTRIES, first_global=2)
    assert Elf(view).count_symbols() == (len(Elf(view).definitions), len(Elf(view).references))
    empty = elf(bits, order, [Part(b".text", 1, b"\x90")])
    assert Elf(empty).count_symbols() == (0, 0)
