from __future__ import annotations

import pytest

from arfix.archive.model import Kind
from arfix.archive.read import read
from arfix.diff.pairing import moved_pairs, pair_members
from arfix.edits.gathered_members import GatheredMember, gather
from arfix.edits.nested_archives import outermost
from tests.ar_builder import ar
from tests.elf_builder import elf

Members = tuple[tuple[str, bytes], ...]


def brought(*members: tuple[str, bytes]) -> tuple[GatheredMember, ...]:
    return gather(outermost(read(ar(*members))), Kind.GNU).members


def paired(old: Members, new: Members) -> tuple[list[tuple[int, int]], list[int], list[int]]:
    found = pair_members(brought(*old), brought(*new))
    return list(found.pairs), list(found.removed), list(found.added)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ((("a", b"1"), ("b", b"2")), (("b", b"3"), ("a", b"4")), ([(0, 1), (1, 0)], [], [])),
        ((("a", b"1"),), (("b", b"2"),), ([], [0], [0])),
        ((("a", b"1"), ("a", b"2"), ("a", b"3")), (("a", b"3"), ("a", b"x")), ([(0, 1), (2, 0)], [1], [])),
        ((("a", b"1"), ("a", b"1")), (("a", b"1"), ("a", b"1"), ("a", b"1")), ([(0, 0), (1, 1)], [], [2])),
        ((("a", b"1"),), (("b", b"2"), ("c", b"1")), ([(0, 1)], [], [0])),
        ((("a", b""),), (("b", b""),), ([], [0], [0])),
        ((("a", elf("f", "g")),), (("b", elf("g", "f", "?h")),), ([(0, 0)], [], [])),
        ((("a", elf("f")),), (("b", elf("f", "g")),), ([], [0], [0])),
        ((("a", elf("?f")),), (("b", elf("?g")),), ([], [0], [0])),
        ((("n.a", ar(("a", b"1"))),), (("n.a", ar(("a", b"2"))), ("a", b"1")), ([(0, 0)], [], [1])),
    ],
    ids=[
        "by name",
        "nothing in common",
        "of one name the same bytes first",
        "copies in order",
        "renamed",
        "empty ones are not taken for renamed",
        "the same symbols",
        "other symbols",
        "no symbols",
        "inside a nested archive",
    ],
)
def test_who_belongs_to_whom(old: Members, new: Members, expected: tuple[object, object, object]) -> None:
    assert paired(old, new) == expected
    pairs, removed, added = paired(new, old)
    assert (sorted((one, other) for other, one in pairs), added, removed) == expected


@pytest.mark.parametrize(
    ("order", "moved"),
    [((), 0), ((0, 1, 2), 0), ((2, 0, 1), 1), ((1, 2, 0), 1), ((3, 2, 1, 0), 3), ((1, 0, 3, 2), 2), ((0, 3, 1, 2), 1)],
)
def test_the_fewest_members_moved(order: tuple[int, ...], moved: int) -> None:
    pairs = list(enumerate(order))
    found = moved_pairs(pairs)
    assert len(found) == moved
    staying = [new for old, new in pairs if (old, new) not in found]
    assert staying == sorted(staying)
