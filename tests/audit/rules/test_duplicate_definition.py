from __future__ import annotations

from dataclasses import replace

from arfix.audit.finding import Severity
from arfix.linkage.model import Clash
from arfix.linkage.table import Table
from tests.audit.libraries import fixes
from tests.audit.links import Linked, archive, link_findings


def test_within_one_archive_the_loser_is_told() -> None:
    lib = archive("libx.a", ("x.o", Table(strong=("f", "g"))), ("y.o", Table(strong=("f", "h"))))
    found = link_findings("duplicate-definition", Linked((lib,), clashes=(Clash("f", (0, 1)),)))
    assert [(one.severity, one.archive, one.member, one.symbol) for one in found] == [
        (Severity.ERROR, "libx.a", "y.o", "f")
    ]
    assert found[0].related == ("libx.a(x.o)",)
    assert fixes(found) == ["arfix symbols libx.a --localize f --member y.o"]


def test_across_archives_a_copy_is_to_be_removed() -> None:
    table = Table(strong=("ossl_sa_new", "ossl_sa_free"))
    ssl = archive("libssl.a", ("sparse.o", table), ("s.o", Table(strong=("s",))))
    crypto = archive("libcrypto.a", ("c.o", Table(strong=("c",))), ("sparse.o", table))
    clashes = (Clash("ossl_sa_free", (0, 3)), Clash("ossl_sa_new", (0, 3)))
    found = link_findings("duplicate-definition", Linked((ssl, crypto), clashes=clashes))
    assert [(one.archive, one.member, one.symbol) for one in found if one.symbol] == [
        ("libcrypto.a", "sparse.o", "ossl_sa_free"),
        ("libcrypto.a", "sparse.o", "ossl_sa_new"),
    ]
    assert set(fixes(found)) == {"arfix strip libcrypto.a sparse.o"}


def test_members_of_one_name_are_told_apart() -> None:
    same = Table(strong=("f",))
    lib = archive("libx.a", ("x.o", same), ("x.o", same), ("x.o", Table(strong=("f", "own"))))
    found = link_findings("duplicate-definition", Linked((lib,), clashes=(Clash("f", (0, 1, 2)),)))
    assert [one.member for one in found] == ["x.o#2"]
    assert fixes(found) == ["arfix strip libx.a 'x.o#2'"]


def test_a_clash_with_a_provider_is_told_for_the_archive_under_test() -> None:
    lib = archive("libx.a", ("x.o", Table(strong=("open",))))
    libc = archive("libc.a", ("open.o", Table(strong=("open",))), provider=True)
    clash = Clash("open", (0, 1))
    found = link_findings("duplicate-definition", Linked((lib, libc), clashes=(clash,), entered_too=(1,)))
    assert [(one.archive, one.member) for one in found] == [("libx.a", "x.o")]
    assert found[0].message == "also defined by libc.a(open.o)"


def test_the_same_library_again_is_told_once() -> None:
    names = tuple(f"f{number}" for number in range(300))
    lib = archive("libx.a", ("x.o", Table(strong=names)))
    again = archive("liby.a", ("x.o", Table(strong=names)))
    clashes = tuple(Clash(name, (0, 1)) for name in names)
    (found,) = link_findings("duplicate-definition", Linked((lib, again), clashes=clashes))
    assert (found.archive, found.symbol, found.severity) == ("liby.a", None, Severity.WARNING)
    assert found.message.startswith("holds the same objects as libx.a: 300 symbols clash")


def test_a_variant_is_known_by_its_name_and_its_symbols() -> None:
    lib = archive("lib/libform.a", ("x.o", Table(strong=("f", "g"))))
    for name in ("lib/libformw.a", "lib/libform_pic.a", "other/libform.a"):
        wide = archive(name, ("x.o", Table(strong=("f", "g", "wide"))))
        clashes = (Clash("f", (0, 1)), Clash("g", (0, 1)))
        (found,) = link_findings("duplicate-definition", Linked((lib, wide), clashes=clashes))
        assert found.message.startswith("is a variant of lib/libform.a: 2 symbols")


def test_a_name_alone_makes_no_variant() -> None:
    lib = archive("libform.a", ("x.o", Table(strong=("f", "g", "h"))))
    wide = archive("libformw.a", ("x.o", Table(strong=("f", "i", "j"))))
    found = link_findings("duplicate-definition", Linked((lib, wide), clashes=(Clash("f", (0, 1)),)))
    assert [one.symbol for one in found] == ["f"]


def test_no_clash_no_finding() -> None:
    lib = archive("libx.a", ("x.o", Table(strong=("f",))))
    assert link_findings("duplicate-definition", Linked((lib, replace(lib)))) == []
