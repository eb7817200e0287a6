"""Runs a link command to see what the linker says, with all output in a scratch folder."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from arfix.diagnose.link_line import LinkLine, shell_text
from arfix.errors import AccessError, UnsupportedError
from arfix.linkline.tool import Flavour, Launch, ToolKind, find_launch
from arfix.linkline.words import expand_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

#: Options that name a file to write, in the next word, or behind the option's own `=` or `:`.
_WRITES: Final = frozenset(
    {
        *("-o", "--output", "-Map", "--Map", "--out-implib", "--dependency-file", "--lto-obj-path", "-MF", "-dumpdir"),
        *("--reproduce", "--cref-file", "--why-extract", "--print-archive-stats", "--print-symbol-order", "-map"),
        *("--plugin-save-temps", "--output-def", "--time-trace-file", "-object_path_lto", "-dependency_info", "--pdb"),
        *("-out-implib", "-dependency-file", "-output-def", "--thinlto-index-only", "--thinlto-cache-dir", "-pdb"),
    }
)
_MSVC_WRITES: Final = re.compile(
    r"(?P<option>[/-](?:out|pdb|implib|map|mapinfo|manifestfile|ilk|idlout|tlbout|winmdfile|reproduce|lldmap|pgd)):(?P<file>.+)",
    re.IGNORECASE | re.DOTALL,
)
#: Options that make files beside the output, and change nothing about the link.
_DROPPED: Final = ("-save-temps", "--save-temps", "-ftime-trace", "--time-trace", "/MANIFEST", "/manifest")


@dataclass(frozen=True, slots=True)
class Attempt:
    """One run of a link command.

    Attributes:
        line: The command as the user gave it, response files expanded.
        status: Its exit status.
        log: What it printed.
    """

    line: LinkLine
    status: int
    log: bytes


def run_link(words: Sequence[str]) -> Attempt:
    """Return what a link command prints. It runs in the current folder, and everything that it writes goes elsewhere.

    Raises:
        UnsupportedError: It is no command of a compiler or linker that is known, or it does not link.
        AccessError: It cannot be run.
    """
    expanded = expand_words(words, "")
    launch = find_launch(expanded)
    if launch is None:
        raise UnsupportedError(
            f"{expanded[0] if expanded else 'an empty command'} is no compiler driver or linker that arfix knows",
            hint="make 2>&1 | arfix diagnose",
        )
    tool = launch.tool
    own = launch.words if launch.before else expand_words(launch.words, launch.folder)
    environment = {**os.environ, "LC_ALL": "C"} | {
        name: value for name, value in launch.environment if value is not None
    }
    for name in [name for name, value in launch.environment if value is None]:
        environment.pop(name, None)
    if tool.kind is ToolKind.DRIVER and {"-c", "-S", "-E", "-fsyntax-only"} & {*own}:
        raise UnsupportedError("this command does not link", hint="Give the command that makes the program or library.")
    with tempfile.TemporaryDirectory(prefix="arfix-diagnose-") as scratch:
        redirected = [*_redirected(own, scratch)]
        if tool.flavour is Flavour.WINDOWS:
            redirected += [] if any(_MSVC_WRITES.match(word) for word in own) else [f"/out:{scratch}/a.exe"]
        elif not any(word.startswith(f"{scratch}/") for word in redirected):
            redirected += ["-o", f"{scratch}/a.out"]
        try:
            ran = subprocess.run(  # noqa: S603 (the user's own command)
                redirected,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                env=environment,
                cwd=launch.folder,
                check=False,
            )
        except OSError as error:
            raise AccessError(f"cannot run {own[0]}: {error.strerror}") from error
        log = ran.stdout
        for word, new in zip(own, redirected, strict=False):
            if new.startswith(f"{scratch}/"):
                log = log.replace(os.fsencode(new), os.fsencode(word))
    return Attempt(_shown(launch, own), ran.returncode, log)


def _shown(launch: Launch, words: tuple[str, ...]) -> LinkLine:
    """Return the command as cures print it: with the variables that it needs and the folder in which it runs."""
    variables = tuple(f"{name}={value}" for name, value in launch.environment if value is not None)
    return LinkLine(shell_text(words), folder="" if launch.folder == "." else launch.folder, variables=variables)


def _redirected(words: Sequence[str], scratch: str) -> Iterator[str]:
    """Yield the words, with files that are written moved into the scratch folder; as many words as before."""
    numbers = iter(range(len(words)))
    written = False
    for word in words:
        if written:
            yield _in(scratch, word.removeprefix("-Wl,"), next(numbers), passed_on=word.startswith("-Wl,"))
            written = False
            continue
        match = _MSVC_WRITES.fullmatch(word)
        if match is not None:
            yield f"{match['option']}:{_in(scratch, match['file'], next(numbers))}"
        elif word.startswith("-Wl,"):
            yield ",".join(_passed_on(word.split(","), scratch, next(numbers)))
            written = word[4:] in _WRITES
        elif word.startswith(_DROPPED):
            yield _NOTHING
        elif word in _WRITES:
            yield word
            written = True
        elif word.startswith("-o") and len(word) > 2 and word != "-object_path_lto":
            yield f"-o{_in(scratch, word[2:], next(numbers))}"
        elif (option := word.partition("=")[0]) in _WRITES and "=" in word:
            yield f"{option}={_in(scratch, word.partition('=')[2], next(numbers))}"
        else:
            yield word


#: A word that changes nothing, in the place of one that is dropped.
_NOTHING: Final = "-L."


def _passed_on(parts: Sequence[str], scratch: str, number: int) -> Iterator[str]:
    written = False
    for part in parts:
        option, equals, file = part.partition("=")
        if written:
            yield _in(scratch, part, number)
            written = False
        elif equals and option in _WRITES:
            yield f"{option}={_in(scratch, file, number)}"
        else:
            written = part in _WRITES
            yield part


def _in(scratch: str, file: str, number: int, *, passed_on: bool = False) -> str:
    name = file.rpartition("/")[2].rpartition("\\")[2] or "out"
    path = f"{scratch}/{number}-{name}"
    return f"-Wl,{path}" if passed_on else path
