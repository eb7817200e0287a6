"""Whole command lines of real programs: what `gcc` would pass to the linker, as a prediction and as linkers see it."""

from __future__ import annotations

import os
import re
import subprocess
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, assert_never

from arfix.archive.files import open_archive
from arfix.errors import Where
from arfix.formats.identify import identify
from arfix.formats.model import Content
from arfix.linkage.inputs import archive_input, image_input, object_input
from arfix.linkage.messages import parse_messages
from arfix.linkage.model import InputMode, Link, Linker, Target
from arfix.linkage.needed import open_needed
from arfix.linkage.resolve import resolve
from arfix.linkage.script import read_script
from arfix.symbols.name import base_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from arfix.linkage.linkers import Program
    from arfix.linkage.model import Input, LinkResult

#: `path/lib.a(member.o)` at the start of a line of a map, or anywhere in what lld tells.
_MEMBER = re.compile(r"(\S+\.a)\(([^()\s]+)\)")
_GO_ON = ("-z", "muldefs", "--warn-unresolved-symbols", "--allow-shlib-undefined")


@dataclass(frozen=True)
class Line:
    """One link.

    Attributes:
        name: What it links.
        words: Inputs and options in order: paths of files, `--start-group`, `--end-group`.
        target: What it makes.
        is_static: No shared object may be used.
        folders: Where linker scripts look for what they name by `-l`.
    """

    name: str
    words: tuple[str, ...]
    target: Target
    is_static: bool = False
    folders: tuple[str, ...] = ()


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


def words_of_gcc(arguments: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return what gcc passes to the linker, in order (files by their paths, groups, nothing else), and the folders.

    `-lx` becomes the file that GNU ld would take from the `-L` folders; raises `FileNotFoundError` where there is none.
    """
    environment = {**os.environ, "LC_ALL": "C"}
    ran = subprocess.run(
        ["gcc", "-###", "-o", "/dev/null", *arguments], capture_output=True, text=True, check=True, env=environment
    )
    line = next(line for line in ran.stderr.splitlines() if "collect2" in line)
    words = line.replace('"', "").split()[1:]
    folders = [word.removeprefix("-L") for word in words if word.startswith("-L")]
    static = "-static" in words
    found: list[str] = []
    skip = False
    for word in words:
        if skip or word in {"-o", "-m", "-dynamic-linker", "-plugin", "-z"}:
            skip = not skip
        elif word in {"--start-group", "--end-group"} or (not word.startswith("-") and Path(word).is_file()):
            found.append(word)
        elif word.startswith("-l"):
            found.append(library(word[2:], folders, static=static))
    return tuple(found), tuple(folders)


def library(name: str, folders: Sequence[str], *, static: bool) -> str:
    """Return the file that `-lNAME` stands for."""
    for folder in folders:
        for suffix in (".a",) if static else (".so", ".a"):
            path = Path(folder, f"lib{name}{suffix}")
            if path.is_file():
                return str(path)
    raise FileNotFoundError(name)


def inputs_of(words: Sequence[str], stack: ExitStack, folders: Sequence[str] = ()) -> tuple[Input, ...]:
    """Return the inputs of a line; groups within linker scripts are groups of their own."""
    numbers = count(2)
    group: int | None = None
    found: list[Input] = []
    for word in words:
        if word == "--start-group":
            group = next(numbers)
        elif word == "--end-group":
            group = None
        else:
            found += _inputs(word, group, numbers, stack, folders)
    return tuple(found)


def _inputs(
    path: str, group: int | None, numbers: count[int], stack: ExitStack, folders: Sequence[str]
) -> Iterator[Input]:
    view = memoryview(Path(path).read_bytes())
    where = Where(path)
    match identify(view):
        case Content.ARCHIVE | Content.THIN_ARCHIVE:
            yield archive_input(stack.enter_context(open_archive(path)), where, InputMode.ON_DEMAND, group=group)
        case Content.ELF_SHARED:
            yield image_input(where, view)
        case Content.LINKER_SCRIPT:
            number = next(numbers) if group is None else group
            for file in read_script(bytes(view), where).files:
                yield from _inputs(_named(file.name, path, folders), number, numbers, stack, folders)
        case _:
            yield object_input(where, partial(_same, view))


def _named(name: str, script: str, folders: Sequence[str]) -> str:
    """Return the file that a linker script names."""
    if name.startswith("-l"):
        return library(name[2:], folders, static=False)
    near = (Path(name), Path(script).parent / name, *(Path(one) / name for one in folders))
    found = next((one for one in near if one.is_file()), None)
    if found is None:
        raise FileNotFoundError(name)
    return str(found)


def _same(view: memoryview) -> memoryview:
    return view


def agree(line: Line, programs: Sequence[Program], scratch: Path) -> list[LineAgreement]:
    """Hold what each linker makes of a line against the prediction; objects are read once for all."""
    with ExitStack() as stack:
        inputs = inputs_of(line.words, stack, line.folders)
        link = Link(inputs, line.target, ("_start",), export_dynamic=False, needed=open_needed(inputs, stack))
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
    kind += ["-pie"] if line.target is Target.PIE else ["-no-pie"]
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
    options += [f"-L{folder}" for folder in line.folders]
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
