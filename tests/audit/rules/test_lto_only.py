from __future__ import annotations

from tests.audit.libraries import findings, library
from tests.elf_builder import COMMON, Sec, Sym, elf

BITCODE = b"BC\xc0\xde" + bytes(60)
SLIM = elf(Sym("__gnu_lto_slim", COMMON), sections=(Sec(".gnu.lto_.symtab.1", b"\0", flags=0x80000000),))


def test_bitcode_and_slim_objects_are_told() -> None:
    found = findings("lto-only", library(("b.o", BITCODE), ("x.o", elf("x")), ("s.o", SLIM)))
    assert [(one.member, one.message.partition(":")[0]) for one in found] == [
        ("b.o", "LLVM bitcode"),
        ("s.o", "slim GCC LTO"),
    ]


def test_link_time_code_of_msvc_is_no_damage() -> None:
    anonymous = bytes.fromhex("0000ffff01004c01") + bytes(56)
    subject = library(("x.obj", anonymous))
    assert [one.message.partition(":")[0] for one in findings("lto-only", subject)] == ["MSVC link-time code (/GL)"]
    assert findings("malformed", subject) == []
