"""What is timed: arfix is the first side of each task, its peers stand behind it, and goals say what to stay under."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bench.measure import Side
from tests.debian import CACHE, archives_of, library
from tests.tools import need

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

WORK = CACHE.parent / "bench"
ARFIX = (sys.executable, "-m", "arfix")


@dataclass(frozen=True, slots=True)
class Task:
    """One comparison.

    Attributes:
        name: What is done to what.
        sides: arfix first.
        rounds: How many runs of each side are counted.
        goals: Side to the greatest ratio of arfix's time to that side's.
        extra: Side to the greatest number of milliseconds that arfix may take longer.
        leaner: Whether arfix must also use less memory than each side.
        check: Raises when the sides did not do the same work.
    """

    name: str
    sides: Sequence[Side]
    rounds: int
    goals: Mapping[str, float] = field(default_factory=dict)
    extra: Mapping[str, float] = field(default_factory=dict)
    leaner: bool = False
    check: Callable[[], object] = lambda: None


def libcrypto() -> Path:
    """Return libcrypto.a of Debian's libssl-dev: about 900 members, 9 MB."""
    return library("libssl-dev", "libcrypto.a")


def llvm() -> Path:
    """Return all libraries of Debian's llvm-14-dev merged into one archive: about 2,340 members, 250 MB."""
    path = WORK / "libLLVM-merged.a"
    if not path.exists():
        parts = [part for part in archives_of("llvm-14-dev") if part.name.startswith("libLLVM")]
        subprocess.run([need("llvm-ar-19"), "qcLD", path, *parts], check=True)
    return path


def all_tasks() -> Iterator[Callable[[], Task]]:
    """Yield what makes each task; making one may download its input."""
    yield lambda: strip_task(
        "libcrypto.a", libcrypto(), "libcrypto-lib-bss_log.o", 15, {"ar dD": 0.4, "llvm-ar dD": 1.8}
    )
    yield lambda: strip_task("merged LLVM", llvm(), "DlltoolDriver.cpp.o", 7, {"ar dD": 0.3, "llvm-ar dD": 1.5})
    yield lambda: inspect_task("libcrypto.a", libcrypto(), 15)
    yield lambda: inspect_task("merged LLVM", llvm(), 5)
    yield check_task
    yield prefix_task
    yield stub_task
    yield start_task


def strip_task(name: str, archive: Path, member: str, rounds: int, goals: Mapping[str, float]) -> Task:
    """Return the removal of one member, in place, each side on a fresh copy of its own."""
    commands = {
        "arfix": [*ARFIX, "strip"],
        "ar dD": [need("ar"), "dD"],
        "llvm-ar dD": [need("llvm-ar-19"), "dD"],
    }
    copies = {side: WORK / f"{side.replace(' ', '-')}.a" for side in commands}

    def fresh(side: str) -> Callable[[], object]:
        return lambda: shutil.copyfile(archive, copies[side])

    def same() -> None:
        if copies["arfix"].read_bytes() != copies["ar dD"].read_bytes():
            raise SystemExit(f"strip of {member}: arfix and ar do not agree on the bytes")

    sides = [Side(side, [*command, str(copies[side]), member], fresh(side)) for side, command in commands.items()]
    return Task(f"strip {name}", sides, rounds, goals, leaner=True, check=same)


def inspect_task(name: str, archive: Path, rounds: int) -> Task:
    """Return the listing of an archive with its symbol counts, beside nm's listing of its symbols."""
    sides = [Side("arfix", [*ARFIX, "inspect", str(archive)]), Side("nm", [need("nm"), str(archive)])]
    return Task(f"inspect {name}", sides, rounds, {"nm": 1.0})


def start_task() -> Task:
    """Return the start of the program, beside the import of typer alone."""
    typer = Side("import typer", [sys.executable, "-c", "import typer"])
    return Task("start", [Side("arfix", [*ARFIX, "--version"]), typer], 31, extra={"import typer": 25})


def check_task() -> Task:
    """Return what a whole link of libcrypto.a would run into, beside the nm and ld that people try for it."""
    crypto, libc = libcrypto(), library("libc6-dev", "libc.a")
    tries = f"{need('nm')} -A {crypto} {libc}; {need('ld')} -r --whole-archive {crypto} -o {WORK}/whole.o"
    arfix = Side("arfix", [*ARFIX, "check", str(crypto), "--provider", str(libc)], codes=(0, 1))
    return Task("check libcrypto.a", [arfix, Side("nm -A, ld -r", ["/bin/sh", "-c", tries])], 9, {"nm -A, ld -r": 0.5})


def prefix_task() -> Task:
    """Return one prefix for every symbol that libcrypto.a defines; objcopy renames the undefined ones with them."""
    crypto, result = str(libcrypto()), str(WORK / "prefixed.a")
    sides = [
        Side("arfix", [*ARFIX, "symbols", crypto, "--prefix", "my_", "-o", result]),
        Side("objcopy", [need("objcopy"), "--prefix-symbols=my_", crypto, result]),
    ]
    return Task("prefix libcrypto.a", sides, 9, {"objcopy": 1.0})


def stub_task() -> Task:
    """Return an archive of 200 stubs, beside the start of the program alone."""
    names = [f"missing_{number}" for number in range(200)]
    command = [*ARFIX, "stub", *names, "--target", "x86_64-linux-gnu", "-o", str(WORK / "stubs.a")]
    start = Side("arfix --version", [*ARFIX, "--version"])
    return Task("200 stubs", [Side("arfix", command), start], 15, extra={"arfix --version": 30})
