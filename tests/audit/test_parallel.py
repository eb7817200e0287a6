from __future__ import annotations

import gc
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arfix.audit import parallel
from arfix.audit.parallel import check_paths, deal_out, worker_count
from arfix.audit.settings import Settings
from arfix.formats.model import Content
from arfix.symbols.object_symbols import ObjectSymbols
from tests.ar_builder import ar
from tests.elf_builder import elf

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SETTINGS = Settings(("x.a",))


@given(st.lists(st.integers(0, 10**9), max_size=40), st.integers(1, 8))
def test_everything_is_dealt_out_once_and_evenly(sizes: list[int], hands: int) -> None:
    paths = [f"{number}.a" for number in range(len(sizes))]
    dealt = deal_out(paths, sizes, hands)
    assert sorted(path for hand in dealt for path in hand) == sorted(paths)
    assert len(dealt) <= hands
    weights = [sum(sizes[int(path[:-2])] for path in hand) for hand in dealt]
    if len(dealt) == hands:
        assert max(weights) - min(weights) <= max(sizes)


@pytest.mark.parametrize(
    ("jobs", "sizes", "workers"),
    [
        (1, [10**9] * 9, 0),
        (4, [10**9] * 9, 3),
        (4, [10**9], 1),
        (4, [parallel.BYTES_FOR_A_PROCESS - 1], 0),
        (8, [parallel.BYTES_FOR_A_PROCESS] * 3, 3),
        (4, [], 0),
    ],
)
def test_processes_are_started_only_where_they_pay(jobs: int, sizes: list[int], workers: int) -> None:
    assert worker_count(replace(SETTINGS, jobs=jobs), sizes) == workers


def test_as_many_as_there_are_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 5)
    assert worker_count(replace(SETTINGS, jobs=0), [10**9] * 9) == 4


def test_a_process_hands_back_findings_and_symbols(tmp_path: Path) -> None:
    path = tmp_path / "libx.a"
    path.write_bytes(ar(("x.o", elf("x", "?y")), ("t", b"text\n")))
    (checked,) = check_paths([(str(path), SETTINGS)])
    assert (checked.path, {one.rule for one in checked.findings}) == (str(path), {"missing-index", "non-object-member"})
    (content, table), (text, _) = checked.readings
    assert (content, text) == (Content.ELF_RELOCATABLE, Content.TEXT)
    assert isinstance(table, ObjectSymbols)
    assert (table.strong, table.undefined) == (("x",), ("y",))


@pytest.fixture(autouse=True)
def _collect_again() -> Iterator[None]:
    """Undo what a process does for its short life."""
    yield
    gc.enable()
