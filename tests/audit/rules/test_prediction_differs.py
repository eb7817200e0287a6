from __future__ import annotations

from arfix.linkage.model import DuplicateSymbol, Undefined
from arfix.symbols.object_symbols import ObjectSymbols
from tests.audit.links import Linked, archive
from tests.audit.trials import trial, verify_findings

LIB = archive(
    "libx.a", ("x.o", ObjectSymbols(strong=("f",), undefined=("g",))), ("y.o", ObjectSymbols(strong=("f", "h")))
)


def test_what_only_the_linker_says_is_told_with_its_place() -> None:
    found = verify_findings("prediction-differs", Linked((LIB,)), trial(undefined=frozenset({"g"})))
    assert [(one.archive, one.member, one.symbol) for one in found] == [("libx.a", "x.o", "g")]
    assert found[0].message == "only ld calls it undefined, not the prediction"


def test_what_only_the_prediction_says_is_told_too() -> None:
    linked = Linked((LIB,), (Undefined("g", (0,)),), (DuplicateSymbol("f", (0, 1)),))
    found = verify_findings("prediction-differs", linked, trial())
    assert [(one.symbol, one.message.partition(",")[0]) for one in found] == [
        ("g", "only the prediction calls it undefined"),
        ("f", "only the prediction calls it defined more than once"),
    ]


def test_a_symbol_of_no_member_is_told_for_the_first_archive() -> None:
    (found,) = verify_findings("prediction-differs", Linked((LIB,)), trial(undefined=frozenset({"_start"})))
    assert (found.archive, found.member, found.symbol) == ("libx.a", None, "_start")


def test_a_member_that_only_the_linker_refuses() -> None:
    (found,) = verify_findings("prediction-differs", Linked((LIB,)), trial(rejected=("libx.a(y.o)",)))
    assert (found.archive, found.member, found.symbol) == ("libx.a", "y.o", None)
    (found,) = verify_findings("prediction-differs", Linked((LIB,)), trial(rejected=("strange.o",)))
    assert found.message == "strange.o: only ld refuses it, not the prediction"


def test_agreement_is_silent() -> None:
    linked = Linked((LIB,), (Undefined("g", (0,)),), (DuplicateSymbol("f", (0, 1)),))
    made = trial(undefined=frozenset({"g"}), duplicates=frozenset({"f"}))
    assert verify_findings("prediction-differs", linked, made) == []
