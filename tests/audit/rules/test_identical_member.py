from __future__ import annotations

from tests.audit.libraries import findings, fixes, library
from tests.elf_builder import elf


def test_a_copy_is_told_whatever_its_name() -> None:
    one, other = elf("one"), elf("two")
    found = findings("identical-member", library(("x.o", one), ("y.o", other), ("z.o", one), ("x.o", one)))
    assert [(copy.member, copy.related) for copy in found] == [
        ("z.o", ("libx.a(x.o)",)),
        ("x.o#2", ("libx.a(x.o)",)),
    ]
    assert fixes(found) == ["arfix strip libx.a z.o", "arfix strip libx.a 'x.o#2'"]


def test_same_size_is_not_same_bytes() -> None:
    assert findings("identical-member", library(("x.o", elf("one")), ("y.o", elf("two")))) == []


def test_copies_that_define_nothing_do_no_harm() -> None:
    assert findings("identical-member", library(("x.o", elf("?a")), ("y.o", elf("?a")))) == []
