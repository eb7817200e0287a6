"""Wall time, CPU time and peak memory of processes, taken in turns so that a busy machine disturbs all sides alike."""

from __future__ import annotations

import os
import platform
import shutil
import statistics
import subprocess
import sys
import time
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
    """What the runs of one side took, in the order in which they ran.

    Attributes:
        seconds: Wall times.
        cpu: CPU times, user and system, of the process and those that it waited for, in seconds.
        memory: The greatest resident set of any run, in bytes.
    """

    seconds: Sequence[float]
    cpu: Sequence[float]
    memory: int

    def ratio_to(self, other: Measured, start: Measured | None = None) -> float:
        """Return the median of the ratios of CPU times, run by run; with `start`, of the time that is above it."""
        starts = [0.0] * len(self.cpu) if start is None else start.cpu
        runs = zip(self.cpu, other.cpu, starts, strict=True)
        return statistics.median((ours - begin) / max(theirs, 1e-6) for ours, theirs, begin in runs)

    def extra_to(self, other: Measured) -> float:
        """Return the median of the differences of CPU times, run by run, in seconds."""
        return statistics.median(ours - theirs for ours, theirs in zip(self.cpu, other.cpu, strict=True))


def sync_seconds(data: Path, folder: Path, rounds: int) -> float:
    """Return how long `fsync` of a fresh copy of `data` in `folder` takes: the median of some rounds, in seconds."""
    copy, times = folder / "synced", []
    for _ in range(rounds):
        shutil.copyfile(data, copy)
        with copy.open("rb") as file:
            start = time.perf_counter()
            os.fsync(file.fileno())
            times.append(time.perf_counter() - start)
        copy.unlink()
    return statistics.median(times)


def describe_machine() -> str:
    """Return processor, cores, load and system of this machine, in a line."""
    names = [line.partition(":")[2].strip() for line in _lines(Path("/proc/cpuinfo")) if line.startswith("model name")]
    cores = os.cpu_count() or 1
    processor = names[0] if names else platform.machine()
    return f"{processor}, {cores} cores, load {os.getloadavg()[0]:.1f}; {platform.platform()}"


def file_system_of(path: Path) -> str:
    """Return the kind of file system that `path` is on, such as `ext4`; `unknown` where the system does not say."""
    found, kind = "", "unknown"
    for line in _lines(Path("/proc/mounts")):
        _, mount, name, *_ = line.split()
        if path.resolve().is_relative_to(mount) and len(mount) >= len(found):
            found, kind = mount, name
    return kind


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines() if path.is_file() else []


def measure(sides: Sequence[Side], rounds: int) -> Mapping[str, Measured]:
    """Return each side's figures over `rounds` rounds of A B C, A B C, ... after one round to warm the caches."""
    times: dict[str, list[float]] = {side.name: [] for side in sides}
    cpu_times: dict[str, list[float]] = {side.name: [] for side in sides}
    memory = dict.fromkeys(times, 0)
    for number in range(rounds + 1):
        for side in sides:
            side.prepare()
            seconds, cpu, peak = _run(side)
            if number:
                times[side.name].append(seconds)
                cpu_times[side.name].append(cpu)
                memory[side.name] = max(memory[side.name], peak)
    return {name: Measured(times[name], cpu_times[name], memory[name]) for name in times}


def _run(side: Side) -> tuple[float, float, int]:
    """Run one process and return its wall time and CPU time in seconds, and its peak memory in bytes."""
    once = [sys.executable, "-I", "-S", str(Path(__file__).with_name("once.py"))]
    # An installed program has its bytecode; this variable would have each run compile everything anew.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    ran = subprocess.run([*once, *side.command], stdout=subprocess.PIPE, text=True, check=True, env=environment)
    seconds, cpu, memory, code = ran.stdout.split()
    if int(code) not in side.codes:
        raise SystemExit(f"{' '.join(side.command)} returned {code}")
    return float(seconds), float(cpu), int(memory)
