from __future__ import annotations

import arfix
from arfix.edits.symbol_survey import survey_symbols
from tests.ar_builder import ar
from tests.elf_builder import LOCAL, Sym, elf

ARCHIVE = arfix.read(
    ar(
        ("a.o", elf("one", Sym("inner", binding=LOCAL), "?two")),
        ("note.txt", b"hello\n"),
        ("b.o", elf("two", "one", "?malloc")),
    )
)


def test_who_defines_and_who_needs() -> None:
    survey = survey_symbols(ARCHIVE, None)
    assert survey.names == {"one", "two"}
    assert survey.symbols.definers == {"one": [0, 2], "two": [2]}
    assert survey.symbols.referrers == {"two": [0], "malloc": [2]}
    assert set(survey.contents) == {0, 2}
    assert survey.has("malloc")
    assert not survey.has("inner")


def test_chosen_members_decide_whose_definitions_are_meant() -> None:
    survey = survey_symbols(ARCHIVE, frozenset({0}))
    assert survey.names == {"one"}
    assert survey.symbols.definers["one"] == [0, 2]


def test_locals_count_when_asked_for() -> None:
    assert survey_symbols(ARCHIVE, None, with_locals=True).names == {"one", "two", "inner"}
