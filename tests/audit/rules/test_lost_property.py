from __future__ import annotations

import struct

from tests.audit.libraries import findings, library
from tests.elf_builder import NOTE, TEXT, Sec, elf


def protected(name: str, bits: int) -> tuple[str, bytes]:
    """An x86-64 object whose property note promises `bits` of GNU_PROPERTY_X86_FEATURE_1_AND."""
    note = struct.pack("<III4sIIII", 4, 16, 5, b"GNU\0", 0xC0000002, 4, bits, 0)
    return f"{name}.o", elf(name, sections=(TEXT, Sec(".note.gnu.property", note, type=NOTE, align=8)))


def test_the_one_object_without_the_others_protection() -> None:
    subject = library(protected("a", 3), protected("b", 3), ("x.o", elf("x")), protected("y", 1))
    found = findings("lost-property", subject)
    assert [(one.member, one.message.partition(",")[0]) for one in found] == [
        ("x.o", "lacks ibt"),
        ("y.o", "lacks shstk"),
    ]


def test_where_few_have_it_nothing_is_lost() -> None:
    assert findings("lost-property", library(protected("a", 3), ("x.o", elf("x")), ("y.o", elf("y")))) == []


def test_where_all_have_it_nothing_is_lost() -> None:
    assert findings("lost-property", library(protected("a", 3), protected("b", 3))) == []
