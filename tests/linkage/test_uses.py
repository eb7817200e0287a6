from __future__ import annotations

import pytest

from arfix.formats.elf.file import Elf
from arfix.linkage.uses import used_names
from tests.elf_builder import ALLOC, EXEC, STACK_NOTE, UNDEF, Rel, Sec, Sym, elf
from tests.linkage.links import uses

EXCLUDE = 0x80000000


def asked(
    data: bytes, *, without: tuple[int, ...] = (), loaded_only: bool = False, count_none: bool = True
) -> set[str]:
    found = used_names(Elf(memoryview(data)), without=without, loaded_only=loaded_only, count_none=count_none)
    return set(found)


def refers(section: Sec, **options: int | str) -> bytes:
    return elf(Sym("f", UNDEF), Sym("unasked", UNDEF), sections=(section, STACK_NOTE), **options)


def test_what_relocations_ask_for() -> None:
    assert asked(uses("f", "g", defines=["h"])) == {"f", "g"}


def test_sections_out_of_the_link_do_not_ask() -> None:
    assert asked(uses("f"), without=(1,)) == set()
    assert asked(refers(Sec(".x", bytes(8), flags=ALLOC | EXCLUDE, relocations=(Rel(0, 1, "f"),)))) == set()


def test_sections_that_are_not_loaded_ask_where_that_counts() -> None:
    data = uses("f", section=".debug_info")
    assert asked(data) == {"f"}
    assert asked(data, loaded_only=True) == set()


def test_the_type_none_asks_where_that_counts() -> None:
    data = refers(Sec(".text", bytes(8), flags=ALLOC | EXEC, relocations=(Rel(0, 0, "f"),)))
    assert asked(data) == {"f"}
    assert asked(data, count_none=False) == set()


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(("machine", "bits"), [(62, 64), (3, 32), (20, 32), (21, 64)])
def test_every_layout(order: str, machine: int, bits: int) -> None:
    section = Sec(".text", bytes(8), flags=ALLOC | EXEC, relocations=(Rel(0, 1, "f"),))
    assert asked(refers(section, machine=machine, bits=bits, order=order)) == {"f"}
