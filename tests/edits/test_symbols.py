"""Changing symbols over a whole archive: only what it defines, and every reference to that."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import arfix
from arfix.edits.apply import apply
from arfix.edits.plan import Replace
from arfix.edits.requests import SymbolEdit, Symbols
from arfix.edits.symbols import plan_symbols
from arfix.errors import EditError, UnsupportedError
from arfix.formats.elf.file import Elf
from arfix.formats.model import Visibility
from tests.ar_builder import ar
from tests.elf_builder import LOCAL, Sym, elf

if TYPE_CHECKING:
    from arfix.archive.model import Archive

#: caller.o needs both functions of the library and malloc, which is not the library's own.
MEMBERS = (
    ("caller.o", elf("api", "?inner", "?malloc")),
    ("inner.o", elf("inner", Sym("hidden_away", binding=LOCAL))),
    ("alone.o", elf("alone")),
)


def library(*members: tuple[str, bytes]) -> Archive:
    return arfix.read(ar(*(members or MEMBERS)))


def changed(archive: Archive, change: SymbolEdit, *patterns: str, **options: object) -> Archive:
    return apply(archive, plan_symbols(archive, Symbols(change, patterns, **options)))  # type: ignore[arg-type]  # the other fields


def names(archive: Archive) -> list[list[str]]:
    return [sorted(one.name for one in Elf(member.data).global_symbols) for member in archive]


def test_a_prefix_never_renames_what_comes_from_elsewhere() -> None:
    result = changed(library(), SymbolEdit.PREFIX, prefix="p_")
    assert names(result) == [["malloc", "p_api", "p_inner"], ["p_inner"], ["p_alone"]]


def test_members_that_do_not_change_keep_every_byte() -> None:
    before = library()
    plan = plan_symbols(before, Symbols(SymbolEdit.RENAME, renames=(("inner", "core"),)))
    assert [edit.name for edit in plan.edits if isinstance(edit, Replace)] == ["caller.o", "inner.o"]
    after = apply(before, plan)
    assert bytes(after.members[2].data) == MEMBERS[2][1]
    assert names(after) == [["api", "core", "malloc"], ["core"], ["alone"]]


def test_the_reason_counts_and_a_follower_says_so() -> None:
    plan = plan_symbols(library(), Symbols(SymbolEdit.RENAME, renames=(("inner", "core"),)))
    assert [edit.reason for edit in plan.edits] == ["references follow", "1 symbol renamed"]


def test_localizing_what_another_member_needs_is_refused() -> None:
    with pytest.raises(EditError, match=r"caller.o needs inner, defined in inner.o") as caught:
        changed(library(), SymbolEdit.LOCALIZE, "inner")
    assert caught.value.hint is not None
    assert "`SymbolEdit.HIDE_ALL_BUT`" in caught.value.hint
    plan = plan_symbols(library(), Symbols(SymbolEdit.LOCALIZE, ("inner",), force=True))
    assert [(need.member, need.symbol) for need in plan.dangling] == [("caller.o", "inner")]
    assert names(changed(library(), SymbolEdit.LOCALIZE, "alone"))[2] == []


def test_localizing_one_of_two_copies_leaves_the_other_to_serve() -> None:
    archive = library(("user.o", elf("main", "?f")), ("a.o", elf("f")), ("b.o", elf("f")))
    assert names(changed(archive, SymbolEdit.LOCALIZE, "f", members=("a.o",))) == [["f", "main"], [], ["f"]]


def test_hide_all_but_keeps_references_whole() -> None:
    result = changed(library(), SymbolEdit.HIDE_ALL_BUT, "api")
    (api, private, malloc) = sorted(names(result)[0], key=lambda name: (name != "api", name))
    assert (api, malloc) == ("api", "malloc")
    assert names(result)[1] == [private]
    assert private.startswith("__arfix_")
    assert private.endswith("_inner")
    definition = next(one for one in Elf(result.members[1].data).symbols if one.name == private)
    assert definition.visibility is Visibility.HIDDEN


def test_hide_all_but_is_idempotent_and_differs_between_archives() -> None:
    first = changed(library(), SymbolEdit.HIDE_ALL_BUT, "api")
    assert not plan_symbols(first, Symbols(SymbolEdit.HIDE_ALL_BUT, ("api",)))
    other = changed(library(*MEMBERS[:2], ("alone.o", elf("another"))), SymbolEdit.HIDE_ALL_BUT, "api")
    assert names(first)[1] != names(other)[1]
    own = changed(library(), SymbolEdit.HIDE_ALL_BUT, "api", prefix="v2_")
    assert names(own)[1] == ["v2_inner"]
    assert not plan_symbols(own, Symbols(SymbolEdit.HIDE_ALL_BUT, ("api",), prefix="v2_"))


def test_globalize_finds_locals() -> None:
    assert names(changed(library(), SymbolEdit.GLOBALIZE, "hidden_away"))[1] == ["hidden_away", "inner"]


def test_weaken_by_glob() -> None:
    result = changed(library(), SymbolEdit.WEAKEN, "a*")
    assert [one.binding.value for member in result for one in Elf(member.data).symbols if one.name[0] == "a"] == [
        "weak",
        "weak",
    ]


def test_versions_follow_the_name() -> None:
    archive = library(("v.o", elf("f@@V2", "g@V1")), ("user.o", elf("main", "?f", "?f@V2", "?g@V1")))
    assert names(changed(archive, SymbolEdit.PREFIX, "f@@V2", "g@V1", prefix="p_")) == [
        ["p_f@@V2", "p_g@V1"],
        ["main", "p_f", "p_f@V2", "p_g@V1"],
    ]


@pytest.mark.parametrize(
    ("change", "options", "message"),
    [
        (SymbolEdit.HIDE, {"patterns": ("inned",)}, "no member defines inned"),
        (SymbolEdit.HIDE, {"patterns": ("x*",)}, 'no symbol that the archive defines matches "x*"'),
        (SymbolEdit.RENAME, {"renames": (("malloc", "my_malloc"),)}, "malloc is only needed here"),
        (SymbolEdit.RENAME, {"renames": (("inner", "api"),)}, "api is already a symbol of caller.o"),
        (SymbolEdit.RENAME, {"renames": (("inner", "malloc"),)}, "malloc is already a symbol of caller.o"),
        (SymbolEdit.RENAME, {"renames": (("inner", "x"), ("alone", "x"))}, "inner and alone would both be called x"),
    ],
)
def test_what_is_refused(change: SymbolEdit, options: dict[str, object], message: str) -> None:
    with pytest.raises(EditError) as caught:
        plan_symbols(library(), Symbols(change, **options))  # type: ignore[arg-type]  # the other fields
    assert message in caught.value.message


def test_renames_may_change_places() -> None:
    result = changed(
        library(),
        SymbolEdit.RENAME,
        renames=(
            ("inner", "alone"),
            ("alone", "inner"),
        ),
    )
    assert names(result) == [["alone", "api", "malloc"], ["alone"], ["inner"]]


def test_a_prefix_on_one_of_two_definers_is_ambiguous() -> None:
    archive = library(("a.o", elf("f")), ("b.o", elf("f")))
    with pytest.raises(EditError, match=r"f is also defined by members that `members=\.\.\.` leaves out"):
        changed(archive, SymbolEdit.PREFIX, prefix="p_", members=("a.o",))


def test_an_error_says_which_member() -> None:
    archive = library(("fat.o", elf(Sym("c", "*COM*"))))
    with pytest.raises(UnsupportedError) as caught:
        changed(archive, SymbolEdit.WEAKEN, "c")
    assert str(caught.value).startswith("<bytes>(fat.o): c is a common symbol")


def test_a_default_version_is_renamed_to_the_plain_name_that_others_refer_to() -> None:
    lib = library(("f.o", elf(Sym("f@@V2"))), ("g.o", elf("?f", "g")))
    plan = plan_symbols(lib, Symbols(SymbolEdit.RENAME, renames=(("f@@V2", "f"),)))
    assert names(apply(lib, plan)) == [["f"], ["f", "g"]]
    other = library(("f.o", elf("other")), ("g.o", elf("?f", "g")))
    with pytest.raises(EditError, match=r"f is already a symbol of g\.o"):
        plan_symbols(other, Symbols(SymbolEdit.RENAME, renames=(("other", "f"),)))


@pytest.mark.parametrize("reference", ["f", "f@V2", "f@@V2"])
def test_a_default_version_that_becomes_local_leaves_every_spelling_dangling(reference: str) -> None:
    archive = arfix.read(ar(("a.o", elf("f@@V2")), ("b.o", elf(f"?{reference}"))))
    with pytest.raises(EditError, match=f"b.o needs {reference}, defined in a.o"):
        plan_symbols(archive, Symbols(SymbolEdit.LOCALIZE, ("f@@V2",)))


def test_thousands_of_absent_names_are_counted() -> None:
    archive = library(("a.o", elf(*(f"f{number}" for number in range(2000)))))
    renames = tuple((f"g{number}", f"h{number}") for number in range(20_000))
    with pytest.raises(EditError, match=r"g0, g1, .* and 19,980 more") as caught:
        plan_symbols(archive, Symbols(SymbolEdit.RENAME, renames=renames))
    assert len(str(caught.value)) < 400


def test_renaming_needs_one_symbol() -> None:
    """`n::f` has two overloads, and only one of them was renamed."""
    archive = library(("f.o", elf("_ZN1n1fEi", "_ZN1n1fEv")))
    with pytest.raises(EditError, match="n::f is 2 symbols: _ZN1n1fEi, _ZN1n1fEv"):
        plan_symbols(archive, Symbols(SymbolEdit.RENAME, renames=(("n::f", "g"),)))
    plan = plan_symbols(archive, Symbols(SymbolEdit.RENAME, renames=(("n::f(int)", "g"),)))
    assert names(apply(archive, plan)) == [["_ZN1n1fEv", "g"]]
