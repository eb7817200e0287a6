from __future__ import annotations

import pytest

from arfix.diff.shape import DiffAspect, ObjectShape, compare_definitions, read_shape
from tests.elf_builder import ABS, ALLOC, COMMON, EXEC, FUNC, LOCAL, NOBITS, OBJECT, WRITE, Sec, Sym, elf

STACK = Sec(".note.GNU-stack", flags=0)
CODE = Sec(".text", b"\1\2\3\4", flags=ALLOC | EXEC)
DATA = Sec(".data", b"\5\6\7\x08", flags=ALLOC | WRITE)
BSS = Sec(".bss", bytes(8), type=NOBITS, flags=ALLOC | WRITE)
SECTIONS = (CODE, DATA, BSS, STACK)


def shape(
    *symbols: Sym | str, sections: tuple[Sec, ...] = SECTIONS, debug: bool = False, **options: int
) -> ObjectShape:
    return read_shape(memoryview(elf(*symbols, sections=sections, **options)), debug=debug)


@pytest.mark.parametrize(
    ("old", "new", "aspects"),
    [
        (Sym("f"), Sym("f"), ()),
        (Sym("f", size=2, type=FUNC), Sym("f", size=3, type=FUNC), (DiffAspect.CODE, DiffAspect.SIZE)),
        (Sym("f", size=2), Sym("f", size=2, value=2), (DiffAspect.CODE,)),
        (Sym("f", ".data", size=2), Sym("f", ".data", size=2, value=2), (DiffAspect.DATA,)),
        (Sym("f", binding=1), Sym("f", binding=2), (DiffAspect.BINDING,)),
        (Sym("f", visibility=0), Sym("f", visibility=2), (DiffAspect.VISIBILITY,)),
        (Sym("f", type=0), Sym("f", type=2), (DiffAspect.TYPE,)),
        (Sym("f", ".data", size=4), Sym("f", ".bss", size=4), (DiffAspect.DATA, DiffAspect.SECTION)),
        (Sym("f", ".bss", size=4), Sym("f", ".bss", size=4, value=4), ()),
        (Sym("f", ABS, value=1), Sym("f", ABS, value=2), (DiffAspect.VALUE,)),
        (Sym("f", COMMON, value=4, size=4), Sym("f", COMMON, value=8, size=4), (DiffAspect.VALUE,)),
        (Sym("f", COMMON, value=4, size=4), Sym("f", ".bss", size=4), (DiffAspect.SECTION,)),
    ],
)
def test_in_what_definitions_differ(old: Sym, new: Sym, aspects: tuple[DiffAspect, ...]) -> None:
    one, other = shape(old).definitions["f"], shape(new).definitions["f"]
    assert compare_definitions(one, other) == aspects
    assert compare_definitions(other, one) == aspects


def test_statics_are_told_from_what_others_can_see() -> None:
    found = shape(
        Sym("f"),
        Sym("helper", binding=LOCAL, type=FUNC, size=2),
        Sym("helper", binding=LOCAL, type=FUNC, value=2, size=2),
        Sym("table.77", ".data", binding=LOCAL, type=OBJECT),
        Sym("__func__.1", ".data", binding=LOCAL, type=OBJECT),
        Sym(".LC0", ".data", binding=LOCAL),
        "?needed",
    )
    assert list(found.definitions) == ["f"]
    assert list(found.statics) == ["helper", "helper#2", "table"]
    assert found.references == {"needed"}


def test_layout_and_names_of_strings_are_no_part_of_the_shape() -> None:
    one, other = shape("f", "g"), shape("g", "f")
    assert one.sections == other.sections
    assert one.abi == other.abi
    merged = (Sec(".rodata.str1.1", b"b\0a\0a\0", flags=ALLOC | 0x30), *SECTIONS)
    sorted_ = (Sec(".rodata.str1.1", b"a\0b\0", flags=ALLOC | 0x30), *SECTIONS)
    assert shape("f", sections=merged).sections == shape("f", sections=sorted_).sections


def test_sections_that_no_program_loads_are_compared_on_demand() -> None:
    sections = (*SECTIONS, Sec(".debug_info", b"x", flags=0), Sec(".comment", b"GCC", flags=0))
    assert {name for name, _ in shape("f", sections=sections).sections} == {".text", ".data", ".bss"}
    with_debug = shape("f", sections=sections, debug=True).sections
    assert {name for name, _ in with_debug} == {".text", ".data", ".bss", ".debug_info", ".comment"}


def test_sections_of_one_name_are_numbered() -> None:
    twice = (CODE, Sec(".text", b"\xc3", flags=ALLOC | EXEC))
    assert list(shape("f", sections=twice).sections) == [(".text", 1), (".text", 2)]


def test_what_linkers_hold_objects_to() -> None:
    abi = shape("f").abi
    assert abi["machine"] == "x86-64 (64-bit, little-endian)"
    assert abi["stack-note"] == "not-executable"
    assert abi["properties"] == "none"
    assert shape("f", flags=5).abi["flags"] == "0x5"


def test_what_is_no_elf_object_is_opaque() -> None:
    found = read_shape(memoryview(b"\0asm\1\0\0\0"))
    assert found.opaque
    assert not found.definitions
