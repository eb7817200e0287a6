from __future__ import annotations

import io

import pytest

from arfix.cli import progress
from arfix.cli.progress import Progress


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(progress, "monotonic", clock)
    return clock


def test_quick_work_draws_nothing(clock: Clock) -> None:
    stream = io.StringIO()
    with Progress("reading", 2, stream, shown=True) as line:
        line.step()
        clock.now = 0.9
        line.step()
    assert stream.getvalue() == ""


def test_long_work_draws_and_leaves_nothing_behind(clock: Clock) -> None:
    stream = io.StringIO()
    with Progress("reading", 4, stream, shown=True) as line:
        clock.now = 1.5
        line.step("a-long-\x1bname.a")
        clock.now = 1.55
        line.step("too soon")
        clock.now = 1.7
        line.step("b.a")
    drawn = stream.getvalue().split("\r")
    assert drawn[1] == "reading 1/4 a-long-\\x1bname.a"
    assert drawn[2].rstrip() == "reading 3/4 b.a"
    assert len(drawn[2]) == len(drawn[1])
    assert drawn[3].strip() == drawn[4] == ""


def test_hidden_never_draws(clock: Clock) -> None:
    stream = io.StringIO()
    with Progress("reading", 1, stream, shown=False) as line:
        clock.now = 1e9
        line.step()
    assert stream.getvalue() == ""
