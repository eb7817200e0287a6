"""Links against a real shared object: what it provides, what it wants itself, and what it cannot give."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from arfix.archive.files import open_archive
from arfix.errors import Where
from arfix.linkage.compare import compare
from arfix.linkage.inputs import archive_input
from arfix.linkage.linkers import find_linker
from arfix.linkage.model import Input, InputMode, Link, Linker, Target
from arfix.linkage.providers import open_providers
from arfix.linkage.resolve import resolve
from arfix.linkage.trial import try_link
from tests.ar_builder import ar
from tests.elf_builder import FUNC, HIDDEN, STACK_NOTE, UNDEF, Rel, Sec, Sym, elf
from tests.linkage.links import entered, uses
from tests.tools import need, output_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.oracle

PROGRAMS = {
    Linker.LD: ("ld.bfd", "ld"),
    Linker.GOLD: ("ld.gold",),
    Linker.LLD: ("ld.lld",),
    Linker.MOLD: ("ld.mold", "mold"),
}
TARGETS = pytest.mark.parametrize("target", [Target.EXECUTABLE, Target.PIE, Target.SHARED], ids=lambda one: one.value)
LINKERS = pytest.mark.parametrize("linker", Linker, ids=lambda linker: linker.value)


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as opened:
        yield opened


@pytest.fixture
def provider(tmp_path: Path) -> Path:
    """A shared object that defines `given` and `old@V1`, and wants `wanted`."""
    (tmp_path / "p.o").write_bytes(uses("wanted", defines=[Sym("given", type=FUNC), Sym("old@V1", type=FUNC)]))
    (tmp_path / "versions").write_text("V1 { global: given; old; };", encoding="utf-8")
    path = tmp_path / "libp.so"
    versions = f"--version-script={tmp_path / 'versions'}"
    output_of(need("ld.bfd", "ld"), "-shared", "-o", path, versions, tmp_path / "p.o")
    return path


def hides(name: str) -> bytes:
    text = Sec(".text", bytes(8), flags=6, align=8, relocations=(Rel(0, 4, name, -4),))
    return elf("caller", Sym(name, UNDEF, visibility=HIDDEN), sections=(text, STACK_NOTE))


def opened(path: Path, stack: ExitStack, use: InputMode, *members: tuple[str, bytes]) -> Input:
    names = [
        (name, at) for at, (_, data) in enumerate(members) for name in ("wanted", "given") if name.encode() in data
    ]
    path.write_bytes(ar(*members, index=tuple(names)))
    return archive_input(stack.enter_context(open_archive(path)), Where(str(path)), use)


@LINKERS
@TARGETS
@pytest.mark.parametrize("member", [uses("given", "missing"), uses("old"), hides("given"), elf("given", "other")])
def test_prediction_and_linker_agree(  # noqa: PLR0917 (a case of a table)
    linker: Linker, target: Target, member: bytes, provider: Path, tmp_path: Path, stack: ExitStack
) -> None:
    program = find_linker(need(*PROGRAMS[linker]))
    whole = opened(tmp_path / "libx.a", stack, InputMode.WHOLE, ("x.o", member))
    link = Link((whole, *open_providers([str(provider)], stack).inputs), target)
    result = resolve(link, linker, program.release)
    assert compare(result, try_link(link, program, result.machine)) == ()


@LINKERS
def test_what_the_shared_object_wants_is_pulled(
    linker: Linker, provider: Path, tmp_path: Path, stack: ExitStack
) -> None:
    program = find_linker(need(*PROGRAMS[linker]))
    main = opened(tmp_path / "libmain.a", stack, InputMode.WHOLE, ("main.o", uses("given", defines=["_start"])))
    lazy = opened(tmp_path / "liblazy.a", stack, InputMode.ON_DEMAND, ("w.o", elf("wanted")), ("no.o", elf("unwanted")))
    link = Link((main, *open_providers([str(provider)], stack).inputs, lazy), Target.EXECUTABLE)
    result = resolve(link, linker, program.release)
    assert entered(result) == ["main.o", "w.o"]
    assert compare(result, try_link(link, program, result.machine)) == ()


@LINKERS
@pytest.mark.parametrize("index", [(("f", 0),), (), None], ids=["right", "empty", "none"])
def test_who_believes_the_index(
    linker: Linker, index: tuple[tuple[str, int], ...] | None, tmp_path: Path, stack: ExitStack
) -> None:
    program = find_linker(need(*PROGRAMS[linker]))
    main = opened(tmp_path / "libmain.a", stack, InputMode.WHOLE, ("main.o", uses("f", defines=["_start"])))
    path = tmp_path / "liblazy.a"
    path.write_bytes(ar(("f.o", elf("f")), index=index))
    lazy = archive_input(stack.enter_context(open_archive(path)), Where(str(path)), InputMode.ON_DEMAND)
    link = Link((main, lazy), Target.EXECUTABLE)
    result = resolve(link, linker, program.release)
    trial = try_link(link, program, result.machine)
    assert compare(result, trial) == ()
    assert bool(trial.others) is (index is None and linker in (Linker.LD, Linker.GOLD))
