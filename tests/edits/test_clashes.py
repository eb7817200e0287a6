from __future__ import annotations

import pytest

from arfix.archive.header import new_header
from arfix.archive.model import Member
from arfix.archive.source import extent_of
from arfix.edits.clashes import strong_definers
from arfix.errors import Where
from tests.elf_builder import COMMON, WEAK, Sec, Sym, elf

GROUPED = Sec(".text.f", b"\xc3", flags=6, group="f")
#: A definition of `f` in a COMDAT group, and one that is not.
COPY = elf(Sym("f", ".text.f", visibility=2), sections=(GROUPED,))


def definers(*objects: bytes, names: frozenset[str] | None = None) -> dict[str, list[int]]:
    members = [
        (number, Member("x.o", new_header(), extent_of(data, Where("x")))) for number, data in enumerate(objects)
    ]
    return {name: list(numbers) for name, numbers in strong_definers(members, names).items()}


def test_every_strong_definition_counts() -> None:
    assert definers(elf("f", "g"), elf("h"), elf("f"), elf("g", "f")) == {"f": [0, 2, 3], "g": [0, 3]}


def test_only_the_names_asked_for() -> None:
    assert definers(elf("f", "g"), elf("f", "g"), names=frozenset({"g"})) == {"g": [0, 1]}


@pytest.mark.parametrize(
    "other",
    [Sym("f", binding=WEAK), Sym("f", COMMON, value=4, size=4), Sym("f", binding=0), Sym("f", "*UND*")],
    ids=["weak", "common", "local", "undefined"],
)
def test_what_gives_way_does_not_clash(other: Sym) -> None:
    assert definers(elf("f"), elf(other)) == {}


def test_comdat_copies_meet_but_not_with_an_ordinary_definition() -> None:
    assert definers(COPY, COPY) == {}
    assert definers(COPY, elf("f"), COPY) == {"f": [0, 1]}


def test_equal_absolute_symbols_meet() -> None:
    one, other = elf(Sym("f", "*ABS*", value=1)), elf(Sym("f", "*ABS*", value=2))
    assert definers(one, one) == {}
    assert definers(one, other) == {"f": [0, 1]}
    assert definers(one, elf("f")) == {"f": [0, 1]}


def test_a_default_version_is_the_plain_name_and_one_member_is_no_clash() -> None:
    assert definers(elf("f@@V2"), elf("f")) == {"f": [0, 1]}
    assert definers(elf("f@@V2", "f@@V3")) == {}


def test_what_is_no_object_defines_nothing() -> None:
    assert definers(b"text\n", b"text\n", elf("f")[:60], elf("f")) == {}
