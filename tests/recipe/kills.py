"""Runs `arfix apply` in forks of one warm process, kills each at a chosen moment, and checks what is left.

    python -m tests.recipe.kills FOLDER calls|moments

A process of its own, so that forking disturbs no test; the modules are loaded once, so that a run is quick and most
moments fall into its work. Prints how many runs were killed and how many ended.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from arfix.cli.app import run
from tests.recipe.sysroots import ORIGINALS, Place, make_place

if TYPE_CHECKING:
    from collections.abc import Callable

#: Calls of `os` by which a run changes anything; pathlib's go through them too.
CALLS = ("open", "write", "link", "unlink", "replace", "rename", "fsync", "mkdir", "rmdir", "copy_file_range")

#: What the state's folder may hold once a run has ended.
STATE = {"originals", "stamp", "state.json"}


def apply(place: Place) -> int:
    """Return the exit code of a run in this process."""
    return run(["apply", str(place.recipe), "--sysroot", str(place.sysroot), "-q", "-j", "1"])


def start(place: Place, prepare: Callable[[], None]) -> int:
    """Start a run in a fork and return its process number."""
    pid = os.fork()
    if pid:
        return pid
    prepare()
    os._exit(apply(place))


def die_before_call(number: int) -> None:
    """Let this process die before its n-th call of one of `CALLS`."""
    left = number

    def dying(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: object, **options: object) -> object:
            nonlocal left
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*arguments, **options)

        return call

    for name in CALLS:
        setattr(os, name, dying(getattr(os, name)))


def check(place: Place, repaired: dict[str, bytes]) -> None:
    """Check that every archive is old or new, that the next run makes all new, and that revert brings all back."""
    for name, data in place.contents().items():
        if data not in {ORIGINALS[name], repaired[name]}:
            raise SystemExit(f"{name} is neither the old archive nor the new one")
    code = apply(place)
    left = {path.name for path in (place.sysroot / ".arfix").iterdir()} - STATE
    if code or place.contents() != repaired or place.hidden() or left:
        raise SystemExit(f"the next run returned {code} and left {place.hidden()} {left}")
    run(["revert", "--sysroot", str(place.sysroot), "-q"])
    if place.contents() != ORIGINALS or (place.sysroot / ".arfix").exists():
        raise SystemExit("revert did not bring everything back")


def main(folder: Path, mode: str) -> None:
    """Kill run after run."""
    # A kill loses nothing that the kernel has, and waiting for the disk takes most of the time.
    os.fsync = lambda fd: None  # noqa: ARG005 (its name counts)
    place = make_place(folder)
    apply(place)  # loads every module
    repaired = place.contents()
    run(["revert", "--sysroot", str(place.sysroot), "-q"])
    began = time.monotonic()
    os.waitpid(start(place, lambda: None), 0)
    takes = time.monotonic() - began
    run(["revert", "--sysroot", str(place.sysroot), "-q"])
    killed = ended = 0
    place.recipe.with_suffix(".lock").unlink()
    for number in range(1, 51 if mode == "moments" else 1000):
        pid = start(place, (lambda: None) if mode == "moments" else lambda: die_before_call(number))  # noqa: B023
        if mode == "moments":
            time.sleep(random.uniform(0, takes * 1.2))  # noqa: S311 (a moment, not a secret)
            os.kill(pid, signal.SIGKILL)
        _, status = os.waitpid(pid, 0)
        check(place, repaired)
        place.recipe.with_suffix(".lock").unlink()  # each is the first run
        killed, ended = killed + os.WIFSIGNALED(status), ended + os.WIFEXITED(status)
        if mode == "calls" and ended:
            break
    print(killed, ended)  # noqa: T201 (for the test that started this)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
