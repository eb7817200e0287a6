"""Finding files of a sysroot by the paths and globs of a recipe, and never one outside it.

A path that leads out, by `..` or through a symbolic link, is refused. A link to another file of the sysroot stands
for that file: `libncurses.a -> libtinfo.a` is one archive. Names may have any bytes.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from fnmatch import translate
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from arfix.archive.format import AIX_BIG_MAGIC, AIX_SMALL_MAGIC, MAGIC, MAGIC_SIZE, THIN_MAGIC
from arfix.errors import AccessError, EditError, RecipeError, Where

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Where arfix keeps what it must remember, below the sysroot; no glob looks into it.
STATE_NAME = ".arfix"

#: Whether paths are those of Windows.
ON_WINDOWS = os.name == "nt"

_MAGICS = frozenset({MAGIC, THIN_MAGIC, AIX_BIG_MAGIC, AIX_SMALL_MAGIC})


@dataclass(frozen=True, slots=True)
class Found:
    """A file of the sysroot.

    Attributes:
        name: The path of the file itself, links followed, from the sysroot on, with `/`.
        path: Where it is.
    """

    name: str
    path: Path


class Sysroot:
    """The folder that a recipe is about.

    Args:
        folder: The folder.

    Attributes:
        root: Its path without links.
        looked_at: Folders and files on which an answer depended, to be compared by the next run.
        notes: What a glob passed over, and why.
    """

    def __init__(self, folder: str) -> None:
        self.root = Path(folder).resolve()
        self.looked_at: dict[str, None] = {}
        self.notes: dict[str, None] = {}
        if not self.root.is_dir():
            raise AccessError("there is no such folder", where=Where(folder), hint="--sysroot names the sysroot.")

    def exists(self, name: str) -> bool:
        """Tell whether a path is there; raises `RecipeError` when it leads out of the sysroot."""
        path = self.root / _checked(name, None)
        self.looked_at[str(path)] = None
        return path.exists()

    def locate(self, name: str, where: Where | None) -> Path:
        """Return the path of something that need not be there; raises `RecipeError` when it leads out."""
        path = self.root / _checked(name, where)
        self.looked_at[str(path)] = None
        real = path.resolve()
        if not real.is_relative_to(self.root):
            raise RecipeError(f"{name} leads out of the sysroot, to {real}", where=where, hint=_OUTSIDE_HINT)
        return real

    def find(self, name: str, where: Where | None) -> Found:
        """Return the file of that path.

        Raises:
            RecipeError: The path leads out of the sysroot.
            EditError: There is no such file; the hint names the nearest.
        """
        real = self.locate(name, where)
        if not real.is_file():
            kind = "is no regular file" if real.exists() else "is not in the sysroot"
            raise EditError(f"{name} {kind}", where=where, hint=self._nearest(name))
        return Found(real.relative_to(self.root).as_posix(), real)

    def match(self, pattern: str, where: Where | None) -> list[Found]:
        """Return the archives that a glob matches, each file once, in the order of their names.

        Raises:
            RecipeError: The glob leads out of the sysroot.
            EditError: It matches no archive.
        """
        parts = _checked(pattern, where).parts
        found: dict[str, Found] = {}
        for path in self._walk(self.root, parts):
            real = path.resolve()
            name = path.relative_to(self.root).as_posix()
            self.looked_at[str(path)] = None
            if not real.is_relative_to(self.root):
                self.notes[f"{name} leads out of the sysroot, to {real}: it is left alone"] = None
            elif real.is_file():
                if _is_archive(real):
                    inside = real.relative_to(self.root).as_posix()
                    found.setdefault(inside, Found(inside, real))
                elif name.endswith(".a"):
                    self.notes[f"{name} is no archive (a linker script, perhaps): it is left alone"] = None
        if not found:
            raise EditError(f'no archive matches "{pattern}"', where=where, hint=self._nearest(pattern))
        return [found[name] for name in sorted(found)]

    def _walk(self, folder: Path, parts: tuple[str, ...]) -> Iterator[Path]:
        """Yield the paths below a folder that the rest of a pattern matches; `**` enters no linked folder."""
        self.looked_at[str(folder)] = None
        part, rest = parts[0], parts[1:]
        entries = _entries(folder)
        if part == "**":
            if rest:
                yield from self._walk(folder, rest)
            for entry in entries:
                if entry.is_dir(follow_symlinks=False) and entry.name != STATE_NAME:
                    yield from self._walk(folder / entry.name, parts)
                elif not rest:
                    yield folder / entry.name
            return
        matches = re.compile(translate(part)).match
        for entry in entries:
            if not matches(entry.name) or entry.name == STATE_NAME:
                continue
            path = folder / entry.name
            if not rest:
                yield path
            elif path.is_dir() and path.resolve().is_relative_to(self.root):
                yield from self._walk(path, rest)

    def _nearest(self, name: str) -> str:
        from difflib import get_close_matches  # noqa: PLC0415 (only after a mistake)

        pure = PurePosixPath(name)
        names: dict[str, None] = {}
        for path in self._walk(self.root, ("**",)):
            if path.suffix == ".a":
                names[path.relative_to(self.root).as_posix()] = None
        same = [one for one in names if PurePosixPath(one).name == pure.name]
        near = same or get_close_matches(name, names, 3, 0.7)
        return f"Nearest: {', '.join(near[:3])}." if near else "`when = { exists = ... }` allows for its absence."


_OUTSIDE_HINT = "A recipe changes what is in the sysroot alone."


def _checked(name: str, where: Where | None) -> PurePosixPath:
    """Return a recipe's path as one that cannot leave the sysroot by itself."""
    path = PurePosixPath(name)
    windows = ON_WINDOWS and (":" in name or "\\" in name)
    if path.is_absolute() or ".." in path.parts or not path.parts or windows or "\0" in name:
        raise RecipeError(
            f'"{name}" is no path inside the sysroot', where=where, hint="Write it from the sysroot on, with / alone."
        )
    return path


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as found:
            return sorted(found, key=lambda entry: entry.name)
    except OSError:
        return []


def _is_archive(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(MAGIC_SIZE) in _MAGICS
    except OSError as error:
        raise AccessError(f"cannot read: {error.strerror}", where=Where(str(path))) from error
