"""Where one machine's part of the story stands, and how a command is run there: with its log, time and exit code."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

#: The folder of the project; `samples` and `arfix` are packages in it.
ROOT = Path(__file__).resolve().parent.parent.parent

#: What a step of the story found out: whatever JSON can hold.
Facts = dict[str, Any]


class StoryError(Exception):
    """Something did not happen as the story says; the message tells what, and where its log is."""


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine that the story is told for.

    Attributes:
        name: Debian's name of it.
        suffix: Behind a package's name.
        triple: The folder of its libraries and headers in a package.
        prefix: Before the names of its compiler and binutils.
        host: What `configure --host` calls it.
        link_options: With which a program of it runs on this machine.
    """

    name: str
    suffix: str
    triple: str
    prefix: str
    host: str
    link_options: tuple[str, ...]


AMD64 = Machine("amd64", "", "x86_64-linux-gnu", "", "x86_64-linux-gnu", ())
#: The class of the true target, i686 and ELF32. The C library is the one that comes with the cross compiler.
I386 = Machine(
    "i386",
    ":i386",
    "i386-linux-gnu",
    "i686-linux-gnu-",
    "i686-linux-gnu",
    ("-Wl,--dynamic-linker=/usr/i686-linux-gnu/lib/ld-linux.so.2", "-Wl,-rpath,/usr/i686-linux-gnu/lib"),
)
MACHINES = (AMD64, I386)


@dataclass(frozen=True, slots=True)
class Ran:
    """A command that was run.

    Attributes:
        command: Its words.
        code: Its exit code.
        seconds: How long it took.
        log: The file with all it printed.
    """

    command: tuple[str, ...]
    code: int
    seconds: float
    log: Path

    @property
    def output(self) -> str:
        """All it printed, standard output and error in the order they came."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def expect(self, code: int = 0) -> Ran:
        """Return itself.

        Raises:
            StoryError: It ended with another code.
        """
        if self.code != code:
            line = " ".join(self.command)
            end = "\n".join(self.output.splitlines()[-15:])
            raise StoryError(f"exit code {self.code}, not {code}: {line}\n{end}\nall of it: {self.log}")
        return self


@dataclass(slots=True)
class Place:
    """The folder of one machine, and what was run there.

    Attributes:
        machine: For which everything here is.
        folder: Holds all of it; absolute, and no word in it may hold a space or `=`, for CPython's makesetup.
        step: The name of the step that runs now.
        ran: The commands of this step.
    """

    machine: Machine
    folder: Path
    step: str = ""
    ran: list[Ran] = field(default_factory=list)

    @property
    def sysroot(self) -> Path:
        """The sysroot, broken first and repaired later."""
        return self.folder / "sysroot"

    @property
    def lib(self) -> Path:
        """Its libraries."""
        return self.sysroot / "lib"

    def tool(self, name: str) -> str:
        """Return the machine's own compiler or binutil of this name."""
        return self.machine.prefix + name

    def run(
        self, *command: str | Path, cwd: Path | None = None, env: Mapping[str, str] | None = None, timeout: float = 3600
    ) -> Ran:
        """Run a command with its output going to a log, and return what came of it."""
        words = tuple(str(word) for word in command)
        name = f"{self.step}-{len(self.ran) + 1:02}-{Path(words[0]).name}.log"
        log = self.folder / "logs" / name
        log.parent.mkdir(parents=True, exist_ok=True)
        environment = {**os.environ, "LC_ALL": "C.UTF-8", **(env or {})}
        began = time.monotonic()
        with log.open("wb") as output:
            code = subprocess.run(
                words, cwd=cwd, env=environment, stdout=output, stderr=subprocess.STDOUT, check=False, timeout=timeout
            ).returncode
        self.ran.append(Ran(words, code, round(time.monotonic() - began, 2), log))
        return self.ran[-1]

    def arfix(self, *arguments: str | Path) -> Ran:
        """Run arfix, as it stands in this project, in the sysroot."""
        environment = {"PYTHONPATH": str(ROOT), "COLUMNS": "120", "TERMINAL_WIDTH": "120", "NO_COLOR": "1"}
        return self.run(sys.executable, "-m", "arfix", *arguments, cwd=self.sysroot, env=environment)

    def begin(self, step: str) -> None:
        """Forget what was run, and name the step that comes."""
        self.step, self.ran = step, []

    def commands(self) -> list[Facts]:
        """Return what was run, for the record; paths in this place are written relative to it."""
        return [{**asdict(one), "log": str(one.log.relative_to(self.folder))} for one in self.ran]


def symbols(place: Place, files: Sequence[Path], *options: str) -> set[str]:
    """Return the symbols that archives or programs define, as nm lists them."""
    listed = place.run(place.tool("nm"), "--defined-only", "--format=posix", *options, *files).output
    return {match["name"] for match in re.finditer(r"^(?P<name>\S+) \w [0-9a-f]", listed, re.MULTILINE)}
