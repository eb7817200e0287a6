"""A sample of the table of faults in `tests/recipe/faults.py`; `make faults` tries all of it."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
#: Primes, so that a sample meets every kind of fault: each call is tried with a dozen of them, in one order.
STEPS = (251, 257, 263, 269, 271, 277, 281, 283, 293, 307, 311, 313, 317, 331, 337, 347, 349)


@pytest.mark.slow
def test_whatever_the_system_refuses_all_is_done_or_nothing(tmp_path: Path) -> None:
    every = random.choice(STEPS)  # noqa: S311 (which sample is no secret)
    command = [sys.executable, "-m", "tests.recipe.faults", str(tmp_path), "--every", str(every)]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, ""), f"every {every}th case"
    killed, undone, done = map(int, ran.stdout.split())
    assert killed + undone + done > 30  # one case in forty is a kill: a sample may have none
