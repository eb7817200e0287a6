from __future__ import annotations

import pytest

from arfix.errors import FormatError
from arfix.formats.elf.file import Elf
from arfix.formats.elf.section_kinds import SectionKind
from arfix.image.linked_sections import ProgramSection, read_program_parts
from tests.elf_builder import ALLOC, COMMON, EXEC, FUNC, NOBITS, OBJECT, WRITE, Rel, Sec, Sym, elf

CODE = bytes(range(1, 65))
MERGE_STRINGS = 0x30


def sections_of(
    *sections: Sec, symbols: tuple[Sym, ...] = (Sym("other", "*UND*"),), machine: int = 62
) -> dict[str, ProgramSection]:
    """Return the sections of an object by section name."""
    bits = 32 if machine == 3 else 64
    data = elf(*symbols, sections=sections, machine=machine, bits=bits)
    return {section.name: section for section in read_program_parts(Elf(memoryview(data))).sections}


def text(*relocations: Rel, data: bytes = CODE) -> Sec:
    return Sec(".text", data, flags=ALLOC | EXEC, align=16, relocations=relocations)


def test_what_is_loaded_is_a_section_and_nothing_else_is() -> None:
    found = sections_of(
        text(),
        Sec(".bss", bytes(8), type=NOBITS, flags=ALLOC | WRITE),
        Sec(".comment", b"x", flags=0),
        Sec(".note.x", b"x" * 12, type=7),
        Sec(".data", b""),
    )
    assert {name: (section.kind, section.size, bytes(section.data)) for name, section in found.items()} == {
        ".text": (SectionKind.CODE, 64, CODE),
        ".bss": (SectionKind.BSS, 8, b""),
    }


@pytest.mark.parametrize(
    ("machine", "type_", "gap"),
    [
        (62, 2, (20, 24)),  # R_X86_64_PC32: the field alone
        (62, 1, (20, 28)),  # R_X86_64_64
        (62, 42, (17, 24)),  # R_X86_64_REX_GOTPCRELX: mov becomes lea
        (62, 19, (16, 32)),  # R_X86_64_TLSGD: the whole sequence
        (3, 2, (20, 24)),  # R_386_PC32
        (3, 43, (17, 24)),  # R_386_GOT32X
        (183, 257, (20, 28)),  # R_AARCH64_ABS64
        (21, 10, (20, 28)),  # R_PPC64_REL24: the nop behind a call
        (22, 20, (19, 24)),  # R_390_PLT32DBL: a call of a weak function that nothing defines
    ],
)
def test_what_a_linker_may_change_is_a_gap(machine: int, type_: int, gap: tuple[int, int]) -> None:
    assert sections_of(text(Rel(20, type_, "other")), machine=machine)[".text"].gaps == (gap,)


def test_gaps_that_touch_are_one_and_end_with_the_section() -> None:
    section = sections_of(text(Rel(0, 2, "other"), Rel(4, 2, "other"), Rel(2, 2, "other"), Rel(62, 2, "other")))[
        ".text"
    ]
    assert section.gaps == ((0, 8), (62, 64))
    assert section.fixed == 54


def test_a_section_is_found_where_all_but_its_gaps_is_the_same() -> None:
    section = sections_of(text(Rel(20, 2, "other")))[".text"]
    image = bytearray(b"\xff" * 16 + CODE + b"\xff" * 16)
    image[36:40] = b"link"
    assert section.is_at(memoryview(image), 16)
    assert not section.is_at(memoryview(image), 15)
    assert not section.is_at(memoryview(image), -1)
    assert not section.is_at(memoryview(image), 48)
    image[40] ^= 1
    assert not section.is_at(memoryview(image), 16)


def test_what_tells_a_section() -> None:
    found = sections_of(
        text(),
        Sec(".text.short", CODE[:20], flags=ALLOC | EXEC),
        Sec(".data", bytes(400), flags=ALLOC | WRITE),
        Sec(".rodata.str", CODE, flags=ALLOC | MERGE_STRINGS),
        Sec(".eh_frame", CODE),
        Sec(".bss", bytes(400), type=NOBITS, flags=ALLOC | WRITE),
    )
    assert {name for name, section in found.items() if section.is_telling} == {".text"}


def test_state_is_what_a_program_may_change_or_runs_at_start() -> None:
    found = sections_of(
        text(),
        Sec(".data", CODE, flags=ALLOC | WRITE),
        Sec(".data.rel.ro.local", CODE, flags=ALLOC | WRITE),
        Sec(".init_array", bytes(8), type=14, flags=ALLOC | WRITE),
        Sec(".bss", bytes(8), type=NOBITS, flags=ALLOC | WRITE),
        Sec(".tdata", CODE, flags=ALLOC | WRITE | 0x400),
    )
    assert {name for name, section in found.items() if section.is_state} == {".data", ".init_array", ".bss", ".tdata"}


def test_pieces_know_what_they_refer_to_and_what_they_are_about() -> None:
    data = elf(
        Sym("function", type=FUNC, size=8),
        Sym("table", ".data", type=OBJECT, size=8),
        sections=(text(Rel(4, 2, "table")), Sec(".data", CODE, flags=ALLOC | WRITE), frame := Sec(
            ".eh_frame", CODE, relocations=(Rel(8, 2, "function"),)
        )),
    )  # fmt: skip
    code, table, about = read_program_parts(Elf(memoryview(data))).sections
    assert code.refers_to == {table.number}
    assert about.refers_to == {code.number}
    assert (code.is_about, about.is_about) == (False, True)
    assert about.name == frame.name


def test_symbols_of_pieces_and_common_ones() -> None:
    found = read_program_parts(
        Elf(memoryview(elf(Sym("f", type=FUNC, size=1), Sym("pool", COMMON, type=OBJECT, value=4, size=64))))
    )
    assert [symbol.name for symbol in found.symbols] == ["f"]
    assert [symbol.name for symbol in found.commons] == ["pool"]


def test_a_relocation_that_names_no_symbol_is_told() -> None:
    data = bytearray(elf(Sym("other", "*UND*"), sections=(text(Rel(0, 2, "other")),)))
    at = data.index(b"\x02\x00\x00\x00\x01\x00\x00\x00")
    data[at + 4] = 9
    with pytest.raises(FormatError, match="names symbol 9 of 1"):
        read_program_parts(Elf(memoryview(data)))
