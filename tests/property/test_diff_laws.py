"""An archive does not differ from itself; what is added one way is removed the other; what is kept is not told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import example, given
from hypothesis import strategies as st

from arfix.archive.read import read
from arfix.diff.compare import DiffOptions, diff_archives
from arfix.diff.difference import ChangeKind
from arfix.edits.nested_archives import outermost
from tests.ar_builder import ar
from tests.elf_builder import COMMON, FUNC, LOCAL, WEAK, Sec, Sym, elf

if TYPE_CHECKING:
    from random import Random

    from arfix.diff.difference import Difference, MemberChange, SymbolChange

_SYMBOLS = st.builds(
    Sym,
    st.sampled_from(["f", "g", "h"]),
    st.sampled_from([".text", ".data", COMMON, "*UND*"]),
    st.sampled_from([LOCAL, 1, WEAK]),
    st.sampled_from([0, FUNC]),
    st.sampled_from([0, 2]),
    st.integers(0, 3),
    st.integers(0, 3),
)
_OBJECTS = st.builds(
    lambda symbols, code, data: elf(
        *(one for one in symbols if one.binding != LOCAL or one.section != "*UND*"),
        sections=(Sec(".text", code, flags=6), Sec(".data", data, flags=3)),
    ),
    st.lists(_SYMBOLS, max_size=3, unique_by=lambda one: one.name),
    st.binary(min_size=4, max_size=6),
    st.sampled_from([b"data", b"more"]),
)
_NAMES = st.sampled_from(["a.o", "b.o", "c.o"])
MEMBERS = st.lists(st.tuples(_NAMES, _OBJECTS | st.sampled_from([b"", b"one\n", b"two\n"])), max_size=5)
OPTIONS = st.builds(DiffOptions, order=st.just(value=False), dates=st.booleans(), debug=st.booleans())
_MIRROR = {ChangeKind.ADDED: ChangeKind.REMOVED, ChangeKind.REMOVED: ChangeKind.ADDED}


def diff(old: bytes, new: bytes, options: DiffOptions) -> Difference:
    return diff_archives(outermost(read(old)), outermost(read(new)), options)


@given(MEMBERS, st.builds(DiffOptions, st.booleans(), st.booleans(), st.booleans()))
def test_nothing_differs_from_itself(members: list[tuple[str, bytes]], options: DiffOptions) -> None:
    assert not diff(ar(*members), ar(*members), options)


#: Two members that each define `g`, and the same two in another order without it.
_WITH_G = elf(Sym("f", ".text"), Sym("g", ".text"), sections=(Sec(".text", b"code", flags=6),))
_WITHOUT_G = elf(sections=(Sec(".text", b"code", flags=6),))


@given(MEMBERS, MEMBERS, OPTIONS)
@example([("a.o", _WITH_G), ("b.o", _WITH_G)], [("b.o", _WITHOUT_G), ("a.o", _WITHOUT_G)], DiffOptions())
def test_the_other_way_round_is_the_mirror_image(
    one: list[tuple[str, bytes]], other: list[tuple[str, bytes]], options: DiffOptions
) -> None:
    there, back = diff(ar(*one), ar(*other), options), diff(ar(*other), ar(*one), options)
    assert sorted(_facts(change) for change in there.symbols) == sorted(
        _facts(change, is_mirrored=True) for change in back.symbols
    )
    assert sorted(_outline(member) for member in there.members) == sorted(
        _outline(member, is_mirrored=True) for member in back.members
    )
    assert (there.needs_added, there.needs_removed) == (back.needs_removed, back.needs_added)


def _facts(change: SymbolChange, *, is_mirrored: bool = False) -> tuple[str, ...]:
    sides = [str(side and side.member) for side in (change.old, change.new)]
    word = _MIRROR.get(change.change, change.change) if is_mirrored else change.change
    return (word.value, change.name, *(reversed(sides) if is_mirrored else sides), str(change.aspects))


def _outline(member: MemberChange, *, is_mirrored: bool = False) -> tuple[str, ...]:
    sides = [str(member.old), str(member.new)]
    word = _MIRROR.get(member.change, member.change) if is_mirrored else member.change
    return (word.value, *(reversed(sides) if is_mirrored else sides), str(member.aspects), *sorted(member.sections))


@given(MEMBERS, st.randoms())
def test_order_makes_no_difference_unless_asked_for(members: list[tuple[str, bytes]], random: Random) -> None:
    unique = list(dict(members).items())
    shuffled = list(unique)
    random.shuffle(shuffled)
    assert not diff(ar(*unique), ar(*shuffled), DiffOptions())
    assert bool(diff(ar(*unique), ar(*shuffled), DiffOptions(order=True))) is (unique != shuffled)


@given(MEMBERS, st.sampled_from(["a.o", "b.o", "new.o"]), _OBJECTS)
def test_a_member_more_is_one_member_added(members: list[tuple[str, bytes]], name: str, extra: bytes) -> None:
    found = diff(ar(*members), ar(*members, (name, extra)), DiffOptions())
    added = [one for one in found.members if one.change is ChangeKind.ADDED]
    assert len(added) == len(found.members) == 1
    assert all(one.change is ChangeKind.ADDED for one in found.symbols)
