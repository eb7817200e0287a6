"""Tries a recorded link command with a linker, and compares what it does with what arfix expects of it."""

from __future__ import annotations

import contextlib
import subprocess
import tempfile
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from arfix.api.link_settings import link_command, link_settings
from arfix.archive.format import THIN_MAGIC
from arfix.audit.open_link import open_link
from arfix.audit.verification import verify_link
from arfix.errors import ArfixError, UsageError
from arfix.linkage.model import Linker
from arfix.linkline.own_line import own_line
from arfix.report.why import describe_members
from bench.link_breaks import Variant, variants
from tests.oracle.link_lines import Edge, read_edges, short_place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from arfix.audit.context import Context
    from bench.link_breaks import Break
    from bench.link_record import RecordedLine

#: The linkers by the names that `-fuse-ld` takes.
LINKERS: Final = ("bfd", "lld")
_OBJECT: Final = (".c", ".cc", ".cpp", ".cxx", ".S", ".s")


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of one command with one linker.

    Attributes:
        kind: How the command was changed.
        linker: `bfd` or `lld`.
        words: The command.
        pulled: How many members are pulled in, by the prediction.
        undefined: How many symbols are undefined, by the prediction.
        duplicates: How many are defined twice, by the prediction.
        failed: Whether the linker failed.
        differences: Where the two differ: `undefined f, only the linker`.
    """

    kind: Break
    linker: str
    words: tuple[str, ...]
    pulled: int = 0
    undefined: int = 0
    duplicates: int = 0
    failed: bool = False
    differences: tuple[str, ...] = ()


def usable(line: RecordedLine) -> tuple[str, ...] | None:
    """Return the words of a command that can be tried here, sources compiled; None where its files are gone."""
    with contextlib.chdir(line.folder):
        try:
            command = link_command(line.words)
            if command.sources:
                words = _compiled(line.words, command.sources)
                command = link_command(words)
            if command.sources or not command.links:
                return None
            with open_link(link_settings((), command=command.words)) as opened:
                return None if opened.errors else command.words
        except (ArfixError, OSError, subprocess.CalledProcessError):
            return None


def _compiled(words: tuple[str, ...], sources: tuple[str, ...]) -> tuple[str, ...]:
    """Return the words with an object in place of each source file, made beside it."""
    flags = [word for word in words[1:] if word.startswith(("-I", "-D", "-O", "-f", "-std", "-m", "-pthread"))]
    found = list(words)
    for source in (one for one in sources if one.endswith(_OBJECT)):
        made = f"{source}.arfix.o"
        subprocess.run([words[0], *flags, "-c", "-o", made, source], check=True, capture_output=True)
        found[found.index(source)] = made
    return tuple(found)


def try_line(words: tuple[str, ...], folder: str, other: Path | None, most: int | None = None) -> Iterator[Tried]:
    """Yield what each linker makes of a command, and of it broken in each way; of `most` variants at the most."""
    with contextlib.chdir(folder):
        tried = list(variants(link_command(words), other))
        for one in tried[:most]:
            for linker in LINKERS:
                yield _try(one, linker)


def _try(variant: Variant, linker: str) -> Tried:
    """Return what came of one variant."""
    kept = [word for word in variant.words[1:] if not word.startswith("-fuse-ld")]
    words = (variant.words[0], f"-fuse-ld={linker}", *kept)
    found = Tried(variant.kind, linker, words)
    try:
        return _compared(found)
    except (ArfixError, subprocess.TimeoutExpired) as error:
        return replace(found, differences=(f"{type(error).__name__}: {error}",))


def _compared(found: Tried) -> Tried:
    settings = link_settings((), command=found.words)
    command = settings.command
    if command is None:
        raise UsageError("no link command")
    with open_link(settings) as opened, tempfile.TemporaryDirectory(prefix="arfix-line-") as scratch:
        report = Path(scratch, "report")
        option = f"-Map={report}" if command.tool.linker is Linker.LD else f"--why-extract={report}"
        line = own_line(command)
        line = replace(line, words=(*line.words, "-Xlinker", option))
        (verified,) = verify_link(opened.link, settings, (), opened.libraries, line)
        result, trial = verified.context.result, verified.trial
        if opened.errors or opened.damaged:
            # What cannot be opened ends the link, and nothing else that the linker says need be complete.
            said = () if trial.status else (f"verdict {opened.errors or opened.damaged}, only the prediction",)
            return replace(found, failed=bool(trial.status), differences=said)
        differences = [f"not understood: {word}" for word in command.not_understood]
        differences += (
            _difference(one.aspect.value, one.name, predicted=one.predicted) for one in verified.differences
        )
        expected = set(_expected(verified.context))
        if report.is_file():
            real = set(read_edges(report, result.linker))
            differences += (
                _difference("member", _shown(one), predicted=True) for one in sorted(expected - real, key=str)
            )
            differences += (
                _difference("member", _shown(one), predicted=False) for one in sorted(real - expected, key=str)
            )
    return replace(
        found,
        pulled=len(expected),
        undefined=len(result.errors),
        duplicates=len(result.clashes),
        failed=bool(trial.status),
        differences=tuple(differences),
    )


def _difference(what: str, name: str, *, predicted: bool) -> str:
    return f"{what} {name}, only the {'prediction' if predicted else 'linker'}"


def _shown(edge: Edge) -> str:
    return f"{edge.member} for {edge.symbol} by {edge.by}"


def _expected(context: Context) -> Iterator[Edge]:
    """Yield what `arfix why --members` shows; lld's report lacks archives that are taken whole."""
    for one in describe_members(context):
        if one["symbol"] is None and context.result.linker is Linker.LLD:
            continue
        place = one["archive"] if one["member"] is None else f"{one['archive']}({one['member']})"
        by = None if one["by"] is None else _spelt(one["by"], context.result.linker)
        yield Edge(_spelt(place, context.result.linker), one["symbol"], by)


def _spelt(place: str, linker: Linker) -> str:
    """Return a place as the linker's report has it: of members of thin archives, GNU ld names the file."""
    path, _, member = place.partition("(")
    if member and linker is Linker.LD and _is_thin(path):
        return short_place(member.removesuffix(")"))
    return short_place(place)


@cache
def _is_thin(path: str) -> bool:
    with Path(path).open("rb") as file:
        return file.read(len(THIN_MAGIC)) == THIN_MAGIC
