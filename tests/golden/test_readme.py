"""The README's console blocks are run, in order, in the sample sysroot; what they print is what the README says."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from samples.sysroot import build_sysroot

ROOT = Path(__file__).parent.parent.parent
README = ROOT / "README.md"
BLOCK = re.compile(r"(?<=^```console\n)(.*?)(?=^```$)", re.MULTILINE | re.DOTALL)


def run_block(block: str, folder: Path) -> str:
    """Return the block with each command's output as it is now."""
    commands = [line[2:] for line in block.splitlines() if line.startswith("$ ")]
    return "".join(f"$ {command}\n{run_command(command, folder)}" for command in commands)


def run_command(command: str, folder: Path) -> str:
    """Return what the command prints, errors among it, and `(exit N)` where it fails."""
    words = shlex.split(command)
    assert words[0] == "arfix", "the README's console blocks run arfix"
    ran = subprocess.run(
        [sys.executable, "-m", "arfix", *words[1:]],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return ran.stdout + (f"(exit {ran.returncode})\n" if ran.returncode else "")


@pytest.mark.golden
def test_readme_shows_what_is_printed(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    build_sysroot(tmp_path)
    written = README.read_text(encoding="utf-8")
    now = BLOCK.sub(lambda match: run_block(match[0], tmp_path), written)
    if request.config.getoption("update_golden"):
        README.write_text(now, encoding="utf-8")
    assert now == README.read_text(encoding="utf-8")
    assert len(BLOCK.findall(now)) >= 4


def test_readme_names_commands_that_are_there() -> None:
    written = README.read_text(encoding="utf-8")
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    for target in re.findall(r"make ([a-z]+)", written):
        assert target in targets
    for link in re.findall(r"\]\(((?:docs|samples|bench)/[^)#]+)", written):
        assert (ROOT / link).exists()
