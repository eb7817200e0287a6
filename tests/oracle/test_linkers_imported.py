"""Executables whose code refers to symbols of a shared object without `-fPIC`: the prediction and each linker."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from arfix.linkage.compare import compare
from arfix.linkage.model import Target
from tests.elf_builder import ALLOC, EXEC, FUNC, NOTYPE, PROTECTED, STACK_NOTE, UNDEF, WRITE, Rel, Sec, Sym, elf
from tests.oracle.lines import PROGRAMS, Obj, Shared, program_of, tried

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.oracle

#: Relocation type, section; a sample of `tests/linkage/imported.txt`.
USES = ((10, ".text"), (1, ".text"), (2, ".data"))
SYMBOLS = ((FUNC, 0), (FUNC, PROTECTED), (NOTYPE, 0))


def referring(type_: int, section: str) -> bytes:
    flags = ALLOC | (WRITE if section == ".data" else EXEC)
    place = Sec(section, bytes(16), flags=flags, align=8, relocations=(Rel(8, type_, "f", 0),))
    return elf(Sym("_start", section), Sym("f", UNDEF), sections=(place, STACK_NOTE))


def defining(type_: int, visibility: int) -> Shared:
    place = Sec(".text", bytes(8), flags=ALLOC | EXEC, align=8)
    symbol = Sym("f", place.name, visibility=visibility, type=type_, size=0 if type_ == NOTYPE else 8)
    return Shared(elf(symbol, sections=(place, STACK_NOTE)), soname="libf.so")


@pytest.mark.parametrize("word", PROGRAMS)
@pytest.mark.parametrize("target", [Target.EXECUTABLE, Target.PIE])
def test_the_verdict_is_the_linkers(word: str, target: Target, tmp_path: Path) -> None:
    program = program_of(word)
    different = []
    for symbol in SYMBOLS:
        for use in USES:
            with tried(program, tmp_path, Obj(referring(*use)), defining(*symbol), target=target) as one:
                found = compare(one.result, one.trial)
                if found:
                    different.append((symbol, use, found, one.trial.refused, one.trial.others))
    assert different == []
