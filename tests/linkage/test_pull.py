from __future__ import annotations

import pytest

from arfix.errors import Where
from arfix.linkage.inputs import names_input
from arfix.linkage.model import Input, InputMode, Link, Linker
from arfix.linkage.resolve import resolve
from tests.elf_builder import COMMON, FUNC, OBJECT, WEAK, Sym, elf
from tests.linkage.links import archive, entered, lazy, resolved, uses

EVERY_LINKER = pytest.mark.parametrize("linker", Linker)
BACKWARDS = (Linker.LLD, Linker.MOLD)
START = archive("s.a", ("s.o", uses("f", defines=["_start"])))
F, G = ("f.o", uses("g", defines=["f"])), ("g.o", elf("g"))


@EVERY_LINKER
def test_members_are_pulled_through_chains(linker: Linker) -> None:
    result = resolved(START, lazy("l.a", G, F, ("other.o", elf("other"))), linker=linker)
    assert set(entered(result)) == {"s.o", "f.o", "g.o"}
    assert [(entry.symbol, entry.by) for entry in result.chain(1)] == [(None, None), ("f", 0), ("g", 2)]


@EVERY_LINKER
def test_only_lld_and_mold_look_back(linker: Linker) -> None:
    result = resolved(START, lazy("g.a", G), lazy("f.a", F), linker=linker)
    assert ("g.o" in entered(result)) is (linker in BACKWARDS)
    assert bool(result.errors) is (linker not in BACKWARDS)


@EVERY_LINKER
def test_a_group_is_searched_until_nothing_new_enters(linker: Linker) -> None:
    result = resolved(START, lazy("g.a", G, group=1), lazy("f.a", F, group=1), linker=linker)
    assert "g.o" in entered(result)


@EVERY_LINKER
def test_a_root_pulls(linker: Linker) -> None:
    result = resolved(lazy("l.a", F, G), linker=linker, roots=("f",))
    assert entered(result) == ["f.o", "g.o"]
    assert result.chain(0)[0].by is None


@EVERY_LINKER
def test_a_weak_reference_pulls_nothing(linker: Linker) -> None:
    result = resolved(archive("s.a", ("s.o", uses(weak=["f"]))), lazy("l.a", F, G), linker=linker)
    assert entered(result) == ["s.o"]


@EVERY_LINKER
def test_a_weak_definition_is_enough(linker: Linker) -> None:
    weak = ("w.o", elf(Sym("f", binding=WEAK)))
    result = resolved(START, lazy("w.a", weak), lazy("f.a", ("f.o", elf("f"))), linker=linker)
    assert entered(result) == ["s.o", "f.o" if linker is Linker.MOLD else "w.o"]


@EVERY_LINKER
@pytest.mark.parametrize(
    ("definition", "linkers"),
    [
        (Sym("c"), {Linker.LD, Linker.MOLD}),
        (Sym("c", type=OBJECT), {Linker.LD, Linker.MOLD}),
        (Sym("c", type=FUNC), {Linker.MOLD}),
        (Sym("c", binding=WEAK), {Linker.MOLD}),
    ],
)
def test_linkers_differ_in_what_a_common_symbol_pulls(definition: Sym, linkers: set[Linker], linker: Linker) -> None:
    block = archive("s.a", ("s.o", elf(Sym("c", COMMON, size=4, value=4))))
    result = resolved(block, lazy("l.a", ("c.o", elf(definition))), linker=linker)
    assert ("c.o" in entered(result)) is (linker in linkers)


def test_lld_14_takes_any_strong_definition_for_a_common_symbol() -> None:
    block = archive("s.a", ("s.o", elf(Sym("c", COMMON, size=4, value=4))))
    link = Link((block, lazy("l.a", ("c.o", elf(Sym("c", type=FUNC))))))
    assert "c.o" in entered(resolve(link, Linker.LLD, (14, 0)))


def test_mold_takes_the_best_definition_even_if_another_one_is_there() -> None:
    """A member that defines `f` weakly enters for `g`; the reference to `f` was for the strong definition."""
    weakly = elf("g", Sym("f", binding=WEAK))
    result = resolved(archive("s.a", ("s.o", elf("_start", "?g", "?f"))), lazy("w.a", ("w.o", weakly)),
                      lazy("f.a", ("f.o", elf("f"))), linker=Linker.MOLD)  # fmt: skip
    assert entered(result) == ["s.o", "w.o", "f.o"]


@EVERY_LINKER
def test_a_common_symbol_pulls_no_other_common_symbol(linker: Linker) -> None:
    block = elf(Sym("c", COMMON, size=4, value=4))
    assert entered(resolved(archive("s.a", ("s.o", block)), lazy("l.a", ("c.o", block)), linker=linker)) == ["s.o"]


@EVERY_LINKER
def test_a_reference_pulls_a_common_symbol(linker: Linker) -> None:
    block = ("c.o", elf(Sym("f", COMMON, size=4, value=4)))
    assert "c.o" in entered(resolved(START, lazy("l.a", block), linker=linker))


@EVERY_LINKER
def test_what_a_shared_object_has_is_not_pulled_from_later_archives(linker: Linker) -> None:
    result = resolved(START, names_input(Where("libf.so"), ["f"]), lazy("l.a", F, G), linker=linker)
    assert entered(result) == ["s.o"]
    assert list(result.provided) == ["f"]


@EVERY_LINKER
def test_an_archive_before_the_shared_object_is_pulled(linker: Linker) -> None:
    result = resolved(START, lazy("l.a", F, G), names_input(Where("libf.so"), ["f"]), linker=linker)
    assert "f.o" in entered(result)


@EVERY_LINKER
def test_what_a_shared_object_needs_is_pulled(linker: Linker) -> None:
    module = Input(Where("m.so"), InputMode.NAMES, needs=frozenset({"f"}))
    assert "f.o" in entered(resolved(module, lazy("l.a", F, G), linker=linker))


def test_the_index_decides_for_gnu_ld_and_the_members_for_lld() -> None:
    stale = Input(Where("l.a"), InputMode.ON_DEMAND, lazy("l.a", F, G).units, index=[("g", 1), ("f", -1)])
    assert entered(resolved(START, stale)) == ["s.o"]
    assert "f.o" in entered(resolved(START, stale, linker=Linker.LLD))


@EVERY_LINKER
def test_a_member_that_is_no_object_is_not_taken_for_ever(linker: Linker) -> None:
    broken = Input(Where("l.a"), InputMode.ON_DEMAND, lazy("l.a", ("f.o", b"text")).units, index=[("f", 0)])
    assert list(resolved(START, broken, linker=linker).errors) == ["f"]


@pytest.mark.slow
@pytest.mark.no_cover
@EVERY_LINKER
def test_chains_may_be_longer_than_the_stack(linker: Linker) -> None:
    members = [(f"{at}.o", uses(f"f{at + 1}", defines=[f"f{at}"])) for at in range(1500)]
    result = resolved(lazy("l.a", *members, ("last.o", elf("f1500"))), linker=linker, roots=("f0",))
    assert len(result.entered) == 1501
    assert not result.errors


def test_without_an_index_gold_finds_nothing() -> None:
    bare = archive("l.a", F, G, use=InputMode.ON_DEMAND)
    assert entered(resolved(START, bare, linker=Linker.GOLD)) == ["s.o"]
    assert "f.o" in entered(resolved(START, bare, linker=Linker.LLD))


def test_lld_before_15_believes_the_index() -> None:
    empty = Input(Where("l.a"), InputMode.ON_DEMAND, lazy("l.a", F, G).units, index=[])
    link = Link((START, empty))
    assert entered(resolve(link, Linker.LLD, (14, 0))) == ["s.o"]
    assert "f.o" in entered(resolve(link, Linker.LLD, (15, 0)))


@EVERY_LINKER
def test_lld_counts_a_member_to_the_file_that_asked_first_though_weakly(linker: Linker) -> None:
    """As `--why-extract` and `-Map` say: `w.o` enters when `strong.o` asks, and lld names `weak.o`."""
    start = archive("s.a", ("s.o", uses("f", "g", defines=["_start"])))
    weak, strong = ("weak.o", uses(weak=["w"], defines=["f"])), ("strong.o", uses("w", defines=["g"]))
    result = resolved(start, lazy("l.a", weak, strong, ("w.o", elf("w"))), linker=linker)
    (entry,) = [one for one in result.entered if one.symbol == "w"]
    assert entry.by is not None
    assert result.units[entry.by].member_name == ("weak.o" if linker is Linker.LLD else "strong.o")


def test_lld_comes_to_a_weak_reference_after_the_members_of_references_before_it() -> None:
    """`late.o` needs `h` before it needs `w` weakly, so that `h.o`, which `h` pulls in, asks for `w` first."""
    start = archive("s.a", ("s.o", uses("f", "g", defines=["_start"])))
    late, h = ("late.o", uses("h", weak=["w"], defines=["f"])), ("h.o", uses(weak=["w"], defines=["h"]))
    result = resolved(
        start, lazy("l.a", h, late, ("strong.o", uses("w", defines=["g"])), ("w.o", elf("w"))), linker=Linker.LLD
    )
    (entry,) = [one for one in result.entered if one.symbol == "w"]
    assert entry.by is not None
    assert result.units[entry.by].member_name == "h.o"
