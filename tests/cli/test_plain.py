from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from arfix.cli.commands import COMMANDS
from arfix.cli.output import Output
from arfix.cli.plain import PLAIN, bind_words, plain_context
from tests.ar_builder import ar
from tests.elf_builder import elf
from tests.run_arfix import Ran, arfix

if TYPE_CHECKING:
    from pathlib import Path

LIBRARY = ar(("a.o", elf("one")), ("b.o", elf("two")), ("b.o", elf("three", "?two")), index=(("one", 0),))

LINES = [
    "strip lib.a a.o",
    "strip lib.a a.o missing.o",
    "strip lib.a",
    "strip",
    "strip none.a x",
    "index lib.a",
    "index lib.a more",
    "index",
    "inspect lib.a",
    "inspect lib.a none.a lib.a",
    "inspect",
    "check lib.a",
    "check lib.a none.a",
    "check lib.a --provider lib.a",
    "check --provider lib.a lib.a --provider none.a",
    "check --provider lib.a",
    "check",
]


def run_in(folder: Path, line: list[str], monkeypatch: pytest.MonkeyPatch) -> tuple[Ran, dict[str, bytes]]:
    folder.mkdir()
    (folder / "lib.a").write_bytes(LIBRARY)
    monkeypatch.chdir(folder)
    return arfix(*line), {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("line", [line for line in LINES if line.split()[0] in COMMANDS])
def test_both_ways_do_the_same(line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = run_in(tmp_path / "plain", line.split(), monkeypatch)
    by_typer = run_in(tmp_path / "typer", ["--color", "never", *line.split()], monkeypatch)
    assert plain == by_typer


@pytest.mark.parametrize("verb", sorted(PLAIN))
def test_every_plain_verb_is_tried_above(verb: str) -> None:
    assert {line.split()[0] for line in LINES} == set(PLAIN)
    assert bind_words([verb, "x"]) is not None or bind_words([verb, "x", "y"]) is not None


@pytest.mark.parametrize(
    "line", ["strip lib.a x -n", "strip lib.a -- x", "strip --force lib.a x", "--json strip lib.a x", "frob x", ""]
)
def test_a_line_with_options_is_for_typer(line: str) -> None:
    assert bind_words(line.split()) is None


def test_an_option_that_comes_again_is_bound_in_order() -> None:
    words = bind_words(["check", "--provider", "a", "x.a", "--provider", "b", "y.a"])
    assert words == {"provider": ["a", "b"], "archives": ["x.a", "y.a"]}


@pytest.mark.parametrize("line", ["check x.a --provider", "check x.a --provider -u", "check x.a --provider=a"])
def test_an_option_without_its_word_is_for_typer(line: str) -> None:
    assert bind_words(line.split()) is None


def test_standard_input_is_a_word() -> None:
    assert bind_words(["inspect", "-"]) == {"archives": ["-"]}


def test_completion_is_for_typer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_ARFIX_COMPLETE", "complete_bash")
    assert bind_words(["index", "lib.a"]) is None


def test_the_context_gives_the_output_and_nothing_else() -> None:
    output = Output()
    assert Output.of(plain_context(output)) is output
    assert plain_context(output).find_object(type(sys)) is None
