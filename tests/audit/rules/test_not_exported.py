from __future__ import annotations

from arfix.audit.settings import Settings
from arfix.errors import Where
from arfix.formats.model import Visibility
from arfix.linkage.model import Input, InputMode
from arfix.symbols.object_symbols import ObjectSymbols
from tests.audit.libraries import fixes
from tests.audit.links import Linked, archive, link_findings

SETTINGS = Settings(("libx.a",), needed_by=("_ssl.so",))
MODULE = Input(Where("_ssl.so"), InputMode.NAMES, needs=frozenset({"secret", "public", "malloc"}))
HIDING = {"secret": Visibility.HIDDEN}


def test_a_needed_symbol_that_another_member_hides() -> None:
    lib = archive(
        "libx.a", ("d.o", ObjectSymbols(strong=("secret", "public"))), ("h.o", ObjectSymbols(visibility=HIDING))
    )
    linked = Linked((lib, MODULE), winners={"secret": 0, "public": 0}, visibility=HIDING, settings=SETTINGS)
    (found,) = link_findings("not-exported", linked)
    assert (found.archive, found.member, found.symbol) == ("libx.a", "d.o", "secret")
    assert found.message == "needed by _ssl.so, but hidden by libx.a(h.o)"
    assert fixes([found]) == [None]


def test_a_weak_copy_that_hides_it_is_to_be_made_local() -> None:
    lib = archive("libx.a", ("d.o", ObjectSymbols(strong=("secret",))))
    rust = archive("librust.a", ("w.o", ObjectSymbols(weak=("secret",), visibility=HIDING)))
    found = link_findings(
        "not-exported", Linked((lib, rust, MODULE), winners={"secret": 0}, visibility=HIDING, settings=SETTINGS)
    )
    assert fixes(found) == ["arfix symbols librust.a --localize secret"]


def test_what_the_link_does_not_define_comes_from_elsewhere() -> None:
    lib = archive("libx.a", ("d.o", ObjectSymbols()))
    assert link_findings("not-exported", Linked((lib, MODULE), settings=SETTINGS)) == []


def test_needs_of_a_provider_are_not_asked_for() -> None:
    lib = archive("libx.a", ("d.o", ObjectSymbols(strong=("secret",), visibility=HIDING)))
    assert link_findings("not-exported", Linked((lib, MODULE), winners={"secret": 0}, visibility=HIDING)) == []
