from __future__ import annotations

from dataclasses import replace

from arfix.audit.finding import Severity
from arfix.errors import Where
from arfix.formats.elf.groups import Group
from arfix.formats.model import Visibility
from arfix.linkage.model import Input, InputMode
from arfix.symbols.object_symbols import GroupNames, ObjectSymbols
from tests.audit.libraries import fixes
from tests.audit.links import Linked, archive, link_findings

HIDDEN = {"fmod": Visibility.HIDDEN, "sqrt": Visibility.HIDDEN, "__udivdi3": Visibility.HIDDEN}
RUST = archive(
    "librust.a", ("builtins.o", ObjectSymbols(weak=("fmod", "sqrt", "__udivdi3", "plain"), visibility=HIDDEN))
)
LIBM = archive(
    "libm.a", ("fmod.o", ObjectSymbols(strong=("fmod",))), ("sqrt.o", ObjectSymbols(strong=("sqrt",))), provider=True
)


def test_hidden_weak_copies_of_public_symbols_are_told_with_one_repair() -> None:
    found = link_findings("hidden-weak-shadow", Linked((RUST, LIBM)))
    assert [(one.archive, one.member, one.symbol) for one in found] == [
        ("librust.a", "builtins.o", "fmod"),
        ("librust.a", "builtins.o", "sqrt"),
    ]
    assert found[0].related == ("libm.a(fmod.o)",)
    assert set(fixes(found)) == {"arfix symbols librust.a --localize fmod sqrt"}


def test_a_real_definition_may_be_weak_as_those_of_glibc_are() -> None:
    glibc = archive("libm.a", ("s_fmod.o", ObjectSymbols(weak=("fmod",))), provider=True)
    found = link_findings("hidden-weak-shadow", Linked((RUST, glibc)))
    assert [(one.symbol, one.related) for one in found] == [("fmod", ("libm.a(s_fmod.o)",))]


def test_two_copies_of_an_inline_function_are_meant_so() -> None:
    group = (GroupNames(Group("_Z1fv", comdat=True, linkonce=False, sections=(5,), number=4), frozenset({"_Z1fv"})),)
    hidden = ObjectSymbols(weak=("_Z1fv",), visibility={"_Z1fv": Visibility.HIDDEN}, groups=group)
    hiding = archive("liba.a", ("a.o", hidden))
    inline = archive("libb.a", ("b.o", ObjectSymbols(weak=("_Z1fv",), groups=group)))
    real = archive("libb.a", ("b.o", ObjectSymbols(weak=("_Z1fv",))))
    assert link_findings("hidden-weak-shadow", Linked((hiding, inline))) == []
    assert len(link_findings("hidden-weak-shadow", Linked((hiding, real)))) == 1


def test_a_second_copy_in_the_same_archive_is_no_other_archive() -> None:
    both = archive(
        "librust.a", ("a.o", ObjectSymbols(weak=("fmod",), visibility=HIDDEN)), ("b.o", ObjectSymbols(strong=("fmod",)))
    )
    assert link_findings("hidden-weak-shadow", Linked((both,))) == []


def test_it_is_an_error_when_a_module_needs_the_symbol() -> None:
    module = Input(Where("math.so"), InputMode.NAMES, needs=frozenset({"sqrt"}))
    found = link_findings("hidden-weak-shadow", Linked((RUST, LIBM, module)))
    assert [one.severity for one in found] == [Severity.WARNING, Severity.ERROR]


def test_what_is_hidden_everywhere_is_meant_so() -> None:
    hidden = archive("libh.a", ("h.o", ObjectSymbols(strong=("fmod",), visibility={"fmod": Visibility.HIDDEN})))
    assert link_findings("hidden-weak-shadow", Linked((RUST, hidden))) == []


def test_a_protected_or_default_weak_copy_hides_nothing() -> None:
    table = ObjectSymbols(weak=("fmod", "sqrt"), visibility={"fmod": Visibility.PROTECTED})
    lib = replace(archive("libx.a", ("x.o", table)))
    assert link_findings("hidden-weak-shadow", Linked((lib, LIBM))) == []


def test_where_the_archive_uses_its_copy_the_repair_is_forced() -> None:
    user = ("user.o", ObjectSymbols(undefined=("fmod",)))
    rust = archive("librust.a", ("builtins.o", ObjectSymbols(weak=("fmod",), visibility=HIDDEN)), user)
    assert fixes(link_findings("hidden-weak-shadow", Linked((rust, LIBM)))) == [
        "arfix symbols librust.a --localize fmod --force"
    ]
