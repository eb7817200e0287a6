"""Command lines of several inputs, as a prediction sees them and as every installed linker does.

A case is a tuple of *parts* in command-line order. Each becomes a file; the prediction is made of the same files.
"""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from arfix.archive.files import open_archive
from arfix.errors import Where
from arfix.formats.inspect import inspect_object
from arfix.linkage.inputs import archive_input, image_input, object_input
from arfix.linkage.linkers import identify_linker
from arfix.linkage.model import InputMode, Link, Target
from arfix.linkage.resolve import resolve
from arfix.linkage.trial import Trial, try_link
from tests.ar_builder import ar
from tests.tools import find, need, output_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from arfix.linkage.linkers import Program
    from arfix.linkage.model import Input, LinkResult

#: Every release of lld that is installed, as (id, names to look for); the one on PATH where none has a number.
LLDS = {name.removeprefix("ld."): (name,) for number in range(14, 30) if find(name := f"ld.lld-{number}")}
#: Every linker whose rules are modelled, as (id, names to look for).
PROGRAMS = {
    "ld": ("ld.bfd", "ld"),
    "gold": ("ld.gold",),
    **(LLDS or {"lld": ("ld.lld",)}),
    "mold": ("ld.mold", "mold"),
}


def program_of(word: str) -> Program:
    """Return an installed linker, or skip the test."""
    return identify_linker(need(*PROGRAMS[word]))


@dataclass(frozen=True)
class Obj:
    """An object named by itself."""

    data: bytes


@dataclass(frozen=True)
class Lib:
    """An archive; `group` puts neighbours into one `--start-group`."""

    members: tuple[bytes, ...]
    whole: bool = False
    group: int | None = None


@dataclass(frozen=True)
class Shared:
    """A shared object that GNU ld makes of one object, linked against others that are not on the line themselves."""

    data: bytes
    options: tuple[str, ...] = ()
    needs: tuple[Shared, ...] = ()
    soname: str | None = None


Part = Obj | Lib | Shared


def whole(*members: bytes) -> Lib:
    """Return an archive that is taken whole."""
    return Lib(members, whole=True)


def lazy(*members: bytes, group: int | None = None) -> Lib:
    """Return an archive that is read on demand."""
    return Lib(members, group=group)


@dataclass(frozen=True)
class Tried:
    """What is predicted, and what the linker did."""

    result: LinkResult
    trial: Trial


@contextmanager
def tried(
    program: Program,
    folder: Path,
    *parts: Part,
    target: Target = Target.EXECUTABLE,
    roots: tuple[str, ...] = (),
) -> Iterator[Tried]:
    """Yield both, with the files open as long as the block lasts."""
    with ExitStack() as stack:
        inputs = tuple(_input(part, at, folder, stack) for at, part in enumerate(parts))
        link = Link(inputs, target, roots)
        result = resolve(link, program.linker, program.release)
        yield Tried(result, try_link(link, program, result.machine))


def _input(part: Part, at: int, folder: Path, stack: ExitStack) -> Input:
    match part:
        case Obj(data):
            path = folder / f"o{at}.o"
            path.write_bytes(data)
            return object_input(Where(str(path)), lambda: memoryview(data))
        case Lib(members, is_whole, group):
            path = folder / f"lib{at}.a"
            names = [(name, number) for number, data in enumerate(members) for name in _index_names(data)]
            files = ((f"m{number}.o", data) for number, data in enumerate(members))
            path.write_bytes(ar(*files, index=tuple(names)))
            use = InputMode.WHOLE if is_whole else InputMode.ON_DEMAND
            return archive_input(stack.enter_context(open_archive(str(path))), Where(str(path)), use, group=group)
        case Shared():
            path = shared(part, folder, f"lib{at}.so")
            return replace(image_input(Where(str(path)), memoryview(path.read_bytes())))


def _index_names(data: bytes) -> tuple[str, ...]:
    return inspect_object(memoryview(data)).index_names


def shared(part: Shared, folder: Path, name: str) -> Path:
    """Make a shared object, and those it needs before it; return its path."""
    needed = [shared(one, folder, one.soname or f"{name}.{at}") for at, one in enumerate(part.needs)]
    (folder / f"{name}.o").write_bytes(part.data)
    path = folder / name
    options = ("-soname", part.soname) if part.soname else ()
    output_of(need("ld.bfd", "ld"), "-shared", "-o", path, *options, *part.options, folder / f"{name}.o", *needed)
    return path
