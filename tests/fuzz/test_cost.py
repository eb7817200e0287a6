"""What hostile archives cost: no more than their size, whatever command reads them."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

if sys.platform == "win32":
    pytest.skip("needs a timer of CPU time", allow_module_level=True)

from tests.fuzz.attacks import (
    ATTACKS,
    COMMANDS,
    MEMORY,
    SECONDS,
    TEXTS,
    cost_of,
    warm_up,
    write_attack,
    write_text,
)

if TYPE_CHECKING:
    from pathlib import Path

#: A twentieth of what is promised to be answered in `SECONDS`, and how many times longer a busy machine may take.
SIZE, BUSY = 50_000, 10


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("attacks")
    warm_up(path)
    return path


@pytest.mark.slow
@pytest.mark.parametrize("number", range(len(ATTACKS)), ids=[attack.__name__ for attack in ATTACKS])
def test_a_twentieth_of_the_limit_costs_a_twentieth(number: int, folder: Path) -> None:
    for words in COMMANDS[number % 4 :: 4]:  # `python -m tests.fuzz.attacks` runs each on each
        write_attack(ATTACKS[number], SIZE // (2 if "B" in words else 1), folder)
        cost = cost_of(words, folder)
        assert cost.code in {0, 1, 2}, words
        assert cost.seconds < SECONDS / 20 * BUSY, words
        assert cost.memory < MEMORY / 4, words


@pytest.mark.slow
@pytest.mark.parametrize("number", range(len(ATTACKS)), ids=[attack.__name__ for attack in ATTACKS])
def test_four_times_the_size_costs_four_times_as_much(number: int, folder: Path) -> None:
    times = []
    for size in (SIZE // 2, SIZE * 2):
        write_attack(ATTACKS[number], size, folder)
        times.append(min(cost_of(("fix", "-n", "--no-verify", "A"), folder).seconds for _ in range(2)))
    assert times[1] < 9 * times[0] + 0.2, times  # 16 for what grows with the square


@pytest.mark.parametrize("number", range(len(TEXTS)), ids=[attack.__name__ for attack in TEXTS])
def test_texts_cost_no_more(number: int, folder: Path) -> None:
    attack, words = list(TEXTS.items())[number]
    write_text(attack, SIZE, folder)
    cost = cost_of(words, folder)
    assert cost.code in {0, 1, 2}
    assert cost.seconds < SECONDS / 20 * BUSY
    assert cost.memory < MEMORY / 4
