"""Run random cases for a given time: `python -m tests.fuzz.fuzz --seconds 60`.

A case is a number: the same seed and number make the same case again (`--case`). Each has a limit of CPU time and of
memory. A bad case is printed once for each place in the code, with the command that repeats it.
"""

from __future__ import annotations

import argparse
import mmap
import os
import resource
import signal
import sys
import time
import traceback
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from arfix.errors import ArfixError
from tests.fuzz.targets import TARGETS

if TYPE_CHECKING:
    from types import FrameType

SECONDS = 2.0
MEMORY = 512 << 20


class TooSlow(BaseException):
    """A case took more than `SECONDS` of CPU time; no handler in arfix may catch this."""


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise TooSlow


def run_case(seed: str, number: int) -> BaseException | None:
    """Run one case; return what it raised that it must not."""
    random = Random(f"{seed}:{number}")  # noqa: S311 (cases, not secrets)
    [target] = random.choices(list(TARGETS), list(TARGETS.values()))
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    try:
        target(random)
    except ArfixError:
        return None
    except (Exception, TooSlow) as error:  # noqa: BLE001 (this is what is looked for)
        return error
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    return None


def fingerprint(error: BaseException) -> str:
    """Return what tells one fault from another: the exception, and the innermost place in arfix."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "/arfix/" in frame.filename]
    place = f"{Path(frames[-1].filename).name}:{frames[-1].name}" if frames else "outside arfix"
    if isinstance(error, (TooSlow, MemoryError)) and frames:
        place = next((frame.name for frame in frames if "/cli/" not in frame.filename), place)
    return f"{type(error).__name__} in {place}"


def main() -> int:
    """Run cases until the time is over; return 1 if any was bad."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", default=str(time.time_ns()))
    parser.add_argument("--first", type=int, default=0, help="the number of the first case")
    parser.add_argument("--case", type=int, help="run this one case, with its traceback")
    parser.add_argument("--progress", type=Path, help="a file that always holds the number of the case that runs")
    options = parser.parse_args()
    os.environ["ARFIX_DEBUG"] = "1"  # so that what arfix does not foresee comes out as it is
    signal.signal(signal.SIGPROF, _stop)
    if options.case is not None:
        error = run_case(options.seed, options.case)
        if error is not None:
            traceback.print_exception(error)
        return int(error is not None)
    for number in range(200):  # imports, before memory is limited
        run_case("warm", number)
    used = int(Path("/proc/self/statm").read_text("ascii").split()[0]) * mmap.PAGESIZE
    resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY, used + MEMORY))
    return _run(options)


def _run(options: argparse.Namespace) -> int:
    end = time.monotonic() + options.seconds
    seen: dict[str, int] = {}
    number = options.first
    while time.monotonic() < end:
        if options.progress and number % 50 == 0:
            options.progress.write_text(f"{options.seed} {number}\n", "ascii")
        error = run_case(options.seed, number)
        if error is not None:
            what = fingerprint(error)
            seen[what] = seen.get(what, 0) + 1
            if seen[what] == 1:
                sys.stdout.write(f"{what}: {str(error)[:200]!r}\n")
                sys.stdout.write(f"  python -m tests.fuzz.fuzz --seed {options.seed} --case {number}\n")
                sys.stdout.flush()
        number += 1
    sys.stdout.write(f"{number - options.first:,} cases of seed {options.seed}, {sum(seen.values()):,} bad\n")
    for what, count in sorted(seen.items()):
        sys.stdout.write(f"{count:8,}  {what}\n")
    return int(bool(seen))


if __name__ == "__main__":
    sys.exit(main())
