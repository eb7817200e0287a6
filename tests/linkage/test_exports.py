from __future__ import annotations

from dataclasses import replace

import pytest

from arfix.formats.model import Binding, Place
from arfix.linkage.exports import (
    DynamicReference,
    Preempted,
    UnresolvedReason,
    UnresolvedSymbol,
    find_preempted,
    module_of_image,
    resolve_module,
)
from tests.formats.linked_images import exported, image, symbol, wanted
from tests.linkage.modules import module

PROGRAM = module("prog", exports=("open", "close@V1"), closed=("secret",), libraries=("libc.so",))
LIBC = module("libc.so", exports=("printf@GLIBC_2", "plain"))


def gaps(*needs: DynamicReference | str, libc: bool = True) -> tuple[UnresolvedSymbol, ...]:
    """Return what a module that is loaded into the program does not find."""
    return resolve_module(module("mod.so", *needs), PROGRAM, {"libc.so": LIBC if libc else None}).gaps


def test_what_the_program_and_its_libraries_export_is_found() -> None:
    needs = ("open", "close", "plain", "printf", DynamicReference("printf", "GLIBC_2", "libc.so"))
    found = resolve_module(module("mod.so", *needs), PROGRAM, {"libc.so": LIBC})
    assert found.gaps == ()
    assert found.given == {"prog": ("close", "open"), "libc.so": ("plain", "printf", "printf")}


def test_a_module_finds_what_its_own_libraries_have_and_another_does_not() -> None:
    libz = module("libz.so", exports=("inflate",))
    libraries = {"libc.so": LIBC, "libz.so": libz}
    assert not resolve_module(module("a.so", "inflate", libraries=("libz.so",)), PROGRAM, libraries).gaps
    assert resolve_module(module("b.so", "inflate"), PROGRAM, libraries).errors


@pytest.mark.parametrize(
    ("need", "gap"),
    [
        (DynamicReference("absent"), UnresolvedSymbol(DynamicReference("absent"), UnresolvedReason.MISSING)),
        (
            DynamicReference("absent", is_weak=True),
            UnresolvedSymbol(DynamicReference("absent", is_weak=True), UnresolvedReason.WEAK),
        ),
        (DynamicReference("secret"), UnresolvedSymbol(DynamicReference("secret"), UnresolvedReason.HIDDEN, "prog")),
        (
            DynamicReference("close", "V2"),
            UnresolvedSymbol(DynamicReference("close", "V2"), UnresolvedReason.WRONG_VERSION, "prog", ("V1",)),
        ),
    ],
)
def test_why_a_symbol_is_not_found(need: DynamicReference, gap: UnresolvedSymbol) -> None:
    assert gaps(need) == (gap,)
    assert gap.verdict.is_error is (gap.verdict is not UnresolvedReason.WEAK)


def test_an_export_without_a_version_serves_any() -> None:
    assert gaps(DynamicReference("open", "V7")) == ()


def test_what_may_be_in_a_library_that_was_not_found_is_not_known() -> None:
    needs = (DynamicReference("absent"), DynamicReference("printf", "GLIBC_2", "libc.so"), DynamicReference("secret"))
    assert [gap.verdict for gap in gaps(*needs, libc=False)] == [
        UnresolvedReason.UNKNOWN,
        UnresolvedReason.UNKNOWN,
        UnresolvedReason.HIDDEN,
    ]
    found = resolve_module(module("mod.so", *needs), PROGRAM, {})
    assert found.unfound == ("libc.so",)
    assert [gap.need.name for gap in found.errors] == ["secret"]


def test_libraries_that_need_each_other_end() -> None:
    libraries = {"a.so": module("a.so", libraries=("b.so",)), "b.so": module("b.so", libraries=("a.so",))}
    assert not resolve_module(module("mod.so", libraries=("a.so",)), PROGRAM, {"libc.so": LIBC, **libraries}).gaps


def test_an_image_as_a_loader_sees_it() -> None:
    local = symbol("secret", binding=Binding.LOCAL)
    there = image(
        symbols=(local, symbol("api"), symbol("undefined", place=Place.UNDEFINED)),
        dynamic=(
            exported("api", "V1"),
            exported("api", "V2"),
            wanted("printf", "G", "libc.so"),
            wanted("w", weak=True),
        ),
        needed=("libc.so",),
    )
    found = module_of_image("mod.so", there)
    assert found.exports == {"api": frozenset({"V1", "V2"})}
    assert found.closed == {"secret"}
    assert found.needs == (DynamicReference("printf", "G", "libc.so"), DynamicReference("w", is_weak=True))
    assert found.libraries == ("libc.so",)


def test_a_library_whose_symbols_the_program_has_as_well_is_told() -> None:
    program = replace(PROGRAM, exports={"deflate": frozenset({None}), "stdout": frozenset({"GLIBC_2"})})
    libz = module("libz.so", exports=("deflate", "inflate"))
    libc = module("libc.so", exports=("stdout@GLIBC_2",))
    assert find_preempted(program, [libz, None, libc]) == (Preempted("libz.so", ("deflate",)),)
