"""Merging archives into one: members in order, identical ones once, nested and thin archives resolved.

`ar -M` with ADDLIB reverses the members of each library, fails on paths with spaces, and stores nested archives
unchanged. Here every member of the inputs is in the result, is an identical copy of one that is, or was left out on
request; the report lists the last two.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from hashlib import sha256
from itertools import combinations
from typing import TYPE_CHECKING

from arfix.archive.model import Archive, Kind
from arfix.archive.oddity import OddityKind
from arfix.edits.gathered_members import GatheredMember, empty_like, gather
from arfix.edits.merge_fit import check_fit
from arfix.edits.plan import Add, Plan
from arfix.edits.platform import is_platform_library
from arfix.edits.strip import describe_needs, prove_removal
from arfix.errors import EditError, UnsupportedError, Where
from arfix.short_repr import short_repr
from arfix.steps import steps
from arfix.symbols.definitions import read_member_symbols, strong_clashes
from arfix.symbols.name import satisfied_by

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from arfix.archive.model import Member
    from arfix.edits.nested_archives import OpenArchive

#: Pairs of members that a warning names before it only counts.
_LISTED = 10


class LeftOutReason(Enum):
    """Why a member is left out. The value is the word shown in JSON."""

    IDENTICAL = "identical"
    """A member of the same name has the same bytes."""
    PREFERRED = "preferred"
    """It clashes with a member of an input that was to be preferred."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A member that is not in the result: the reason, and the member that is there instead."""

    gathered: GatheredMember
    why: LeftOutReason
    instead: Where


@dataclass(frozen=True, slots=True)
class MergeInput:
    """One input: its path, and the number of its members, defined symbols and nested archives."""

    path: str
    members: int
    symbols: int
    nested: int = 0
    thin: bool = False


@dataclass(frozen=True, slots=True)
class MemberClash:
    """Two members of different inputs, and the symbols that both define strongly."""

    first: Where
    second: Where
    symbols: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Merge:
    """A merge, ready to be applied.

    Attributes:
        base: The empty archive to apply `plan` to; it has the kind of the result.
        plan: What puts every member in.
        inputs: What went in, in order.
        left_out: What went in and does not come out, in order.
        clashes: What comes out and no link can take whole.
    """

    __repr__ = short_repr

    base: Archive
    plan: Plan
    inputs: tuple[MergeInput, ...]
    left_out: tuple[LeftOut, ...] = ()
    clashes: tuple[MemberClash, ...] = ()

    def apply(self) -> Archive:
        """Return the merged archive."""
        return self.plan.apply(self.base)

    @property
    def members(self) -> tuple[Add, ...]:
        """What comes out."""
        return self.plan.additions

    @property
    def symbols(self) -> int:
        """How many symbols the members that come out define, counted in each."""
        return sum(len(addition.entries or ()) for addition in self.members)


def plan_merge(inputs: Sequence[OpenArchive], output: str, prefer: Sequence[str] = ()) -> Merge:
    """Return how to merge the inputs into one archive of the first one's kind.

    Args:
        inputs: The archives in order (`arfix.edits.nested_archives.outermost` makes them).
        output: The path of the result.
        prefer: Inputs by path or file name, the most preferred first. Where two members define a symbol strongly, that
            of the less preferred input is left out.

    Raises:
        EditError: Inputs hold objects of different formats; a name in `prefer` is no input's; or a member that would be
            left out is needed for something that only it defines.
        UnsupportedError: The result would be of a kind that arfix does not write, or an input holds special members
            that a merge would make wrong.
        ArfixError: A member's bytes cannot be had, or a nested archive cannot be opened.
    """
    base = _base(inputs, output)
    ranks = _ranks(inputs, prefer)
    every: list[GatheredMember] = []
    counts: list[MergeInput] = []
    warnings: list[str] = []
    for source, opened in enumerate(steps("reading", inputs, lambda one: one.where.path)):
        found = gather(opened, base.kind, source)
        symbols = sum(gathered.symbols for gathered in found.members)
        path = opened.where.path
        counts.append(MergeInput(path, len(found.members), symbols, len(found.nested), thin=opened.archive.thin))
        every += found.members
        warnings += _lost_bytes_warnings(opened.archive)
        warnings += [_platform_warning(place) for place in found.nested if is_platform_library(place.members[-1])]
    warnings += check_fit(every)
    staying, left_out = _without_copies(every)
    clashes = _clashes(staying)
    losers = _losers(staying, clashes, ranks)
    notes: list[str] = []
    if losers:
        notes += _prove(staying, losers)
        left_out += [
            LeftOut(staying[one], LeftOutReason.PREFERRED, staying[winner].origin) for one, winner in losers.items()
        ]
        staying = [gathered for number, gathered in enumerate(staying) if number not in losers]
        clashes = _clashes(staying)
    pairs = _pairs(staying, clashes)
    edits = tuple(Add(0, one.member, str(one.origin), "", one.entries or ()) for one in staying)
    plan = Plan(output, edits, tuple(notes), (*warnings, *_clash_warnings(pairs)))
    return Merge(base, plan, tuple(counts), tuple(left_out), pairs)


def _platform_warning(place: Where) -> str:
    return (
        f"{place} is a piece of the C library by its name; a second C library breaks links. If the platform has it, "
        "`arfix flatten --drop` takes it out first"
    )


def _lost_bytes_warnings(archive: Archive) -> list[str]:
    """Return warnings about bytes of an input that belong to no member and are not copied."""
    return [
        f"{oddity.where}: {oddity.message}" for oddity in archive.oddities if oddity.kind is OddityKind.TRAILING_BYTES
    ]


def _base(inputs: Sequence[OpenArchive], output: str) -> Archive:
    """Return an empty archive of the kind of the first input that has members."""
    for opened in inputs:
        if opened.archive.extras:
            name = opened.archive.extras[0].name
            raise UnsupportedError(f"holds {name}, whose numbers would be wrong after a merge", where=opened.where)
    archives = [opened.archive for opened in inputs]
    model = next((archive for archive in archives if archive.members), archives[0])
    return empty_like(model, Where(output))


def _ranks(inputs: Sequence[OpenArchive], prefer: Sequence[str]) -> dict[int, int]:
    """Return for each preferred input its rank, 0 for the most preferred."""
    ranks: dict[int, int] = {}
    for rank, wanted in enumerate(prefer):
        paths = [opened.where.path for opened in inputs]
        found = [number for number, path in enumerate(paths) if path == wanted]
        found = found or [number for number, path in enumerate(paths) if _base_name(path) == wanted]
        if not found:
            raise EditError(f'no input is called "{wanted}"', hint=f"The inputs are {', '.join(paths)}.")
        for number in found:
            ranks.setdefault(number, rank)
    return ranks


def _base_name(path: str) -> str:
    return path.replace("\\", "/").rpartition("/")[2]


def _without_copies(every: Iterable[GatheredMember]) -> tuple[list[GatheredMember], list[LeftOut]]:
    """Return the members without those of which one of the same name and with the same bytes came before."""
    # By hash, where several have one name and size: comparing each with all before it would be quadratic.
    seen: dict[tuple[str, int], int | dict[bytes, int]] = {}
    staying: list[GatheredMember] = []
    copies: list[LeftOut] = []
    for gathered in every:
        key = gathered.member.name, gathered.member.size
        before = seen.get(key)
        if before is None:
            seen[key] = len(staying)
            staying.append(gathered)
            continue
        if isinstance(before, int):
            before = seen[key] = {_digest(staying[before].member): before}
        first = before.setdefault(_digest(gathered.member), len(staying))
        if first == len(staying):
            staying.append(gathered)
        else:
            kept = staying[first]
            staying[first] = replace(kept, sources=kept.sources | gathered.sources)
            copies.append(LeftOut(gathered, LeftOutReason.IDENTICAL, kept.origin))
    return staying, copies


def _digest(member: Member) -> bytes:
    return sha256(member.data).digest()


def _clashes(staying: Sequence[GatheredMember]) -> Mapping[str, Sequence[int]]:
    """Return the symbols that members of different inputs define strongly -> the positions of all who define them."""
    by_input: dict[int, set[str]] = {}
    for gathered in staying:
        for source in gathered.sources:
            by_input.setdefault(source, set()).update(gathered.entries or ())
    seen: set[str] = set()
    shared: set[str] = set()
    for names in by_input.values():
        shared |= seen & names
        seen |= names
    if not shared:
        return {}
    members = [
        (number, read_member_symbols(gathered.member))
        for number, gathered in enumerate(staying)
        if not shared.isdisjoint(gathered.entries or ())
    ]
    definers = strong_clashes(members, frozenset(satisfied_by(name)[0] for name in shared))
    return {
        name: numbers
        for name, numbers in definers.items()
        if any(_are_apart(staying, one, other) for one, other in combinations(numbers, 2))
    }


def _are_apart(staying: Sequence[GatheredMember], one: int, other: int) -> bool:
    """Return whether no input contains both members; a clash within one input existed before."""
    return staying[one].sources.isdisjoint(staying[other].sources)


def _losers(
    staying: Sequence[GatheredMember], clashes: Mapping[str, Sequence[int]], ranks: Mapping[int, int]
) -> dict[int, int]:
    """Return who clashes with a member of a more preferred input -> that member; positions, ascending."""
    losers: dict[int, int] = {}
    last = len(ranks)
    for numbers in clashes.values() if ranks else ():
        rank_of = {number: min(ranks.get(one, last) for one in staying[number].sources) for number in numbers}
        winner = min(numbers, key=lambda number: (rank_of[number], number))
        for number in numbers:
            if rank_of[number] > rank_of[winner] and _are_apart(staying, number, winner):
                losers.setdefault(number, winner)
    return dict(sorted(losers.items()))


def _prove(staying: Sequence[GatheredMember], losers: Mapping[int, int]) -> list[str]:
    """Return notes about symbols that are lost with the members that are left out.

    Raises:
        EditError: A member that stays needs what only those define.
    """
    named = tuple([replace(gathered.member, name=str(gathered.origin)) for gathered in staying])
    proof = prove_removal(Archive(Kind.GNU, named, None), frozenset(losers))
    if proof.needs:
        lines = ["remaining members need symbols that only left-out members define:", *describe_needs(proof.needs)]
        raise EditError(
            "\n".join(lines),
            hint="Leave `prefer=...` out to keep both, or make what clashes local with `arfix symbols`.",
        )
    notes = [
        f"{need.member} refers to {need.symbol} weakly; with {', '.join(need.providers)} left out it is null"
        for need in proof.weak
    ]
    present = {
        name for number, gathered in enumerate(staying) if number not in losers for name in gathered.entries or ()
    }
    for number in losers:
        lost = [name for name in staying[number].entries or () if name not in present]
        if lost:
            notes.append(
                f"with {staying[number].origin} goes {_shortened_list(lost)}, which nothing in the result needs"
            )
    return notes


def _pairs(staying: Sequence[GatheredMember], clashes: Mapping[str, Sequence[int]]) -> tuple[MemberClash, ...]:
    """Return the clashes by pairs of members: the first that defines a symbol, and each later one."""
    pairs: dict[tuple[int, int], list[str]] = {}
    for name, (first, *others) in clashes.items():
        for other in [one for one in others if _are_apart(staying, first, one)]:
            pairs.setdefault((first, other), []).append(name)
    return tuple(
        MemberClash(staying[first].origin, staying[second].origin, tuple(names))
        for (first, second), names in sorted(pairs.items())
    )


def _clash_warnings(pairs: Sequence[MemberClash]) -> tuple[str, ...]:
    if not pairs:
        return ()
    symbols = len({name for pair in pairs for name in pair.symbols})
    what = "1 symbol is" if symbols == 1 else f"{symbols} symbols are"
    lines = [f"{what} defined by two inputs, so that no linker takes the result whole (`prefer=...` keeps one):"]
    lines += [f"{_shortened_list(pair.symbols)} in {pair.first} and {pair.second}" for pair in pairs[:_LISTED]]
    if len(pairs) > _LISTED:
        lines.append(f"and {len(pairs) - _LISTED} more pairs of members")
    return ("\n".join(lines),)


def _shortened_list(names: Sequence[str], limit: int = 3) -> str:
    listed = ", ".join(names[:limit])
    return f"{listed} and {len(names) - limit} more" if len(names) > limit else listed
