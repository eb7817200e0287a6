"""What compilers emit for calls, addresses, variables and thread-local variables is told apart on every machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from arfix.formats.elf.file import Elf
from arfix.symbols.references import ReferenceKind, read_reference_kinds
from tests.tools import need, output_of

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.oracle

SOURCE = """
extern int variable, array[]; extern int function(int); extern __thread int local; extern void callback(void);
void (*table[])(void) = {callback}; int *pointer = &variable;
int use(int x) { return function(x) + variable + local; }
int tail(int x) { return function(x + 1); }
int element(int i) { return array[i]; }
void call(void) { callback(); }
"""
COMPILERS = [
    "gcc",
    "clang-19",
    "i686-linux-gnu-gcc",
    "arm-linux-gnueabihf-gcc",
    "aarch64-linux-gnu-gcc",
    "riscv64-linux-gnu-gcc",
    "mips-linux-gnu-gcc",
    "mips64el-linux-gnuabi64-gcc",
    "powerpc-linux-gnu-gcc",
    "powerpc64-linux-gnu-gcc",
    "powerpc64le-linux-gnu-gcc",
    "s390x-linux-gnu-gcc",
    "sparc64-linux-gnu-gcc",
]
NAMES = ("function", "variable", "array", "local", "callback")


@pytest.mark.parametrize("flags", ["-fno-pic", "-fPIC", "-fPIC -fno-plt", "-fPIE -O0"])
@pytest.mark.parametrize("compiler", COMPILERS)
def test_kinds_of_references(tmp_path: Path, compiler: str, flags: str) -> None:
    source = tmp_path / "a.c"
    source.write_text(SOURCE)
    output_of(need(compiler), "-O2", *flags.split(), "-c", str(source), "-o", str(tmp_path / "a.o"))
    kinds = read_reference_kinds(Elf(memoryview((tmp_path / "a.o").read_bytes())), NAMES)
    assert ReferenceKind.THREAD_LOCAL in kinds["local"]
    assert ReferenceKind.CALL not in kinds["variable"] | kinds["array"] | kinds["local"]
    assert kinds["callback"] - {ReferenceKind.CALL}, "its address stands in a table, too"
    if "-fno-plt" not in flags:  # some machines load the address of every function then
        assert kinds["function"] == {ReferenceKind.CALL}
