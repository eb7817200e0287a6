"""Situations in other formats than ELF: WebAssembly, which node runs, and MinGW's COFF, which is only linked."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from tests.run_arfix import arfix
from tests.tools import find, need, output_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

pytestmark = pytest.mark.oracle


@dataclass(frozen=True)
class Foreign:
    """One situation.

    Attributes:
        name: Its identifier.
        members: Member name -> C source; `NAME.cpp.o` is C++.
        archives: Archive name -> its members, as words; all are read whole, in this order.
        prints: What the program's `run` returns; None where the link is refused.
        finds: `RULE SYMBOL` of what `check` reports as an error.
        imports: WebAssembly: what the host gives, as a JavaScript object.
    """

    name: str
    members: Mapping[str, str]
    archives: Mapping[str, str]
    prints: str | None = None
    finds: tuple[str, ...] = ()
    imports: str = field(default="{}")


RUN = '__attribute__((export_name("run"))) '
IMPORTED = '__attribute__((import_module("host"), import_name("now"))) int host_now(void);'
WASM = (
    Foreign(
        "names-of-the-linker",
        {
            "fill.o": "extern char __heap_base; void fill(int *a) { a[0] = &__heap_base != 0; a[3] = 2; }",
            "run.o": f"void fill(int *); {RUN}int run(void) {{ int a[4]; fill(a); return a[0] + a[3]; }}",
        },
        {"libfill.a": "fill.o", "librun.a": "run.o"},
        prints="3",
    ),
    Foreign(
        "imports-of-the-host",
        {"run.o": f"{IMPORTED} {RUN}int run(void) {{ return host_now() + 1; }}"},
        {"librun.a": "run.o"},
        prints="42",
        imports="{host: {now: () => 41}}",
    ),
    Foreign(
        "function-through-a-pointer",
        {
            "call.o": "int call(int (*f)(int)) { return f(4); }",
            "run.o": f"int call(int (*)(int)); static int twice(int a) {{ return 2 * a; }}"
            f" {RUN}int run(void) {{ return call(twice); }}",
        },
        {"librun.a": "run.o call.o"},
        prints="8",
    ),
    Foreign(
        "inline-function-of-two-members",
        {
            "a.cpp.o": 'struct S { int get() { return 4; } }; extern "C" int a() { return S().get(); }',
            "run.cpp.o": 'struct S { int get() { return 4; } }; extern "C" int a();'
            f' extern "C" {RUN}int run() {{ return a() + S().get(); }}',
        },
        {"liba.a": "a.cpp.o", "librun.a": "run.cpp.o"},
        prints="8",
    ),
    Foreign(
        "function-that-nothing-defines",
        {"run.o": f"int gone(void); {RUN}int run(void) {{ return gone(); }}", "b.o": "int b(void) { return 1; }"},
        {"librun.a": "run.o", "libb.a": "b.o"},
        finds=("undefined-symbol gone",),
    ),
    Foreign(
        "function-defined-twice",
        {
            "a.o": "int f(void) { return 1; }",
            "b.o": "int f(void) { return 2; }",
            "run.o": f"int f(void); {RUN}int run(void) {{ return f(); }}",
        },
        {"liba.a": "a.o", "libb.a": "b.o", "librun.a": "run.o"},
        finds=("duplicate-definition f",),
    ),
)
MAIN = "int main(void) { return run() == 0; }"
MINGW = (
    Foreign(
        "calls-into-the-runtime",
        {"run.o": '#include <stdio.h>\nint run(void) { return puts("x"); }', "main.o": f"int run(void); {MAIN}"},
        {"librun.a": "run.o", "libmain.a": "main.o"},
        prints="",
    ),
    Foreign(
        "comdat-of-two-members",
        {
            "a.cpp.o": 'struct S { int get() { return 4; } }; extern "C" int a() { return S().get(); }',
            "run.cpp.o": 'struct S { int get() { return 4; } }; extern "C" int a();'
            ' extern "C" int run() { return a() + S().get(); }',
            "main.o": f"int run(void); {MAIN}",
        },
        {"liba.a": "a.cpp.o", "librun.a": "run.cpp.o", "libmain.a": "main.o"},
        prints="",
    ),
    Foreign(
        "import-of-a-function-that-is-static",
        {
            "gd.o": "int gd(void) { return 1; }",
            "run.o": "__declspec(dllimport) int gd(void); int run(void) { return gd(); }",
            "main.o": f"int run(void); {MAIN}",
        },
        {"libgd.a": "gd.o", "librun.a": "run.o", "libmain.a": "main.o"},
        finds=("undefined-symbol __imp_gd",),
    ),
    Foreign(
        "function-defined-twice",
        {
            "a.o": "int f(void) { return 1; }",
            "b.o": "int f(void) { return 2; }",
            "run.o": "int f(void); int run(void) { return f(); }",
            "main.o": f"int run(void); {MAIN}",
        },
        {"liba.a": "a.o", "libb.a": "b.o", "librun.a": "run.o", "libmain.a": "main.o"},
        finds=("duplicate-definition f",),
    ),
)
#: Runs a module and prints what its `run` returns.
RUNNER = (
    "WebAssembly.instantiate(require('fs').readFileSync('x.wasm'), IMPORTS)"
    ".then(one => console.log(one.instance.exports.run()))"
)


def built(situation: Foreign, folder: Path, compiler: tuple[str, ...], archiver: str) -> None:
    """Compile everything with `-O0`, so that inline functions stay, and make the archives."""
    for name, text in situation.members.items():
        source = folder / f"{name}{'.cpp' if '.cpp' in name else '.c'}"
        source.write_text(text, encoding="utf-8")
        program = compiler[0].replace("gcc", "g++") if ".cpp" in name and "gcc" in compiler[0] else compiler[0]
        output_of(program, *compiler[1:], "-O0", "-w", "-c", "-o", folder / name, source)
    for name, members in situation.archives.items():
        output_of(archiver, "rcs", folder / name, *(folder / one for one in members.split()))


def assert_said(situation: Foreign, *words: str) -> None:
    """`check` finds what is wrong and nothing else, and fails exactly where the link does."""
    ran = arfix("check", *situation.archives, *words, "--json")
    errors = {f"{one['rule']} {one['symbol']}" for one in ran.json["findings"] if one["severity"] == "error"}
    assert errors == set(situation.finds)
    assert ran.code == (1 if situation.finds else 0)


@pytest.mark.parametrize("situation", WASM, ids=lambda one: one.name)
def test_webassembly(situation: Foreign, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clang = need("clang-19", "clang")
    monkeypatch.chdir(tmp_path)
    built(situation, tmp_path, (clang, "--target=wasm32"), need("llvm-ar-19", "llvm-ar"))
    link = [need("wasm-ld-19", "wasm-ld"), "--no-entry", "-o", "x.wasm", "--whole-archive", *situation.archives]
    ran = subprocess.run(link, capture_output=True, text=True, check=False)
    assert (ran.returncode == 0) == (situation.prints is not None), ran.stderr
    # A list without names says that nothing comes from elsewhere.
    (tmp_path / "nothing").write_text("# the host gives what is imported, and nothing else\n", encoding="utf-8")
    assert_said(situation, "--provider", "nothing", "--target", "exe")
    node = find("node", "nodejs")  # a large package, which only runs what was linked
    if situation.prints is not None and node is not None:
        assert output_of(node, "-e", RUNNER.replace("IMPORTS", situation.imports)).strip() == situation.prints


@pytest.mark.parametrize("situation", MINGW, ids=lambda one: one.name)
def test_mingw(situation: Foreign, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gcc = need("x86_64-w64-mingw32-gcc")
    monkeypatch.chdir(tmp_path)
    built(situation, tmp_path, (gcc,), need("x86_64-w64-mingw32-ar"))
    whole = ["-Wl,--whole-archive", *situation.archives, "-Wl,--no-whole-archive"]
    ran = subprocess.run([gcc, *whole, "-o", "x.exe"], capture_output=True, text=True, check=False)
    assert (ran.returncode == 0) == (situation.prints is not None), ran.stderr
    words = []
    for name in ("libmingw32.a", "libmingwex.a", "libmsvcrt.a", "libkernel32.a", "libgcc.a"):
        words += ["--provider", output_of(gcc, f"-print-file-name={name}").strip()]
    assert_said(situation, *words, "--target", "exe")
