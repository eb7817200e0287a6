"""A C++ function of the other string ABI is recognised, as g++ builds it; another function is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.run_arfix import arfix
from tests.tools import need, output_of

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.oracle

#: For each function how it is declared, called and defined; `wanted` is its name.
FUNCTIONS = {
    "parameter": (
        "int wanted(const std::string &);",
        'wanted("x")',
        "int wanted(const std::string &s) { return s.size(); }",
    ),
    "two": (
        "int wanted(std::string, std::string);",
        'wanted("x", "y")',
        "int wanted(std::string a, std::string b) { return a == b; }",
    ),
    "result": ("std::string wanted();", "wanted().size()", 'std::string wanted() { return "x"; }'),
    "member": (
        "namespace ns { struct S { int wanted(std::string); }; }",
        'ns::S().wanted("x")',
        "int ns::S::wanted(std::string s) { return s.size(); }",
    ),
}


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("other", [True, False])
def test_the_same_function_for_the_other_string(tmp_path: Path, function: str, *, other: bool) -> None:
    for tool in ("g++", "gcc", "ar"):
        need(tool)
    declared, called, defined = FUNCTIONS[function]
    unrelated = "int unwanted(const std::string &s) { return s.size(); }"
    (tmp_path / "use.cpp").write_text(f"#include <string>\n{declared}\nint use() {{ return {called}; }}\n")
    (tmp_path / "lib.cpp").write_text(f"#include <string>\n{declared}\n{defined if other else unrelated}\n")
    output_of("g++", "-c", "use.cpp", cwd=tmp_path)
    output_of("g++", "-D_GLIBCXX_USE_CXX11_ABI=0", "-c", "lib.cpp", cwd=tmp_path)
    for name in ("use", "lib"):
        output_of("ar", "rcs", f"lib{name}.a", f"{name}.o", cwd=tmp_path)
    archives = [str(tmp_path / f"lib{name}.a") for name in ("use", "lib")]
    libc = output_of("gcc", "-print-file-name=libc.so.6").strip()
    ran = arfix("check", *archives, "--provider", libc, "--target", "exe", "--json")
    (found,) = (one for one in ran.json["findings"] if "wanted" in (one["symbol"] or ""))
    assert ("the same function for the other ABI of std::string" in found["message"]) is other
    assert found["fix"] is None
