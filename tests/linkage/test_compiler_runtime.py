from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from arfix.linkage.compiler_runtime import Runtime, is_compiler_runtime, runtime_of
from arfix.stubs.knowledge import known_names
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


@pytest.mark.parametrize(
    ("library", "runtime", "share"),
    [
        ("libgcc.a", Runtime.LIBGCC, 0.4),  # the rest are helpers of its own, and tables
        ("libgcc_eh.a", Runtime.LIBGCC_EH, 0.9),
        ("libatomic.a", Runtime.LIBATOMIC, 0.9),
        ("libstdc++.a", Runtime.LIBSTDCXX, 0.95),
    ],
)
@pytest.mark.oracle
def test_each_runtime_has_names_of_its_own(library: str, runtime: Runtime, share: float) -> None:
    path = output_of(need("g++", "gcc"), f"-print-file-name={library}").strip()
    lines = output_of(need("nm"), "--defined-only", "--extern-only", "--format=just-symbols", path).splitlines()
    names = {line for line in lines if line and not line.endswith(":") and not line.startswith(("libat_", "DW.ref"))}
    found = [runtime_of(name) for name in names]
    assert found.count(runtime) > share * len(names)
    # What another runtime is said to define, this one must not.
    assert set(found) <= {runtime, None}


def test_the_cxx_abi_library_is_that_of_the_standard_library_in_use() -> None:
    assert runtime_of("__cxa_throw", ["_ZNSt6localeC1Ev"]) is Runtime.LIBSTDCXX
    assert runtime_of("__cxa_throw", ["_ZNSt3__16localeC1Ev"]) is Runtime.LIBCXXABI
    assert runtime_of("_Znwm", ["_ZNSt6__ndk16localeC1Ev"]) is Runtime.LIBCXXABI
    assert runtime_of("_ZNSt3__16localeC1Ev") is Runtime.LIBCXX
    assert runtime_of("__cxa_atexit") is None, "that is the C library's"


def test_what_is_given_is_not_named_again() -> None:
    assert runtime_of("__udivti3", given=["libgcc"]) is Runtime.COMPILER_RT
    assert runtime_of("__udivti3", given=["libgcc", "libclang_rt.builtins"]) is None
    assert runtime_of("__atomic_load_16", given=["libgcc"]) is Runtime.LIBATOMIC
    assert runtime_of("sin", given=["libm"]) is None
