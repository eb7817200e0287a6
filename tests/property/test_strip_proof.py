"""After a strip nothing that stays misses what went, a refusal names exactly what would, and the index is right."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from arfix.archive.read import read
from arfix.edits.apply import apply
from arfix.edits.index import build_index
from arfix.edits.strip import StillNeededError, plan_strip, prove_removal
from tests.ar_builder import ar
from tests.elf_builder import COMMON, UNDEF, WEAK, Sym, elf

if TYPE_CHECKING:
    from collections.abc import Callable

    from arfix.archive.model import Archive

NAMES = ("a", "b", "bb", "a_b", "c")

#: One object: for each name whether it is defined, and how, or needed, and how.
HOW: dict[str, Callable[[str], Sym]] = {
    "strong": Sym,
    "weak": lambda name: Sym(name, binding=WEAK),
    "common": lambda name: Sym(name, COMMON, value=4, size=4),
    "local": lambda name: Sym(name, binding=0),
    "needs": lambda name: Sym(name, UNDEF),
    "wants": lambda name: Sym(name, UNDEF, binding=WEAK),
}
objects = st.dictionaries(st.sampled_from(NAMES), st.sampled_from(sorted(HOW)), max_size=len(NAMES))
libraries = st.lists(objects, min_size=1, max_size=6)


def build(library: list[dict[str, str]], *, indexed: bool) -> Archive:
    members = tuple(
        (f"m{number}.o", elf(*(HOW[how](name) for name, how in one.items()))) for number, one in enumerate(library)
    )
    archive = read(ar(*members))
    return replace(archive, index=build_index(archive.members)) if indexed else archive


def left_without(library: list[dict[str, str]], removed: set[int]) -> set[tuple[int, str]]:
    """Return who would miss what, told from the literal library: the whole definition of the proof in four lines."""
    defining = {"strong", "weak", "common"}
    gone = {name for at in removed for name, how in library[at].items() if how in defining}
    there = {
        name for at, one in enumerate(library) if at not in removed for name, how in one.items() if how in defining
    }
    staying = [(at, one) for at, one in enumerate(library) if at not in removed]
    return {(at, name) for at, one in staying for name, how in one.items() if how == "needs" and name in gone - there}


@given(libraries, st.data(), st.booleans())
def test_the_proof_finds_exactly_what_would_be_missed(
    library: list[dict[str, str]],
    data: st.DataObject,
    indexed: bool,  # noqa: FBT001 (drawn)
) -> None:
    removed = data.draw(st.sets(st.integers(0, len(library) - 1), min_size=1))
    archive = build(library, indexed=indexed)
    missed = left_without(library, removed)
    proof = prove_removal(archive, frozenset(removed))
    assert {(need.position, need.symbol) for need in proof.needs} == missed
    selectors = [f"m{at}.o" for at in removed]
    try:
        plan = plan_strip(archive, selectors)
    except StillNeededError as refusal:
        assert {(need.position, need.symbol) for need in refusal.needs} == missed != set()  # noqa: PT017
        plan = plan_strip(archive, selectors, force=True)
        assert plan.dangling == refusal.needs  # noqa: PT017
    else:
        assert not missed
    left = apply(archive, plan)
    assert [member.name for member in left] == [f"m{at}.o" for at in range(len(library)) if at not in removed]
    assert left.index == build_index(left.members)


@given(libraries, st.data())
def test_a_cascade_ends_where_nothing_is_missed(library: list[dict[str, str]], data: st.DataObject) -> None:
    first = data.draw(st.integers(0, len(library) - 1))
    plan = plan_strip(build(library, indexed=True), [f"m{first}.o"], cascade=True)
    removed = {drop.position for drop in plan.drops}
    assert first in removed
    assert not left_without(library, removed)
    for position in removed - {first}:  # and nothing goes that could have stayed
        assert left_without(library, removed - {position})
