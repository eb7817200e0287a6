"""What may stand in a PIE or a shared object: the prediction and the verdict of each linker, case by case."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from arfix.archive.files import open_archive
from arfix.errors import Where
from arfix.linkage.inputs import archive_input
from arfix.linkage.model import Link, Target
from arfix.linkage.position import find_misplaced
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
