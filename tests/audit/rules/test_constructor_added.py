from __future__ import annotations

import pytest

from arfix.audit.settings import Settings
from tests.audit.libraries import findings, library
from tests.elf_builder import ALLOC, INIT_ARRAY, STACK_NOTE, TEXT, WRITE, Sec, elf


@pytest.mark.parametrize(("name", "kind"), [(".init_array", INIT_ARRAY), (".ctors.00099", 1), (".preinit_array", 16)])
def test_a_constructor_is_told(name: str, kind: int) -> None:
    data = elf("x", sections=(TEXT, Sec(name, bytes(8), type=kind, flags=ALLOC | WRITE), STACK_NOTE))
    (found,) = findings("constructor-added", library(("a.o", elf("a")), ("x.o", data)))
    assert found.member == "x.o"
    assert found.message.startswith(name)


def test_an_empty_section_runs_nothing() -> None:
    data = elf("x", sections=(TEXT, Sec(".init_array", type=INIT_ARRAY)))
    assert findings("constructor-added", library(("x.o", data))) == []


def test_on_demand_nothing_is_added() -> None:
    data = elf("x", sections=(TEXT, Sec(".init_array", bytes(8), type=INIT_ARRAY)))
    settings = Settings(("libx.a",), on_demand=True)
    assert findings("constructor-added", library(("x.o", data), settings=settings)) == []
