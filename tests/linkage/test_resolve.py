from __future__ import annotations

import pytest

from arfix.errors import Where
from arfix.formats.model import Visibility
from arfix.linkage.inputs import names_input
from arfix.linkage.model import Linker, Target
from tests.elf_builder import (
    ABS,
    ALLOC,
    COMMON,
    HIDDEN,
    IS_TLS,
    PROTECTED,
    TLS,
    UNDEF,
    UNIQUE,
    WEAK,
    WRITE,
    Rel,
    Sec,
    Sym,
    elf,
)
from tests.linkage.links import archive, entered, lazy, names_of, resolved, uses

EVERY_LINKER = pytest.mark.parametrize("linker", Linker)


def clashes(*objects: bytes, linker: Linker = Linker.LD) -> dict[str, tuple[int, ...]]:
    members = [(f"{at}.o", data) for at, data in enumerate(objects)]
    result = resolved(archive("libx.a", *members), linker=linker)
    return {name: clash.definers for name, clash in result.clashes.items()}


@EVERY_LINKER
def test_two_strong_definitions_clash_and_the_first_wins(linker: Linker) -> None:
    result = resolved(archive("libx.a", ("a.o", elf("f")), ("b.o", elf("f", "g"))), linker=linker)
    assert {name: clash.definers for name, clash in result.clashes.items()} == {"f": (0, 1)}
    assert result.winners == {"f": 0, "g": 1}


@EVERY_LINKER
def test_a_strong_definition_beats_a_weak_one_in_silence(linker: Linker) -> None:
    result = resolved(archive("libx.a", ("a.o", elf(Sym("f", binding=WEAK))), ("b.o", elf("f"))), linker=linker)
    assert not result.clashes
    assert result.winners == {"f": 1}


def test_common_symbols_meet_each_other_and_one_definition() -> None:
    block = Sym("c", COMMON, size=8, value=8)
    assert not clashes(elf(block), elf(block), elf("c"))
    assert clashes(elf(block), elf("c"), elf("c")) == {"c": (1, 2)}


def test_gnu_unique_clashes_like_any_strong_one() -> None:
    assert clashes(elf(Sym("u", binding=UNIQUE)), elf(Sym("u", binding=UNIQUE))) == {"u": (0, 1)}


def test_equal_absolute_values_meet_except_in_mold() -> None:
    five, six = elf(Sym("a", ABS, value=5)), elf(Sym("a", ABS, value=6))
    assert not clashes(five, five)
    assert clashes(five, six) == {"a": (0, 1)}
    assert clashes(five, five, linker=Linker.MOLD) == {"a": (0, 1)}


def test_of_two_comdat_groups_the_second_is_gone_with_what_it_asks_for() -> None:
    def grouped(*calls: str) -> bytes:
        refer = tuple(Rel(4, 4, name) for name in calls)
        text = Sec(".text.f", bytes(16), flags=6, group="f", relocations=refer)
        return elf(Sym("f", ".text.f"), *(Sym(name, UNDEF) for name in calls), sections=(text,))

    result = resolved(archive("libx.a", ("a.o", grouped()), ("b.o", grouped("missing"))))
    assert not result.clashes
    assert not result.errors
    assert result.winners["f"] == 0
    assert list(result.discarded) == [1]


def test_what_only_the_lost_copy_of_a_group_defines_is_missing() -> None:
    kept = elf(Sym("f", ".text.f"), sections=(Sec(".text.f", bytes(4), flags=6, group="f"),))
    lost = elf(
        *(Sym("f", ".text.f"), Sym("g", ".text.f"), Sym("h", ".text")),
        sections=(
            Sec(".text.f", bytes(4), flags=6, group="f"),
            Sec(".text", bytes(8), flags=6, relocations=(Rel(0, 4, "g"),)),
        ),
    )
    result = resolved(archive("libx.a", ("a.o", kept), ("b.o", lost)))
    assert list(result.errors) == ["g"]


def test_linkonce_copies_merge_in_gnu_linkers_only() -> None:
    once = elf(Sym("f", ".gnu.linkonce.t.f"), sections=(Sec(".gnu.linkonce.t.f", bytes(4), flags=6),))
    assert not clashes(once, once)
    assert clashes(once, once, linker=Linker.LLD) == {"f": (0, 1)}


def test_undefined_names_with_those_who_ask() -> None:
    result = resolved(archive("libx.a", ("a.o", uses("f")), ("b.o", uses("f", "g")), ("c.o", elf("g"))))
    assert {name: one.referrers for name, one in result.errors.items()} == {"f": (0, 1)}


@EVERY_LINKER
def test_a_name_that_no_relocation_asks_for_is_no_error(linker: Linker) -> None:
    ghost = elf("x", Sym("ghost", UNDEF))
    assert not resolved(archive("libx.a", ("a.o", ghost)), linker=linker).errors


def test_a_weak_reference_is_no_error_but_told() -> None:
    result = resolved(archive("libx.a", ("a.o", uses(weak=["maybe"]))))
    assert not result.errors
    assert result.undefined["maybe"].weak_referrers == (0,)


def test_one_strong_reference_makes_the_name_needed() -> None:
    result = resolved(archive("libx.a", ("a.o", uses(weak=["f"])), ("b.o", uses("f"))))
    assert result.errors["f"].referrers == (0, 1)


def test_debug_sections_ask_except_in_lld() -> None:
    members = archive("libx.a", ("a.o", uses("f", section=".debug_info")))
    assert list(resolved(members).errors) == ["f"]
    assert not resolved(members, linker=Linker.LLD).errors


def test_a_hidden_reference_cannot_be_met_from_outside() -> None:
    text = Sec(".text", bytes(8), flags=6, relocations=(Rel(0, 4, "f"),))
    refers = archive("libx.a", ("a.o", elf(Sym("f", UNDEF, visibility=HIDDEN), sections=(text,))))
    given = names_input(Where("names"), ["f"])
    result = resolved(refers, given)
    assert result.errors["f"].hidden
    assert not result.provided


def test_names_are_provided() -> None:
    result = resolved(archive("libx.a", ("a.o", uses("f", "g"))), names_input(Where("names"), ["f"]))
    assert result.provided == {"f": 1}
    assert list(result.errors) == ["g"]


def test_visibility_is_merged_over_definitions_and_references() -> None:
    hides = elf("own", Sym("f", UNDEF, visibility=HIDDEN), Sym("p", UNDEF, visibility=PROTECTED))
    result = resolved(archive("libx.a", ("a.o", elf("f", "p", "q")), ("b.o", hides)), target=Target.SHARED)
    assert result.visibility == {"f": Visibility.HIDDEN, "p": Visibility.PROTECTED}
    assert result.exported == {"p", "q", "own"}


def test_a_hidden_weak_copy_takes_the_name_out_of_the_exports() -> None:
    copy = elf(Sym("ceil", binding=WEAK, visibility=HIDDEN))
    assert resolved(archive("a.a", ("a.o", copy)), archive("b.a", ("b.o", elf("ceil")))).exported == frozenset()


def test_a_relocatable_output_exports_nothing() -> None:
    assert not resolved(archive("a.a", ("a.o", elf("f"))), target=Target.RELOCATABLE).exported


def test_the_linker_gives_its_own_names_and_bounds_of_sections() -> None:
    bounded = Sec("things", bytes(4), flags=2)
    wants = uses("_end", "__start_things", "__stop_nothing")
    result = resolved(archive("a.a", ("a.o", wants), ("b.o", elf(Sym("t", "things"), sections=(bounded,)))))
    assert result.linker_defined == {"_end", "__start_things"}
    assert list(result.errors) == ["__stop_nothing"]


def test_calls_for_thread_local_addresses_are_gone_from_executables() -> None:
    both = (Rel(0, 19, "var", -4), Rel(8, 4, "__tls_get_addr", -4))
    asks = Sec(".text", bytes(16), flags=6, align=8, relocations=both)
    storage = Sec(".tdata", bytes(8), flags=ALLOC | WRITE | IS_TLS, align=8)
    var, resolver = Sym("var", ".tdata", type=TLS, size=8), Sym("__tls_get_addr", UNDEF)
    wants = archive("a.a", ("a.o", elf(var, resolver, sections=(asks, storage))))
    assert not resolved(wants, target=Target.PIE).errors
    assert list(resolved(wants, target=Target.SHARED).errors) == ["__tls_get_addr"]
    calls = archive("a.a", ("a.o", uses("__tls_get_addr")))
    assert list(resolved(calls, target=Target.PIE).errors) == ["__tls_get_addr"]


@EVERY_LINKER
def test_the_call_stays_where_the_variable_is_missing(linker: Linker) -> None:
    both = (Rel(0, 4, "__tls_get_addr", -4), Rel(8, 19, "var", -4))
    text = Sec(".text", bytes(16), flags=6, align=8, relocations=both)
    wants = elf(Sym("__tls_get_addr", UNDEF), Sym("var", UNDEF, type=TLS), sections=(text,))
    missing = set(resolved(archive("a.a", ("a.o", wants)), linker=linker).errors)
    assert missing == ({"var", "__tls_get_addr"} if linker in (Linker.LLD, Linker.MOLD) else {"var"})


@EVERY_LINKER
def test_what_is_no_object_is_rejected_and_mold_says_nothing(linker: Linker) -> None:
    result = resolved(archive("a.a", ("a.o", elf("f")), ("README", b"text\n"), ("i.a", b"!<arch>\n")), linker=linker)
    assert [(one.unit, one.silent) for one in result.rejected] == [
        (1, linker is Linker.MOLD),
        (2, linker is Linker.MOLD),
    ]
    assert entered(result) == ["a.o"]


def test_another_machine_and_broken_objects_are_rejected() -> None:
    result = resolved(archive("a.a", ("a.o", elf("f")), ("b.o", elf("g", machine=183)), ("c.o", elf("h")[:300])))
    assert names_of(result, (one.unit for one in result.rejected)) == ["b.o", "c.o"]
    assert "g" not in result.winners


def test_what_sleeps_in_an_archive_is_told() -> None:
    result = resolved(archive("a.a", ("a.o", uses("f"))), lazy("l.a", ("f.o", elf("f")), ("g.o", elf("g"))))
    assert names_of(result, result.asleep) == ["g.o"]
    assert names_of(result, (entry.unit for entry in result.chain(1))) == ["a.o", "f.o"]
    assert result.chain(2) == ()


def test_versions() -> None:
    default = archive("a.a", ("a.o", elf(Sym("foo@@V1"))))
    assert not resolved(default, archive("b.a", ("b.o", uses("foo", "foo@V1")))).errors
    old = archive("a.a", ("a.o", elf(Sym("foo@V1"))))
    assert list(resolved(old, archive("b.a", ("b.o", uses("foo", "foo@V1")))).errors) == ["foo"]
    assert list(resolved(default, archive("c.a", ("c.o", elf("foo")))).clashes) == ["foo"]
