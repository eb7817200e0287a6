"""Write `docs/group-b.md` from the record of a run; only the prose is fixed text."""

from __future__ import annotations

import os
import platform
import shlex
import subprocess
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chapters import CHAPTERS
from place import MACHINES, Facts

from samples.debian import CACHE

if TYPE_CHECKING:
    from collections.abc import Iterable

TOOLS = ("gcc", "i686-linux-gnu-gcc", "libtool", "ar")


class Record:
    """What a run found out, asked for by machine and step.

    Attributes:
        machine: What it ran on.
    """

    def __init__(self, record: dict[str, Any], folder: Path) -> None:
        self.machine: Facts = record["machine"]
        self._steps: dict[str, Facts] = record["steps"]
        self._folder = folder

    def has(self, step: str) -> bool:
        """Return whether the step was run for every machine."""
        return all(f"{machine.name} {step}" in self._steps for machine in MACHINES)

    def facts(self, machine: str, step: str) -> Facts:
        """Return what a step found out."""
        found: Facts = self._steps[f"{machine} {step}"]["facts"]
        return found

    def seconds(self, machine: str, step: str) -> float:
        """Return how long a step took."""
        return float(self._steps[f"{machine} {step}"]["seconds"])

    def steps(self) -> list[str]:
        """Return the steps that were run, in order."""
        return list(dict.fromkeys(key.split(" ")[1] for key in self._steps))

    def commands(self, machine: str, step: str, *words: str) -> list[str]:
        """Return the command lines of a step that hold all these words, as they would be typed."""
        lines = [shlex.join(one["command"]) for one in self._steps[f"{machine} {step}"]["commands"]]
        return [self.shorten(machine, line) for line in lines if all(word in line for word in words)]

    def log(self, machine: str, step: str, *words: str) -> str:
        """Return what the first command of a step that holds all these words printed."""
        for one in self._steps[f"{machine} {step}"]["commands"]:
            if all(word in " ".join(one["command"]) for word in words):
                text = (self._folder / machine / one["log"]).read_text(encoding="utf-8", errors="replace")
                return self.shorten(machine, text)
        raise LookupError(f"{machine} {step}: no command with {words}")

    def shorten(self, machine: str, text: str) -> str:
        """Return a text with the folders of this machine taken out: W is the work folder, P the unpacked packages."""
        for folder, short in ((self._folder / machine, "W"), (self._folder, "WORK"), (CACHE, "P")):
            text = text.replace(str(folder), short)
        return text.replace(str(Path(__file__).resolve().parent.parent.parent), "arfix")


def describe_machine(linkers: Iterable[str]) -> Facts:
    """Return what the run ran on, and with which tools."""
    processors = [
        line for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines() if "model name" in line
    ]
    return {
        "processor": f"{os.cpu_count()} x {processors[0].partition(':')[2].strip()}" if processors else "unknown",
        "system": f"{platform.freedesktop_os_release()['PRETTY_NAME']}, {platform.system()} {platform.machine()}",
        "tools": {name: _version_of(name) for name in (*TOOLS, *linkers)},
    }


def write_report(record: dict[str, Any], folder: Path, document: Path) -> None:
    """Write the chapters whose steps were run."""
    told = Record(record, folder)
    chapters = [chapter(told) for chapter, needs in CHAPTERS if all(told.has(step) for step in needs)]
    document.write_text(wrap("\n\n".join(chapters)), encoding="utf-8")


def wrap(text: str) -> str:
    """Return Markdown with its paragraphs and list items wrapped; headings, tables and code stay as they are."""
    lines: list[str] = []
    paragraph: list[str] = []
    code = False
    for line in [*text.split("\n"), ""]:
        prose = bool(line) and not code and not line.startswith(("#", "|", "```", "!"))
        if paragraph and (not prose or line.startswith("- ")):
            indent = "  " if paragraph[0].startswith("- ") else ""
            whole = " ".join(paragraph)
            lines += textwrap.wrap(whole, 119, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
            paragraph = []
        if prose:
            paragraph.append(line.strip())
        else:
            lines.append(line)
        code ^= line.startswith("```")
    return "\n".join(lines)


def _version_of(program: str) -> str:
    ran = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
    return ran.stdout.partition("\n")[0]
