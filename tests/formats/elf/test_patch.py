"""Symbols changed in place: what moves, what follows, what is refused."""

from __future__ import annotations

from struct import pack, unpack_from

import pytest

from arfix.errors import ArfixError, FormatError, UnsupportedError
from arfix.formats.elf.file import Elf
from arfix.formats.elf.patch import SymbolPatch
from arfix.formats.model import Binding, Symbol, Visibility
from tests.elf_builder import ALLOC, COMMON, EXEC, LOCAL, STACK_NOTE, WEAK, Rel, Sec, Sym, elf

CODE = bytes(range(32))
TEXT = Sec(".text", CODE, flags=ALLOC | EXEC, relocations=(Rel(4, 2, "first", -4), Rel(12, 2, "second", 7)))
TEXT_ONLY = Sec(".text", CODE, flags=ALLOC | EXEC)
SHAPES = [
    pytest.param({"bits": 64, "order": "<", "machine": 62}, id="x86-64"),
    pytest.param({"bits": 32, "order": "<", "machine": 3}, id="i386"),
    pytest.param({"bits": 64, "order": ">", "machine": 22}, id="s390x"),
    pytest.param({"bits": 32, "order": ">", "machine": 20}, id="ppc"),
]


def changed(data: bytes, patch: SymbolPatch) -> bytes:
    result = patch.apply(memoryview(data))
    assert result is not None
    return result


def by_name(data: bytes) -> dict[str, Symbol]:
    return {symbol.name: symbol for symbol in Elf(memoryview(data)).symbols}


def contents(data: bytes, name: str) -> bytes:
    view = memoryview(data)
    sections = Elf(view).sections
    return bytes(Elf(view).contents(next(one for one in sections if one.name == name)))


def relocated_names(data: bytes) -> list[str]:
    """Return the symbol each relocation of `.text` is against, in order."""
    view = memoryview(data)
    header = Elf(view).header
    table = next(one for one in Elf(view).sections if one.name in {".rela.text", ".rel.text"})
    raw, wide = bytes(Elf(view).contents(table)), header.bits == 64
    step = 24 if wide else 8
    order = "little" if header.order == "<" else "big"
    names = {symbol.number: symbol.name for symbol in Elf(view).symbols}
    word = 8 if wide else 4
    infos = [int.from_bytes(raw[at + word : at + 2 * word], order) for at in range(0, len(raw), step)]  # type: ignore[arg-type]  # a literal
    return [names[info >> (32 if wide else 8)] for info in infos]


@pytest.mark.parametrize("shape", SHAPES)
def test_a_local_moves_in_front_and_relocations_follow(shape: dict[str, object]) -> None:
    data = elf("first", "second", "third", sections=(TEXT, STACK_NOTE), **shape)  # type: ignore[arg-type]  # the options
    result = changed(data, SymbolPatch(bindings={"second": Binding.LOCAL}))
    symbols = Elf(memoryview(result)).symbols
    assert [(one.name, one.binding) for one in symbols] == [
        ("second", Binding.LOCAL),
        ("first", Binding.GLOBAL),
        ("third", Binding.GLOBAL),
    ]
    assert [one.name for one in Elf(memoryview(result)).global_symbols] == ["first", "third"]
    assert relocated_names(result) == relocated_names(data) == ["first", "second"]
    assert len(result) == len(data)
    assert contents(result, ".text") == CODE


@pytest.mark.parametrize("shape", SHAPES)
def test_a_longer_name_moves_only_what_is_behind(shape: dict[str, object]) -> None:
    data = elf("first", "?second", sections=(TEXT, STACK_NOTE), **shape)  # type: ignore[arg-type]  # the options
    result = changed(data, SymbolPatch(renames={"first": "a_much_longer_name_than_before", "second": "other"}))
    assert set(by_name(result)) == {"a_much_longer_name_than_before", "other"}
    assert relocated_names(result) == ["a_much_longer_name_than_before", "other"]
    assert contents(result, ".text") == CODE
    before, after = memoryview(data), memoryview(result)
    assert [one.name for one in Elf(before).sections] == [one.name for one in Elf(after).sections]


def test_globalize_takes_locals_only_and_weaken_leaves_them() -> None:
    data = elf(Sym("inner", binding=LOCAL), Sym("weak", binding=WEAK), "strong")
    result = by_name(changed(data, SymbolPatch(bindings=dict.fromkeys(("inner", "weak", "strong"), Binding.GLOBAL))))
    assert {name: one.binding for name, one in result.items()} == {
        "inner": Binding.GLOBAL,
        "weak": Binding.WEAK,
        "strong": Binding.GLOBAL,
    }
    result = by_name(changed(data, SymbolPatch(bindings=dict.fromkeys(("inner", "strong"), Binding.WEAK))))
    assert result["inner"].binding is Binding.LOCAL
    assert result["strong"].binding is Binding.WEAK


def test_hidden_is_said_of_definitions_only() -> None:
    data = elf("mine", "?theirs")
    patch = SymbolPatch(visibilities={"mine": Visibility.HIDDEN, "theirs": Visibility.HIDDEN})
    result = by_name(changed(data, patch))
    assert result["mine"].visibility is Visibility.HIDDEN
    assert result["theirs"].visibility is Visibility.DEFAULT


def test_nothing_concerned_is_none() -> None:
    view = memoryview(elf("mine", "?malloc"))
    assert SymbolPatch(renames={"other": "x"}).apply(view) is None
    assert SymbolPatch(bindings={"malloc": Binding.LOCAL}).apply(view) is None
    assert SymbolPatch(bindings={"mine": Binding.GLOBAL}).apply(view) is None
    assert SymbolPatch(renames={"a": "b"}).apply(memoryview(elf(has_symbol_table=False))) is None


#: A definition in a group of its own name, as an inline function is.
GROUPED = elf(Sym("f", ".text.f"), sections=(Sec(".text.f", CODE, flags=ALLOC | EXEC, group="f"), STACK_NOTE))
#: The second definition is in a group that is named after another symbol, as C++ constructors are.
NAMED_AFTER_ANOTHER = elf(
    Sym("C1", ".text.C"),
    Sym("C5", ".text.C", binding=LOCAL),
    sections=(Sec(".text.C", CODE, flags=ALLOC | EXEC, group="C5"), STACK_NOTE),
)


def test_the_group_is_renamed_with_its_definition() -> None:
    result = changed(GROUPED, SymbolPatch(renames={"f": "p_f"}))
    assert [group.signature for group in Elf(memoryview(result)).groups] == ["p_f"]
    result = changed(NAMED_AFTER_ANOTHER, SymbolPatch(renames={"C1": "p_C1"}, signature_prefix="p_"))
    assert [group.signature for group in Elf(memoryview(result)).groups] == ["p_C5"]


def test_groups_are_not_torn_apart() -> None:
    with pytest.raises(UnsupportedError, match="f is in the COMDAT group f"):
        SymbolPatch(bindings={"f": Binding.LOCAL}).apply(memoryview(GROUPED))
    with pytest.raises(UnsupportedError, match="C1 is in the COMDAT group C5"):
        SymbolPatch(renames={"C1": "other"}).apply(memoryview(NAMED_AFTER_ANOTHER))
    linkonce = elf(Sym("f", ".gnu.linkonce.t.f"), sections=(Sec(".gnu.linkonce.t.f", CODE), STACK_NOTE))
    with pytest.raises(UnsupportedError, match="f is in the COMDAT group f"):
        SymbolPatch(renames={"f": "p_f"}, signature_prefix="p_").apply(memoryview(linkonce))


def test_what_cannot_be_said_once_is_refused() -> None:
    with pytest.raises(UnsupportedError, match="GCC bytecode"):
        SymbolPatch(renames={"f": "g"}).apply(memoryview(elf("f", sections=(TEXT_ONLY, Sec(".gnu.lto_f.1", b"x")))))
    with pytest.raises(UnsupportedError, match="common symbol"):
        SymbolPatch(bindings={"c": Binding.LOCAL}).apply(memoryview(elf(Sym("c", COMMON))))
    with pytest.raises(UnsupportedError, match="linked already"):
        SymbolPatch(renames={"f": "g"}).apply(memoryview(elf("f", type=3)))
    depends = elf("a", "b", sections=(TEXT_ONLY, STACK_NOTE, Sec(".odd", b"1234", type=0x60000001)))
    assert changed(depends, SymbolPatch(renames={"a": "bb"}))


def test_significant_addresses_are_renumbered() -> None:
    addrsig = Sec(".llvm_addrsig", bytes([2, 3]), type=0x6FFF4C03, flags=0)
    data = bytearray(elf("a", "b", "c", sections=(TEXT_ONLY, STACK_NOTE, addrsig)))
    header = Elf(memoryview(data)).header
    sections = Elf(memoryview(data)).sections
    table = next(one for one in sections if one.name == ".symtab")
    mine = next(one for one in sections if one.name == ".llvm_addrsig")
    at = header.section_offset + mine.number * header.section_layout.size
    row = list(header.section_layout.unpack_from(data, at))
    row[6] = table.number
    header.section_layout.pack_into(data, at, *row)
    result = changed(bytes(data), SymbolPatch(bindings={"c": Binding.LOCAL}))
    assert [one.name for one in Elf(memoryview(result)).symbols] == ["c", "a", "b"]
    assert contents(result, ".llvm_addrsig") == bytes([3, 1])  # still b, then c
    row[1] = 0x6FFF4CFF
    header.section_layout.pack_into(data, at, *row)
    with pytest.raises(UnsupportedError, match="depends on the order of symbols"):
        SymbolPatch(bindings={"c": Binding.LOCAL}).apply(memoryview(data))


def test_a_relocation_against_no_symbol_is_told() -> None:
    data = bytearray(elf("first", "second", "third", sections=(TEXT, STACK_NOTE)))
    table = next(one for one in Elf(memoryview(data)).sections if one.name == ".rela.text")
    data[table.offset + 12 : table.offset + 16] = (99).to_bytes(4, "little")
    with pytest.raises(FormatError, match="refers to symbol 99 of 4"):
        SymbolPatch(bindings={"third": Binding.LOCAL}).apply(memoryview(data))


def test_any_damage_is_an_error_or_a_result() -> None:
    data = elf(Sym("f", ".text"), "second", "third", "first", sections=(TEXT, STACK_NOTE))
    patch = SymbolPatch(renames={"f": "a_long_new_name"}, bindings={"third": Binding.LOCAL})
    for at in range(len(data)):
        for value in (0, 0xFF):
            broken = data[:at] + bytes([value]) + data[at + 1 :]
            try:
                patch.apply(memoryview(broken))
            except ArfixError:
                continue


def mips64el(*infos: tuple[int, int]) -> bytes:
    """Return an object with `.rela.text` of (symbol, types) pairs, stored as little-endian MIPS64 does."""
    relocations = tuple(Rel(8 * at, 0, "first") for at in range(len(infos)))
    data = bytearray(
        elf("first", "second", sections=(Sec(".text", CODE, relocations=relocations), STACK_NOTE), machine=8, bits=64)
    )
    table = next(one for one in Elf(memoryview(data)).sections if one.name == ".rela.text")
    for at, (symbol, types) in enumerate(infos):
        data[table.offset + 24 * at + 8 : table.offset + 24 * at + 16] = pack("<II", symbol, types)
    return bytes(data)


def test_mips64_little_endian_keeps_its_three_types() -> None:
    result = changed(mips64el((2, 0x00180712), (1, 0x12000000)), SymbolPatch(bindings={"second": Binding.LOCAL}))
    raw = contents(result, ".rela.text")
    assert [unpack_from("<II", raw, 24 * at + 8) for at in range(2)] == [(1, 0x00180712), (2, 0x12000000)]


def test_extended_section_numbers_move_with_their_symbols() -> None:
    words = Sec(".symtab_shndx", pack("<4I", 0, 11, 22, 33), type=18, flags=0)
    data = bytearray(elf("a", "b", "c", sections=(TEXT_ONLY, STACK_NOTE, words)))
    data = link_to_symbols(data, ".symtab_shndx")
    result = changed(bytes(data), SymbolPatch(bindings={"c": Binding.LOCAL}))
    assert contents(result, ".symtab_shndx") == pack("<4I", 0, 33, 11, 22)
    short = link_to_symbols(
        bytearray(elf("a", "c", sections=(TEXT_ONLY, Sec(".symtab_shndx", b"1234", type=18, flags=0)))),
        ".symtab_shndx",
    )
    with pytest.raises(FormatError, match="has 4 bytes for 3 symbols"):
        SymbolPatch(bindings={"c": Binding.LOCAL}).apply(memoryview(bytes(short)))


def test_long_numbers_of_significant_addresses() -> None:
    """ULEB128: symbol 130 takes two bytes, and one when it becomes 1."""
    names = [f"s{number}" for number in range(140)]
    data = elf(*names, sections=(TEXT_ONLY, Sec(".llvm_addrsig", bytes([0x82, 0x01, 5]), type=0x6FFF4C03, flags=0)))
    data = bytes(link_to_symbols(bytearray(data), ".llvm_addrsig"))
    result = changed(data, SymbolPatch(bindings={"s129": Binding.LOCAL}))
    assert contents(result, ".llvm_addrsig") == bytes([1, 6])
    endless = elf("a", "c", sections=(TEXT_ONLY, Sec(".llvm_addrsig", b"\x80" * 12, type=0x6FFF4C03, flags=0)))
    endless = bytes(link_to_symbols(bytearray(endless), ".llvm_addrsig"))
    with pytest.raises(FormatError, match="more than 64 bits"):
        SymbolPatch(bindings={"c": Binding.LOCAL}).apply(memoryview(endless))


def test_the_call_graph_profile_is_left_to_its_relocations() -> None:
    profile = Sec(".llvm.call-graph-profile", b"12345678", type=0x6FFF4C09, flags=0)
    data = link_to_symbols(bytearray(elf("a", "c", sections=(TEXT_ONLY, profile))), profile.name)
    result = changed(bytes(data), SymbolPatch(bindings={"c": Binding.LOCAL}))
    assert contents(result, profile.name) == b"12345678"


def test_torn_relocations_are_told() -> None:
    data = bytearray(elf("first", "second", sections=(TEXT, STACK_NOTE)))
    header = Elf(memoryview(data)).header
    table = next(one for one in Elf(memoryview(data)).sections if one.name == ".rela.text")
    at = header.section_offset + table.number * header.section_layout.size
    row = list(header.section_layout.unpack_from(data, at))
    row[5] = 25
    header.section_layout.pack_into(data, at, *row)
    with pytest.raises(FormatError, match="has 25 bytes, no multiple of 24"):
        SymbolPatch(bindings={"second": Binding.LOCAL}).apply(memoryview(bytes(data)))


def link_to_symbols(data: bytearray, name: str) -> bytearray:
    """Point the section's `sh_link` at the symbol table, as its type wants."""
    header = Elf(memoryview(data)).header
    sections = Elf(memoryview(data)).sections
    table = next(one for one in sections if one.name == ".symtab")
    mine = next(one for one in sections if one.name == name)
    at = header.section_offset + mine.number * header.section_layout.size
    row = list(header.section_layout.unpack_from(data, at))
    row[6] = table.number
    header.section_layout.pack_into(data, at, *row)
    return data
