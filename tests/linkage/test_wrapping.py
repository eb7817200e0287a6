"""`--wrap=f`: a reference to f means __wrap_f, and one to __real_f means f; the oracle tests compare with linkers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from arfix.linkage.model import Input, Link, Linker, LinkResult, LinkRules, Target
from arfix.linkage.resolve import resolve
from tests.elf_builder import elf
from tests.linkage.links import archive, entered, lazy, uses

EVERY_LINKER = pytest.mark.parametrize("linker", Linker)
USER = archive("s.a", ("s.o", uses("f", defines=["_start"])))
WRAPPER = ("wrap.o", uses("__real_f", defines=["__wrap_f"]))
REAL = ("f.o", elf("f"))


def wrapped(*inputs: Input, linker: Linker) -> LinkResult:
    return resolve(Link(inputs, Target.EXECUTABLE, ("_start",), rules=LinkRules(wrapped=frozenset({"f"}))), linker)


@EVERY_LINKER
def test_the_wrapper_gets_the_calls_and_the_real_function_its_own(linker: Linker) -> None:
    result = wrapped(USER, archive("w.a", WRAPPER, REAL), linker=linker)
    assert not result.errors


@EVERY_LINKER
def test_a_wrapper_that_is_missing_is_what_is_undefined(linker: Linker) -> None:
    result = wrapped(USER, archive("f.a", REAL), linker=linker)
    assert {*result.errors} == {"__wrap_f"}


@EVERY_LINKER
def test_the_real_function_that_is_missing_has_its_own_name(linker: Linker) -> None:
    result = wrapped(USER, archive("w.a", WRAPPER), linker=linker)
    assert {*result.errors} == {"f"}


@EVERY_LINKER
def test_members_are_pulled_in_for_what_references_mean(linker: Linker) -> None:
    result = wrapped(USER, lazy("w.a", WRAPPER), lazy("f.a", REAL, ("other.o", elf("other"))), linker=linker)
    assert {*entered(result)} == {"s.o", "wrap.o", "f.o"}
    assert not result.errors


@EVERY_LINKER
def test_other_symbols_are_as_they_were(linker: Linker) -> None:
    own = archive("s.a", ("s.o", uses("g", "__real_g", defines=["_start"])))
    assert {*wrapped(own, linker=linker).errors} == {"g", "__real_g"}


@EVERY_LINKER
def test_a_symbol_that_must_be_defined_is_an_error_even_if_nothing_refers_to_it(linker: Linker) -> None:
    link = Link((archive("s.a", ("s.o", elf("_start"))),), Target.EXECUTABLE, ("_start", "must"))
    assert not resolve(link, linker).errors
    required = replace(link, rules=LinkRules(required=frozenset({"must"})))
    has_option = linker in (Linker.LD, Linker.MOLD)  # `--require-defined`
    assert {*resolve(required, linker).errors} == ({"must"} if has_option else set())
