"""What may stand in a PIE or a shared object: the prediction and the verdict of each linker, case by case."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from arfix.archive.files import open_archive
from arfix.errors import Where
from arfix.linkage.inputs import archive_input
from arfix.linkage.linkers import find_linker, links_for
from arfix.linkage.model import Link, Linker, Target
from arfix.linkage.position import PositionFault, find_misplaced
from arfix.linkage.resolve import resolve
from arfix.linkage.trial import try_link
from tests.ar_builder import ar
from tests.elf_builder import (
    ALLOC,
    DEFAULT,
    EXEC,
    FUNC,
    HIDDEN,
    NOTYPE,
    OBJECT,
    STACK_NOTE,
    UNDEF,
    WRITE,
    Rel,
    Sec,
    Sym,
    elf,
)
from tests.oracle.lines import PROGRAMS, program_of
from tests.tools import need, not_here, output_of

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.oracle

DATA = Sec(".data", bytes(16), flags=ALLOC | WRITE, align=8)


def referring(kind: int, section: str, visibility: int, type_: int) -> bytes:
    """An archive whose one member refers from `section` to a variable or function that the other defines."""
    flags = ALLOC | (WRITE if section == ".data" else EXEC)
    place = Sec(section, bytes(16), flags=flags, align=8, relocations=(Rel(8, kind, "var", -4),))
    defines = elf(Sym("var", ".data", visibility=visibility, size=8, type=type_), sections=(DATA, STACK_NOTE))
    refers = elf(Sym("x", section), Sym("var", UNDEF, visibility=visibility), sections=(place, STACK_NOTE))
    return ar(("d.o", defines), ("x.o", refers), index=(("var", 0), ("x", 1)))


@pytest.mark.parametrize("word", PROGRAMS)
@pytest.mark.parametrize("target", [Target.EXECUTABLE, Target.PIE, Target.SHARED])
@pytest.mark.parametrize("section", [".text", ".data"])
@pytest.mark.parametrize("visibility", [DEFAULT, HIDDEN])
@pytest.mark.parametrize("kind", [1, 2, 9, 10, 11])
@pytest.mark.parametrize("type_", [NOTYPE, OBJECT, FUNC])
def test_the_verdict_is_the_linkers(  # noqa: PLR0917 (one case of a table)
    word: str, target: Target, section: str, visibility: int, kind: int, type_: int, tmp_path: Path
) -> None:
    program = program_of(word)
    path = tmp_path / "libx.a"
    path.write_bytes(referring(kind, section, visibility, type_))
    with open_archive(path) as archive:
        link = Link((archive_input(archive, Where(str(path))),), target)
        result = resolve(link, program.linker, program.release)
        trial = try_link(link, program, result.machine)
        assert any(one.refused for one in find_misplaced(result)) == bool(trial.refused), trial


LOCAL_EXEC = """
.text
.globl f
f: add x0, x0, :tprel_hi12:v
add x0, x0, :tprel_lo12_nc:v
ret
.section .tdata,"awT"
.globl v
.type v, %object
v: .xword 1
"""


@pytest.mark.parametrize("word", PROGRAMS)
def test_local_exec_code_of_aarch64_in_a_shared_object(word: str, tmp_path: Path) -> None:
    """GNU ld links it without a word, and the code then reaches the storage of another module; the others refuse."""
    (tmp_path / "v.s").write_text(LOCAL_EXEC)
    output_of(need("aarch64-linux-gnu-as"), "-o", tmp_path / "v.o", tmp_path / "v.s")
    path = tmp_path / "libv.a"
    path.write_bytes(ar(("v.o", (tmp_path / "v.o").read_bytes()), index=(("f", 0), ("v", 0))))
    with open_archive(path) as archive:
        link = Link((archive_input(archive, Where(str(path))),), Target.SHARED)
        linker, machine = program_of(word).linker, resolve(link).machine
        program = program_of(word) if linker is Linker.LLD else find_linker(linker.value, machine)
        if not links_for(program, machine):
            not_here(f"{program.label} for AArch64")
        found = list(find_misplaced(resolve(link, linker, program.release)))
        assert {one.fault for one in found} == {PositionFault.LOCAL_EXEC}
        assert any(one.refused for one in found) == bool(try_link(link, program, machine).refused)


PERSONALITY = """
.text
.globl f
f: .fnstart
nop
.personality routine
.handlerdata
.word 0
.fnend
.globl routine
.type routine, %function
routine: bx lr
"""


def test_unwind_tables_of_arm_name_personality_routines(tmp_path: Path) -> None:
    """Every linker takes R_ARM_PREL31 against a routine that another module may preempt."""
    (tmp_path / "p.s").write_text(PERSONALITY)
    output_of(need("arm-linux-gnueabihf-as"), "-o", tmp_path / "p.o", tmp_path / "p.s")
    path = tmp_path / "libp.a"
    path.write_bytes(ar(("p.o", (tmp_path / "p.o").read_bytes()), index=(("f", 0), ("routine", 0))))
    with open_archive(path) as archive:
        link = Link((archive_input(archive, Where(str(path))),), Target.SHARED)
        assert [list(find_misplaced(resolve(link, linker))) for linker in Linker] == [[], [], [], []]
