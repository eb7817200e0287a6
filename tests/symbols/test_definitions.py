from __future__ import annotations

import pytest

from arfix.archive.header import new_header
from arfix.archive.model import Member
from arfix.archive.source import extent_of
from arfix.errors import Where
from arfix.symbols.definitions import Definitions, pulled_in, read_member_symbols, strong_clashes
from tests.elf_builder import COMMON, WEAK, Sec, Sym, elf

GROUPED = Sec(".text.f", b"\xc3", flags=6, group="f")
#: A definition of `f` in a COMDAT group, and one that is not.
COPY = elf(Sym("f", ".text.f", visibility=2), sections=(GROUPED,))


def member(data: bytes) -> Member:
    return Member("x.o", new_header(), extent_of(data, Where("x")))


def definitions_of(*objects: bytes) -> Definitions:
    return Definitions.of_objects((number, read_member_symbols(member(data))) for number, data in enumerate(objects))


def definers(*objects: bytes, names: frozenset[str] | None = None) -> dict[str, list[int]]:
    symbols = [read_member_symbols(member(data)) for data in objects]
    return {name: list(numbers) for name, numbers in strong_clashes(enumerate(symbols), names).items()}


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


#: b and c define g; a alone defines f, which c needs; d needs g weakly, and is text besides.
FOUR = (
    elf("f", "?g"),
    elf("g"),
    elf(Sym("g", binding=WEAK), Sym("mine", COMMON, value=4, size=4), "?f"),
    elf("d", Sym("g", "*UND*", binding=WEAK)),
    b"f g mine\n",
)


def test_who_defines_and_who_refers() -> None:
    found = definitions_of(*FOUR)
    assert found.definers == {"f": [0], "g": [1, 2], "mine": [2], "d": [3]}
    assert found.referrers == {"g": [0, 3], "f": [2]}


def test_what_goes_with_members() -> None:
    found = definitions_of(*FOUR)
    assert found.defined_only_by(frozenset({1})) == ()
    assert found.defined_only_by(frozenset({1, 2})) == ("g", "mine")
    assert found.needed_outside(frozenset({1, 2}))
    assert not found.needed_outside(frozenset({2}))
    assert found.needed_outside(frozenset({0}))
    assert not found.needed_outside(frozenset({0, 2}))


def test_a_default_version_is_defined_under_both_of_its_names() -> None:
    found = definitions_of(elf("f@@V2"), elf("?f"), elf("?f@V2"))
    assert found.definers == {"f": [0], "f@V2": [0]}
    assert found.referrers == {"f": [1], "f@V2": [2]}


def test_members_are_pulled_in_as_by_a_linker() -> None:
    own, *offered = map(read_member_symbols, map(member, (elf("main", "?a"), elf("b"), elf("a", "?b"), elf("c", "?a"))))
    assert pulled_in([own], offered) == {0, 1}
    assert pulled_in([], offered) == frozenset()
    weak = read_member_symbols(member(elf(Sym("a", "*UND*", binding=WEAK))))
    assert pulled_in([weak], offered) == frozenset()
