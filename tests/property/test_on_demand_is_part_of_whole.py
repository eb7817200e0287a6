"""Laws of pulling: a group gives all linkers the same members where names have one definer, and never more than all."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from arfix.linkage.model import Linker
from tests.linkage.links import archive, entered, lazy, resolved, uses

NAMES = [f"f{number}" for number in range(12)]
#: For each name the names its member calls.
CALLS = st.lists(st.sets(st.sampled_from(NAMES), max_size=3), min_size=len(NAMES), max_size=len(NAMES))


def library(calls: list[set[str]]) -> list[tuple[str, bytes]]:
    pairs = zip(NAMES, calls, strict=True)
    return [(f"{name}.o", uses(*sorted(called - {name}), defines=[name])) for name, called in pairs]


def reachable(calls: list[set[str]], start: str) -> set[str]:
    graph = dict(zip(NAMES, calls, strict=True))
    found, todo = {start}, [start]
    while todo:
        new = graph[todo.pop()] - found
        found |= new
        todo += new
    return found


@given(CALLS, st.integers(0, len(NAMES)), st.sampled_from(Linker))
def test_what_is_reachable_enters(calls: list[set[str]], cut: int, linker: Linker) -> None:
    objects = library(calls)
    result = resolved(
        lazy("a.a", *objects[:cut], group=1), lazy("b.a", *objects[cut:], group=1), linker=linker, roots=("f0",)
    )
    assert {name.removesuffix(".o") for name in entered(result)} == reachable(calls, "f0")
    assert not result.errors
    for entry in result.entered:
        chain = result.chain(entry.unit)
        assert chain[0].by is None
        assert chain[-1] == entry


@given(CALLS, st.sampled_from(Linker))
def test_whole_takes_everything(calls: list[set[str]], linker: Linker) -> None:
    result = resolved(archive("a.a", *library(calls)), linker=linker)
    assert len(result.entered) == len(NAMES)
    assert not result.errors
