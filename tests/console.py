"""Console blocks of Markdown pages, run: each block with what its commands print now."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
BLOCK = re.compile(r"(?<=^```console\n)(.*?)(?=^```$)", re.MULTILINE | re.DOTALL)

#: Names in quotes, as GNU ld prints them since 2.42 (before, they began with a backtick).
_QUOTED = re.compile(r"(?:(?<=in function )|(?<=reference to ))'([^']+)'")

#: What a page may run beside arfix.
OTHERS = frozenset({"cc", "./program", "cat", "cp", "ar", "nm", "objcopy"})


def run_blocks(text: str, folder: Path) -> str:
    """Return the page with each command's output as it is now; they run in order, in the folder."""
    return BLOCK.sub(lambda match: _run_block(match[0], folder), text)


def _run_block(block: str, folder: Path) -> str:
    commands = [line[2:] for line in block.splitlines() if line.startswith("$ ")]
    return "".join(f"$ {command}\n{_run_command(command, folder)}" for command in commands)


def _run_command(command: str, folder: Path) -> str:
    """Return what the command prints, errors among it, and `(exit N)` where it fails."""
    words = shlex.split(command)
    if words[0] == "arfix":
        words = [sys.executable, "-m", "arfix", *words[1:]]
    else:
        assert words[0] in OTHERS, f"console blocks run arfix, not {words[0]}"
    ran = subprocess.run(
        words,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", "LC_ALL": "C.UTF-8"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    said = _QUOTED.sub(r"`\1'", ran.stdout.replace("/usr/bin/ld: ", "ld: "))
    return said + (f"(exit {ran.returncode})\n" if ran.returncode else "")
