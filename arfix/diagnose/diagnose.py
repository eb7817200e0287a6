"""From the log of a build to the causes of its failed links."""

from __future__ import annotations

import io
import os
import re
from collections import deque
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from arfix.archive.files import open_to_read
from arfix.arguments import command_given
from arfix.diagnose.cause import Cause, Diagnosis
from arfix.diagnose.causes import CauseCollector
from arfix.diagnose.facts import ANCHORS, FactReader
from arfix.diagnose.families import UNEXPLAINED
from arfix.diagnose.flood import Flood
from arfix.diagnose.link_line import LinkLine, changed_folder, command_of, find_link_line
from arfix.diagnose.log import LogReader
from arfix.errors import AccessError, Where

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from arfix.diagnose.at_hand import LinkAtHand
    from arfix.diagnose.log import LogLine, Readable

#: Link commands that are remembered while a log is read: the last ones, and with `make -j` not the very last.
_COMMANDS: Final = 64
#: How CMake's makefiles link: the next command is that of the script, and runs in the folder of this one.
_LINK_SCRIPT: Final = " -E cmake_link_script "
#: Texts of lines that may be link commands, or say where they run.
_COMMAND_WORDS: Final = (" -o", "/OUT:", "/out:", " -l", "ing directory", "error: linking with", _LINK_SCRIPT)
_DIRECTORY: Final = re.compile(r"(?P<what>Entering|Leaving) directory [`'‘](?P<folder>[^`'’]{1,4096})['’]")  # noqa: RUF001
#: Files of one link that are looked at.
_MOST_FILES: Final = 512


class _Commands:
    """Takes link commands out of the lines of a log, and passes the other lines on."""

    def __init__(self) -> None:
        self.found: deque[LinkLine] = deque(maxlen=_COMMANDS)
        self.is_cargo = False
        self._folders: list[str] = []
        self._next_folder = ""

    def watch(self, lines: Iterator[LogLine]) -> Iterator[LogLine]:
        for line in lines:
            text = line.text
            if not (" -" in text or "/OUT:" in text or "/out:" in text or "ing " in text):
                yield line
                continue
            if "ing directory" in text and (match := _DIRECTORY.search(text)) is not None:
                self._change_folder(match["what"] == "Entering", match["folder"])
                continue
            self.is_cargo = self.is_cargo or "error: linking with" in text
            folder, rest = changed_folder(text)
            if _LINK_SCRIPT in rest:
                self._next_folder = folder
                continue
            if not _may_be_command(rest) or (command := command_of(rest)) is None:
                yield line
                continue
            folder = folder or self._next_folder or (self._folders[-1] if self._folders else "")
            link = find_link_line(_whole(line, command), line.number, folder)
            self._next_folder = ""
            if link is not None:
                self.found.append(link)

    def _change_folder(self, enters: bool, folder: str) -> None:  # noqa: FBT001
        if enters:
            self._folders = [*self._folders[-_COMMANDS:], folder]
        elif folder in self._folders:
            at = len(self._folders) - 1 - self._folders[::-1].index(folder)
            del self._folders[at]


def _may_be_command(text: str) -> bool:
    return any(word in text for word in _COMMAND_WORDS)


def _whole(line: LogLine, command: str) -> str:
    """Return a command at full length: it may be longer than what is read of a message."""
    at = line.raw.find(command[:200])
    return command if at < 0 else line.raw[at:].rstrip()


def diagnose(
    log: str | os.PathLike[str] | Readable, *, name: str | None = None, folder: str | os.PathLike[str] = ""
) -> Diagnosis:
    """Return why a link failed, from the log of a build: the causes, and what repairs each of them.

    No command of the log is run. The files of the link are read where they are at hand.

    Args:
        log: The path of a log, or a binary stream, which is read once; `io.BytesIO(text)` for bytes in memory.
        name: What the log is called in the result; by default its path.
        folder: Where relative paths in the log start; empty for the current folder.

    Raises:
        AccessError: The log cannot be read.
    """
    where = os.fspath(folder)
    if not isinstance(log, (str, os.PathLike)):
        return diagnose_log(log, name or "log", folder=where)
    path = os.fspath(log)
    try:
        with os.fdopen(open_to_read(path, "a log"), "rb") as file:
            return diagnose_log(file, name or path, folder=where)
    except OSError as error:
        hint = "What a build prints comes through a pipe: make 2>&1 | arfix diagnose"
        raise AccessError(f"cannot read: {error.strerror}", where=Where(path), hint=hint) from error


def diagnose_command(command: Sequence[str]) -> Diagnosis:
    """Run a link command, with all that it writes in a scratch folder, and return why it failed.

    Args:
        command: The words of the command, such as `["gcc", "-o", "app", "main.o", "-lz"]`.

    Raises:
        UnsupportedError: It is no command of a compiler or linker that is known, or it does not link.
        AccessError: It cannot be run.
    """
    from arfix.diagnose.run import run_link  # noqa: PLC0415 (logs are read without it)

    attempt = run_link(command_given(command))
    found = diagnose_log(io.BytesIO(attempt.log), attempt.line.program, command=attempt.line)
    if attempt.status == 0 or found.is_failure:
        return found
    text = attempt.log.decode("utf-8", "surrogateescape").strip().rpartition("\n")[2]
    cause = Cause(UNEXPLAINED, UNEXPLAINED.meaning.rstrip("."), line=max(found.lines, 1), message=text[:1000])
    return replace(found, causes=(cause, *found.causes))


def diagnose_log(stream: Readable, name: str, *, folder: str = "", command: LinkLine | None = None) -> Diagnosis:
    """Return the causes of the failed links in a log.

    Args:
        stream: The log; it is read once, and never held as a whole.
        name: What the log is called in the result.
        folder: Where relative paths in the log start; empty for the current folder.
        command: The command that printed the log, if the user gave it; otherwise commands are found in the log.
    """
    collector = CauseCollector()
    reader = LogReader(stream, (*ANCHORS, *_COMMAND_WORDS), Flood(collector))
    commands = _Commands()
    facts = FactReader()
    for fact in facts.read(commands.watch(iter(reader))):
        collector.add(fact)
    lines = (command,) if command is not None else tuple(commands.found)
    with ExitStack() as stack:
        open_line = _opener(folder, stack, command)
        failed, is_cargo = facts.failed is not None, commands.is_cargo
        files = _files_at_hand(lines, folder)
        causes = collector.causes(lines, files, open_line, failed=failed, is_cargo=is_cargo)
        if not any(cause.is_error for cause in causes) and (last := facts.unexplained()) is not None:
            other = CauseCollector()
            other.add(last)
            causes = [*other.causes(lines, (), open_line, failed=False, is_cargo=is_cargo), *causes]
    return Diagnosis(name, reader.lines, tuple(causes))


def _opener(folder: str, stack: ExitStack, given: LinkLine | None) -> Callable[[LinkLine], LinkAtHand | None]:
    """Return a function that opens the files of a link command once."""
    opened: dict[LinkLine, LinkAtHand | None] = {}

    def open_line(line: LinkLine) -> LinkAtHand | None:
        if line not in opened:
            # Opening links is expensive, and the module with it: most logs have none whose files are here.
            from arfix.diagnose.at_hand import open_link  # noqa: PLC0415

            where = os.path.join(folder, line.folder)
            opened[line] = open_link(line, where, stack, is_trusted=line is given)
        return opened[line]

    return open_line


def _files_at_hand(commands: Iterable[LinkLine], folder: str) -> tuple[str, ...]:
    """Return the libraries and objects of the link commands that exist here."""
    found: dict[str, None] = {}
    for command in commands:
        for word in command.inputs:
            if word.text.startswith("-") or len(found) >= _MOST_FILES:
                continue
            path = (
                os.path.join(folder, command.folder, word.text) if command.folder else os.path.join(folder, word.text)
            )
            if os.path.isfile(path):
                found[path] = None
    return tuple(found)
