from __future__ import annotations

import os
import pty
import signal
import sys
from typing import TYPE_CHECKING, Any

import pytest

from arfix.cli import progress
from arfix.cli.app import run
from arfix.cli.progress import CountedLoop, ProgressLine
from arfix.report.inspect import render_inspection
from arfix.steps import listening, steps
from tests.ar_builder import ar
from tests.elf_builder import elf

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(progress, "monotonic", clock)
    return clock


class Terminal:
    """A terminal of 100 columns: a pseudo-terminal, and what was written to it so far."""

    def __init__(self) -> None:
        self.master, slave = pty.openpty()
        self.stream = os.fdopen(slave, "w")

    def read(self) -> str:
        """Return what was written since the last call."""
        self.stream.write("$")  # so that there is something to read
        self.stream.flush()
        data = b""
        while not data.endswith(b"$"):
            data += os.read(self.master, 1_000_000)
        text = data.decode()
        return text[:-1].replace("\r\n", "\n")


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    terminal = Terminal()
    yield terminal
    terminal.stream.close()
    os.close(terminal.master)


@pytest.fixture
def line(terminal: Terminal, clock: Clock) -> Iterator[ProgressLine]:  # noqa: ARG001
    line = ProgressLine(terminal.stream, shown=True)
    line.start("arfix check")
    yield line
    line.stop()


def test_quick_work_draws_nothing(line: ProgressLine, clock: Clock, terminal: Terminal) -> None:
    with CountedLoop(line, "reading", 2) as loop:
        loop.step("a")
        clock.now = 0.9
        loop.step("b")
    line.stop()
    assert terminal.read() == ""


def test_long_work_shows_bar_rate_and_time_left(line: ProgressLine, clock: Clock, terminal: Terminal) -> None:
    with CountedLoop(line, "reading", 24) as loop:
        loop.step("first.a")
        clock.now = 1.5
        loop.step("a-long-\x1bname.a")
        assert terminal.read() == "\rreading  [#                       ]  2/24  a-long-\\x1bname.a\x1b[K"
        clock.now = 1.55
        loop.step("too soon")
        assert terminal.read() == ""
        clock.now = 4.0
        loop.step("b.a")
        assert terminal.read() == "\rreading  [###                     ]  4/24  0.8/s  0:28 left  b.a\x1b[K"
    line.stop()
    assert terminal.read() == "\r\x1b[K"


def test_work_without_steps_shows_the_time(line: ProgressLine, clock: Clock, terminal: Terminal) -> None:
    clock.now = 75
    line.tick()
    assert terminal.read() == "\rarfix check  1:15\x1b[K"
    with CountedLoop(line, "fix:") as loop:
        clock.now = 76
        loop.step("checking")
        assert terminal.read() == "\rfix:  1:16  checking\x1b[K"


def test_inner_loops_move_the_bar_of_the_outermost(line: ProgressLine, clock: Clock, terminal: Terminal) -> None:
    with listening(line):
        for number, _ in enumerate(steps("checking", ("a", "b"), str)):
            for rule in steps("rules", range(4)):
                clock.now += 1
                if (number, rule) == (1, 2):
                    terminal.read()
                    clock.now = 16
                    line.tick()
    assert terminal.read().startswith("\rrules  [##################      ]  2/2  0.1/s  0:05 left")


@pytest.mark.parametrize("columns", [20, 60, 80, 160])
def test_a_line_fits_the_terminal(
    columns: int, line: ProgressLine, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    with CountedLoop(line, "reading", 1000) as loop:
        clock.now = 5
        loop.step("dir/" * 60 + "字" * 30)
        text = line.text(5)
    assert len(text) <= columns - 1
    assert text.endswith("...")


def test_nothing_is_drawn_over_a_prompt(
    line: ProgressLine, clock: Clock, terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    from arfix.cli.streams import SafeStream  # noqa: PLC0415

    stream = SafeStream(terminal.stream)
    stream.line = line
    clock.now = 2
    line.tick()
    terminal.read()
    stream.write("Write this? ")
    clock.now = 3
    line.tick()
    assert terminal.read() == "\r\x1b[KWrite this? "
    stream.write("\n")
    clock.now = 4
    line.tick()
    assert terminal.read().startswith("\n\rarfix check")
    monkeypatch.undo()


def test_without_a_terminal_nothing_is_drawn(clock: Clock, terminal: Terminal) -> None:
    line = ProgressLine(terminal.stream, shown=False)
    line.start("arfix check")
    with CountedLoop(line, "reading", 1) as loop:
        clock.now = 1e9
        loop.step()
    line.stop()
    assert terminal.read() == ""


def test_nobody_who_listens_costs_nothing() -> None:
    items = [1, 2]
    assert steps("reading", items) is items


def libraries(folder: Path) -> tuple[str, str]:
    """Return the paths of two small archives."""
    paths = folder / "one.a", folder / "two.a"
    for number, path in enumerate(paths):
        path.write_bytes(ar(("m.o", elf(f"f{number}", f"?f{1 - number}"))))
    return str(paths[0]), str(paths[1])


@pytest.mark.parametrize(
    ("verb", "label"),
    [
        (("check",), "opening"),
        (("check",), "checking archives"),
        (("check",), "resolving symbols"),
        (("check",), "checking as exe"),
        (("merge", "-o", "OUT"), "reading"),
        (("diff",), "comparing"),
        (("fix", "--plan-only", "--no-verify"), "fix:"),
        (("inspect",), "arfix inspect"),
    ],
)
def test_verbs_show_what_they_do(
    verb: tuple[str, ...], label: str, tmp_path: Path, terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "DELAY", 0.0)
    monkeypatch.setattr(progress, "INTERVAL", 0.0)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stderr", terminal.stream)
    labels: list[str] = []
    drawn = ProgressLine.tick

    def tick(line: ProgressLine) -> None:
        labels.append(line.text(0))
        drawn(line)

    monkeypatch.setattr(ProgressLine, "tick", tick)
    if verb == ("inspect",):  # which has no loop

        def slow(*args: Any, **options: Any) -> str:  # noqa: ANN401 (as it is called)
            os.kill(os.getpid(), signal.SIGALRM)
            return render_inspection(*args, **options)

        monkeypatch.setattr("arfix.cli.inspect.render_inspection", slow)
    run([str(tmp_path / "out.a") if word == "OUT" else word for word in verb] + [*libraries(tmp_path)])
    assert any(one.startswith(label) for one in labels)
    text = terminal.read()
    assert "\x1b[K" in text
    assert text.rpartition("\r")[2].startswith("\x1b[K") or verb[0] == "inspect"
    assert signal.getsignal(signal.SIGALRM) is signal.SIG_DFL


@pytest.mark.parametrize("option", ["-q", "--quiet"])
def test_quiet_draws_nothing(option: str, tmp_path: Path, terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "DELAY", 0.0)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stderr", terminal.stream)
    run(["check", option, *libraries(tmp_path)])
    assert terminal.read() == ""
