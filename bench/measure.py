"""Wall time and peak memory of whole processes, taken in turns so that a busy machine disturbs all sides alike."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


@dataclass(frozen=True, slots=True)
class Side:
    """One contender: its name in the table, its command, and what puts its input in place before each run (untimed)."""

    name: str
    command: Sequence[str]
    prepare: Callable[[], object] = lambda: None
    codes: tuple[int, ...] = (0,)


@dataclass(frozen=True, slots=True)
class Measured:
    """The median of wall times in seconds, and the greatest resident set in bytes."""

    seconds: float
    memory: int


def measure(sides: Sequence[Side], rounds: int) -> Mapping[str, Measured]:
    """Return each side's figures over `rounds` rounds of A B C, A B C, ... after one round to warm the caches."""
    times: dict[str, list[float]] = {side.name: [] for side in sides}
    memory = dict.fromkeys(times, 0)
    for number in range(rounds + 1):
        for side in sides:
            side.prepare()
            seconds, peak = _run(side)
            if number:
                times[side.name].append(seconds)
                memory[side.name] = max(memory[side.name], peak)
    return {name: Measured(statistics.median(times[name]), memory[name]) for name in times}


def _run(side: Side) -> tuple[float, int]:
    """Run one process and return its wall time in seconds and peak memory in bytes."""
    once = [sys.executable, "-I", "-S", str(Path(__file__).with_name("once.py"))]
    # An installed program has its bytecode; this variable would have each run compile everything anew.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    ran = subprocess.run([*once, *side.command], stdout=subprocess.PIPE, text=True, check=True, env=environment)
    seconds, memory, code = ran.stdout.split()
    if int(code) not in side.codes:
        raise SystemExit(f"{' '.join(side.command)} returned {code}")
    return float(seconds), int(memory)
