"""Who has a missing symbol, and why that does not count."""

from __future__ import annotations

from dataclasses import replace

import pytest

from arfix.errors import Where
from arfix.linkage.inputs import names_input
from arfix.linkage.model import Candidate, CandidateKind, Input, InputMode, Linker, LinkResult
from arfix.linkage.why import explain_symbol
from tests.elf_builder import Sym, elf
from tests.linkage.links import archive, lazy, resolved, uses


def candidates(result: LinkResult, name: str) -> list[tuple[CandidateKind, str, str]]:
    return [(one.kind, one.name, one.place) for one in result.errors[name].candidates]


@pytest.mark.parametrize("linker", [Linker.LD, Linker.GOLD])
def test_an_archive_that_is_searched_before_anybody_asks_is_too_early(linker: Linker) -> None:
    line = (
        lazy("librcl.a", ("rcl.o", elf("rcl"))),
        lazy("librclcpp.a", ("rclcpp.o", uses("rcl", defines=["rclcpp"]))),
    )
    result = resolved(*line, linker=linker, roots=("rclcpp",))
    assert result.errors["rcl"].candidates == (Candidate(CandidateKind.TOO_EARLY, "rcl", "librcl.a(rcl.o)", 0, 0, 1),)
    assert not resolved(*reversed(line), linker=linker, roots=("rclcpp",)).errors
    assert not resolved(*line, linker=Linker.LLD, roots=("rclcpp",)).errors


def test_a_shared_object_that_as_needed_leaves_out_is_not_called_hidden() -> None:
    """Only GNU ld forgets it; an object before it, or a place under `--no-as-needed`, makes it count."""
    library = Input(
        Where("libs.so"), InputMode.NAMES, names=frozenset({"f"}), provider=True, image=True, as_needed=True
    )
    user = archive("m.a", ("m.o", uses("f")))
    found = resolved(library, user)
    assert found.errors["f"].candidates == (Candidate(CandidateKind.PASSED_OVER, "f", "libs.so", None, 0, 1),)
    assert explain_symbol(found, "f").provided_by is None
    assert explain_symbol(found, "f").passed_over == 0
    assert not resolved(user, library).errors
    assert not resolved(replace(library, as_needed=False), user).errors
    assert not resolved(library, user, linker=Linker.GOLD).errors


def test_another_version_is_named_as_it_is_spelt() -> None:
    user = archive("a.a", ("a.o", uses("f", "g@V1")))
    result = resolved(user, archive("b.a", ("b.o", elf(Sym("f@V1"), Sym("g@@V2")))))
    assert candidates(result, "f") == [(CandidateKind.OTHER_VERSION, "f@V1", "b.a(b.o)")]
    assert {one[1] for one in candidates(result, "g@V1")} == {"g@@V2"}


def test_what_another_machine_has_does_not_count() -> None:
    user = archive("a.a", ("a.o", uses("f")))
    result = resolved(user, lazy("b.a", ("b.o", elf("f", machine=183))))
    assert candidates(result, "f") == [(CandidateKind.OTHER_MACHINE, "f", "b.a(b.o)")]


def test_an_archive_whose_index_does_not_list_it() -> None:
    user = archive("a.a", ("a.o", uses("f")))
    stale = replace(lazy("b.a", ("b.o", elf("f"))), index=[("other", 0)])
    assert candidates(resolved(user, stale), "f") == [(CandidateKind.NOT_INDEXED, "f", "b.a(b.o)")]


def test_the_pointer_to_a_function_of_a_dll_and_the_function() -> None:
    user = archive("a.a", ("a.o", uses("__imp_gd")))
    result = resolved(user, lazy("b.a", ("gd.o", elf("gd"))))
    assert candidates(result, "__imp_gd") == [(CandidateKind.IMPORT_TWIN, "gd", "b.a(gd.o)")]


def test_what_nothing_has_has_no_candidates() -> None:
    result = resolved(archive("a.a", ("a.o", uses("f"))), names_input(Where("names"), ["g"]))
    assert result.errors["f"].candidates == ()
