"""`dataclasses.replace(archive, members=...)` keeps the index right: each entry leads to the member that it led to."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

import arfix
from tests.elf_builder import elf

if TYPE_CHECKING:
    from collections.abc import Callable

#: Objects that define one symbol, some of them the same one, and a text.
POOL = [*(arfix.Member.new(f"{name}.o", elf(name)) for name in ("f", "g", "h")), arfix.Member.new("copy.o", elf("f"))]
POOL.append(arfix.Member.new("readme", b"text"))
KINDS = (arfix.Kind.GNU, arfix.Kind.BSD, arfix.Kind.DARWIN)

LISTS = st.lists(st.integers(0, len(POOL) - 1), max_size=7)


def replaced(archive: arfix.Archive, members: tuple[arfix.Member, ...]) -> arfix.Archive:
    return replace(archive, members=members)


@pytest.mark.parametrize("change", [replaced, arfix.Archive.with_members])
@given(kind=st.sampled_from(KINDS), before=LISTS, order=st.lists(st.integers(0, 6), unique=True), added=LISTS)
def test_each_entry_leads_to_its_member(
    change: Callable[[arfix.Archive, tuple[arfix.Member, ...]], arfix.Archive],
    kind: arfix.Kind,
    before: list[int],
    order: list[int],
    added: list[int],
) -> None:
    archive = arfix.Archive.new(kind, [POOL[number] for number in before])
    staying = [archive.members[at] for at in order if at < len(archive)]
    after = change(archive, (*staying, *(POOL[number] for number in added)))
    written = arfix.read(arfix.write(after))
    assert [member.name for member in written] == [member.name for member in after]
    found = sorted((at, name) for name, at in written.index or ())
    defined = [
        (at, symbol.name)
        for at, member in enumerate(after)
        for symbol in member.symbols
        if symbol.is_defined and symbol.binding is arfix.Binding.GLOBAL
    ]
    if after.index is not None or change is not replaced:
        assert found == sorted(defined)
