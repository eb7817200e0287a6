from __future__ import annotations

from tests.audit.libraries import findings, library
from tests.elf_builder import NOTE, Sec, elf

BARE = elf(has_symbol_table=False)


def test_code_without_names_is_told() -> None:
    (found,) = findings("stripped-symbols", library(("x.o", BARE), ("y.o", elf("y"))))
    assert found.member == "x.o"
    assert found.message.startswith("1 bytes")


def test_an_object_without_contents_misses_nothing() -> None:
    notes = (Sec(".note.gnu.property", bytes(16), type=NOTE), Sec(".comment", b"gcc", flags=0), Sec(".text"))
    assert findings("stripped-symbols", library(("x.o", elf(sections=notes, has_symbol_table=False)))) == []


def test_what_a_processor_adds_is_no_program() -> None:
    metadata = (Sec(".reginfo", bytes(24), type=0x70000006), Sec(".MIPS.abiflags", bytes(24), type=0x7000002A))
    bare = elf(sections=metadata, has_symbol_table=False, machine=8, bits=32, order=">")
    assert findings("stripped-symbols", library(("x.o", bare))) == []
