from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arfix.symbols.demangled import demangle, looks_demangled, mangled_names
from tests.tools import need, output_of


@pytest.mark.parametrize(
    ("mangled", "written"),
    [
        ("_ZN2ns1fEi", "ns::f(int)"),
        ("__ZN2ns1fEi", "ns::f(int)"),
        ("_ZTVN2ns1AE", "vtable for ns::A"),
        ("_Z1fv@@V1", "f()@@V1"),
        ("_ZN4core3fmt9Formatter3pad17h1234567890abcdefE", "core::fmt::Formatter::pad::h1234567890abcdef"),
        ("printf", None),
        ("_Znot mangled", None),
        ("_Z", None),
    ],
)
def test_names_of_cxx_and_rust(mangled: str, written: str | None) -> None:
    assert demangle(mangled) == written


@given(st.text(max_size=60))
def test_no_name_stops_it(text: str) -> None:
    demangle(f"_Z{text}")
    demangle(f"_R{text}")


def test_a_written_name_means_the_symbols_that_have_it() -> None:
    names = ["_ZN2ns1fEi", "_ZN2ns1fEd", "_ZN2ns1gEv", "main", "_ZN1a1b17h1234567890abcdefE", "_Z1hv@@V1"]
    assert mangled_names("ns::f(int)", names) == ("_ZN2ns1fEi",)
    assert mangled_names("ns::f( int )", names) == ("_ZN2ns1fEi",)
    assert mangled_names("ns::f", names) == ("_ZN2ns1fEd", "_ZN2ns1fEi")
    assert mangled_names("a::b", names) == ("_ZN1a1b17h1234567890abcdefE",)
    assert mangled_names("h()", names) == ("_Z1hv@@V1",)
    assert mangled_names("ns::k()", names) == ()
    assert mangled_names("main", names) == ("main",)
    assert not looks_demangled("main")


@pytest.mark.oracle
def test_names_are_those_of_gnu_ld(tmp_path: object) -> None:
    folder = str(tmp_path)
    source = (
        "#include <string>\n#include <vector>\nnamespace ns { struct A { A(int); ~A(); operator bool() const; };\n"
        "int f(const std::string &, std::vector<A *>); template <class T> T g(T, T (*)(T)); }\n"
        "int h() { ns::A a(1); return a && ns::f({}, {}) + ns::g<long>(1, nullptr); }\n"
    )
    with open(f"{folder}/a.cpp", "w", encoding="utf-8") as file:  # noqa: PTH123 (a plain string)
        file.write(source)
    output_of(need("g++"), "-c", "a.cpp", cwd=folder)
    ran = subprocess.run(
        [need("ld.bfd", "ld"), "-shared", "-z", "defs", "a.o"], cwd=folder, capture_output=True, text=True, check=False
    )
    said = {line.partition("undefined reference to `")[2][:-1] for line in ran.stderr.splitlines() if "`" in line}
    names = output_of(need("nm"), "-u", "--format=just-symbols", "a.o", cwd=folder).split()
    found = {demangle(name) for name in names if "2ns" in name and name.startswith("_ZN")}
    assert len(found) == 5
    assert found <= said
    assert all(mangled_names(str(one), names) for one in found)


def test_a_run_without_mangled_names_does_not_import_lief() -> None:
    code = (
        "import sys; from arfix.symbols.demangled import demangle, mangled_names; demangle('printf');"
        "mangled_names('main', ['main']); sys.exit('lief' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
