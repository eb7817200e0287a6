from __future__ import annotations

from time import process_time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arfix.errors import Where
from arfix.linkage.inputs import names_input
from arfix.linkage.why import (
    ChainBreak,
    ChainBreakKind,
    ChainLink,
    LinkStatus,
    explain_symbol,
    explain_unit,
    find_units,
)
from tests.elf_builder import elf
from tests.linkage.links import archive, lazy, resolved, uses

if TYPE_CHECKING:
    from arfix.linkage.model import LinkResult

MAIN, F, G, H, OTHER = range(5)


@pytest.fixture
def link() -> LinkResult:
    """main.o calls f and g; f.o calls g and h; h.o is reached through f.o alone; other.o sleeps."""
    return resolved(
        archive("main.a", ("main.o", uses("f", "g", defines=["main"]))),
        lazy(
            "lib.a",
            ("f.o", uses("g", "h", defines=["f"])),
            ("g.o", elf("g")),
            ("h.o", elf("h", "h2")),
            ("other.o", uses("h", defines=["other"])),
        ),
    )


def test_the_shortest_chain(link: LinkResult) -> None:
    answer = explain_unit(link, G)
    assert answer.standing is LinkStatus.PULLED
    assert answer.chain == (ChainLink(None, None, MAIN), ChainLink(MAIN, "g", G))
    assert answer.needed_for == (("g", (MAIN, F)),)


def test_what_breaks_the_chain(link: LinkResult) -> None:
    assert explain_unit(link, H).cuts == (
        ChainBreak(ChainBreakKind.REMOVE, H),
        ChainBreak(ChainBreakKind.STUB, symbol="h"),
        ChainBreak(ChainBreakKind.REMOVE, F),
        ChainBreak(ChainBreakKind.STUB, symbol="f"),
        ChainBreak(ChainBreakKind.REMOVE, MAIN),
    )
    assert explain_unit(link, G).cuts == (
        ChainBreak(ChainBreakKind.REMOVE, G),
        ChainBreak(ChainBreakKind.STUB, symbol="g"),
        ChainBreak(ChainBreakKind.REMOVE, MAIN),
    )


def test_what_does_not_enter_and_what_would_wake_it(link: LinkResult) -> None:
    answer = explain_unit(link, OTHER)
    assert answer.standing is LinkStatus.ASLEEP
    assert answer.wanted_names == ("other",)
    assert not answer.chain


def test_what_is_taken_whole(link: LinkResult) -> None:
    assert explain_unit(link, MAIN).standing is LinkStatus.WHOLE


def test_what_is_no_object() -> None:
    result = resolved(archive("a.a", ("a.o", elf("f")), ("README", b"words\n")))
    assert explain_unit(result, 1).standing is LinkStatus.REJECTED


def test_a_root_begins_a_chain() -> None:
    result = resolved(lazy("lib.a", ("f.o", elf("f"))), roots=("f",))
    assert explain_unit(result, 0).chain == (ChainLink(None, "f", 0),)
    assert explain_unit(result, 0).cuts == (
        ChainBreak(ChainBreakKind.REMOVE, 0),
        ChainBreak(ChainBreakKind.STUB, symbol="f"),
    )
    assert explain_symbol(result, "f").is_root


def test_symbols(link: LinkResult) -> None:
    answer = explain_symbol(link, "h")
    assert answer.definers == (H,)
    assert answer.winner == H
    assert answer.referrers == (F,)
    assert answer.sleeping_referrers == (OTHER,)
    assert answer.is_known
    assert not explain_symbol(link, "nothing").is_known


def test_symbols_from_outside() -> None:
    result = resolved(archive("a.a", ("a.o", uses("f", "_end"))), names_input(Where("names"), ["f", "unused"]))
    assert explain_symbol(result, "f").provided_by == 1
    assert explain_symbol(result, "unused").provided_by == 1
    assert explain_symbol(result, "_end").linker_defined


def test_members_are_found_by_any_spelling(link: LinkResult) -> None:
    assert find_units(link, "g.o") == find_units(link, "lib.a(g.o)") == (G,)
    assert find_units(link, "nothing.o") == ()


def test_a_stub_that_another_name_outlives() -> None:
    result = resolved(archive("main.a", ("main.o", uses("h", "h2"))), lazy("lib.a", ("h.o", elf("h", "h2"))))
    assert explain_unit(result, 1).cuts == (ChainBreak(ChainBreakKind.REMOVE, 1), ChainBreak(ChainBreakKind.REMOVE, 0))


@given(st.lists(st.sets(st.integers(0, 9)), min_size=2, max_size=10), st.sets(st.integers(0, 9), max_size=2))
@settings(max_examples=80, deadline=None)
def test_a_change_cuts_a_member_off_if_nothing_reaches_it_any_more(needs: list[set[int]], roots: set[int]) -> None:
    """Each unit and name on the chain is taken out in turn, and the rest is walked from the start."""
    members = [
        (f"m{number}.o", uses(*(f"f{one}" for one in sorted(other)), defines=[f"f{number}"]))
        for number, other in enumerate(needs)
    ]
    wanted = [f"f{one}" for one in sorted(roots | {0})]
    result = resolved(lazy("x.a", *members), roots=tuple(wanted))

    def reached(*, without: object) -> set[int]:
        found: set[int] = set()
        left = [name for name in wanted if name != without]
        while left:
            winner = result.winners.get(left.pop())
            if winner is not None and winner not in found and winner != without:
                found.add(winner)
                left += [name for name in result.units[winner].table.undefined if name != without]
        return found

    for goal in result.cause:
        answer = explain_unit(result, goal)
        told = {cut.unit if cut.kind is ChainBreakKind.REMOVE else cut.symbol for cut in answer.cuts} - {goal}
        places = {step.unit for step in answer.chain} | {step.symbol for step in answer.chain}
        assert told == {place for place in places - {goal, None} if goal not in reached(without=place)}


@pytest.mark.no_cover
def test_a_long_chain_costs_as_much_for_each_member_as_a_short_one() -> None:
    """Ten times the members may take at most thirty times as long; the square would be a hundred times."""

    def seconds(count: int) -> float:
        members = [(f"m{at}.o", uses(f"f{at + 1}", defines=[f"f{at}"])) for at in range(count)]
        result = resolved(lazy("x.a", *members), roots=("f0",))
        start = process_time()
        assert len(explain_unit(result, count - 1).cuts) == 2 * count
        return process_time() - start

    short = max(min(seconds(200) for _ in range(3)), 0.001)
    assert min(seconds(2000) for _ in range(2)) < 30 * short
