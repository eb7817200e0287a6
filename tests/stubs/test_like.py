from __future__ import annotations

import struct

import pytest

from arfix.errors import FormatError, UnsupportedError
from arfix.stubs.behaviour import parse_behaviour
from arfix.stubs.build import StubSymbol, make_object
from arfix.stubs.elf_writer import NewSection
from arfix.stubs.like import library_of, target_of_object
from arfix.stubs.platform import CLibrary
from arfix.stubs.target import StubTarget, target_of_triple
from tests.elf_builder import ALLOC, NOTE, STACK_NOTE, TEXT, Sec, elf


def like(*symbols: str, sections: tuple[Sec, ...] = (TEXT, STACK_NOTE), **options: int) -> StubTarget:
    return target_of_object(memoryview(elf(*symbols, sections=sections, **options)), "like.o")


def property_note(kind: int, value: int) -> Sec:
    data = struct.pack("<III4sIIII", 4, 16, 5, b"GNU\0", kind, 4, value, 0)
    return Sec(".note.gnu.property", data, type=NOTE, flags=ALLOC, align=8)


def test_machine_and_flags_are_taken_over() -> None:
    target = like("f", machine=243, bits=32, flags=0x5)
    assert (target.machine, target.bits, target.byte_order, target.flags) == (243, 32, "little", 5)
    assert target.origin == "like.o"


@pytest.mark.parametrize(
    ("accessor", "library"),
    [("__errno_location", CLibrary.GLIBC), ("___errno_location", CLibrary.MUSL), ("__errno", CLibrary.NEWLIB)],
)
def test_library_is_told_by_the_way_to_errno(accessor: str, library: CLibrary) -> None:
    assert like("f", f"?{accessor}").libc is library
    assert like("f", f"{accessor}").libc is None, "a definition is not a use"


def test_library_is_looked_for_in_all_objects() -> None:
    views = [memoryview(b"no object"), memoryview(elf("f")), memoryview(elf("g", "?__errno"))]
    assert library_of(views) is CLibrary.NEWLIB
    assert library_of(views[:2]) is None


def test_hardening_is_taken_over_as_far_as_stubs_keep_it() -> None:
    assert like("f", sections=(TEXT, property_note(0xC0000002, 0x8003))).hardening == 3
    assert like("f", sections=(TEXT, property_note(0xC0000000, 7)), machine=183).hardening == 7
    assert like("f").hardening == 0


def test_stack_note_follows_the_object_on_bare_metal_and_is_there_elsewhere() -> None:
    assert like("f", "?__errno", sections=(TEXT,)).stack_note is False
    assert like("f", "?__errno").stack_note is True
    assert like("f", "?__errno_location", sections=(TEXT,)).stack_note is True
    assert like("f", sections=(TEXT,)).stack_note is False


def test_attributes_are_copied_and_tell_thumb() -> None:
    attributes = b"A\x19\0\0\0aeabi\0\x01\x0f\0\0\0\x06\x0d\x07\x4d\x4a\x01\x08\x00\x09\x02"
    section = Sec(".ARM.attributes", attributes, type=0x70000003, flags=0)
    target = like("f", sections=(TEXT, section), machine=40, bits=32, flags=0x05000000)
    assert target.copied == (NewSection(".ARM.attributes", 0x70000003, 0, attributes, 1),)
    assert (target.thumb, target.arch, target.hardening) == (True, 13, 1)


def test_xtensa_info_tells_the_register_windows() -> None:
    info = Sec(".xtensa.info", b"ABI=0\n\0\0", type=NOTE, flags=0)
    with pytest.raises(UnsupportedError, match="windowed"):
        like("f", sections=(TEXT, info), machine=94, bits=32)


def test_a_stub_is_its_own_model() -> None:
    target = target_of_triple("mips64el-linux-gnuabi64")
    data = make_object(target, [StubSymbol("f", parse_behaviour("ENOSYS"))])
    again = target_of_object(memoryview(data), "mips64el-linux-gnuabi64")
    assert make_object(again, [StubSymbol("f", parse_behaviour("ENOSYS"))]) == data


def test_what_is_no_object_is_refused() -> None:
    with pytest.raises(FormatError):
        target_of_object(memoryview(b"#!/bin/sh"), "like.o")
    with pytest.raises(UnsupportedError, match=r"like\.o is for ELF machine 50"):
        like("f", machine=50)
