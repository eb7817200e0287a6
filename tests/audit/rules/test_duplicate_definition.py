from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from arfix.archive.read import read
from arfix.audit.finding import Safety, Severity
from arfix.errors import Where
from arfix.linkage.inputs import archive_input
from arfix.linkage.model import DuplicateSymbol
from arfix.symbols.object_symbols import ObjectSymbols
from tests.ar_builder import ar
from tests.audit.libraries import fixes
from tests.audit.links import Linked, archive, link_findings, object_archive
from tests.elf_builder import ALLOC, EXEC, FUNC, INIT_ARRAY, NOBITS, OBJECT, STACK_NOTE, TEXT, WRITE, Sec, Sym, elf

if TYPE_CHECKING:
    from arfix.audit.finding import Finding
    from arfix.linkage.model import Input


def function(*names: str, code: bytes = b"\xc3") -> bytes:
    """Return an object with these functions, all of the same code."""
    text = Sec(".text", code, flags=ALLOC | EXEC)
    return elf(*(Sym(name, type=FUNC, size=len(code)) for name in names), sections=(text, STACK_NOTE))


def variable(name: str, *, size: int = 4, start: bytes | None = None, user: str = "") -> bytes:
    """Return an object with one variable, zero where no `start` is given, and a function."""
    data = (
        Sec(".bss", bytes(size), type=NOBITS, flags=ALLOC | WRITE)
        if start is None
        else Sec(".data", start, flags=ALLOC | WRITE)
    )
    return elf(
        Sym(name, data.name, type=OBJECT, size=size), Sym(user, type=FUNC, size=1), sections=(TEXT, data, STACK_NOTE)
    )


def clash(*inputs: Input, names: tuple[str, ...], at: tuple[int, ...]) -> list[Finding]:
    return link_findings(
        "duplicate-definition", Linked(inputs, clashes=tuple(DuplicateSymbol(name, at) for name in names))
    )


def test_within_one_archive_the_loser_is_told() -> None:
    lib = object_archive("libx.a", ("x.o", function("f", "g")), ("y.o", function("f", "h")))
    (found,) = clash(lib, names=("f",), at=(0, 1))
    assert (found.severity, found.archive, found.member, found.symbol) == (Severity.ERROR, "libx.a", "y.o", "f")
    assert found.related == ("libx.a(x.o)",)
    assert fixes([found]) == ["arfix symbols libx.a --localize f --member y.o"]
    assert found.fix is not None
    assert found.fix.safety is Safety.UNSAFE


def test_across_archives_a_copy_gives_way() -> None:
    """Removing it would break programs that link one of the archives alone."""
    both = function("ossl_sa_new", "ossl_sa_free")
    ssl = object_archive("libssl.a", ("sparse.o", both), ("s.o", function("s")))
    crypto = object_archive("libcrypto.a", ("c.o", function("c")), ("sparse.o", both))
    found = clash(ssl, crypto, names=("ossl_sa_free", "ossl_sa_new"), at=(0, 3))
    assert [(one.archive, one.member, one.symbol) for one in found] == [
        ("libcrypto.a", "sparse.o", "ossl_sa_free"),
        ("libcrypto.a", "sparse.o", "ossl_sa_new"),
    ]
    assert set(fixes(found)) == {"arfix symbols libcrypto.a --weaken '*' --member sparse.o"}
    assert {one.fix.safety for one in found if one.fix} == {Safety.SAFE}


def test_a_copy_with_constructors_is_no_safe_repair() -> None:
    acts = elf(Sym("f", type=FUNC, size=1), sections=(TEXT, Sec(".init_array", bytes(8), type=INIT_ARRAY), STACK_NOTE))
    one, two = (object_archive(name, ("x.o", acts), ("own.o", function(name[3]))) for name in ("liba.a", "libb.a"))
    (found,) = clash(one, two, names=("f",), at=(0, 2))
    assert found.fix is not None
    assert (found.fix.safety, found.fix.costs) == (
        Safety.UNSAFE,
        (".init_array is linked twice, once from each archive",),
    )


def test_members_of_one_name_are_told_apart() -> None:
    lib = object_archive(
        "libx.a", ("x.o", function("f")), ("x.o", function("f")), ("x.o", function("f", "own", code=b"\x90\xc3"))
    )
    found = clash(lib, names=("f",), at=(0, 1, 2))
    assert [one.member for one in found] == ["x.o#2", "x.o#3"]
    assert fixes(found) == ["arfix strip libx.a 'x.o#2'", None]
    assert "two builds of one member: x.o#3 comes later" in found[1].message


def test_the_newer_of_two_builds_is_named_by_its_date() -> None:
    old, new = function("f"), function("f", code=b"\x90\xc3")
    data = ar(("x.o", new), date=2000) + ar(("x.o", old), date=1000)[8:]
    lib = archive_input(read(data), Where("libx.a"))
    (found,) = clash(lib, names=("f",), at=(0, 1))
    assert "x.o#1 is newer, and x.o#2 is probably left over" in found.message
    assert found.fix is None


@pytest.mark.parametrize(
    ("mine", "theirs", "fix"),
    [
        (variable("v", user="a"), variable("v", user="b"), "arfix symbols libx.a --weaken v --member b.o"),
        (
            variable("v", start=b"\1\0\0\0", user="a"),
            variable("v", start=b"\1\0\0\0", user="b"),
            "arfix symbols libx.a --weaken v --member b.o",
        ),
        (variable("v", user="a"), variable("v", start=b"\1\0\0\0", user="b"), None),
        (variable("v", size=4, user="a"), variable("v", size=8, user="b"), None),
        (variable("v", user="a"), function("v"), None),
    ],
)
def test_a_variable_is_made_one_only_where_both_are_equal(mine: bytes, theirs: bytes, fix: str | None) -> None:
    (found,) = clash(object_archive("libx.a", ("a.o", mine), ("b.o", theirs)), names=("v",), at=(0, 1))
    assert fixes([found]) == [fix]
    assert found.fix is None or found.fix.safety is Safety.UNSAFE


def test_a_function_that_its_own_library_needs_is_never_taken_away() -> None:
    """Making it local and forcing that would let libb.a call the function of liba.a."""
    one = object_archive("liba.a", ("ua.o", function("util", "a")), ("a.o", elf("api_a", "?util")))
    two = object_archive("libb.a", ("ub.o", function("util", "b", code=b"\x90\xc3")), ("b.o", elf("api_b", "?util")))
    (found,) = clash(one, two, names=("util",), at=(0, 2))
    assert found.fix is None
    assert "--hide-all-but" in found.message


def test_two_versions_of_a_library_are_one_finding() -> None:
    one = object_archive("libv1.a", *((f"{n}.o", function(f"f{n}", f"old{n}")) for n in range(3)))
    two = object_archive("libv2.a", *((f"{n}.o", function(f"f{n}", f"new{n}")) for n in range(3)))
    clashes = tuple(DuplicateSymbol(f"f{n}", (n, n + 3)) for n in range(3))
    (found,) = link_findings("duplicate-definition", Linked((one, two), clashes=clashes))
    assert (found.severity, found.archive, found.fix) == (Severity.ERROR, "libv2.a", None)
    assert found.message.startswith("is another version of libv1.a: 3 symbols clash, keep both apart")


def test_a_clash_with_a_provider_is_told_for_the_archive_under_test() -> None:
    lib = archive("libx.a", ("x.o", ObjectSymbols(strong=("open",))))
    libc = archive("libc.a", ("open.o", ObjectSymbols(strong=("open",))), provider=True)
    clash = DuplicateSymbol("open", (0, 1))
    found = link_findings("duplicate-definition", Linked((lib, libc), clashes=(clash,), entered_too=(1,)))
    assert [(one.archive, one.member) for one in found] == [("libx.a", "x.o")]
    assert found[0].message == "also defined by libc.a(open.o)"


def test_the_same_library_again_is_told_once() -> None:
    names = tuple(f"f{number}" for number in range(300))
    lib = archive("libx.a", ("x.o", ObjectSymbols(strong=names)))
    again = archive("liby.a", ("x.o", ObjectSymbols(strong=names)))
    clashes = tuple(DuplicateSymbol(name, (0, 1)) for name in names)
    (found,) = link_findings("duplicate-definition", Linked((lib, again), clashes=clashes))
    assert (found.archive, found.symbol, found.severity) == ("liby.a", None, Severity.ERROR)
    assert found.message.startswith("holds the same objects as libx.a: 300 symbols clash")


def test_a_variant_is_known_by_its_name_and_its_symbols() -> None:
    lib = archive("lib/libform.a", ("x.o", ObjectSymbols(strong=("f", "g"))))
    for name in ("lib/libformw.a", "lib/libform_pic.a", "other/libform.a"):
        wide = archive(name, ("x.o", ObjectSymbols(strong=("f", "g", "wide"))))
        clashes = (DuplicateSymbol("f", (0, 1)), DuplicateSymbol("g", (0, 1)))
        (found,) = link_findings("duplicate-definition", Linked((lib, wide), clashes=clashes))
        assert found.message.startswith("is a variant of lib/libform.a: 2 symbols")


def test_a_name_alone_makes_no_variant() -> None:
    lib = archive("libform.a", ("x.o", ObjectSymbols(strong=("f", "g", "h"))))
    wide = archive("libformw.a", ("x.o", ObjectSymbols(strong=("f", "i", "j"))))
    found = link_findings("duplicate-definition", Linked((lib, wide), clashes=(DuplicateSymbol("f", (0, 1)),)))
    assert [one.symbol for one in found] == ["f"]


def test_no_clash_no_finding() -> None:
    lib = archive("libx.a", ("x.o", ObjectSymbols(strong=("f",))))
    assert link_findings("duplicate-definition", Linked((lib, replace(lib)))) == []
