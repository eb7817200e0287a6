"""What ld, gold, lld and mold make of symbols, case by case: prediction and linker say and export the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from arfix.archive.files import open_archive
from arfix.errors import Where
from arfix.linkage.compare import compare
from arfix.linkage.inputs import archive_input
from arfix.linkage.linkers import find_linker
from arfix.linkage.model import Link, Linker, Target
from arfix.linkage.resolve import resolve
from arfix.linkage.trial import try_link
from tests.ar_builder import ar
from tests.elf_builder import (
    ABS,
    COMMON,
    FUNC,
    HIDDEN,
    INTERNAL,
    OBJECT,
    PROTECTED,
    STACK_NOTE,
    UNDEF,
    UNIQUE,
    WEAK,
    Rel,
    Sec,
    Sym,
    elf,
)
from tests.linkage.links import uses
from tests.tools import need

if TYPE_CHECKING:
    from pathlib import Path

    from arfix.linkage.linkers import Program

pytestmark = pytest.mark.oracle

PROGRAMS = {
    Linker.LD: ("ld.bfd", "ld"),
    Linker.GOLD: ("ld.gold",),
    Linker.LLD: ("ld.lld",),
    Linker.MOLD: ("ld.mold", "mold"),
}


def grouped(signature: str, *symbols: Sym, calls: tuple[str, ...] = ()) -> bytes:
    """An object with one COMDAT group that defines the symbols and calls others."""
    section = f".text.{signature}"
    refer = tuple(Rel(8 * at, 4, name, -4) for at, name in enumerate(calls))
    text = Sec(section, bytes(8 * len(calls) + 8), flags=6, align=8, group=signature, relocations=refer)
    wanted = (Sym(name, UNDEF) for name in calls)
    return elf(Sym(signature, section, type=FUNC), *symbols, *wanted, sections=(text, STACK_NOTE))


def hides(name: str, visibility: int = HIDDEN) -> bytes:
    """An object that calls `name` as hidden."""
    text = Sec(".text", bytes(8), flags=6, align=8, relocations=(Rel(0, 4, name, -4),))
    return elf(f"calls_{name}", Sym(name, UNDEF, visibility=visibility), sections=(text, STACK_NOTE))


BLOCK = Sym("c", COMMON, type=OBJECT, size=8, value=8)
ONCE = elf(Sym("f", ".gnu.linkonce.t.f"), sections=(Sec(".gnu.linkonce.t.f", bytes(4), flags=6), STACK_NOTE))
BOUNDED = elf(Sym("t", "things", type=OBJECT), sections=(Sec("things", bytes(8), flags=2, align=8), STACK_NOTE))

#: Name of the case -> the members, in order.
CASES = {
    "strong twice": (elf("f"), elf("f", "g")),
    "strong three times": (elf("f"), elf("f"), elf("f")),
    "weak and strong": (elf(Sym("f", binding=WEAK)), elf("f")),
    "strong and weak": (elf("f"), elf(Sym("f", binding=WEAK))),
    "weak twice": (elf(Sym("f", binding=WEAK)), elf(Sym("f", binding=WEAK))),
    "unique twice": (elf(Sym("u", binding=UNIQUE)), elf(Sym("u", binding=UNIQUE))),
    "common twice": (elf(BLOCK), elf(BLOCK)),
    "common and weak": (elf(BLOCK), elf(Sym("c", binding=WEAK, type=OBJECT))),
    "absolute equal": (elf(Sym("a", ABS, value=5)), elf(Sym("a", ABS, value=5))),
    "absolute unequal": (elf(Sym("a", ABS, value=5)), elf(Sym("a", ABS, value=6))),
    "absolute and not": (elf(Sym("a", ABS, value=5)), elf("a")),
    "undefined": (uses("f"), uses("f", "g"), elf("g")),
    "undefined, nobody asks": (elf("x", Sym("ghost", UNDEF)),),
    "undefined, weak": (uses(weak=["f"]),),
    "undefined, weak and strong": (uses(weak=["f"]), uses("f")),
    "undefined, hidden": (hides("f"),),
    "undefined, in a debug section": (uses("f", section=".debug_info"),),
    "comdat twice": (grouped("f"), grouped("f")),
    "comdat, the lost copy asks": (grouped("f"), grouped("f", calls=("ghost",))),
    "comdat, the kept copy asks": (grouped("f", calls=("ghost",)), grouped("f")),
    "comdat and not": (grouped("f"), elf("f")),
    "linkonce twice": (ONCE, ONCE),
    "hidden reference": (elf("f", "g"), hides("f")),
    "protected reference": (elf("f", "g"), hides("f", PROTECTED)),
    "internal reference": (elf("f", "g"), hides("f", INTERNAL)),
    "hidden weak copy": (elf(Sym("ceil", binding=WEAK, visibility=HIDDEN)), elf("ceil", "floor")),
    "hidden weak copy of a weak one": (
        elf(Sym("ceil", binding=WEAK, visibility=HIDDEN)),
        elf(Sym("ceil", binding=WEAK)),
    ),
    "protected definition": (elf(Sym("f", visibility=PROTECTED)), elf(Sym("f", visibility=HIDDEN, binding=WEAK))),
    "bounds of a section": (uses("__start_things", "__stop_things", "__start_none"), BOUNDED),
    "names of the linker": (uses("_end", "_edata", "__bss_start", "__ehdr_start"),),
    "names of some linkers": (uses("__dso_handle", "__executable_start", "__init_array_start", "__etext", "_DYNAMIC"),),
    "names of no linker": (uses("_start", "main", "__libc_start_main"),),
    "text as a member": (elf("f"), b"only text\n", uses("ghost")),
    "archive as a member": (elf("f"), ar(("in.o", elf("inner"))), uses("inner")),
    "three that are no objects": (b"!<arch>\n", elf("f"), b"text\n", b"\0\1\2\3 binary"),
    "nothing as a member": (elf("f"), b"", uses("ghost")),
    "another machine": (elf("f"), elf("g", machine=183)),
}


@pytest.fixture(params=Linker, ids=lambda linker: linker.value)
def program(request: pytest.FixtureRequest) -> Program:
    return find_linker(need(*PROGRAMS[request.param]))


@pytest.mark.parametrize("target", [Target.EXECUTABLE, Target.PIE, Target.SHARED], ids=lambda target: target.value)
@pytest.mark.parametrize("case", CASES)
def test_prediction_and_linker_agree(case: str, target: Target, program: Program, tmp_path: Path) -> None:
    path = tmp_path / "libcase.a"
    path.write_bytes(ar(*((f"m{at}.o", data) for at, data in enumerate(CASES[case])), index=()))
    with open_archive(path) as archive:
        link = Link((archive_input(archive, Where(str(path))),), target)
        result = resolve(link, program.linker, program.release)
        trial = try_link(link, program, result.machine)
        assert [difference for difference in compare(result, trial) if not difference.silent] == [], trial


def test_mold_loses_what_is_no_object_in_silence(tmp_path: Path) -> None:
    program = find_linker(need("ld.mold", "mold"))
    path = tmp_path / "libnest.a"
    path.write_bytes(ar(("a.o", elf("f")), ("inner.a", ar(("in.o", elf("inner")))), index=(("f", 0),)))
    with open_archive(path) as archive:
        link = Link((archive_input(archive, Where(str(path))),), Target.SHARED)
        result = resolve(link, Linker.MOLD)
        trial = try_link(link, program, result.machine)
    assert trial.status == 0
    assert not trial.rejected
    assert [(one.name, one.silent) for one in compare(result, trial)] == [("libnest.a(inner.a)", True)]
