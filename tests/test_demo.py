from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

DEMO = Path(__file__).parent.parent / "samples" / "demo.py"


def run_demo(folder: Path, path: str) -> str:
    environment = {**os.environ, "PATH": path}
    ran = subprocess.run([sys.executable, DEMO, folder], env=environment, capture_output=True, text=True, check=True)
    assert ran.stderr == ""
    return ran.stdout


@pytest.mark.slow
def test_demo_needs_python_alone(tmp_path: Path) -> None:
    told = run_demo(tmp_path / "demo", str(tmp_path))
    assert "3 archives: clean" in told
    assert "No C compiler" in told
    assert "internal error" not in told


@pytest.mark.oracle
def test_demo_ends_with_a_program_that_runs(tmp_path: Path) -> None:
    told = run_demo(tmp_path / "demo", os.environ["PATH"])
    assert told.count("$ cc ... -o program") + told.count("$ gcc ... -o program") == 4
    assert told.count("(it runs, exit 0)") == 2
    assert told.index("is not an object") < told.index("undefined reference to `openlog'") < told.index("it runs")
