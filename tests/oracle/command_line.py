"""Whole command lines of real programs: what `gcc` would pass to the linker, as a prediction and as linkers see it."""

from __future__ import annotations

import os
import re
import subprocess
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, assert_never

from arfix.linkage.messages import parse_messages
from arfix.linkage.model import Linker, Target
from arfix.linkage.resolve import resolve
from arfix.linkline.driver import complete
from arfix.linkline.inputs import link_of, open_files
from arfix.linkline.libraries import candidates, search_folders
from arfix.linkline.model import InputState
from arfix.linkline.read import read_command
from arfix.symbols.name import base_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from arfix.linkage.linkers import Program
    from arfix.linkage.model import LinkResult
    from arfix.linkline.model import LinkCommand

#: `path/lib.a(member.o)` at the start of a line of a map, or anywhere in what lld tells.
_MEMBER = re.compile(r"(\S+\.a)\(([^()\s]+)\)")
_GO_ON = ("-z", "muldefs", "--warn-unresolved-symbols", "--allow-shlib-undefined")


@dataclass(frozen=True)
class Line:
    """One link, as `gcc` makes it.

    Attributes:
        name: What it links.
        command: The command with what the driver adds.
    """

    name: str
    command: LinkCommand

    @property
    def is_static(self) -> bool:
        """Whether no shared object may be used."""
        return "-static" in self.command.words

    @property
    def words(self) -> tuple[str, ...]:
        """The inputs for any linker: paths of files, with the options that hold at their place."""
        folders = search_folders(self.command)
        found: list[str] = []
        state = InputState()
        for item in self.command.inputs:
            if item.state.group != state.group:
                found += ["--end-group"] if state.group is not None else []
                found += ["--start-group"] if item.state.group is not None else []
            if item.state.as_needed != state.as_needed:
                found.append("--as-needed" if item.state.as_needed else "--no-as-needed")
            state = item.state
            found.append(next(candidates(item, self.command, folders)))
        return (*found, *(["--end-group"] if state.group is not None else []))


def line_of_gcc(name: str, arguments: Sequence[str]) -> Line:
    """Return the link that `gcc ARGUMENTS` makes; raises `FileNotFoundError` where a library is not there."""
    command = complete(read_command(["gcc", *arguments]))
    folders = search_folders(command)
    for item in command.inputs:
        if next(candidates(item, command, folders), None) is None:
            raise FileNotFoundError(item.word)
    return Line(name, command)


@dataclass(frozen=True)
class LineAgreement:
    """What came of one link with one linker.

    Attributes:
        line: The link.
        program: The linker.
        pulled: How many members were pulled in, by the prediction.
        undefined: How many symbols are undefined, by the prediction.
        duplicates: How many symbols are defined twice, by the prediction.
        differences: Where the two part: `undefined f, only the linker`.
    """

    line: Line
    program: Program
    pulled: int
    undefined: int
    duplicates: int
    differences: tuple[str, ...]


def agree(line: Line, programs: Sequence[Program], scratch: Path) -> list[LineAgreement]:
    """Hold what each linker makes of a line against the prediction; objects are read once for all."""
    with ExitStack() as stack:
        files = open_files(line.command, stack)
        assert files.errors == ()
        link = link_of(line.command, files.files, stack)
        return [_compare(line, one, resolve(link, one.linker, one.release), scratch) for one in programs]


def _compare(line: Line, program: Program, result: LinkResult, scratch: Path) -> LineAgreement:
    """Link as it stands; where that fails once more, so that it goes on, for what is said late and the members."""
    plain, real = _run(line, program, scratch, strict=True)
    said = [parse_messages(plain)]
    if real is None or plain:
        lenient, real = _run(line, program, scratch, strict=False)
        said.append(parse_messages(lenient))
    undefined = set().union(*(one.undefined for one in said))
    twice = set().union(*(one.duplicates for one in said))
    mold = program.linker is Linker.MOLD
    expected = {base_name(name) if mold else name for name in result.errors}
    # GNU ld ends at the first symbol that is in a shared object which another one needs.
    stopped = program.linker is Linker.LD and "DSO missing from command line" in plain
    compared = expected & undefined if stopped else expected
    differences = [
        *_sets("undefined", compared, {base_name(name) for name in undefined} if mold else undefined),
        *_sets("defined twice", set(map(base_name, result.clashes)), set(map(base_name, twice))),
    ]
    pulled = _members(result)
    if real is not None and not stopped:
        differences += _sets("member", {f"{a}({m})" for a, m in pulled}, {f"{a}({m})" for a, m in real})
    return LineAgreement(line, program, len(pulled), len(expected), len(result.clashes), tuple(differences))


def _sets(what: str, predicted: set[str], found: set[str]) -> Iterator[str]:
    yield from (f"{what} {name}, only the prediction" for name in sorted(predicted - found))
    yield from (f"{what} {name}, only the linker" for name in sorted(found - predicted))


def _members(result: LinkResult) -> set[tuple[str, str]]:
    places = (result.units[entry.unit].where for entry in result.entered)
    return {(Path(where.path).name, where.members[0].partition("#")[0]) for where in places if where.members}


def _run(line: Line, program: Program, scratch: Path, *, strict: bool) -> tuple[str, set[tuple[str, str]] | None]:
    """Return what the linker says, and the members that it reads; None where it does not say which."""
    kind = ["-static"] if line.is_static else []
    kind += ["-pie"] if line.command.target is Target.PIE else ["-no-pie"]
    report = scratch / "report"
    report.unlink(missing_ok=True)
    listing = [f"-Map={report}"] if program.linker is Linker.LD else []
    if program.linker is Linker.LLD:
        listing = [f"--why-extract={report}", "--error-limit=0"]
    if program.linker is Linker.GOLD:
        listing = ["-t"]
    if program.linker is Linker.MOLD:  # its `--trace` names every member, whether it is pulled in or not
        listing = [f"-Map={report}", "--print-dependencies"]
    options = [*kind, "--eh-frame-hdr", "-m", "elf_x86_64", "--no-demangle", "-o", str(scratch / "out"), *listing]
    options += [f"-L{folder}" for folder in search_folders(line.command)]
    options += ["--allow-shlib-undefined"] if strict else _GO_ON
    ran = subprocess.run(
        [program.path, *options, *line.words],
        capture_output=True,
        check=False,
        timeout=600,
        env={**os.environ, "LC_ALL": "C"},
    )
    errors, output = os.fsdecode(ran.stderr), os.fsdecode(ran.stdout)
    match program.linker:
        case Linker.LD:
            text = report.read_text("utf-8", "surrogateescape") if report.is_file() else None
            text = text if text is None else _section(text)
        case Linker.LLD:
            text = report.read_text("utf-8", "surrogateescape") if report.is_file() else None
            text = text if text is None else "\n".join(one.split("\t")[1] for one in text.splitlines()[1:])
        case Linker.GOLD:
            text = output if ran.returncode == 0 else None
        case Linker.MOLD:
            text = output + report.read_text("utf-8", "surrogateescape") if report.is_file() else None
        case _:
            assert_never(program.linker)
    if text is None:
        return errors, None
    return errors, {(Path(path).name, member) for path, member in _MEMBER.findall(text)}


def _section(text: str) -> str:
    """Return the first part of GNU ld's map: a line for each member, the one that needs it indented below."""
    first = text.partition("Archive member included")[2]
    ends = [
        at
        for mark in ("\nDiscarded input", "\nMerging", "\nMemory Conf", "\nAllocating", "\nAs-needed")
        if (at := first.find(mark)) >= 0
    ]
    lines = first[: min(ends, default=len(first))].splitlines()
    return "\n".join(line for line in lines if not line.startswith((" ", "\t")))
