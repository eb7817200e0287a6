"""Link lines as the command reader understands them, against the members that linkers themselves report."""

from __future__ import annotations

import re
from itertools import permutations
from typing import TYPE_CHECKING

import pytest

from arfix.linkage.model import Linker
from arfix.linkline.options import find_option
from tests.elf_builder import elf
from tests.oracle.lines import PROGRAMS, program_of
from tests.oracle.link_lines import (
    differences,
    fails,
    linked,
    make_dependent_libraries,
    make_files,
    make_garbage,
    make_line,
    make_scripts,
    make_wrapped_files,
    predicted,
)
from tests.tools import find, need, output_of

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.oracle

#: GNU ld and every lld: their maps say which member enters, for which symbol and by whom.
_TOLD = [word for word in PROGRAMS if word not in ("gold", "mold")]
_HELP = ("ld.bfd", "ld.gold", "ld.lld", "ld.lld-19", "mold", "wasm-ld-19")


@pytest.mark.parametrize("word", _TOLD)
@pytest.mark.parametrize("seed", range(12))
def test_members_undefined_and_duplicates_of_a_line(word: str, seed: int, tmp_path: Path) -> None:
    _check(word, seed, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("word", _TOLD)
@pytest.mark.parametrize("seed", range(12, 24))
def test_more_lines(word: str, seed: int, tmp_path: Path) -> None:
    _check(word, seed, tmp_path)


def _check(word: str, seed: int, folder: Path) -> None:
    program = program_of(word)
    chance = make_files(folder, seed)
    words = make_line(chance, program.linker)
    assert predicted(words, program, folder) == linked(words, program, folder), " ".join(words)


@pytest.mark.parametrize("word", PROGRAMS)
def test_libraries_that_count_only_as_needed(word: str, tmp_path: Path) -> None:
    """In every order; a library that needs `f` may record that libs.so has it (libt.so), or not (libn.so)."""
    program = program_of(word)
    make_dependent_libraries(tmp_path)
    orders = [
        *([first, *rest] for first in ("-lt", "-ln") for rest in permutations(("-ls", "main.o", "k.o"))),
        *(["main.o", *rest] for library in ("-lt", "-ln") for rest in permutations(("-ls", library, "k.o"))),
        ["-(", "-ls", "-lt", "main.o", "k.o", "-)"],
        ["main.o", "-ls", "-(", "-ln", "k.o", "-)"],
        *(["w.o", *rest] for rest in permutations(("-ls", "-ln"))),
        ["main.o", "-ls", "-lt", "k.o", "--no-as-needed", "-ls"],
        *(["-u", "f", *rest, "k.o"] for rest in permutations(("-ls", "main.o", "-lt"))),
        ["-u", "f", "-ls", "-ln", "main.o", "k.o"],
        ["-e", "f", "main.o", "-ls", "-lt", "k.o"],
    ]
    if program.linker is not Linker.LD:
        orders = orders[::4]
    _agree([" ".join(["-L.", "--as-needed", *words]) for words in orders], word, tmp_path)


_WRAPPED = """
use.o def.o
use.o wrap.o def.o
use.o wrapreal.o
use.o wrapreal.o def.o
use.o selfwrap.o
use.o libdef.a libwrapreal.a
use.o libwrapreal.a libdef.a
use.o libwrap.a libdef.a
useg.o defuse.o
useg.o libdefuse.a libwrap.a
weakuse.o
weakuse.o libwrap.a
realonly.o
realonly.o libdef.a
wrapuse.o libdef.a
use.o wrap.o libdef.so
use.o libwrap.so
use.o libwrapreal.so
use.o libwrapreal.so libdef.a
useh.o libh.so def.o
useh.o libh.so libwrap.a
useh.o libh.so libdef.a libwrap.a
-u f use.o libdef.a libwrap.a
use.o wrap.o selfwrap.o
-shared use.o -z defs
"""

_COLLECTED = """
dead.o
hidden.o
useg.o liblib.a
start.o cb.o
init.o
named.o
bound.o
table.o
whole.o
note.o
retain.o
cpp.o
-u dead dead.o
-e dead dead.o
-shared -z defs dead.o
-shared -z defs hidden.o
-pie dead.o
-pie --export-dynamic dead.o
--export-dynamic dead.o
--defsym=xx=dead dead.o
uselib.o cb.o libneeds.so
"""

_REQUIRED = """
--require-defined=zz use.o def.o
--require-defined=f use.o libdef.a
--require-defined=f use.o libdef.so
--require-defined=zz -r use.o
--require-defined=zz --defsym=zz=1 use.o def.o
--require-defined=f weakuse.o
--require-defined=zz --unresolved-symbols=ignore-all use.o def.o
"""

#: Symbols in expressions; weak references pull no member, and shared objects give only mold their addresses.
_EVALUATED = """
use.o def.o --defsym=q=zz
use.o libdef.a --defsym=q=f
use.o libdef.a --defsym=q=0x10
weakuse.o --defsym=q=f
--defsym=q=f weakuse.o libdef.a
useg.o defuse.o libdef.so --defsym=q=f
useg.o --defsym=g=f libdef.so
-shared use.o --defsym=q=f
-pie use.o libdef.a --defsym=q=_end
"""


_SCRIPTED = """
-shared near.o
-shared near.o --version-script=some.map
-shared near.o --version-script=open.map
-shared near.o --version-script=missing.map
-shared near.o --version-script=missing.map --undefined-version
-shared near.o --version-script=missing.map --no-undefined-version
-shared near.o --dynamic-list=some.list
-shared near.o --dynamic-list=all.list
-shared near.o -Bsymbolic
-shared near.o -Bsymbolic-functions
-shared versions.o
-shared versions.o --version-script=both.map
-shared versions.o --version-script=first.map
outside.o
outside.o assigns.ld
-T assigns.ld outside.o
-T layout.ld outside.o
-T layout.ld outside.o --gc-sections
-T layout.ld -u kept outside.o --gc-sections
-T layout.ld end.o
-T inserted.ld end.o
outer.o libinner.so
-pie outer.o libinner.so
-shared outer.o libinner.so
-shared address.o
-shared -z text address.o
-pie -z notext address.o near.o
-pie -z text -z notext address.o near.o
"""


@pytest.fixture(scope="module")
def garbage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("garbage")
    make_garbage(folder)
    return folder


@pytest.mark.parametrize("word", PROGRAMS)
def test_references_that_are_wrapped(word: str, tmp_path: Path) -> None:
    make_wrapped_files(tmp_path)
    _agree([f"--wrap=f {line}" for line in _WRAPPED.split("\n") if line], word, tmp_path)


@pytest.mark.parametrize("word", PROGRAMS)
def test_what_only_sections_need_that_are_left_out(word: str, garbage: Path) -> None:
    _agree([f"--gc-sections {line}" for line in _COLLECTED.split("\n") if line], word, garbage)


@pytest.mark.parametrize("word", [word for word in PROGRAMS if word != "mold"])
def test_scripts(word: str, tmp_path: Path) -> None:
    make_scripts(tmp_path)
    lines = [line for line in _SCRIPTED.split("\n") if line]
    # gold refuses the layout itself, which leaves no room for its headers, and INSERT.
    _agree(
        [line for line in lines if word != "gold" or ("-T layout" not in line and "-T ins" not in line)], word, tmp_path
    )


@pytest.mark.parametrize("word", ["ld", "mold"])
def test_symbols_that_must_be_defined(word: str, tmp_path: Path) -> None:
    make_wrapped_files(tmp_path)
    _agree([line for line in _REQUIRED.split("\n") if line], word, tmp_path)


#: `libn.so` needs `f`. Weak references of objects, and for GNU ld roots, silence the check. `libt.so` records that
#: libs.so has it: GNU ld looks for that in few folders, and does not let objects use it, not even in removed sections.
_LACKING = """
m.o libn.so --unresolved-symbols=ignore-all
m.o libn.so --unresolved-symbols=ignore-in-object-files
m.o libn.so --unresolved-symbols=ignore-in-shared-libs
m.o libn.so --unresolved-symbols=report-all
m.o libn.so --warn-unresolved-symbols
m.o libn.so --unresolved-symbols=ignore-all --no-allow-shlib-undefined
m.o libn.so --warn-unresolved-symbols --no-allow-shlib-undefined
m.o libn.so --no-allow-shlib-undefined
m.o libn.so libs.so --no-allow-shlib-undefined
w.o libn.so --no-allow-shlib-undefined
m.o libn.so --allow-shlib-undefined --unresolved-symbols=report-all
m.o libt.so
m.o libt.so -L.
m.o libt.so -rpath-link .
m.o libt.so -rpath-link=/none:.
m.o libt.so -rpath .
m.o libt.so -rpath /none
m.o libt.so -rpath $ORIGIN
m.o libt.so -R .
-shared m.o libt.so
dead.o libt.so
dead.o libt.so -rpath-link .
--gc-sections dead.o libt.so -rpath-link .
--gc-sections dead.o libt.so libs.so
-shared --gc-sections dead.o libt.so -rpath-link .
m.o libn.so
m.o libn.so libs.so
m.o --allow-shlib-undefined libn.so
-shared m.o libn.so
-shared --no-allow-shlib-undefined m.o libn.so
w.o libn.so
-u f m.o libn.so
k.o m.o libn.so
"""


@pytest.mark.parametrize("word", PROGRAMS)
def test_what_a_shared_object_lacks(word: str, tmp_path: Path) -> None:
    make_dependent_libraries(tmp_path)
    (tmp_path / "m.o").write_bytes(elf("_start", "?h"))
    text = '.globl _start\n_start: call h@PLT\n.section .text.dead,"ax"\ncall f@PLT\n'
    (tmp_path / "dead.s").write_text(text, "utf-8")
    output_of(need("as"), "-o", tmp_path / "dead.o", tmp_path / "dead.s")
    program = program_of(word)
    lines = [line for line in _LACKING.split("\n") if line]
    _agree(lines, word, tmp_path)
    assert [(line, found) for line in lines if (found := differences(line.split(), program, tmp_path))] == []


@pytest.mark.parametrize("word", PROGRAMS)
def test_symbols_in_expressions(word: str, tmp_path: Path) -> None:
    make_wrapped_files(tmp_path)
    lines = [line for line in _EVALUATED.split("\n") if line]
    _agree(lines, word, tmp_path)


def _agree(lines: list[str], word: str, folder: Path) -> None:
    program = program_of(word)
    found = {line: fails(line.split(), program, folder) for line in lines}
    assert [line for line, (predicted, failed) in found.items() if predicted is not failed] == []


@pytest.mark.parametrize("name", [name for name in _HELP if find(name)])
def test_every_option_that_a_linker_lists_is_known(name: str) -> None:
    listed = output_of(need(name), "--help")
    options = [word for line in listed.splitlines() for word in _options_in(line)]
    assert len(options) > 50
    assert [word for word in options if find_option(word) is None] == []


def _options_in(line: str) -> list[str]:
    """Return the options that one line of a help text begins with: `  -o FILE, --output FILE   Set ...`."""
    if not re.match(r" {1,5}-", line):
        return []
    spelt = re.split(r"  ", line.strip())[0].split(", ")
    words = [re.split(r"[<\[ ]", one.strip())[0] for one in spelt]
    return [word for word in words if word.startswith("-") and word.strip("-")]
