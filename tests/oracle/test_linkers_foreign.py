"""Objects that are no ELF: WebAssembly with wasm-ld, COFF with MinGW's GNU ld."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from arfix.errors import Where
from arfix.linkage.inputs import object_input
from arfix.linkage.model import Link, LinkResult
from arfix.linkage.resolve import resolve
from tests.tools import need, output_of

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.oracle


def compiled(folder: Path, name: str, source: str, *command: str) -> Path:
    (folder / name).write_text(source, encoding="utf-8")
    output_of(*command, "-O1", "-c", "-o", folder / f"{name}.o", folder / name)
    return folder / f"{name}.o"


def predicted(*paths: Path) -> LinkResult:
    units = ((path, memoryview(path.read_bytes())) for path in paths)
    return resolve(Link(tuple(object_input(Where(str(path)), lambda view=view: view) for path, view in units)))  # type: ignore[misc]  # the lambda's default


WASM = {
    "stack": ("void fill(int*); int sum(void){int a[4]; fill(a); return a[0];} void fill(int*a){*a=1;}", True),
    "heap": ("extern char __heap_base, __data_end; long f(void){return &__heap_base - &__data_end;}", True),
    "table": ("int call(int(*f)(int)){return f(1);}", True),
    "import": (
        '__attribute__((import_module("host"),import_name("now"))) int host_now(void); int t(void){return host_now();}',
        True,
    ),
    "missing": ("int elsewhere(void); int t(void){return elsewhere();}", False),
    "missing data": ("extern int elsewhere; int t(void){return elsewhere;}", False),
}


@pytest.mark.parametrize("case", WASM)
def test_what_wasm_ld_makes_itself_and_what_the_host_gives(case: str, tmp_path: Path) -> None:
    source, is_fine = WASM[case]
    path = compiled(tmp_path, "a.c", source, need("clang-19", "clang"), "--target=wasm32-wasi")
    words = [need("wasm-ld-19", "wasm-ld"), "--no-entry", "--export-all", "-o", str(tmp_path / "x.wasm"), str(path)]
    ran = subprocess.run(words, capture_output=True, check=False)
    assert (ran.returncode == 0) is is_fine, ran.stderr
    assert (not predicted(path).errors) is is_fine


COFF = {
    "inline functions": ("inline int f(){static int n; return n++;} int %s(){return f();}", True),
    "templates": ("template<class T> T g(T a){return a;} int %s(){return g(1);}", True),
    "function twice": ("int same(){return 1;} int %s(){return 2;}", False),
    "variable of another object": ("extern int shared_one; int %s(){return shared_one;} int own_%s;", None),
}


@pytest.mark.parametrize("case", COFF)
@pytest.mark.parametrize("compiler", ["x86_64-w64-mingw32-g++", "clang-19"])
def test_copies_of_one_section_meet_in_windows_objects(case: str, compiler: str, tmp_path: Path) -> None:
    source, is_fine = COFF[case]
    command = [need(compiler), *(["--target=x86_64-w64-mingw32"] if "clang" in compiler else [])]
    paths = [compiled(tmp_path, f"{n}.cpp", source.replace("%s", n), *command) for n in ("a", "b")]
    words = [need("x86_64-w64-mingw32-ld"), "-e", "0", "-o", tmp_path / "x.exe", *paths]
    ran = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False)
    result = predicted(*paths)
    assert ("multiple definition" in ran.stderr) is bool(result.clashes), ran.stderr
    assert ("undefined reference" in ran.stderr) is bool(result.errors), ran.stderr
    assert is_fine is None or is_fine is not bool(result.clashes)
