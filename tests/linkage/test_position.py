from __future__ import annotations

import pytest

from arfix.archive.read import read
from arfix.errors import Where
from arfix.linkage.inputs import archive_input
from arfix.linkage.model import Link, Linker, Target
from arfix.linkage.position import PositionFault, find_misplaced
from arfix.linkage.resolve import resolve
from tests.ar_builder import ar
from tests.elf_builder import ABS, ALLOC, EXEC, HIDDEN, STACK_NOTE, UNDEF, WRITE, Rel, Sec, Sym, elf

PC32, WORD, NARROW, PLT32, TPOFF = 2, 1, 11, 4, 23
DEFINES = ("d.o", elf("var"))
VAR = Sym("var", UNDEF)


def refers(kind: int, symbol: Sym = VAR, *, writable: bool = False, machine: int = 62) -> tuple[str, bytes]:
    bits = 32 if machine in (3, 40) else 64
    flags = ALLOC | (WRITE if writable else EXEC)
    section = Sec(".data" if writable else ".text", bytes(16), flags=flags, relocations=(Rel(4, kind, symbol.name),))
    return "x.o", elf("x", symbol, sections=(section, STACK_NOTE), machine=machine, bits=bits)


def faults(
    *members: tuple[str, bytes], target: Target = Target.SHARED, linker: Linker = Linker.LD
) -> list[tuple[PositionFault, bool]]:
    link = Link((archive_input(read(ar(*members)), Where("libx.a")),), target)
    return [(one.fault, one.refused) for one in find_misplaced(resolve(link, linker))]


@pytest.mark.parametrize(
    ("kind", "shared", "pie"),
    [
        (PC32, [(PositionFault.PREEMPTIBLE, True)], []),
        (NARROW, [(PositionFault.FIXED_ADDRESS, True)], [(PositionFault.FIXED_ADDRESS, True)]),
        (WORD, [(PositionFault.TEXT_RELOCATION, False)], [(PositionFault.TEXT_RELOCATION, False)]),
        (TPOFF, [(PositionFault.LOCAL_EXEC, True)], []),
        (PLT32, [], []),
    ],
)
def test_what_each_demand_comes_to(kind: int, shared: list[object], pie: list[object]) -> None:
    assert faults(DEFINES, refers(kind)) == shared
    assert faults(DEFINES, refers(kind), target=Target.PIE) == pie
    assert faults(DEFINES, refers(kind), target=Target.EXECUTABLE) == []


def test_a_loader_may_write_into_data() -> None:
    assert faults(DEFINES, refers(WORD, writable=True)) == []


def test_hidden_local_and_absolute_symbols_are_at_hand() -> None:
    assert faults(("d.o", elf(Sym("var", visibility=HIDDEN))), refers(PC32)) == []
    assert faults(refers(PC32, Sym("own", ".text", binding=0))) == []
    assert faults(refers(NARROW, Sym("own", ABS, binding=0, value=5))) == []
    assert faults(("d.o", elf(Sym("var", ABS, value=5))), refers(NARROW)) == []


def test_lld_refuses_what_the_others_leave_to_the_loader() -> None:
    refused = {linker: faults(DEFINES, refers(WORD), linker=linker)[0][1] for linker in Linker}
    assert refused == {Linker.LD: False, Linker.GOLD: False, Linker.LLD: True, Linker.MOLD: False}


def test_the_i386_loader_can_fill_in_a_distance() -> None:
    defines = ("d.o", elf("var", machine=3, bits=32))
    assert faults(defines, refers(2, machine=3)) == [(PositionFault.TEXT_RELOCATION, False)]
    assert faults(defines, refers(2, machine=3), linker=Linker.LLD) == [(PositionFault.TEXT_RELOCATION, True)]


def test_an_undefined_hidden_symbol_is_refused_by_ld_and_gold() -> None:
    hidden = Sym("var", UNDEF, visibility=HIDDEN)
    refused = {linker: bool(faults(refers(PC32, hidden), linker=linker)) for linker in Linker}
    assert refused == {Linker.LD: True, Linker.GOLD: True, Linker.LLD: False, Linker.MOLD: False}


def test_a_damaged_object_is_passed_over() -> None:
    assert faults(("x.o", refers(NARROW)[1][:-64])) == []
