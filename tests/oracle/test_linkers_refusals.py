"""What linkers refuse besides undefined symbols and duplicates, case by case."""

from __future__ import annotations

import subprocess
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from arfix.archive.files import open_archive
from arfix.errors import Where
from arfix.linkage.compare import compare
from arfix.linkage.inputs import archive_input, object_input
from arfix.linkage.model import InputMode, Link, Target
from arfix.linkage.needed import open_needed
from arfix.linkage.providers import open_providers
from arfix.linkage.refusals import RefusalKind, find_refusals
from arfix.linkage.resolve import resolve
from arfix.linkage.trial import try_link
from tests.ar_builder import ar
from tests.elf_builder import (
    ALLOC,
    COMMON,
    EXEC,
    FUNC,
    HIDDEN,
    INTERNAL,
    IS_TLS,
    LOCAL,
    OBJECT,
    PROTECTED,
    STACK_NOTE,
    TEXT,
    TLS,
    UNDEF,
    WEAK,
    WRITE,
    Rel,
    Sec,
    Sym,
    elf,
)
from tests.linkage.links import uses
from tests.oracle.lines import PROGRAMS, Lib, Obj, Part, Shared, program_of, shared, tried, whole
from tests.tools import need, output_of

if TYPE_CHECKING:
    from pathlib import Path

    from arfix.linkage.linkers import Program

pytestmark = pytest.mark.oracle

TARGETS = pytest.mark.parametrize("target", [Target.EXECUTABLE, Target.PIE, Target.SHARED], ids=lambda one: one.value)
TDATA = Sec(".tdata", bytes(8), flags=ALLOC | WRITE | IS_TLS, align=8)
DATA = Sec(".data", bytes(8), flags=ALLOC | WRITE, align=8)
#: R_X86_64_PC32, R_X86_64_GOTTPOFF: what code says of a variable, of its own thread or not.
PC32, GOTTPOFF = 2, 22


@pytest.fixture(params=PROGRAMS)
def program(request: pytest.FixtureRequest) -> Program:
    return program_of(request.param)


def agree(program: Program, folder: Path, *parts: Part, target: Target = Target.EXECUTABLE) -> set[RefusalKind]:
    """Hold the prediction against the linker; return what is predicted to be refused."""
    with tried(program, folder, *parts, target=target) as both:
        assert compare(both.result, both.trial) == (), both.trial
        return {one.kind for one in find_refusals(both.result)}


@TARGETS
@pytest.mark.parametrize("definition", [Sym("f@V1", type=FUNC), Sym("f@@V1", type=FUNC)], ids=lambda one: one.name)
@pytest.mark.parametrize("visibility", [0, HIDDEN, PROTECTED])
def test_versions_without_a_script(
    program: Program, target: Target, definition: Sym, visibility: int, tmp_path: Path
) -> None:
    symbol = Sym(definition.name, type=FUNC, visibility=visibility)
    found = agree(program, tmp_path, whole(elf(symbol)), target=target)
    is_refused = target is Target.SHARED and not (visibility == HIDDEN and program.linker.value == "gold")
    assert (found == {RefusalKind.VERSION_NODE}) is is_refused


def refers(kind: int, symbol: Sym) -> bytes:
    """An object that refers to a variable."""
    text = Sec(".text", b"\x48\x8b\x05" + bytes(13), flags=ALLOC | EXEC, relocations=(Rel(3, kind, "e", -4),))
    return elf("get", symbol, sections=(text, STACK_NOTE))


VARIABLES = {
    "tls definition": elf(Sym("e", ".tdata", type=TLS, size=4), sections=(TDATA, STACK_NOTE)),
    "weak tls definition": elf(Sym("e", ".tdata", type=TLS, size=4, binding=WEAK), sections=(TDATA, STACK_NOTE)),
    "definition": elf(Sym("e", ".data", type=OBJECT, size=4), sections=(DATA, STACK_NOTE)),
    "weak definition": elf(Sym("e", ".data", type=OBJECT, size=4, binding=WEAK), sections=(DATA, STACK_NOTE)),
    "common": elf(Sym("e", COMMON, type=OBJECT, size=4, value=4)),
    "tls reference": refers(GOTTPOFF, Sym("e", UNDEF, type=TLS)),
    "reference": refers(PC32, Sym("e", UNDEF)),
    "weak reference": refers(PC32, Sym("e", UNDEF, binding=WEAK)),
}


@pytest.mark.parametrize("first", VARIABLES)
@pytest.mark.parametrize("second", VARIABLES)
def test_thread_local_here_and_not_there(program: Program, first: str, second: str, tmp_path: Path) -> None:
    agree(program, tmp_path, whole(VARIABLES[first], VARIABLES[second]))


@pytest.mark.parametrize("given", ["tls definition", "definition"])
@pytest.mark.parametrize("user", ["tls reference", "reference"])
def test_thread_local_in_a_shared_object(program: Program, given: str, user: str, tmp_path: Path) -> None:
    agree(program, tmp_path, whole(VARIABLES[user]), Shared(VARIABLES[given]))


SHARED = {
    "variable": Sym("e", ".data", type=OBJECT, size=4),
    "variable without a size": Sym("e", ".data", type=OBJECT),
    "variable without a type": Sym("e", ".data", size=4),
    "protected variable": Sym("e", ".data", type=OBJECT, size=4, visibility=PROTECTED),
    "function": Sym("e", ".text", type=FUNC, size=4),
}
#: R_X86_64_64, PC32, PLT32, GOTPCREL, 32, and the section that holds the reference.
REFERENCES = [(1, ".text"), (1, ".data"), (2, ".text"), (2, ".data"), (4, ".text"), (9, ".text"), (10, ".text")]


@pytest.mark.parametrize("given", SHARED)
def test_what_lld_copies_from_a_shared_object(given: str, tmp_path: Path) -> None:
    """Each reference of an executable at a fixed address, one link for each; lld of every release here."""
    definition = elf(SHARED[given], sections=(TEXT, DATA, STACK_NOTE))
    for word in (word for word in PROGRAMS if "lld" in word):
        for number, (kind, section) in enumerate(REFERENCES):
            flags = ALLOC | (WRITE if section == ".data" else EXEC)
            code = Sec(section, bytes(16), flags=flags, relocations=(Rel(3, kind, "e", -4),))
            user = elf(Sym("get", section), Sym("e", UNDEF), sections=(code, STACK_NOTE))
            folder = tmp_path / f"{word}-{number}"
            folder.mkdir()
            agree(program_of(word), folder, whole(user), Shared(definition))


def grouped(symbol: str, section: str = "", target: str = "", kind: int = 1, flags: int = ALLOC | WRITE) -> bytes:
    """An object with a group G that defines `symbol` and a local one; `section` outside refers to `target`."""
    text = Sec(".text.g", bytes(16), flags=ALLOC | EXEC, group="G")
    symbols = [Sym("G", ".text.g", type=FUNC, binding=WEAK), Sym(symbol, ".text.g", type=FUNC, binding=WEAK)]
    symbols.append(Sym("near", ".text.g", type=FUNC, binding=LOCAL))
    sections = [text, STACK_NOTE]
    if section:
        sections.append(Sec(section, bytes(16), flags=flags, relocations=(Rel(0, kind, target),)))
    return elf(*symbols, sections=tuple(sections))


@TARGETS
@pytest.mark.parametrize("target_name", ["near", "far"])
@pytest.mark.parametrize("section", [".data", ".debug_info", ".gcc_except_table", ".mine"])
def test_references_into_discarded_sections(
    program: Program, target: Target, target_name: str, section: str, tmp_path: Path
) -> None:
    flags = 0 if section in {".debug_info", ".mine"} else ALLOC | WRITE
    found = agree(
        program,
        tmp_path,
        whole(grouped("far"), grouped("far", section, target_name, flags=flags)),
        target=target,
    )
    assert not (target_name == "far" and found)


@TARGETS
@pytest.mark.parametrize("visibility", [0, HIDDEN, INTERNAL, PROTECTED])
@pytest.mark.parametrize("binding", [1, WEAK])
def test_hidden_from_a_shared_object_that_needs_it(
    program: Program, target: Target, visibility: int, binding: int, tmp_path: Path
) -> None:
    hidden = elf(Sym("helper", type=FUNC, visibility=visibility, binding=binding))
    parts = (Obj(uses("use", defines=["_start"])), Lib((hidden,), whole=True), Shared(uses("helper", defines=["use"])))
    agree(program, tmp_path, *parts, target=target)


@pytest.mark.parametrize("is_named", [True, False], ids=["named on the line", "only needed"])
@pytest.mark.parametrize("has_it", [True, False], ids=["defined there", "defined nowhere"])
def test_what_a_shared_object_lacks_itself(program: Program, *, is_named: bool, has_it: bool, tmp_path: Path) -> None:
    """A trial lets this pass, so the linker is run by itself."""
    other = shared(Shared(elf("at_load" if has_it else "unrelated"), soname="libat.so"), tmp_path, "libat.so")
    path = shared(Shared(uses("at_load", defines=["zip"])), tmp_path, "libzip.so")
    needing = tmp_path / "libneeding.so"
    output_of(need("ld.bfd"), "-shared", "-o", needing, "--no-as-needed", f"{path}.o", other)
    (tmp_path / "main.o").write_bytes(uses("zip", defines=["_start"]))
    main = object_input(Where(str(tmp_path / "main.o")), lambda: memoryview((tmp_path / "main.o").read_bytes()))
    line = [needing, other] if is_named else [needing]
    with ExitStack() as stack:
        inputs = (main, *open_providers(map(str, line), stack).inputs)
        link = Link(inputs, needed=open_needed(inputs, stack))
        result = resolve(link, program.linker, program.release)
        predicted = any(one.kind is RefusalKind.LIBRARY_UNDEFINED for one in find_refusals(result))
    words = [program.path, "-o", str(tmp_path / "out"), str(tmp_path / "main.o"), *map(str, line)]
    ran = subprocess.run([*words, "-rpath-link", str(tmp_path)], capture_output=True, check=False)
    assert predicted is bool(ran.returncode), ran.stderr


@pytest.mark.parametrize("uses_of_it", [(True, True), (False, False), (True, False), (False, True)])
def test_one_archive_twice(program: Program, uses_of_it: tuple[bool, bool], tmp_path: Path) -> None:
    path = tmp_path / "libt.a"
    path.write_bytes(ar(("t.o", elf("count")), ("u.o", elf("other")), index=(("count", 0), ("other", 1))))
    (tmp_path / "main.o").write_bytes(uses("count", defines=["_start"]))
    main = object_input(Where(str(tmp_path / "main.o")), lambda: memoryview((tmp_path / "main.o").read_bytes()))
    with open_archive(str(path)) as archive:
        twice = (
            archive_input(archive, Where(str(path)), InputMode.WHOLE if is_whole else InputMode.ON_DEMAND)
            for is_whole in uses_of_it
        )
        link = Link((main, *twice))
        result = resolve(link, program.linker, program.release)
        assert compare(result, try_link(link, program, result.machine)) == ()


def test_another_shared_object_has_what_is_hidden(program: Program, tmp_path: Path) -> None:
    hidden = elf(Sym("helper", type=FUNC, visibility=HIDDEN))
    other = Shared(elf(Sym("helper", type=FUNC), sections=(TEXT, STACK_NOTE)))
    parts = (Obj(uses("use", defines=["_start"])), whole(hidden), Shared(uses("helper", defines=["use"])), other)
    assert agree(program, tmp_path, *parts) == set()
