from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from arfix.archive.read import read
from arfix.edits.inspect import inspect_archive
from arfix.edits.nested_archives import outermost
from arfix.report.inspect import Detail, render_inspection
from tests.ar_builder import ar
from tests.elf_builder import elf

if TYPE_CHECKING:
    from collections.abc import Callable

    from arfix.edits.inspect import InspectedMember

#: A long archive: 60 objects of one kind, a text among them, and one member that is larger than all others.
MEMBERS = [(f"m{number:02}.o", elf(f"f{number}")) for number in range(60)]
MEMBERS[17] = ("notes.txt", b"read me\n")
MEMBERS[42] = ("big.o", elf("big") + bytes(4096))

ORDERS: dict[str, Callable[[InspectedMember], int | str]] = {
    "archive": lambda one: one.position,
    "size": lambda one: one.member.size,
    "name": lambda one: one.label,
}


def shown(order: str) -> list[str]:
    """Return the members that a terminal shows of the archive, its table sorted in one way."""
    inspection = inspect_archive(outermost(read(ar(*MEMBERS))))
    inspection = replace(inspection, members=tuple(sorted(inspection.members, key=ORDERS[order])))
    text = render_inspection(inspection, 0, detail=Detail.OUTSTANDING)
    return [line.split()[0] for line in text.splitlines() if ".o " in line or ".txt " in line]


@pytest.mark.parametrize("order", ["size", "name"])
def test_what_stands_out_is_the_same_in_any_order(order: str) -> None:
    assert set(shown(order)) == set(shown("archive"))
    assert {"notes.txt", "big.o"} <= set(shown(order))


def test_members_are_shown_in_the_order_of_the_table() -> None:
    assert shown("size")[0] == "notes.txt"
    assert shown("size")[-1] == "big.o"
    assert shown("archive").index("notes.txt") < shown("archive").index("big.o")
