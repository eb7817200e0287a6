"""Functions are equal by their bytes and by what they refer to."""

from __future__ import annotations

import pytest

from arfix.formats.elf.file import Elf
from arfix.symbols.equal_code import equal_code
from tests.elf_builder import ALLOC, EXEC, FUNC, LOCAL, STACK_NOTE, UNDEF, WRITE, Rel, Sec, Sym, elf

CALL = b"\xe8\0\0\0\0\xc3"


def calls(target: str, code: bytes = CALL, *, in_front: bytes = b"", local: bool = False) -> bytes:
    """Return an object whose `f` calls (or, `local`, uses) a symbol."""
    text = Sec(".text", in_front + code, flags=ALLOC | EXEC, relocations=(Rel(len(in_front) + 1, 4, target, -4),))
    data = Sec(".data", bytes(8), flags=ALLOC | WRITE)
    used = Sym(target, ".data", binding=LOCAL) if local else Sym(target, UNDEF)
    f = Sym("f", type=FUNC, value=len(in_front), size=len(code))
    return elf(f, used, sections=(text, data, STACK_NOTE))


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        (calls("g"), calls("g"), True),
        (calls("g"), calls("g", in_front=b"\x90\x90"), True),
        (calls("g"), calls("h"), False),
        (calls("g"), calls("g", b"\xe8\0\0\0\0\xcc"), False),
        (calls("state", local=True), calls("state", local=True), False),
    ],
)
def test_equal_code(one: bytes, other: bytes, *, equal: bool) -> None:
    elves = Elf(memoryview(one)), Elf(memoryview(other))
    mine, theirs = (next(s for s in elf.symbols if s.name == "f") for elf in elves)
    assert equal_code(elves[0], mine, elves[1], theirs) is equal
