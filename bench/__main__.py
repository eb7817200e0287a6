"""`make bench`: prints one table, arfix beside the tools it replaces, as ratios of one run on this machine."""

from __future__ import annotations

import compileall
import sys
from pathlib import Path

import pytest

import arfix
from arfix.cli.commands import COMMANDS
from arfix.report.text import Align, Column, human_size, render_table
from bench.measure import Measured, describe_machine, file_system_of, measure, sync_seconds
from bench.tasks import ARFIX, MEMORY, PARSER, WORK, Task, all_tasks, libcrypto, llvm

COLUMNS = (
    Column("task"),
    Column("tool"),
    Column("seconds", Align.RIGHT),
    Column("CPU", Align.RIGHT),
    Column("memory", Align.RIGHT),
    Column("arfix/tool", Align.RIGHT),
    Column("goal"),
)


def rows_of(task: Task, measured: dict[str, Measured]) -> list[list[str]]:
    """Return the table's lines for one task, arfix's own first."""
    ours = measured["arfix"]
    rows = []
    for side, theirs in measured.items():
        if task.start is None:
            ratio = ours.seconds / theirs.seconds
        else:
            ratio = (ours.cpu - measured[task.start].cpu) / theirs.cpu
        goal = task.goals.get(side)
        verdicts = [] if goal is None else [f"at most {goal}{'' if ratio <= goal else ', MISSED'}"]
        if task.leaner and side not in {"arfix", PARSER.name, task.start}:
            verdicts.append("less memory" if ours.memory < theirs.memory else "less memory, MISSED")
        if side in task.extra:
            extra = (ours.seconds - theirs.seconds) * 1000
            limit = task.extra[side]
            verdicts.append(f"{extra:+.0f} ms, at most +{limit:.0f}{'' if extra <= limit else ', MISSED'}")
        first = side == "arfix"
        rows.append(
            [
                task.name if first else "",
                side,
                f"{theirs.seconds:.3f}",
                f"{theirs.cpu:.3f}",
                human_size(theirs.memory),
                "" if first or side == task.start else f"{ratio:.2f}",
                "; ".join(verdicts),
            ]
        )
    return rows


def main() -> None:
    """Measure everything that can be measured here."""
    WORK.mkdir(parents=True, exist_ok=True)
    compileall.compile_dir(Path(arfix.__file__).parent, quiet=1)  # as an installed arfix is
    rows: list[list[str]] = []
    for make in all_tasks():
        try:
            task = make()
            verb = task.sides[0].command[len(ARFIX)]
            if verb not in COMMANDS and not verb.startswith("-"):
                continue
        except (pytest.skip.Exception, pytest.fail.Exception) as reason:
            print(f"left out: {reason}", file=sys.stderr)
            continue
        print(f"{task.name} ...", file=sys.stderr)
        rows += rows_of(task, dict(measure(task.sides, task.rounds)))
        task.check()
    for archive in (libcrypto(), llvm()):
        seconds = sync_seconds(archive, WORK, 5)
        rows.append([f"sync of {archive.name}, {file_system_of(WORK)}", "fsync", f"{seconds:.3f}", "", "", "", ""])
    for left in MEMORY.glob("arfix-bench-*.a"):
        left.unlink()
    print(describe_machine())
    print("Ratios on a memory file system are of CPU time above `import typer`; all others are of wall time.")
    print("arfix waits until its result is on the disk; its peers do not. The rows `sync` say what that costs.\n")
    print(render_table(COLUMNS, rows), end="")


if __name__ == "__main__":
    main()
