"""Pairs of members of two archives, by name, by content, and by their definitions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    from arfix.edits.gathered_members import GatheredMember


@dataclass(frozen=True, slots=True)
class Pairing:
    """Members of two archives, by position.

    Attributes:
        pairs: `(old, new)`, in the order of the old ones.
        removed: Old ones that are gone.
        added: New ones.
    """

    pairs: tuple[tuple[int, int], ...]
    removed: tuple[int, ...]
    added: tuple[int, ...]


def pair_members(old: Sequence[GatheredMember], new: Sequence[GatheredMember]) -> Pairing:
    """Return the pairs of corresponding members.

    Members with the same name correspond; of several with that name, first those with the same bytes, then by position.
    Of the others, members with the same bytes, or with exactly the same definitions, were renamed.
    """
    left, right = list(range(len(old))), list(range(len(new)))
    pairs: list[tuple[int, int]] = []

    def match(key: Callable[[GatheredMember], Hashable]) -> None:
        """Pair what has the same key, in order; None is no key."""
        waiting: dict[Hashable, list[int]] = {}
        for number in reversed(left):
            waiting.setdefault(key(old[number]), []).append(number)
        waiting.pop(None, None)
        for number in list(right):
            found = waiting.get(key(new[number]))
            if found:
                pairs.append((found.pop(), number))
        gone_left, gone_right = {one for one, _ in pairs}, {other for _, other in pairs}
        left[:] = [number for number in left if number not in gone_left]
        right[:] = [number for number in right if number not in gone_right]

    repeated = _repeated(old) | _repeated(new)
    match(lambda one: (*path_of(one), bytes(one.member.data)) if path_of(one) in repeated else None)
    match(path_of)
    match(lambda one: bytes(one.member.data) or None)
    match(lambda one: frozenset(one.entries or ()) or None)
    return Pairing(tuple(sorted(pairs)), tuple(left), tuple(right))


def path_of(one: GatheredMember) -> tuple[str, ...]:
    """Return the names that lead to the member: those of the archives around it, then its own."""
    return (*one.origin.members[:-1], one.member.name)


def _repeated(members: Sequence[GatheredMember]) -> set[tuple[str, ...]]:
    seen: set[tuple[str, ...]] = set()
    repeated: set[tuple[str, ...]] = set()
    for one in members:
        path = path_of(one)
        (repeated if path in seen else seen).add(path)
    return repeated


def moved_pairs(pairs: Sequence[tuple[int, int]]) -> frozenset[tuple[int, int]]:
    """Return the smallest set of pairs that changed their order: all but a longest common subsequence.

    Args:
        pairs: In the order of the old ones.
    """
    from bisect import bisect_left  # noqa: PLC0415 (needed by --order alone)

    ends: list[int] = []  # the least new position that a run of each length can end with
    tails: list[int] = []  # and the pair it ends with
    before: list[int] = []
    for number, (_, new) in enumerate(pairs):
        length = bisect_left(ends, new)
        before.append(tails[length - 1] if length else -1)
        ends[length : length + 1] = [new]
        tails[length : length + 1] = [number]
    staying = set()
    number = tails[-1] if tails else -1
    while number >= 0:
        staying.add(number)
        number = before[number]
    return frozenset(pair for number, pair in enumerate(pairs) if number not in staying)
