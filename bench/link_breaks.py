"""Breaks a link command in the ways in which builds break: a library left out, the order reversed, and others."""

from __future__ import annotations

import os
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Final

from arfix.formats.identify import identify
from arfix.formats.model import Content
from arfix.linkage.model import Target
from arfix.linkline.libraries import candidates, find_library, search_folders

if TYPE_CHECKING:
    from collections.abc import Iterator

    from arfix.linkline.model import LineInput, LinkCommand


class Break(Enum):
    """A change to a link command; the value is the word in reports."""

    NONE = "as recorded"
    LEFT_OUT = "a library left out"
    REVERSED = "order reversed"
    WHOLE = "an archive taken whole"
    STATIC = "static instead of dynamic"
    NO_PIC = "-fPIC missing"
    OTHER_VERSION = "another version of a library"


#: How many libraries are left out of one command in turn, and how many archives are taken whole.
_IN_TURN: Final = 2


@dataclass(frozen=True, slots=True)
class Variant:
    """A command as it is tried.

    Attributes:
        kind: What was changed.
        words: The words of the command.
    """

    kind: Break
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Named:
    """A library or object that the user's words name: its position among them, the words it takes, and its file."""

    at: int
    length: int
    path: str
    content: Content
    is_library: bool


def variants(command: LinkCommand, other: Path | None = None) -> Iterator[Variant]:
    """Yield the completed command as it is, and broken in every way that it can be.

    Args:
        command: The command.
        other: A folder with other versions of libraries; None if there is none.
    """
    words = command.words
    named = [found for item in command.inputs if (found := _named(item, command)) is not None]
    libraries = [one for one in named if one.is_library or one.content is not Content.ELF_RELOCATABLE]
    archives = [one for one in libraries if one.content is Content.ARCHIVE]
    yield Variant(Break.NONE, words)
    for one in [*libraries[:1], *libraries[1:][-1:]] or named[1:][-1:]:
        yield Variant(Break.LEFT_OUT, _replaced(words, one, ()))
    if len(named) > 1:
        yield Variant(Break.REVERSED, _reversed(words, named))
    for one in archives[-_IN_TURN:]:
        inner = words[one.at : one.at + one.length]
        yield Variant(Break.WHOLE, _replaced(words, one, ("-Wl,--whole-archive", *inner, "-Wl,--no-whole-archive")))
    yield from _static(command, named)
    yield from _not_pic(command, named)
    if other is not None:
        for one in libraries:
            new = _other_version(one, other)
            if new is not None:
                yield Variant(Break.OTHER_VERSION, _replaced(words, one, (new,)))


def _named(item: LineInput, command: LinkCommand) -> _Named | None:
    """Return the library or object that an input of the user's means, if the words name it by itself."""
    if item.position is None or item.defines:
        return None
    word = command.words[item.position]
    length = 1 if word in (item.word, item.name) else 2 if word == "-l" else 0
    path = next(candidates(item, command, search_folders(command)), None)
    if not length or path is None or not Path(path).is_file():
        return None
    with Path(path).open("rb") as file:
        content = identify(memoryview(file.read(1 << 16)))
    return _Named(item.position, length, path, content, item.is_library)


def _replaced(words: tuple[str, ...], one: _Named, new: tuple[str, ...]) -> tuple[str, ...]:
    return (*words[: one.at], *new, *words[one.at + one.length :])


def _reversed(words: tuple[str, ...], named: list[_Named]) -> tuple[str, ...]:
    """Return the words with the inputs in each other's places, last first."""
    found = list(words)
    for one, place in sorted(zip(named, reversed(named), strict=True), key=lambda pair: -pair[1].at):
        found[place.at : place.at + place.length] = words[one.at : one.at + one.length]
    return tuple(found)


def _static(command: LinkCommand, named: list[_Named]) -> Iterator[Variant]:
    """Yield an executable with `-static`, or a shared object with the archives of its libraries."""
    words = command.words
    changed = list(words)
    folders = search_folders(command)
    for one in reversed(named):
        if one.content is not Content.ELF_SHARED:
            continue
        beside = f"{one.path.partition('.so')[0]}.a"
        archive = beside if Path(beside).is_file() else find_library(Path(beside).name[3:-2], folders, static=True)
        if archive is not None and (command.target is Target.SHARED or not one.is_library):
            changed[one.at : one.at + one.length] = [os.path.abspath(archive)]  # noqa: PTH100
    if command.target in (Target.EXECUTABLE, Target.PIE) and "-static" not in words:
        kept = [word for word in changed[1:] if word not in ("-pie", "-rdynamic")]
        yield Variant(Break.STATIC, (words[0], "-static", *kept))
    elif tuple(changed) != words:
        yield Variant(Break.STATIC, tuple(changed))


def _not_pic(command: LinkCommand, named: list[_Named]) -> Iterator[Variant]:
    """Yield a shared object of an executable's objects, or of those that libtool made beside its own for archives."""
    words = command.words
    if command.target in (Target.EXECUTABLE, Target.PIE):
        start = [word for word in words[1:] if word not in ("-pie", "-no-pie", "-static", "-static-pie")]
        yield Variant(Break.NO_PIC, (words[0], "-shared", *start))
        return
    changed = list(words)
    for one in named:
        plain = one.path.replace("/.libs/", "/")
        if one.content is Content.ELF_RELOCATABLE and plain != one.path and Path(plain).is_file():
            changed[one.at] = os.path.abspath(plain)  # noqa: PTH100
    if tuple(changed) != words:
        yield Variant(Break.NO_PIC, tuple(changed))


def _other_version(one: _Named, other: Path) -> str | None:
    """Return the file of another version of a library; where it has none of that kind, of the other one."""
    name = Path(one.path).name
    is_shared = one.content is Content.ELF_SHARED
    stem = name.partition(".so")[0] if is_shared else name.removesuffix(".a")
    endings = (".so", ".a") if is_shared else (".a", ".so")
    found = (path for ending in endings for path in sorted(other.rglob(f"{stem}{ending}")) if path.is_file())
    return next((str(path.resolve()) for path in found), None)
