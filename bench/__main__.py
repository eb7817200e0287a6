"""`make bench`: prints one table, arfix beside the tools it replaces, as ratios of one run on this machine."""

from __future__ import annotations

import argparse
import compileall
import statistics
import sys
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import arfix
from arfix.cli.commands import COMMANDS
from arfix.report.text import Align, Column, human_size, render_table
from bench.measure import describe_machine, file_system_of, measure, sync_seconds
from bench.tasks import ARFIX, MEMORY, PARSER, WORK, Task, all_tasks, libcrypto, llvm

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.measure import Measured

COLUMNS = (
    Column("task"),
    Column("tool"),
    Column("wall s", Align.RIGHT),
    Column("CPU s", Align.RIGHT),
    Column("memory", Align.RIGHT),
    Column("arfix/tool", Align.RIGHT),
    Column("above parsing", Align.RIGHT),
    Column("goal"),
)

NOTES = """\
Times are medians of whole processes that ran in turns. Ratios are medians of the ratios of CPU time, run by run: other
load on the machine changes them less than wall times.
In tasks with a row `import typer`, the ratio is of arfix's CPU time above that row, and the column `above parsing` has
the ratio of what it takes above a typer program that parses its arguments and does nothing else, with arfix's settings
for garbage collection: typer loads pydantic with the first word that it converts. `Python, copying` is an interpreter
without modules that writes the file anew: no program in Python takes less.
arfix waits until its result is on the disk, and the other tools do not. The row `sync` says how long that takes.
"""

#: The name of the row that measures the wait for the disk.
SYNC = "sync"


def rows_of(task: Task, measured: dict[str, Measured]) -> list[list[str]]:
    """Return the table's lines for one task, arfix's own first."""
    ours = measured["arfix"]
    start = None if task.start is None else measured[task.start]
    parser = measured.get(PARSER.name) if start is not None else None
    rows = []
    for side, theirs in measured.items():
        has_ratio = side != "arfix" and side not in task.floors
        ratio = ours.ratio_to(theirs, start)
        goal = task.goals.get(side)
        verdicts = [] if goal is None else [f"at most {goal}{'' if ratio <= goal else ', MISSED'}"]
        if task.leaner and has_ratio:
            verdicts.append("less memory" if ours.memory < theirs.memory else "less memory, MISSED")
        if side in task.extra:
            extra = ours.extra_to(theirs) * 1000
            limit = task.extra[side]
            verdicts.append(f"{extra:+.0f} ms CPU, at most +{limit:.0f}{'' if extra <= limit else ', MISSED'}")
        rows.append(
            [
                task.name if side == "arfix" else "",
                side,
                f"{statistics.median(theirs.seconds):.3f}",
                f"{statistics.median(theirs.cpu):.3f}",
                human_size(theirs.memory),
                f"{ratio:.2f}" if has_ratio else "",
                f"{ours.ratio_to(theirs, parser):.2f}" if has_ratio and parser is not None else "",
                "; ".join(verdicts),
            ]
        )
    return rows


def sync_rows(rounds: int) -> list[list[str]]:
    """Return a line for each archive: how long it takes until a copy of it is on the disk."""
    rows = []
    for archive in (libcrypto(), llvm()):
        seconds = sync_seconds(archive, WORK, rounds)
        rows.append([f"sync of {archive.name}, {file_system_of(WORK)}", "fsync", f"{seconds:.3f}", *[""] * 5])
    return rows


def parse_arguments(arguments: Sequence[str]) -> argparse.Namespace:
    """Return the options; `tasks` has the names of the chosen tasks."""
    names = [*all_tasks(), SYNC]
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description="Print one table: arfix beside the tools it replaces, as ratios of one run on this machine.",
        epilog=f"Tasks: {', '.join(names)}. Inputs are packages of Debian, downloaded once to {WORK.parent}.",
    )
    parser.add_argument("tasks", nargs="*", metavar="TASK", help="tasks to run, as names or globs; all without any")
    parser.add_argument("--rounds", type=int, metavar="N", help="runs of each side; each task has a number of its own")
    parser.add_argument("--list", action="store_true", help="print the names of the tasks and stop")
    options = parser.parse_args(arguments)
    patterns = options.tasks or ["*"]
    for pattern in patterns:
        if not any(fnmatchcase(name, pattern) for name in names):
            parser.error(f"no task is called {pattern}; there are {', '.join(names)}")
    if options.rounds is not None and options.rounds < 1:
        parser.error("--rounds must be at least 1")
    options.tasks = [name for name in names if any(fnmatchcase(name, pattern) for pattern in patterns)]
    return options


def main(arguments: Sequence[str]) -> None:
    """Measure what is asked for and can be measured here."""
    options = parse_arguments(arguments)
    if options.list:
        print(*options.tasks, sep="\n")
        return
    WORK.mkdir(parents=True, exist_ok=True)
    compileall.compile_dir(Path(arfix.__file__).parent, quiet=1)  # as an installed arfix is
    folders = [folder for folder in (MEMORY, WORK) if folder.is_dir()]
    print(describe_machine())
    print(f"File systems: {', '.join(f'{folder} is {file_system_of(folder)}' for folder in folders)}", end="\n\n")
    rows: list[list[str]] = []
    makers = all_tasks()
    try:
        for name in options.tasks:
            print(f"{name} ...", file=sys.stderr)
            try:
                rows += sync_rows(options.rounds or 5) if name == SYNC else _task_rows(makers[name](), options.rounds)
            except (pytest.skip.Exception, pytest.fail.Exception) as reason:
                print(f"left out: {reason}", file=sys.stderr)
    finally:
        for folder in folders:
            for left in folder.glob("arfix-bench-*.a*"):
                left.unlink()
    print(NOTES)
    print(render_table(COLUMNS, rows), end="")


def _task_rows(task: Task, rounds: int | None) -> list[list[str]]:
    verb = task.sides[0].command[len(ARFIX)]
    if verb not in COMMANDS and not verb.startswith("-"):  # a feature that was removed
        return []
    if rounds is not None:
        task = replace(task, rounds=rounds)
    rows = rows_of(task, dict(measure(task.sides, task.rounds)))
    task.check()
    return rows


if __name__ == "__main__":
    main(sys.argv[1:])
