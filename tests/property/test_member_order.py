"""Law: the order of members in a whole archive changes neither what is missing, nor what clashes or is exported."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from arfix.linkage.model import Linker, LinkResult, Target
from tests.elf_builder import ABS, COMMON, HIDDEN, WEAK, Sym
from tests.linkage.links import archive, resolved, uses

NAMES = st.sampled_from("abcdef")
KINDS = {
    "strong": Sym(""),
    "weak": Sym("", binding=WEAK),
    "hidden": Sym("", visibility=HIDDEN),
    "common": Sym("", COMMON, size=4, value=4),
    "absolute": Sym("", ABS, value=7),
}


@st.composite
def members(draw: st.DrawFn) -> bytes:
    defined = draw(st.dictionaries(NAMES, st.sampled_from(sorted(KINDS)), max_size=3))
    wanted = draw(st.sets(NAMES, max_size=3)) - defined.keys()
    weakly = draw(st.sets(NAMES, max_size=2)) - defined.keys() - wanted
    own = [replace(KINDS[kind], name=name) for name, kind in defined.items()]
    return uses(*sorted(wanted), weak=sorted(weakly), defines=own)


def outcome(result: LinkResult) -> tuple[set[str], set[str], frozenset[str]]:
    return set(result.errors), set(result.clashes), result.exported


@given(st.lists(members(), max_size=5), st.randoms(use_true_random=False), st.sampled_from(Linker))
def test_order_changes_no_verdict(objects: list[bytes], random: object, linker: Linker) -> None:
    named = [(f"{at}.o", data) for at, data in enumerate(objects)]
    shuffled = list(named)
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis gives a random.Random
    first = resolved(archive("l.a", *named), linker=linker, target=Target.SHARED)
    second = resolved(archive("l.a", *shuffled), linker=linker, target=Target.SHARED)
    assert outcome(first) == outcome(second)
