from __future__ import annotations

import struct

import pytest

from arfix.audit.finding import Severity
from tests.audit.links import findings_of, object_archive
from tests.elf_builder import ALLOC, EXEC, NOBITS, STACK_NOTE, TEXT, UNDEF, WRITE, Rel, Sec, Sym, elf


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


def branching(kind: int, machine: int = 183) -> bytes:
    """An object whose code refers to `f` by one relocation."""
    code = Sec(".text", bytes(8), flags=ALLOC | EXEC, align=4, relocations=(Rel(0, kind, "f"),))
    return elf(Sym("start"), Sym("f", UNDEF), sections=(code, STACK_NOTE), machine=machine)


def gap(size: int, machine: int = 183) -> bytes:
    return elf(
        Sym("gap"), sections=(Sec(".text", bytes(size), flags=ALLOC | EXEC, align=4), STACK_NOTE), machine=machine
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "size", "message"),
    [
        (280, 2 << 20, "R_AARCH64_CONDBR19 reaches 1 MiB, and it is at least 2 MiB away"),
        (279, 48 << 10, "R_AARCH64_TSTBR14 reaches 32 KiB, and it is at least 48 KiB away"),
        (280, 900 << 10, None),
        (283, 200 << 20, None),  # CALL26: linkers make a veneer
    ],
)
def test_a_branch_across_other_members(kind: int, size: int, message: str | None) -> None:
    members = (("a.o", branching(kind)), ("gap.o", gap(size)), ("f.o", elf("f", machine=183)))
    for line in (members, members[::-1]):
        found = findings_of("out-of-range", object_archive("libx.a", *line))
        assert [(one.member, one.symbol, one.message, one.severity) for one in found] == (
            [] if message is None else [("a.o", "f", message, Severity.ERROR)]
        )


def test_code_that_is_sorted_elsewhere_is_no_distance() -> None:
    cold = Sec(".text.unlikely", bytes(2 << 20), flags=ALLOC | EXEC, align=4)
    far = elf(Sym("gap", ".text.unlikely"), sections=(cold, STACK_NOTE), machine=183)
    line = object_archive("libx.a", ("a.o", branching(280)), ("gap.o", far), ("f.o", elf("f", machine=183)))
    assert findings_of("out-of-range", line) == []
