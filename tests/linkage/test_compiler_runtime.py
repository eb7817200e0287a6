from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from arfix.linkage.compiler_runtime import is_compiler_runtime
from arfix.objects.stub.knowledge import known_names
from tests.tools import need, output_of

if TYPE_CHECKING:
    from pathlib import Path

#: Calls that no machine has an instruction for; without hardware floating point, which each compiler is told.
SOURCE = """
long long quotient(long long a, long long b) { return a / b; }
unsigned remainder_of(unsigned a, unsigned b) { return a % b; }
double product(double a, double b) { return a * b; }
float narrow(double a) { return a; }
long long whole(double a) { return a; }
double from(unsigned long long a) { return a; }
int less(double a, double b) { return a < b; }
int bits(unsigned long long a) { return __builtin_popcountll(a); }
"""


@pytest.mark.parametrize(
    "name",
    [
        "__aeabi_ddiv",
        "__udivdi3",
        "__divti3",
        "__mulvsi3",
        "__ashldi3",
        "__popcountdi2",
        "__fixunsdfsi",
        "__extendsfdf2",
    ],
)
def test_calls_of_the_compiler_are_known(name: str) -> None:
    assert is_compiler_runtime(name)


@pytest.mark.parametrize("name", ["openlog", "div", "ffs", "__errno", "__syslog_chk", "__divider", "__adddate"])
def test_other_names_are_not_taken_for_them(name: str) -> None:
    assert not is_compiler_runtime(name)


def test_no_function_of_posix_is_taken_for_them() -> None:
    assert [name for name in known_names() if is_compiler_runtime(name)] == []


@pytest.mark.oracle
@pytest.mark.parametrize("compiler", ["arm-none-eabi-gcc", "riscv64-unknown-elf-gcc", "or1k-elf-gcc"])
def test_all_that_a_compiler_calls_is_known(compiler: str, tmp_path: Path) -> None:
    source, made = tmp_path / "a.c", tmp_path / "a.o"
    source.write_text(SOURCE)
    output_of(need(compiler), "-c", "-O1", "-o", made, source)
    called = output_of(need("nm"), "--undefined-only", "--format=just-symbols", made).split()
    assert called
    assert [name for name in called if not is_compiler_runtime(name)] == []
