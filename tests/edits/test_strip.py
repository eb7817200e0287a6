from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from arfix.archive.read import read
from arfix.edits.apply import apply
from arfix.edits.plan import Drop, Reindex
from arfix.edits.strip import StillNeededError, plan_strip
from tests.ar_builder import ar
from tests.elf_builder import ALLOC, COMMON, INIT_ARRAY, STACK_NOTE, TEXT, UNDEF, WEAK, WRITE, Sec, Sym, elf
from tests.tools import need, output_of

if TYPE_CHECKING:
    from pathlib import Path

    from arfix.archive.model import Archive

GROUPED = Sec(".text.f", b"\xc3", flags=6, group="f")


def names(archive: Archive) -> list[str]:
    return [member.name for member in archive]


def strip(data: bytes, *selectors: str, **options: bool) -> Archive:
    archive = read(data)
    return apply(archive, plan_strip(archive, selectors, **options))


def needs(caught: pytest.ExceptionInfo[StillNeededError]) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(need.member, need.symbol, need.providers) for need in caught.value.needs]


def test_what_nothing_needs_goes() -> None:
    data = ar(("a.o", elf("a", "?b")), ("b.o", elf("b")), index=(("a", 0), ("b", 1)))
    result = strip(data, "a.o")
    assert names(result) == ["b.o"]
    assert list(result.index or ()) == [("b", 0)]


def test_what_is_needed_stays_and_who_needs_it_is_told() -> None:
    data = ar(("a.o", elf("a", "?b")), ("b.o", elf("b")), ("c.o", elf("c", "?b", "?printf")))
    with pytest.raises(StillNeededError, match="2 remaining members need") as caught:
        strip(data, "b.o")
    assert needs(caught) == [("a.o", "b", ("b.o",)), ("c.o", "b", ("b.o",))]
    assert "a.o needs b, defined in b.o" in str(caught.value)


def test_a_weak_default_that_takes_over_is_reported() -> None:
    default = elf(Sym("opt", binding=WEAK), "f")
    data = ar(("a.o", default), ("b.o", elf("opt")), index=(("opt", 0), ("f", 0), ("opt", 1)))
    assert plan_strip(read(data), ("b.o",)).warnings == ("a.o defines opt weakly: programs get that definition",)
    assert plan_strip(read(data), ("a.o",)).warnings == ()


def test_the_proof_does_not_believe_the_index() -> None:
    lie = ar(("a.o", elf("a", "?b")), ("b.o", elf("b")), ("c.o", elf("c")), index=(("a", 0), ("b", 1), ("b", 2)))
    with pytest.raises(StillNeededError):
        strip(lie, "b.o")


@pytest.mark.parametrize(
    "other",
    [
        Sym("f", binding=WEAK),
        Sym("f", COMMON, value=4, size=4),
        Sym("f", "*ABS*"),
        Sym("f"),
        Sym("f", binding=10),
        Sym("f", visibility=2),
    ],
)
def test_another_definition_is_enough(other: Sym) -> None:
    data = ar(("a.o", elf("?f")), ("f.o", elf("f")), ("g.o", elf(other)))
    assert names(strip(data, "f.o")) == ["a.o", "g.o"]


def test_a_comdat_copy_elsewhere_is_enough() -> None:
    copy = elf(Sym("f", ".text.f", visibility=2), "?f2", sections=(GROUPED,))
    data = ar(("a.o", copy), ("b.o", copy), ("user.o", elf("?f")))
    assert names(strip(data, "a.o")) == ["b.o", "user.o"]
    with pytest.raises(StillNeededError):
        strip(data, "a.o", "b.o")


def test_a_local_symbol_of_that_name_is_neither() -> None:
    data = ar(("a.o", elf("?f")), ("f.o", elf("f")), ("l.o", elf(Sym("f", binding=0), "l")))
    with pytest.raises(StillNeededError) as caught:
        strip(data, "f.o")
    assert needs(caught) == [("a.o", "f", ("f.o",))]


def test_a_weak_reference_becomes_null_and_that_is_said() -> None:
    archive = read(ar(("a.o", elf(Sym("f", UNDEF, binding=WEAK))), ("f.o", elf("f"))))
    plan = plan_strip(archive, ["f.o"])
    assert plan.notes == ("a.o refers to f weakly; with f.o gone it is null",)
    assert plan.proven


def test_a_versioned_definition_satisfies_the_plain_name() -> None:
    data = ar(("a.o", elf("?f")), ("b.o", elf("?f@V2")), ("f.o", elf("f@@V2")))
    with pytest.raises(StillNeededError) as caught:
        strip(data, "f.o")
    assert {need.symbol for need in caught.value.needs} == {"f", "f@V2"}


@pytest.mark.parametrize("count", [1, 8, 9, 200])
def test_few_and_many_symbols_are_looked_for_alike(count: int) -> None:
    many = [f"symbol_{number}" for number in range(count)]
    data = ar(("many.o", elf(*many)), ("user.o", elf("?symbol_0", "?puts")), ("other.o", elf("?symbol", "symbol_")))
    with pytest.raises(StillNeededError) as caught:
        strip(data, "many.o")
    assert needs(caught) == [("user.o", "symbol_0", ("many.o",))]


def test_a_name_stored_as_the_tail_of_another_is_found() -> None:
    user = elf("?call_log", "?xlog")
    position = user.index(b"\0xlog\0")
    merged = bytearray(user)
    # Tail merging, as assemblers do it: the symbol `xlog` now begins one byte later, inside its own string.
    table = bytes(merged).index((position - user.index(b"\0call_log\0") + 1).to_bytes(4, "little") + b"\x10\0\0\0")
    merged[table] += 1
    data = ar(("user.o", bytes(merged)), ("log.o", elf("log")))
    with pytest.raises(StillNeededError) as caught:
        strip(data, "log.o")
    assert needs(caught) == [("user.o", "log", ("log.o",))]


def test_cascade_takes_those_who_need_it_and_those_who_need_them() -> None:
    data = ar(("a.o", elf("a", "?b")), ("b.o", elf("b", "?c")), ("c.o", elf("c")), ("d.o", elf("d", "?e")))
    archive = read(data)
    plan = plan_strip(archive, ["c.o"], cascade=True)
    assert [(drop.name, drop.reason) for drop in plan.drops] == [
        ("a.o", "needs b, defined in b.o"),
        ("b.o", "needs c, defined in c.o"),
        ("c.o", ""),
    ]
    assert names(apply(archive, plan)) == ["d.o"]


def test_force_goes_ahead_and_says_what_dangles() -> None:
    archive = read(ar(("a.o", elf("a", "?b")), ("b.o", elf("b"))))
    plan = plan_strip(archive, ["b.o"], force=True)
    assert [(need.member, need.symbol) for need in plan.dangling] == [("a.o", "b")]
    assert plan.proven is False


def test_all_members_of_a_name_go_or_the_one_that_is_numbered() -> None:
    data = ar(("x.o", elf("one")), ("y.o", elf("y")), ("x.o", elf("two")))
    assert names(strip(data, "x.o")) == ["y.o"]
    assert names(strip(data, "x.o#2")) == ["x.o", "y.o"]


def test_a_short_name_is_said_in_the_reason() -> None:
    archive = read(ar(("libcrypto-lib-bss_log.o", elf("f"))))
    (drop, *_) = plan_strip(archive, ["bss_log.o"]).edits
    assert drop == Drop(0, "libcrypto-lib-bss_log.o", 'matched by "bss_log.o"')


def test_absent_members_may_be_absent() -> None:
    archive = read(ar(("a.o", elf("a"))))
    plan = plan_strip(archive, ["b.o"], if_present=True)
    assert not plan
    assert plan.notes == ('nothing matches "b.o"; it is gone already',)
    assert apply(archive, plan) is archive


def test_a_missing_or_wrong_index_is_rebuilt_and_that_is_said() -> None:
    members = (("a.o", elf("a")), ("b.o", elf("b")), ("c.o", elf("c")))
    archive = read(ar(*members))
    plan = plan_strip(archive, ["b.o"])
    assert plan.edits[-1] == Reindex("there is no index")
    assert list(apply(archive, plan).index or ()) == [("a", 0), ("c", 1)]
    wrong = bytearray(ar(*members, index=(("a", 0), ("b", 1), ("c", 2))))
    wrong[8 + 60 + 7] += 2  # the first offset now points into a header
    archive = read(bytes(wrong))
    plan = plan_strip(archive, ["b.o"])
    assert plan.edits[-1] == Reindex("1 of 3 index entries point at no member")
    assert list(apply(archive, plan).index or ()) == [("a", 0), ("c", 1)]


def test_no_object_left_means_no_index() -> None:
    data = ar(("a.o", elf("a")), ("readme", b"text\n"), index=(("a", 0),))
    assert strip(data, "a.o").index is None
    data = ar(("a.o", elf("a")), ("b.o", elf("?x")), index=(("a", 0),))
    assert list(strip(data, "a.o").index or (("none", 0),)) == [("none", 0)]
    assert strip(data, "a.o").index is not None


def test_what_is_no_object_needs_nothing() -> None:
    nested = ar(("u.o", elf("?f")))
    data = ar(("f.o", elf("f")), ("readme", b"f\0 is explained here\n"), ("n.a", nested))
    assert names(strip(data, "f.o")) == ["readme", "n.a"]


def test_an_object_that_cannot_be_read_and_contains_the_name_stops_the_edit() -> None:
    broken = bytearray(elf("?f"))
    broken[58:60] = b"\xff\xff"  # e_shentsize
    with pytest.raises(StillNeededError, match="may need f"):
        strip(ar(("f.o", elf("f")), ("broken.o", bytes(broken))), "f.o")
    assert names(strip(ar(("g.o", elf("g")), ("broken.o", bytes(broken))), "g.o")) == ["broken.o"]


def test_slim_lto_objects_need_and_define_what_their_own_tables_say(tmp_path: Path) -> None:
    (tmp_path / "slim.c").write_text("int needed(void); int slim(void) { return needed(); }\n")
    (tmp_path / "user.c").write_text("int slim(void); int user(void) { return slim(); }\n")
    gcc = need("gcc")
    output_of(gcc, "-flto", "-fno-fat-lto-objects", "-c", "slim.c", cwd=tmp_path)
    output_of(gcc, "-c", "user.c", cwd=tmp_path)
    slim, user = ((tmp_path / name).read_bytes() for name in ("slim.o", "user.o"))
    data = ar(("slim.o", slim), ("user.o", user), ("needed.o", elf("needed")))
    for member in ("slim.o", "needed.o"):
        with pytest.raises(StillNeededError):
            strip(data, member)
    assert names(strip(data, "user.o")) == ["slim.o", "needed.o"]


def test_the_index_guides_to_other_definitions_and_is_not_believed() -> None:
    members = (("f.o", elf("f")), ("g.o", elf("f")), ("user.o", elf("?f")))
    assert names(strip(ar(*members, index=(("f", 0), ("f", 1))), "f.o")) == ["g.o", "user.o"]
    liar = (("f.o", elf("f")), ("g.o", elf("g")), ("h.o", elf("f")), ("user.o", elf("?f")))
    assert names(strip(ar(*liar, index=(("f", 0), ("f", 1))), "f.o")) == ["g.o", "h.o", "user.o"]
    with pytest.raises(StillNeededError):
        strip(ar(*liar, index=(("f", 0), ("f", 1))), "f.o", "h.o")


def test_what_acts_by_being_linked_is_named_when_it_goes() -> None:
    starts = Sec(".init_array", bytes(8), type=INIT_ARRAY, flags=ALLOC | WRITE, align=8)
    entry = Sec("codecs", bytes(8), flags=ALLOC)
    members = (
        ("wave.o", elf("wave", sections=(TEXT, starts, STACK_NOTE))),
        ("row.o", elf("row", sections=(TEXT, entry, STACK_NOTE))),
        ("plain.o", elf("plain")),
    )
    plan = plan_strip(read(ar(*members)), ["*.o"])
    assert plan.warnings == (
        "wave.o acts by being linked: code that runs at start or exit goes with it (.init_array)",
        "row.o acts by being linked: an entry of a table goes with it (codecs)",
    )


@pytest.mark.no_cover
@pytest.mark.slow
def test_a_long_chain_is_removed_in_the_time_of_its_length() -> None:
    def seconds(count: int) -> float:
        archive = read(ar(*((f"a{at}.o", elf(f"f{at}", f"?f{at - 1}")) for at in range(1, count + 1))))
        start = time.process_time()
        plan = plan_strip(archive, ["a1.o"], cascade=True)
        assert [edit.position for edit in plan.edits if isinstance(edit, Drop)] == list(range(count))
        return time.process_time() - start

    assert min(seconds(800) for _ in range(2)) < 9 * min(seconds(200) for _ in range(2)) + 0.1
