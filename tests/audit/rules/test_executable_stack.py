from __future__ import annotations

import pytest

from tests.audit.libraries import findings, library
from tests.elf_builder import EXEC, STACK_NOTE, TEXT, Sec, elf


def test_an_object_without_the_note() -> None:
    bare = elf("x", sections=(TEXT,))
    (found,) = findings("executable-stack", library(("a.o", elf("a")), ("x.o", bare)))
    assert found.member == "x.o"
    assert "no .note.GNU-stack" in found.message


def test_a_note_that_asks_for_it() -> None:
    asks = elf("x", sections=(TEXT, Sec(".note.GNU-stack", flags=EXEC)))
    (found,) = findings("executable-stack", library(("x.o", asks)))
    assert "asks for" in found.message


@pytest.mark.parametrize(("machine", "count"), [(3, 1), (40, 1), (183, 0), (243, 0)])
def test_what_absence_means_depends_on_the_machine(machine: int, count: int) -> None:
    data = elf("x", sections=(TEXT,), machine=machine)
    assert len(findings("executable-stack", library(("x.o", data)))) == count


def test_the_note_keeps_the_stack_safe() -> None:
    assert findings("executable-stack", library(("x.o", elf("x", sections=(TEXT, STACK_NOTE))), ("t", b"t\n"))) == []
