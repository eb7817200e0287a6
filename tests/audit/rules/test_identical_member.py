from __future__ import annotations

from arfix.audit.finding import Safety
from tests.audit.libraries import findings, fixes, library
from tests.elf_builder import INIT_ARRAY, STACK_NOTE, TEXT, Sec, elf


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


def test_a_copy_with_a_constructor_is_removed_only_on_request() -> None:
    """Both constructors run today, so that a program may count two."""
    acts = elf("f", sections=(TEXT, Sec(".init_array", bytes(8), type=INIT_ARRAY), STACK_NOTE))
    (found,) = findings("identical-member", library(("w.o", acts), ("w.o", acts)))
    assert found.fix is not None
    assert found.fix.safety is Safety.UNSAFE
    assert found.fix.costs == (".init_array of w.o#2 is linked once, not twice",)
