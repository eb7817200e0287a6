from __future__ import annotations

import pytest

from arfix.formats.elf.file import Elf
from arfix.symbols.local_access import is_reached_locally, keeps_state
from tests.elf_builder import ALLOC, EXEC, FUNC, LOCAL, OBJECT, UNDEF, WRITE, Rel, Sec, Sym, elf

X86_64, AARCH64, ARM = 62, 183, 40
DATA = Sec(".data", bytes(64), flags=ALLOC | WRITE, align=8)
ANCHOR = Sym(".data", ".data", LOCAL, type=3)  # STT_SECTION
VARIABLE = Sym("score", ".data", type=OBJECT, value=16, size=4)
FUNCTION = Sym("count", type=FUNC, size=16)


def object_of(*relocations: Rel, machine: int = X86_64, bits: int = 64, data: Sec = DATA) -> Elf:
    text = Sec(".text", bytes(64), flags=ALLOC | EXEC, align=4, relocations=relocations)
    symbols = (ANCHOR, VARIABLE, FUNCTION, Sym("other", UNDEF))
    return Elf(memoryview(elf(*symbols, sections=(text, data), machine=machine, bits=bits)))


def symbol(elf_: Elf, name: str) -> object:
    return next(one for one in elf_.symbols if one.name == name)


@pytest.mark.parametrize(
    ("machine", "relocation", "is_local"),
    [
        (X86_64, Rel(2, 2, ".data", 12), True),  # `mov score(%rip), %eax`: four bytes before the variable
        (X86_64, Rel(2, 2, ".data", 40), False),  # another variable of the section
        (X86_64, Rel(2, 2, "score", -4), False),  # by its name
        (AARCH64, Rel(4, 275, ".data", 0), True),  # a section anchor: the distance is in the code
        (AARCH64, Rel(4, 275, "score", 0), False),
        (AARCH64, Rel(4, 275, "other", 0), False),
    ],
)
def test_code_that_reaches_a_variable_without_its_name(machine: int, relocation: Rel, is_local: bool) -> None:  # noqa: FBT001
    found = object_of(relocation, machine=machine)
    assert is_reached_locally(found, symbol(found, "score")) is is_local  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("relocation", "data", "keeps"),
    [
        (Rel(2, 2, ".data", 12), DATA, True),  # a static variable
        (Rel(2, 2, "score", -4), DATA, True),
        (Rel(2, 4, "other", -4), DATA, False),  # a call
        (Rel(32, 2, ".data", 12), DATA, False),  # code of another function
        (Rel(2, 2, ".data", 12), Sec(".data", bytes(64)), False),  # nothing can be written
    ],
)
def test_a_function_with_data_of_its_own(relocation: Rel, data: Sec, keeps: bool) -> None:  # noqa: FBT001
    found = object_of(relocation, data=data)
    assert keeps_state(found, symbol(found, "count")) is keeps  # type: ignore[arg-type]
