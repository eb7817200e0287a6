from __future__ import annotations

from struct import pack

import pytest

from arfix.errors import FormatError
from arfix.formats.elf.file import Elf
from arfix.formats.elf.properties import Property
from arfix.formats.elf.section_facts import StackNote
from arfix.formats.elf.section_kinds import SectionKind, kind_of
from arfix.formats.elf.sections import Section
from tests.formats.elf_image import Part, elf

CASES = [
    (".text", 1, 6, SectionKind.CODE),
    (".text.f", 1, 6, SectionKind.CODE),
    (".rodata", 1, 2, SectionKind.READ_ONLY),
    (".data", 1, 3, SectionKind.DATA),
    (".bss", 8, 3, SectionKind.BSS),
    (".tbss", 8, 0x403, SectionKind.TLS),
    (".init_array", 14, 3, SectionKind.CONSTRUCTORS),
    (".init_array.00100", 1, 3, SectionKind.CONSTRUCTORS),
    (".ctors.65435", 1, 3, SectionKind.CONSTRUCTORS),
    (".preinit_array", 16, 3, SectionKind.CONSTRUCTORS),
    (".fini_array", 15, 3, SectionKind.DESTRUCTORS),
    (".dtors", 1, 3, SectionKind.DESTRUCTORS),
    (".debug_info", 1, 0, SectionKind.DEBUG),
    (".zdebug_line", 1, 0, SectionKind.DEBUG),
    (".note.GNU-stack", 1, 0, SectionKind.STACK_NOTE),
    (".note.gnu.property", 7, 2, SectionKind.PROPERTY_NOTE),
    (".note.ABI-tag", 7, 2, SectionKind.NOTE),
    (".gnu.warning.gets", 1, 0, SectionKind.WARNING),
    (".gnu.lto_.symtab.1", 1, 0, SectionKind.BYTECODE),
    (".llvmbc", 1, 0, SectionKind.BYTECODE),
    (".llvm.lto", 1, 0, SectionKind.BYTECODE),
    (".llvm_addrsig", 1, 0, SectionKind.OTHER),
    (".group", 17, 0, SectionKind.GROUP),
    (".symtab", 2, 0, SectionKind.TABLE),
    (".rela.text", 4, 0x40, SectionKind.TABLE),
    (".comment", 1, 0x30, SectionKind.OTHER),
]


@pytest.mark.parametrize(("name", "type_", "flags", "kind"), CASES)
def test_kinds(name: str, type_: int, flags: int, kind: SectionKind) -> None:
    assert kind_of(Section(1, name, type_, flags, 0, 0, 8, 0, 0, 1, 0)) is kind


def test_facts_of_a_whole_object() -> None:
    facts = Elf(
        elf(
            64,
            "<",
            [
                Part(b".text", 1, bytes(3), flags=6),
                Part(b".text.f", 1, bytes(4), flags=6),
                Part(b".bss", 8, flags=3, size=100),
                Part(b".init_array", 14, bytes(8), flags=3),
                Part(b".ctors", 1, b"", flags=3),
                Part(b".fini_array", 15, bytes(8), flags=3),
                Part(b".gnu.warning.gets", 1, b"never use gets\0"),
                Part(b".gnu.warning", 1, b"this object is old"),
                Part(b".llvmbc", 1, b"BC"),
                Part(b".note.GNU-stack", 1),
            ],
        )
    ).section_facts
    assert facts.sizes[SectionKind.CODE] == 7
    assert facts.sizes[SectionKind.BSS] == 100
    assert facts.constructors == (".init_array",)
    assert facts.destructors == (".fini_array",)
    assert facts.warnings == {"gets": "never use gets", "": "this object is old"}
    assert facts.has_bytecode
    assert facts.stack is StackNote.NOT_EXECUTABLE


def test_the_stack_note() -> None:
    assert Elf(elf(64, "<", [Part(b".text", 1)])).section_facts.stack is StackNote.MISSING
    assert Elf(elf(64, "<", [Part(b".note.GNU-stack", 1, flags=4)])).section_facts.stack is StackNote.EXECUTABLE


def note(order: str, kind: int, value: int, bits: int) -> bytes:
    data = pack(f"{order}3I", kind, 4, value) + bytes(4 if bits == 64 else 0)
    return pack(f"{order}3I", 4, len(data), 5) + b"GNU\0" + data


@pytest.mark.parametrize(
    ("machine", "bits", "order", "kind", "value", "expected"),
    [
        (62, 64, "<", 0xC0000002, 3, {Property.IBT, Property.SHSTK}),
        (62, 64, "<", 0xC0000002, 1, {Property.IBT}),
        (3, 32, "<", 0xC0000002, 2, {Property.SHSTK}),
        (183, 64, "<", 0xC0000000, 1, {Property.BTI}),
        (183, 64, ">", 0xC0000000, 6, {Property.PAC, Property.GCS}),
        (243, 64, "<", 0xC0000000, 3, {Property.ZICFILP, Property.ZICFISS}),
        (62, 64, "<", 0xC0008002, 1, set()),
        (22, 64, ">", 0xC0000002, 1, set()),
    ],
)
def test_properties(  # noqa: PLR0917 (one column of the table each)
    machine: int, bits: int, order: str, kind: int, value: int, expected: set[Property]
) -> None:
    part = Part(b".note.gnu.property", 7, note(order, kind, value, bits), flags=2)
    assert Elf(elf(bits, order, [part], machine=machine)).section_facts.properties == expected


def test_two_notes_in_one_section_are_both_read() -> None:
    data = note("<", 0xC0008002, 1, 64) + note("<", 0xC0000002, 2, 64)
    assert Elf(elf(64, "<", [Part(b".note.gnu.property", 7, data)])).section_facts.properties == {Property.SHSTK}


@pytest.mark.parametrize(
    "data", [pack("<3I", 4, 99, 5) + b"GNU\0", pack("<3I", 4, 8, 5) + b"GNU\0" + pack("<2I", 1, 9)]
)
def test_a_note_that_does_not_fit_is_wrong(data: bytes) -> None:
    with pytest.raises(FormatError, match="does not fit"):
        _ = Elf(elf(64, "<", [Part(b".note.gnu.property", 7, data)])).section_facts
