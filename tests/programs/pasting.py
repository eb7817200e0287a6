"""Runs the commands that arfix prints as a user does who pastes them into a shell."""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.run_arfix import arfix

if TYPE_CHECKING:
    from pathlib import Path

#: A line that `check` prints for a repair, and the mark that it is not safe, where there is one.
REPAIR = re.compile(r"^\s*repair(?P<unsafe> \(unsafe\)|, unsafe)?:\s*(?P<command>arfix .*)$", re.MULTILINE)
#: What stands in for arfix on PATH: it keeps the words that the shell made of the line.
RECORDER = """#!/bin/sh
printf '%s\\0' "$@" >>"$ARFIX_WORDS"
printf '\\n\\0' >>"$ARFIX_WORDS"
"""


@dataclass(frozen=True, slots=True)
class Pasted:
    """One command that was run.

    Attributes:
        command: The line as printed.
        safe: Whether it is not marked as unsafe.
        code: The exit code.
        said: What it printed on both streams.
    """

    command: str
    safe: bool
    code: int
    said: str


def commands_in(text: str) -> tuple[tuple[str, bool], ...]:
    """Return each repair that the text prints, once, in order, and whether it is safe."""
    found = ((match["command"], match["unsafe"] is None) for match in REPAIR.finditer(text))
    return tuple(dict.fromkeys(found))


def paste(text: str, folder: Path, *, unsafe: bool = True) -> tuple[Pasted, ...]:
    """Run the printed repairs, in order, in the folder, which is the current one; a real shell reads the lines."""
    return tuple(_pasted(command, folder, safe=safe) for command, safe in commands_in(text) if safe or unsafe)


def _pasted(command: str, folder: Path, *, safe: bool) -> Pasted:
    recorder = folder.parent / "paste-bin" / "arfix"
    if not recorder.is_file():
        recorder.parent.mkdir(exist_ok=True)
        recorder.write_text(RECORDER, encoding="utf-8")
        recorder.chmod(0o755)
    words_file = recorder.parent / "words"
    words_file.unlink(missing_ok=True)
    environment = {
        **os.environ,
        "PATH": f"{recorder.parent}{os.pathsep}{os.environ['PATH']}",
        "ARFIX_WORDS": str(words_file),
    }
    shell = subprocess.run(["sh", "-c", command], cwd=folder, env=environment, capture_output=True, check=False)
    if shell.returncode:
        return Pasted(command, safe, shell.returncode, os.fsdecode(shell.stderr))
    (words,) = [part.split("\0")[:-1] for part in os.fsdecode(words_file.read_bytes()).split("\n\0") if part]
    ran = arfix(*words)
    return Pasted(command, safe, ran.code, ran.stdout + ran.stderr)
