"""Versioned symbols, case by case: who satisfies whom, on demand and whole, and which definitions clash."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from arfix.linkage.compare import compare
from arfix.linkage.model import Target
from tests.elf_builder import FUNC, Sym, elf
from tests.linkage.links import uses
from tests.oracle.lines import PROGRAMS, Lib, Obj, Shared, program_of, tried

if TYPE_CHECKING:
    from pathlib import Path

    from arfix.linkage.linkers import Program

pytestmark = pytest.mark.oracle


@pytest.fixture(params=PROGRAMS)
def program(request: pytest.FixtureRequest) -> Program:
    return program_of(request.param)


def defining(name: str) -> bytes:
    return elf(Sym(name, type=FUNC))


@pytest.mark.parametrize("definition", ["f", "f@V1", "f@@V1", "f@@V2"])
@pytest.mark.parametrize("reference", ["f", "f@V1", "f@V2"])
@pytest.mark.parametrize("whole", [True, False], ids=["whole", "on demand"])
def test_who_satisfies_whom(program: Program, reference: str, definition: str, *, whole: bool, tmp_path: Path) -> None:
    parts = (Obj(uses(reference, defines=["_start"])), Lib((defining(definition),), whole))
    with tried(program, tmp_path, *parts) as both:
        assert compare(both.result, both.trial) == ()
        assert bool(both.trial.undefined) is bool(both.result.errors)


@pytest.mark.parametrize("target", [Target.EXECUTABLE, Target.PIE], ids=lambda one: one.value)
@pytest.mark.parametrize("first", ["f", "f@V1", "f@@V1", "f@@V2"])
@pytest.mark.parametrize("second", ["f", "f@V1", "f@@V1", "f@@V2"])
def test_which_definitions_clash(program: Program, target: Target, first: str, second: str, tmp_path: Path) -> None:
    with tried(program, tmp_path, Lib((defining(first), defining(second)), whole=True), target=target) as both:
        assert compare(both.result, both.trial) == ()


@pytest.mark.parametrize("whole", [True, False], ids=["whole", "on demand"])
@pytest.mark.parametrize("asks_first", [True, False])
def test_both_spellings_are_asked_for(program: Program, *, whole: bool, asks_first: bool, tmp_path: Path) -> None:
    parts = [Obj(uses("f", "f@V1", defines=["_start"])), Lib((defining("f@@V1"),), whole)]
    with tried(program, tmp_path, *(parts if asks_first else reversed(parts))) as both:
        assert compare(both.result, both.trial) == ()


@pytest.mark.parametrize("reference", ["f", "f@V1", "f@V2"])
@pytest.mark.parametrize("script", [None, "V1 { global: f; };", "V2 { global: f; };"])
def test_what_a_shared_object_satisfies(program: Program, reference: str, script: str | None, tmp_path: Path) -> None:
    options: tuple[str, ...] = ()
    if script is not None:
        (tmp_path / "script").write_text(script, encoding="utf-8")
        options = (f"--version-script={tmp_path / 'script'}",)
    parts = (Obj(uses(reference, defines=["_start"])), Shared(defining("f"), options))
    with tried(program, tmp_path, *parts) as both:
        assert compare(both.result, both.trial) == ()


def test_an_older_version_and_the_default_one_in_one_archive(program: Program, tmp_path: Path) -> None:
    parts = (
        Obj(uses("f", "g", defines=["_start"])),
        Lib((defining("f@V1"), elf(Sym("f@@V3", type=FUNC)), elf("?f@V1", "g"))),
    )
    with tried(program, tmp_path, *parts) as both:
        assert compare(both.result, both.trial) == ()


@pytest.mark.parametrize("target", [Target.EXECUTABLE, Target.PIE], ids=lambda one: one.value)
@pytest.mark.parametrize("definition", ["f", "f@@V1"])
@pytest.mark.parametrize("comes_first", [True, False])
def test_a_shared_object_asks_by_version(
    program: Program, target: Target, definition: str, *, comes_first: bool, tmp_path: Path
) -> None:
    (tmp_path / "script").write_text("V1 { global: f; };", encoding="utf-8")
    given = Shared(defining("f"), (f"--version-script={tmp_path / 'script'}",), soname="libgiven.so")
    asks = Shared(uses("f", defines=["use"]), needs=(given,))
    archive = Lib((defining(definition),))
    start = Obj(uses("use", defines=["_start"]))
    with tried(program, tmp_path, start, *((asks, archive) if comes_first else (archive, asks)), target=target) as both:
        assert compare(both.result, both.trial) == ()
