from __future__ import annotations

import pytest

from arfix.archive.model import Kind
from arfix.archive.read import read
from arfix.edits.gathered_members import GatheredMember, gather
from arfix.edits.merge_fit import check_fit
from arfix.edits.nested_archives import outermost
from arfix.errors import EditError
from arfix.formats.model import Content
from tests.ar_builder import ar
from tests.elf_builder import elf

WASM = b"\0asm\1\0\0\0"
CUT = b"BC\xc0\xde" + bytes(8)  # bytecode that ends where its symbols should be
MACHO = bytes.fromhex("cffaedfe") + bytes(28)
BITCODE = b"BC\xc0\xde" + bytes(12)


def brought(*libraries: tuple[bytes, ...]) -> list[GatheredMember]:
    members: list[GatheredMember] = []
    for source, objects in enumerate(libraries):
        data = ar(*((f"{source}{number}.o", object_) for number, object_ in enumerate(objects)))
        members += gather(outermost(read(data)), Kind.GNU, source).members
    return members


@pytest.mark.parametrize(("one", "other"), [(elf("a"), MACHO), (MACHO, WASM), (WASM, elf("a"))])
def test_formats_are_not_mixed(one: bytes, other: bytes) -> None:
    with pytest.raises(EditError, match="no linker takes both") as caught:
        check_fit(brought((b"text\n", one), (other,)))
    assert "10.o" in str(caught.value)


def test_an_input_that_is_mixed_already_may_be_merged_with_its_likes() -> None:
    (warning,) = check_fit(brought((elf("a"), MACHO), (elf("b"), b"text\n")))
    assert "differ in machine" in warning


def test_bitcode_goes_with_any_format() -> None:
    check_fit(brought((BITCODE,), (elf("a"),)))
    check_fit(brought((MACHO,), (BITCODE,)))


def test_machines_that_do_not_go_together_are_told_once() -> None:
    i386 = elf("a", machine=3, bits=32)
    (warning,) = check_fit(brought((elf("a"), elf("b")), (i386, i386)))
    assert "<bytes>(00.o) and <bytes>(10.o) differ in machine: x86-64" in warning


def test_objects_without_entries_are_told() -> None:
    (warning,) = check_fit(brought((CUT, CUT, CUT, CUT)))
    assert warning.startswith(
        "the symbols of 4 objects cannot be read (<bytes>(00.o), <bytes>(01.o), <bytes>(02.o), ...)"
    )


def test_a_damaged_object_is_left_to_others_to_tell() -> None:
    assert len(check_fit(brought((elf("a"), elf("b")[:60])))) == 1


def test_machines_of_other_formats_are_told() -> None:
    def coff(machine: bytes) -> bytes:
        return machine + b"\1\0" + bytes(16) + b".text\0\0\0" + bytes(32)

    members = brought((coff(b"\x64\x86"),), (coff(b"\x4c\x01"),))
    assert {one.content for one in members} == {Content.COFF}
    assert "differ in machine: x86-64 (64-bit, little-endian) and i386 (32-bit, little-endian)" in check_fit(members)[0]
