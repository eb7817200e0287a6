"""How a sample tells its story: sentences, commands as they would be typed, and what these print."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

#: The folder of the project; `samples` and `arfix` are packages in it.
ROOT = Path(__file__).resolve().parent.parent

COLOUR = sys.stdout.isatty() and not os.environ.get("NO_COLOR")


class Story:
    """A story whose commands run in one folder.

    Attributes:
        folder: Where; it need not be there before the first command.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def say(self, sentence: str) -> None:
        """Print a paragraph."""
        print("\n" + textwrap.fill(sentence, 100), flush=True)

    def show(self, command: str) -> None:
        """Print a command as it would be typed."""
        print(f"\n\x1b[1m$ {command}\x1b[0m" if COLOUR else f"\n$ {command}", flush=True)

    def run(self, *words: str, only: str = "", environment: Mapping[str, str] | None = None) -> str:
        """Run a command, showing it and what it prints; return that.

        Args:
            words: The command.
            only: A regular expression: what it matches in a line is shown and returned, and other lines are not.
            environment: Variables to set.
        """
        self.show(shlex.join(words))
        return self._show_output(words, environment or {}, only)

    def arfix(self, *arguments: str) -> str:
        """Run arfix, showing the command and what it prints; return that."""
        self.show(shlex.join(("arfix", *arguments)))
        command = (sys.executable, "-m", "arfix", "--color", "always" if COLOUR else "never", *arguments)
        return self._show_output(command, {"PYTHONPATH": str(ROOT)}, "")

    def _show_output(self, command: Sequence[str], environment: Mapping[str, str], only: str) -> str:
        ran = subprocess.run(
            command,
            cwd=self.folder,
            env={**os.environ, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        )
        said = ran.stdout
        if only:
            said = "".join(f"{match[0]}\n" for match in map(re.compile(only).search, said.splitlines()) if match)
        print(said, end="")
        if ran.returncode:
            print(f"(exit {ran.returncode})")
        sys.stdout.flush()
        return said


def need_tools(packages: Mapping[str, str]) -> None:
    """End the story where tools are missing, naming the Debian packages to install.

    Args:
        packages: For each tool the package that has it.
    """
    missing = sorted({package for tool, package in packages.items() if shutil.which(tool) is None})
    if missing:
        sys.exit(f"This needs {', '.join(missing)}: apt-get install {' '.join(missing)}")
