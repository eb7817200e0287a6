from __future__ import annotations

import re
from struct import pack
from typing import TYPE_CHECKING

import pytest

from arfix.errors import FormatError
from arfix.formats.elf import relocation_numbers as numbers
from arfix.formats.elf.constants import EM
from arfix.formats.elf.file import Elf as Reader
from arfix.formats.elf.relocation_role import Role
from arfix.formats.elf.relocations import role_of, type_name
from tests.elf_builder import ALLOC, EXEC, LOCAL, WRITE, Elf, Rel, Sec, Sym
from tests.elf_builder import elf as elf_of
from tests.formats.elf_image import Part, elf, symbol
from tests.tools import need, output_of

if TYPE_CHECKING:
    from enum import IntEnum
    from pathlib import Path

#: `e_machine`, bits, byte order, how many types to try; types newer than binutils 2.40, whose names a readelf may lack.
MACHINES = [
    (3, 32, "<", 256, set[int]()),
    (62, 64, "<", 256, set(range(43, 52))),
    (40, 32, "<", 256, set[int]()),
    (183, 64, "<", 1100, {314, 315}),
    (243, 64, "<", 256, {12, 41, *range(59, 66)}),
    (21, 64, ">", 256, set[int]()),
    (22, 64, ">", 256, set[int]()),
    (8, 32, ">", 256, set[int]()),
    (258, 64, "<", 256, {13, 14, *range(101, 127)}),
]
#: The enumerations of `relocation_numbers`, each for a machine and its bits.
ENUMERATIONS = [
    (EM.I386, 32, numbers.R_386),
    (EM.MIPS, 32, numbers.R_MIPS),
    (EM.MIPS, 32, numbers.R_MIPS16),
    (EM.MIPS, 32, numbers.R_MICROMIPS),
    (EM.SPARC, 32, numbers.R_SPARC),
    (EM.PPC, 32, numbers.R_PPC),
    (EM.PPC64, 64, numbers.R_PPC64),
    (EM.S390, 64, numbers.R_390),
    (EM.ARM, 32, numbers.R_ARM),
    (EM.X86_64, 64, numbers.R_X86_64),
    (EM.AARCH64, 64, numbers.R_AARCH64),
    (EM.RISCV, 64, numbers.R_RISCV),
    (EM.LOONGARCH, 64, numbers.R_LARCH),
]


def with_relocations(relocations: tuple[Rel, ...], machine: int, bits: int, order: str) -> memoryview:
    code = Sec(".text", bytes(8), flags=ALLOC | EXEC, relocations=relocations)
    loose = Sec(".debug_info", bytes(8), flags=0, relocations=relocations[:1])
    symbols = (Sym("f", "*UND*"), Sym("g", "*UND*"))
    return memoryview(Elf(symbols, (code, loose), machine=machine, bits=bits, order=order).encode())


@pytest.mark.oracle
@pytest.mark.parametrize(("machine", "bits", "order", "count", "newer"), MACHINES)
def test_names_are_those_of_readelf(  # noqa: PLR0917 (one column of the table each)
    machine: int, bits: int, order: str, count: int, newer: set[int], tmp_path_factory: pytest.TempPathFactory
) -> None:
    relocations = tuple(Rel(number, number, "f") for number in range(count))
    path = tmp_path_factory.mktemp("names") / "x.o"
    path.write_bytes(with_relocations(relocations, machine, bits, order))
    text = output_of(need("readelf"), "-rW", path, check=False)
    lines = re.findall(r"^([0-9a-f]{8,16}) +[0-9a-f]+ +(R_\w+)", text.partition(".debug_info")[0], re.MULTILINE)
    known = {int(offset, 16): name for offset, name in lines}
    assert len(known) > 30
    if machine == 183:  # the ILP32 types, which need another class
        known = {number: name for number, name in known.items() if "_P32_" not in name}
    ours = {number: type_name(machine, bits, number) for number in range(count)}
    ours = {number: name for number, name in ours.items() if not name.startswith("type ")}
    assert {number: name for number, name in ours.items() if number in known or number not in newer} == known


@pytest.mark.oracle
@pytest.mark.parametrize(("machine", "bits", "types"), ENUMERATIONS)
def test_enumerated_types_have_the_names_of_readelf(
    machine: int, bits: int, types: type[IntEnum], tmp_path: Path
) -> None:
    path = tmp_path / "x.o"
    path.write_bytes(with_relocations(tuple(Rel(number, number, "f") for number in types), machine, bits, "<"))
    text = output_of(need("readelf"), "-rW", path, check=False).partition(".debug_info")[0]
    known = {
        int(offset, 16): name
        for offset, name in re.findall(r"^([0-9a-f]{8,16}) +[0-9a-f]+ +(R_\w+)", text, re.MULTILINE)
    }
    assert {number: f"{types.__name__}_{re.sub('^R(?=[0-9])', '', number.name)}" for number in types} == known


@pytest.mark.parametrize(("machine", "bits", "order"), [one[:3] for one in MACHINES])
def test_uses_are_the_entries_without_repetition(machine: int, bits: int, order: str) -> None:
    relocations = tuple(Rel(offset, kind, name) for offset, (kind, name) in enumerate([(1, "f"), (2, "g"), (1, "f")]))
    view = with_relocations(relocations, machine, bits, order)
    reader = Reader(view)
    sections = reader.sections
    (table,) = (section for section in sections if section.name in {".rela.text", ".rel.text"})
    entries = reader.relocations(table)
    assert [(entry.offset, entry.type, entry.symbol) for entry in entries] == [(0, 1, 1), (1, 2, 2), (2, 1, 1)]
    uses = reader.relocation_uses
    assert [(use.type, use.symbol) for use in uses] == [(1, 1), (2, 2)]
    assert {sections[use.section].name for use in uses} == {".text"}
    assert [use.role for use in uses] == [role_of(machine, bits, 1), role_of(machine, bits, 2)]


@pytest.mark.parametrize(
    ("machine", "bits", "type_", "role"),
    [
        (62, 64, 10, Role.NARROW),
        (62, 32, 10, Role.WORD),  # x32
        (243, 32, 1, Role.WORD),
        (243, 64, 1, Role.NARROW),
        (22, 32, 4, Role.WORD),
        (22, 64, 4, Role.NARROW),
        (8, 32, 2, Role.WORD),
        (8, 64, 2, Role.NARROW),
        (62, 64, 23, Role.TLS_LE),
        (62, 64, 22, Role.TLS_IE),
        (183, 64, 275, Role.PC_RELATIVE),
        (183, 64, 277, Role.PAGE_OFFSET),
        (62, 64, 9999, Role.OTHER),
        (94, 32, 1, Role.OTHER),
    ],
)
def test_roles(machine: int, bits: int, type_: int, role: Role) -> None:
    assert role_of(machine, bits, type_) is role


def test_position_uses_leave_out_what_every_output_can_have() -> None:
    relocations = (Rel(1, 1, "f"), Rel(2, 4, "f"), Rel(3, 2, "f"), Rel(4, 10, "f"))  # 64, PLT32, PC32, 32
    code = Reader(
        memoryview(elf_of("?f", sections=(Sec(".text", bytes(16), flags=ALLOC | EXEC, relocations=relocations),)))
    )
    assert [use.type for use in code.relocation_uses] == [1, 2, 4, 10]
    assert [(use.type, use.role) for use in code.position_uses] == [
        (1, Role.WORD),
        (2, Role.PC_RELATIVE),
        (10, Role.NARROW),
    ]
    data = Reader(
        memoryview(elf_of("?f", sections=(Sec(".data", bytes(16), flags=ALLOC | WRITE, relocations=relocations),)))
    )
    assert [use.type for use in data.position_uses] == [2, 10]
    local = Sym("f", ".text", LOCAL)
    code = Reader(
        memoryview(elf_of(local, sections=(Sec(".text", bytes(16), flags=ALLOC | EXEC, relocations=relocations),)))
    )
    assert [use.type for use in code.position_uses] == [1, 10]


@pytest.mark.parametrize("order", "<>")
def test_64_bit_mips_keeps_the_first_type_last(order: str) -> None:
    info = pack(order + "I", 1) + bytes([0, 5, 24, 7])
    table = symbol(64, order, 0, 0, 0, 0) + symbol(64, order, 1, 0x10, 0, 0)
    parts = [
        Part(b".text", 1, bytes(8), flags=6),
        Part(b".rela.text", 4, pack(order + "Q", 4) + info + bytes(8), link=3, info=1),
        Part(b".symtab", 2, table, link=4, info=1),
        Part(b".strtab", 3, b"\0_gp_disp\0"),
    ]
    view = elf(64, order, parts, machine=8)
    (use,) = Reader(view).relocation_uses
    assert (use.type, use.symbol, use.role) == (7, 1, Role.GOT_BASE)
    assert not Reader(view).position_uses


def test_a_table_of_odd_size_is_wrong() -> None:
    view = elf(64, "<", [Part(b".text", 1, bytes(8), flags=6), Part(b".rela.text", 4, bytes(25), info=1)])
    sections = Reader(view).sections
    with pytest.raises(FormatError, match="no multiple of 24"):
        _ = Reader(view).relocation_uses
    with pytest.raises(FormatError, match="no multiple of 24"):
        _ = Reader(view).position_uses
    with pytest.raises(FormatError, match="no multiple of 24"):
        Reader(view).relocations(sections[2])
