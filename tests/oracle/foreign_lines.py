"""Lines for the linkers of Mach-O and Windows, as arfix reads them and as lld does: members, undefined, duplicates."""

from __future__ import annotations

import os
import re
import subprocess
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from arfix.formats.model import Content
from arfix.linkage.messages import parse_messages
from arfix.linkage.resolve import resolve
from arfix.linkline.driver import complete
from arfix.linkline.inputs import link_of, open_files
from arfix.linkline.read import read_command
from tests.tools import need, output_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_LOADED: Final = re.compile(
    r"^(?:\S+: )?(?:\S+ forced load of (?P<macho>\S+)|Loaded (?P<coff>\S+) for \S+)$", re.MULTILINE
)


@dataclass(frozen=True)
class Outcome:
    """What becomes of a line.

    Attributes:
        links: Whether the linker accepts it.
        undefined: Symbols that are missing.
        duplicates: Symbols that are defined twice.
        members: Members that enter, `libx.a(x.o)`.
    """

    links: bool
    undefined: frozenset[str] = frozenset()
    duplicates: frozenset[str] = frozenset()
    members: frozenset[str] = frozenset()


def make_objects(folder: Path, triple: str, ending: str, sources: Mapping[str, str]) -> None:
    """Compile each source to `NAME` and the ending; sources with a name in common with an archive are its members."""
    compiler = need("clang-19", "clang-14", "clang")
    for name, text in sources.items():
        (folder / f"{name}.c").write_text(text, "utf-8")
    options = ("-O1", "-fno-builtin", "-ffreestanding", "-w", "-c")
    common = [name for name in sources if name.startswith("common")]
    for flag, names in (("-fcommon", common), ("-fno-common", [name for name in sources if name not in common])):
        if names:
            output_of(compiler, "-target", triple, flag, *options, *(f"{name}.c" for name in names), cwd=folder)
    if ending != ".o":
        for name in sources:
            (folder / f"{name}.o").rename(folder / f"{name}{ending}")


def predicted(words: Sequence[str], folder: Path) -> Outcome:
    """Return what arfix expects of a line."""
    command = complete(read_command(words, str(folder)))
    with ExitStack() as stack:
        opened = open_files(command, stack)
        result = resolve(link_of(command, opened.files, stack), command.tool.linker)
        units = [result.units[one.unit] for one in result.entered]
        members = [str(one.where) for one in units if one.where.members and one.content is not Content.COFF_IMPORT]
        clashes = frozenset(result.clashes)
        missing = frozenset(result.errors)
        if opened.errors:  # at which a linker stops: what it says of symbols depends on how far it came
            return Outcome(links=False)
        return Outcome(not (clashes or missing), missing, clashes, frozenset(map(_short, members)))


def linked(words: Sequence[str], folder: Path, more: Sequence[str], lenient: Sequence[str]) -> Outcome:
    """Return what the linker makes of a line; `lenient` lets it go on after duplicates and undefined symbols."""
    first = _run([*words, *more], folder)
    said = [parse_messages(first.stderr + first.stdout)]
    text = first.stdout + first.stderr
    if lenient and first.returncode:
        again = _run([*words, *more, *lenient], folder)
        said.append(parse_messages(again.stderr + again.stdout))
    return Outcome(
        first.returncode == 0,
        frozenset().union(*(one.undefined for one in said if first.returncode)),
        frozenset().union(*(one.duplicates for one in said if first.returncode)),
        frozenset(_short(found["macho"] or found["coff"]) for found in _LOADED.finditer(text)),
    )


def _run(words: Sequence[str], folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        words,
        cwd=folder,
        capture_output=True,
        check=False,
        timeout=60,
        text=True,
        errors="replace",
        env={**os.environ, "LC_ALL": "C"},
    )


def _short(place: str) -> str:
    """Return a place without folders."""
    return re.sub(r"[^(]*/", "", place)
