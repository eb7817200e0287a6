from __future__ import annotations

from tests.audit.libraries import findings, library
from tests.elf_builder import elf


def test_one_finding_for_each_shared_name() -> None:
    members = [(name, elf(symbol)) for name, symbol in (("x.o", "a"), ("y.o", "b"), ("x.o", "c"), ("x.o", "d"))]
    (found,) = findings("duplicate-member-name", library(*members))
    assert found.member == "x.o"
    assert found.message.startswith("3 members")
    assert found.related == ("libx.a(x.o#1)", "libx.a(x.o#2)", "libx.a(x.o#3)")


def test_different_names_are_clean() -> None:
    assert findings("duplicate-member-name", library(("x.o", elf("a")), ("y.o", elf("b")))) == []
