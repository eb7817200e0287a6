from __future__ import annotations

import sys

import pytest

from bench.__main__ import main, parse_arguments, rows_of
from bench.measure import Measured, Side, measure
from bench.tasks import PARSER, Task


def test_sides_run_in_turns_on_inputs_put_in_place() -> None:
    order: list[str] = []
    sides = [Side(name, [sys.executable, "-S", "-c", ""], lambda name=name: order.append(name)) for name in "ab"]  # type: ignore[misc]
    measured = measure(sides, 2)
    assert order == ["a", "b"] * 3
    assert all(min(one.seconds) > 0 and 10**6 < one.memory < 10**9 for one in measured.values())
    assert all(len(one.seconds) == len(one.cpu) == 2 for one in measured.values())


def test_memory_is_the_commands_own() -> None:
    big = Side("big", [sys.executable, "-S", "-c", "x = bytearray(200_000_000)"])
    small = Side("small", [sys.executable, "-S", "-c", ""])
    measured = measure([big, small], 1)
    assert measured["big"].memory > 200_000_000 > 5 * measured["small"].memory


def test_a_side_that_fails_stops_the_bench() -> None:
    with pytest.raises(SystemExit, match="returned 3"):
        measure([Side("bad", [sys.executable, "-S", "-c", "raise SystemExit(3)"])], 1)


def test_a_missed_goal_is_said() -> None:
    task = Task("strip x", (), 1, {"ar": 0.4}, leaner=True)
    rows = rows_of(task, {"arfix": Measured([0.5], [0.5], 10), "ar": Measured([1.0], [1.0], 9)})
    assert rows[1][-3:] == ["0.50", "", "at most 0.4, MISSED; less memory, MISSED"]


def test_work_is_what_a_program_does_above_its_start() -> None:
    floors = frozenset({"import typer", PARSER.name})
    task = Task("strip x", (), 1, {"ar": 0.25}, start="import typer", floors=floors)
    measured = {
        "arfix": Measured([9.0], [0.5], 10),
        "ar": Measured([9.0], [2.0], 9),
        PARSER.name: Measured([0.1], [0.3], 9),
        "import typer": Measured([0.1], [0.1], 9),
    }
    assert [row[-3:] for row in rows_of(task, measured)] == [
        ["", "", ""],
        ["0.20", "0.10", "at most 0.25"],
        ["", "", ""],
        ["", "", ""],
    ]


def test_ratios_are_of_runs_that_followed_one_another() -> None:
    """Another program slows the second round of both sides; the third round of one alone."""
    ours, theirs = Measured([], [1.0, 4.0, 1.0], 1), Measured([], [2.0, 8.0, 10.0], 1)
    assert ours.ratio_to(theirs) == 0.5
    assert ours.extra_to(theirs) == -4.0


def test_tasks_are_chosen_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--list"])
    names = capsys.readouterr().out.split()
    assert {"check", "strip-llvm-disk", "apply-again", "sync"} <= set(names)
    assert parse_arguments(["apply*", "sync"]).tasks == ["apply", "apply-again", "apply-check", "sync"]
    assert parse_arguments([]).tasks == names
    with pytest.raises(SystemExit):
        parse_arguments(["chekc"])
    assert "no task is called chekc; there are " in capsys.readouterr().err


def test_a_task_runs_to_its_end(capsys: pytest.CaptureFixture[str]) -> None:
    main(["start", "--rounds", "1"])
    out = capsys.readouterr().out
    assert "File systems: " in out
    assert [line.split()[0] for line in out.splitlines()[-2:]] == ["start", "import"]
