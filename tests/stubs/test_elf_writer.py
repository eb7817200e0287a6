from __future__ import annotations

import itertools

import pytest

from arfix.formats.elf.constants import SHF, SHT, STB, STT, STV
from arfix.formats.elf.file import Elf
from arfix.formats.model import Binding, Place, SymbolType, Visibility
from arfix.stubs.elf_writer import NewHeader, NewRelocation, NewSection, NewSymbol, write_object

EVERY_LAYOUT = pytest.mark.parametrize(
    ("bits", "byte_order", "rela"), list(itertools.product((32, 64), ("little", "big"), (True, False)))
)


@EVERY_LAYOUT
def test_what_is_written_is_read_back(bits: int, byte_order: str, rela: bool) -> None:  # noqa: FBT001 (a parameter of the test)
    header = NewHeader(0x1234, bits, byte_order, 0x89ABCDEF, 7, rela=rela)
    sections = (
        NewSection(
            ".text",
            SHT.PROGBITS,
            SHF.ALLOC,
            b"\1\2\3\4\5",
            4,
            (NewRelocation(1, 9, "far", -4), NewRelocation(3, 2, "")),
        ),
        NewSection(".bss", SHT.NOBITS, SHF.ALLOC, align=8, size=24),
    )
    symbols = (
        NewSymbol("f\udcff", ".text", 2, 3, STB.WEAK, STT.FUNC, STV.HIDDEN),
        NewSymbol("label", ".text", 1, 0, STB.LOCAL),
        NewSymbol("far"),
        NewSymbol("absolute", "*ABS*", 5),
        NewSymbol("", ".text", binding=STB.LOCAL, kind=STT.SECTION),
    )
    data = memoryview(write_object(header, sections, symbols))
    read = Elf(data).header
    assert (read.machine, read.bits, read.byteorder, read.flags, data[7]) == (0x1234, bits, byte_order, 0x89ABCDEF, 7)
    found = {section.name: section for section in Elf(data).sections}
    assert bytes(Elf(data).contents(found[".text"])) == b"\1\2\3\4\5"
    assert (found[".bss"].size, found[".bss"].alignment) == (24, 8)
    assert all(section.offset % max(section.alignment, 1) == 0 for section in found.values())
    table = found[".symtab"]
    assert table.info == 3, "locals come first"
    listed = [(s.name, s.binding, s.place, s.value, s.size) for s in Elf(data).symbols]
    assert sorted(listed[:2]) == [
        ("", Binding.LOCAL, Place.DEFINED, 0, 0),
        ("label", Binding.LOCAL, Place.DEFINED, 1, 0),
    ]
    assert listed[2:] == [
        ("f\udcff", Binding.WEAK, Place.DEFINED, 2, 3),
        ("far", Binding.GLOBAL, Place.UNDEFINED, 0, 0),
        ("absolute", Binding.GLOBAL, Place.ABSOLUTE, 5, 0),
    ]
    function = Elf(data).symbols[2]
    assert (function.type, function.visibility) == (SymbolType.FUNCTION, Visibility.HIDDEN)
    relocations = found[".rela.text" if rela else ".rel.text"]
    assert (relocations.info, relocations.link) == (found[".text"].number, table.number)
    word = bits // 8
    assert relocations.entry_size == word * (3 if rela else 2)
    entries = bytes(Elf(data).contents(relocations))
    assert len(entries) == 2 * relocations.entry_size
    order = read.byteorder
    numbers = [int.from_bytes(entries[at : at + word], order, signed=True) for at in range(0, len(entries), word)]
    far = 4 << (8 if bits == 32 else 32)
    assert numbers == ([1, far | 9, -4, 3, 2, 0] if rela else [1, far | 9, 3, 2])


@pytest.mark.parametrize(("byte_order", "info"), [("big", b"\0\0\0\1\0\5\x18\7"), ("little", b"\1\0\0\0\0\5\x18\7")])
def test_64_bit_mips_has_three_operations_in_one_entry(byte_order: str, info: bytes) -> None:
    section = NewSection(".text", SHT.PROGBITS, SHF.ALLOC, bytes(8), 8, (NewRelocation(0, 7, "f", more=(0x18, 5)),))
    data = memoryview(write_object(NewHeader(8, 64, byte_order), (section,), (NewSymbol("f"),)))
    table = next(each for each in Elf(data).sections if each.name == ".rela.text")
    assert bytes(Elf(data).contents(table))[8:16] == info
