from __future__ import annotations

import struct

import pytest

from arfix.audit.finding import Severity
from tests.audit.links import findings_of, object_archive
from tests.elf_builder import ALLOC, NOBITS, STACK_NOTE, TEXT, WRITE, Sec, Sym, elf


def large(name: str, size: int, flags: int = ALLOC | WRITE) -> tuple[str, bytes]:
    """An object whose `.bss` is said to have that size."""
    marked = Sec(".bss", bytes(4242), type=NOBITS, flags=flags, align=16)
    data = elf(name, Sym(f"{name}_data", ".bss"), sections=(TEXT, marked, STACK_NOTE))
    row = struct.Struct("<IIQQQQIIQQ")
    start = int.from_bytes(data[40:48], "little")
    for at in range(start, len(data), row.size):
        fields = list(row.unpack_from(data, at))
        if fields[5] == 4242:
            fields[5] = size
            data = data[:at] + row.pack(*fields) + data[at + row.size :]
    return f"{name}.o", data


def test_the_largest_member_is_named() -> None:
    line = object_archive("libgrid.a", large("grid", 3 << 30), large("x", 200 << 20))
    (one,) = findings_of("out-of-range", line)
    assert (one.archive, one.member, one.severity) == ("libgrid.a", "grid.o", Severity.WARNING)
    assert one.message == "takes 3.0 GiB of the link's 3.2 GiB; code for the small code model reaches 2 GiB"


@pytest.mark.parametrize(("size", "flags"), [(1 << 30, ALLOC | WRITE), (3 << 30, ALLOC | WRITE | 0x10000000)])
def test_what_code_reaches_or_refers_to_with_64_bits(size: int, flags: int) -> None:
    assert findings_of("out-of-range", object_archive("libgrid.a", large("grid", size, flags))) == []
