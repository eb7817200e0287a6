"""Kinds of symbols that meet in a link: common, hidden, thread-local and weak ones, and those of shared objects."""

from __future__ import annotations

import subprocess
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from arfix.linkline.driver import complete
from arfix.linkline.inputs import open_files
from arfix.linkline.read import read_command
from tests.oracle.lines import PROGRAMS, program_of
from tests.oracle.link_lines import differences
from tests.tools import need, output_of

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.oracle

_OBJECTS = {
    "start": ".globl _start\n_start: ret",
    "calls_g": ".globl _start\n_start: call g@PLT",
    "calls_g_h": ".globl _start\n_start: call g@PLT\ncall h@PLT",
    "weakly": ".globl _start\n.weak f\n_start: call f@PLT",
    "common": ".globl _start\n_start: call g@PLT\n.comm c,4,4",
    "function": ".globl c\n.type c,@function\nc: call missing@PLT",
    "variable": ".globl c\n.type c,@object\n.data\nc: .quad missing",
    "weak_variable": ".weak c\n.type c,@object\n.data\nc: .quad missing",
    "g": ".globl g\ng: ret",
    "calls_f": ".globl g\ng: call f@PLT",
    "f": ".globl f\n.type f,@function\nf: ret",
    "weak_f": ".weak f\n.type f,@function\nf: call missing@PLT",
    "thread_f": '.globl f\n.section .tdata,"awT"\n.type f,@object\nf: .long 1',
    "thread_user": ".globl h\n.type h,@function\nh: movq f@gottpoff(%rip),%rax",
    "asks_hidden": ".globl _start\n.hidden f\n_start: call f",
    "asks_protected": ".globl _start\n.protected f\n_start: call f",
    "asks_weak_hidden": ".globl _start\n.weak f\n.hidden f\n_start: call f",
    "asks_address": ".globl _start\n_start: mov $f,%eax",
    "versioned": ".globl _start\n.symver f_v,f@V\n_start: call f_v@PLT",
    "dead_call": '.section .text.dead,"ax"\n.globl g\ng: call f@PLT',
    "f_calls_h": ".globl f\n.type f,@function\nf: call h@PLT",
    "h": ".globl h\nh: call missing@PLT",
    "asks_default": ".globl _start\n_start: call f@PLT",
    "hidden_f": ".globl f\n.hidden f\n.type f,@function\nf: ret",
    "local_of_copy": '.section .text.h,"axG",@progbits,h,comdat\n.weak h\nh: ret\nlocal: ret\n.text\ncall local',
    "h_with_g": ".globl g, h\n.data\nh: .quad 0\n.text\ng: call missing@PLT",
    "unused_name": ".globl _start, f\n_start: ret",
    "copies": '.globl f\n.section .text.copy,"ax"\nf: ret',
    "dead": '.globl f\n.section .text.dead,"ax"\nf: call missing@PLT',
}
_ARCHIVES = {
    "function": ("g", "function"),
    "variable": ("g", "variable"),
    "weak_variable": ("g", "weak_variable"),
    "rest": ("f", "calls_f"),
    "f": ("f",),
    "weak_f": ("weak_f",),
    "mixed": ("thread_f", "thread_user", "weak_f", "g"),
    "h": ("h",),
    "first": ("g",),
    "second": ("h_with_g",),
    "strong_later": ("weak_f", "calls_f"),
}
#: Shared objects that need `f`, need it weakly, define it, define it weakly, and define it and need `h`.
_LIBRARIES = {"needs": "calls_f", "calls_h": "f_calls_h", "weakly": "weakly", "has": "f", "weakly_has": "weak_f"}
_LINES = """
common.o libfunction.a
common.o libvariable.a
common.o libweak_variable.a
weakly.o needs.so
needs.so weakly.o
start.o weakly.so libweak_f.a
calls_g.o needs.so --as-needed calls_h.so --no-as-needed libh.a
calls_g.o -u f needs.so --as-needed calls_h.so --no-as-needed libh.a
calls_g.o libstrong_later.a weakly_has.so
calls_g.o libstrong_later.a libf.a
-shared asks_hidden.o
-shared asks_protected.o
-shared asks_weak_hidden.o
--unresolved-symbols=ignore-all asks_hidden.o
--exclude-libs ALL start.o needs.so libf.a
--exclude-libs ALL needs.so calls_g.o libf.a
-shared --exclude-libs ALL f.o --whole-archive libweak_f.a
--gc-sections start.o dead_call.o needs.so
-shared asks_address.o
unused_name.o needs.so
--gc-sections start.o dead.o has.so
--gc-sections start.o dead.o needs.so
--gc-sections start.o dead.o weakly.so
--gc-sections start.o dead.o --as-needed has.so needs.so
asks_default.o has.so hidden_f.o
start.o needs.so hidden_f.o --as-needed has.so
-shared versioned.o
-shared --version-script=lists_f.map start.o libf.a
-shared --version-script=hides_f.map start.o
has.so asks_weak_hidden.o calls_f.o
--exclude-libs ALL start.o needs_offline.so libf.a
-shared -z defs --gc-sections --version-script=local.map calls_g.o
--gc-sections start.o copies.o copies.o
-r start.o f.o f.o
--gc-sections calls_g_h.o libfirst.a libsecond.a
--gc-sections weakly.o dead_call.o
-u f weakly.o
-r --defsym d=missing start.o
-r local_of_copy.o local_of_copy.o
start.o local_of_copy.o local_of_copy.o
--gc-sections start.o local_of_copy.o local_of_copy.o
--warn-unresolved-symbols calls_g.o f.o f.o
--wrap f calls_g.o calls_f.o libweak_f.a
calls_g_h.o libmixed.a
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the objects, archives and shared objects."""
    made = tmp_path_factory.mktemp("kinds")
    note = '.section .note.GNU-stack,"",@progbits'
    for name, text in _OBJECTS.items():
        (made / f"{name}.s").write_text(f"{text}\n{note}\n", "utf-8")
        output_of(need("as"), "-o", f"{name}.o", f"{name}.s", cwd=made)
    for name, members in _ARCHIVES.items():
        output_of(need("ar"), "crsD", f"lib{name}.a", *(f"{one}.o" for one in members), cwd=made)
    for name, member in _LIBRARIES.items():
        output_of(need("ld.bfd", "ld"), "-shared", "-o", f"{name}.so", f"{member}.o", cwd=made)
    output_of(need("ld.bfd", "ld"), "-shared", "-o", "needs_offline.so", "calls_f.o", "has.so", cwd=made)
    for name, text in {"local": "local: *;", "lists_f": "global: f;", "hides_f": "local: f;"}.items():
        (made / f"{name}.map").write_text(f"{{ {text} }};", "utf-8")
    return made


@pytest.mark.parametrize("word", PROGRAMS)
def test_kinds_of_symbols(word: str, folder: Path) -> None:
    program = program_of(word)
    lines = [line for line in _LINES.split("\n") if line]
    assert [(line, found) for line in lines if (found := differences(line.split(), program, folder))] == []


@pytest.mark.parametrize("word", PROGRAMS)
@pytest.mark.parametrize("option", ["-Bstatic", "-static"])
def test_shared_objects_by_path_in_static_links(word: str, option: str, folder: Path) -> None:
    program = program_of(word)
    words = [program.path, option, "start.o", "has.so"]
    command = complete(read_command(words, str(folder)))
    with ExitStack() as stack:
        errors = open_files(command, stack).errors
    ran = subprocess.run([*words, "-o", "out"], cwd=folder, capture_output=True, check=False, timeout=60)
    assert bool(errors) is bool(ran.returncode)


def test_gold_searches_what_is_between_start_lib_and_end_lib_again(folder: Path) -> None:
    line = ["calls_g.o", "--start-lib", "f.o", "calls_f.o", "--end-lib"]
    assert differences(line, program_of("gold"), folder) == ()
