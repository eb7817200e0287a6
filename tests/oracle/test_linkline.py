"""Link lines as the command reader understands them, against the members that linkers themselves report."""

from __future__ import annotations

import re
from itertools import permutations
from typing import TYPE_CHECKING

import pytest

from arfix.linkage.model import Linker
from arfix.linkline.options import find_option
from tests.oracle.lines import PROGRAMS, program_of
from tests.oracle.link_lines import fails, linked, make_dependent_libraries, make_files, make_line, predicted
from tests.tools import find, need, output_of

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.oracle

#: GNU ld and every lld: their maps say which member enters, for which symbol and by whom.
_TOLD = [word for word in PROGRAMS if word not in ("gold", "mold")]
_HELP = ("ld.bfd", "ld.gold", "ld.lld", "ld.lld-19", "mold", "wasm-ld-19")


@pytest.mark.parametrize("word", _TOLD)
@pytest.mark.parametrize("seed", range(12))
def test_members_undefined_and_duplicates_of_a_line(word: str, seed: int, tmp_path: Path) -> None:
    _check(word, seed, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("word", _TOLD)
@pytest.mark.parametrize("seed", range(12, 24))
def test_more_lines(word: str, seed: int, tmp_path: Path) -> None:
    _check(word, seed, tmp_path)


def _check(word: str, seed: int, folder: Path) -> None:
    program = program_of(word)
    chance = make_files(folder, seed)
    words = make_line(chance, program.linker)
    assert predicted(words, program, folder) == linked(words, program, folder), " ".join(words)


@pytest.mark.parametrize("word", PROGRAMS)
def test_libraries_that_count_only_as_needed(word: str, tmp_path: Path) -> None:
    """In every order; a library that needs `f` may record that libs.so has it (libt.so), or not (libn.so)."""
    program = program_of(word)
    make_dependent_libraries(tmp_path)
    orders = [
        *([first, *rest] for first in ("-lt", "-ln") for rest in permutations(("-ls", "main.o", "k.o"))),
        *(["main.o", *rest] for library in ("-lt", "-ln") for rest in permutations(("-ls", library, "k.o"))),
        ["-(", "-ls", "-lt", "main.o", "k.o", "-)"],
        ["main.o", "-ls", "-(", "-ln", "k.o", "-)"],
        *(["w.o", *rest] for rest in permutations(("-ls", "-ln"))),
        ["main.o", "-ls", "-lt", "k.o", "--no-as-needed", "-ls"],
    ]
    if program.linker is not Linker.LD:
        orders = orders[::4]
    found = {" ".join(words): fails(["-L.", "--as-needed", *words], program, tmp_path) for words in orders}
    assert {words: predicted for words, (predicted, _) in found.items()} == {
        words: failed for words, (_, failed) in found.items()
    }


@pytest.mark.parametrize("name", [name for name in _HELP if find(name)])
def test_every_option_that_a_linker_lists_is_known(name: str) -> None:
    listed = output_of(need(name), "--help")
    options = [word for line in listed.splitlines() for word in _options_in(line)]
    assert len(options) > 50
    assert [word for word in options if find_option(word) is None] == []


def _options_in(line: str) -> list[str]:
    """Return the options that one line of a help text begins with: `  -o FILE, --output FILE   Set ...`."""
    if not re.match(r" {1,5}-", line):
        return []
    spelt = re.split(r"  ", line.strip())[0].split(", ")
    words = [re.split(r"[<\[ ]", one.strip())[0] for one in spelt]
    return [word for word in words if word.startswith("-") and word.strip("-")]
