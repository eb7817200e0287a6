"""The stories that samples tell, run: what they print, command by command."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from samples.story import ROOT

if TYPE_CHECKING:
    from pathlib import Path

_BLOCK = re.compile(r"(?<=^```text\n)(.*?)(?=^```$)", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Told:
    """What a story printed.

    Attributes:
        steps: Each command, in order, with all that was printed until the next one.
    """

    steps: tuple[tuple[str, str], ...]

    def after(self, start: str) -> list[str]:
        """Return what each command that begins so printed, in order; at least one must."""
        found = [said for command, said in self.steps if command.startswith(start)]
        assert found, f"no command of the story begins with {start}"
        return found

    @property
    def commands(self) -> list[str]:
        """The commands, in order."""
        return [command for command, _ in self.steps]


def tell(sample: str) -> Told:
    """Run the story of a sample in its own folder under `.work`, and return what it printed."""
    script = ROOT / "samples" / sample / "story.py"
    ran = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    parts = re.split(r"^\$ (.*)\n", ran.stdout, flags=re.MULTILINE)[1:]
    return Told(tuple(zip(parts[::2], parts[1::2], strict=True)))


def commands_in(page: Path) -> list[str]:
    """Return the commands that a page shows, in order."""
    blocks = _BLOCK.findall(page.read_text(encoding="utf-8"))
    return [line[2:] for block in blocks for line in block.splitlines() if line.startswith("$ ")]
