"""A printed command gives each shell the words that were meant."""

from __future__ import annotations

import os
import subprocess

import pytest

from arfix.edits.requests import shell_line
from tests.tools import need

WORDS = (
    "plain.o",
    "with blank.o",
    "it's.o",
    "new\nline.o",
    "tab\t'and\\%s%%!x`id`$HOME\".o",
    "-\x1b[31m.o",
    "\udcff.o",
    "\x7f",
    "\u2028",
)


@pytest.mark.parametrize("shell", ["sh", "bash"])
def test_a_shell_reads_the_words_that_were_meant(shell: str) -> None:
    """Debian's sh is dash, which does not know `$'...'`."""
    line = f"printf '%s\\0' {shell_line(WORDS)}"
    ran = subprocess.run([need(shell), "-c", line], capture_output=True, check=True)
    assert os.fsdecode(ran.stdout).split("\0")[:-1] == list(WORDS)
    assert line.isprintable()
