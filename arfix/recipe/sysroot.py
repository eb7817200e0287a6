"""Finding files of a sysroot by the paths and globs of a recipe; files outside it are never found.

Paths that lead out, by `..` or through a symbolic link, are refused. A link to another file of the sysroot stands
for that file: `libncurses.a -> libtinfo.a` is one archive. Names can contain any bytes.
"""

from __future__ import annotations

import os
import re
import stat
from fnmatch import translate
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from arfix.archive.confined import OutsideError, Tree, split_inside
from arfix.archive.files import explained
from arfix.archive.format import AIX_BIG_MAGIC, AIX_SMALL_MAGIC, MAGIC, MAGIC_SIZE, THIN_MAGIC
from arfix.archive.paths import is_folder, system_fails
from arfix.errors import AccessError, EditError, RecipeError, Where
from arfix.recipe.state.lock import STATE_NAME

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from arfix.archive.confined import Descent, DirectoryEntry, Folder

_MAGICS = frozenset({MAGIC, THIN_MAGIC, AIX_BIG_MAGIC, AIX_SMALL_MAGIC})


class RecipeSysroot:
    """The folder that a recipe edits.

    Args:
        folder: The folder.

    Attributes:
        tree: Its files.
        root: Its path without links.
        looked_at: Folders and files that a result depended on, for the stamp.
        notes: What a glob skipped, and why.
        made: Files that count as present because the recipe makes them.
    """

    def __init__(self, folder: str) -> None:
        self.tree = Tree.at(folder)
        self.root = Path(self.tree.root)
        self.looked_at: dict[str, None] = {}
        self.notes: dict[str, None] = {}
        self.made: set[str] = set()
        if not is_folder(self.root):
            raise AccessError("there is no such folder", where=Where(folder), hint="`sysroot=...` names the sysroot.")

    def exists(self, name: str) -> bool:
        """Return whether a path exists; raises `RecipeError` if it leads out of the sysroot."""
        real = self._real(name, None)
        return real in self.made or self.tree.status(real) is not None

    def path_of(self, name: str) -> Path:
        """Return the path of a file by its name in the sysroot."""
        return self.root / name

    def locate(self, name: str, where: Where | None) -> str:
        """Return the name of a file that need not exist, links followed; raises `RecipeError` if it leads out."""
        return self._real(name, where)

    def find(self, name: str, where: Where | None) -> str:
        """Return the name of an existing file, links followed: its path relative to the sysroot, with `/`.

        Raises:
            RecipeError: The path leads out of the sysroot, or a link leads to itself.
            EditError: There is no such file; the hint names the nearest.
        """
        real = self._real(name, where)
        status = self.tree.status(real)
        if status is None or not stat.S_ISREG(status.st_mode):
            kind = "is not in the sysroot" if status is None else "is no regular file"
            raise EditError(f"{name} {kind}", where=where, hint=self._nearest(name))
        return real

    def match(self, pattern: str, where: Where | None) -> list[str]:
        """Return the names of the archives that a glob matches, each file once, sorted.

        Raises:
            RecipeError: The glob leads out of the sysroot.
            EditError: It matches no archive.
        """
        found: set[str] = set()
        with self.tree.descent() as descent:
            for folder, entry in self._walk(descent, _parts(pattern, where)):
                name = _joined(folder, entry.name)
                self.looked_at[self.tree.path_of(name)] = None
                try:
                    real, status = self._resolved(descent, folder, entry)
                except AccessError as error:
                    self._pass_over(name, error)
                    continue
                if status is None or stat.S_ISDIR(status.st_mode):
                    continue
                is_file = stat.S_ISREG(status.st_mode)
                if is_file and self._is_archive(real, descent.enter(folder) if real == name else None):
                    found.add(real)
                elif name.endswith(".a"):
                    said = "no archive (a linker script, perhaps)" if is_file else "no regular file"
                    self.notes[f"{name} is {said}: it is left alone"] = None
        if not found:
            raise EditError(f'no archive matches "{pattern}"', where=where, hint=self._nearest(pattern))
        return sorted(found)

    def _resolved(self, descent: Descent, folder: str, entry: DirectoryEntry) -> tuple[str, os.stat_result | None]:
        """Return the name of the file that an entry of a folder stands for, links followed, and its status."""
        name = _joined(folder, entry.name)
        if not entry.is_link:
            with explained(Where(self.tree.path_of(name)), "cannot open"):
                status = descent.enter(folder).status(entry.name)
            if status is None or not stat.S_ISLNK(status.st_mode):
                return name, status
        real = self.tree.find(name)
        return real, self.tree.status(real)

    def _walk(self, descent: Descent, parts: tuple[str, ...]) -> Iterator[tuple[str, DirectoryEntry]]:
        """Yield what a pattern matches, as a folder and an entry of it; `**` enters no linked folder."""
        todo = [("", parts)]
        seen = set(todo)
        listed: str | None = None
        while todo:
            folder, pattern = todo.pop()
            self.looked_at[self.tree.path_of(folder) if folder else self.tree.root] = None
            if folder != listed:
                listed, entries = folder, self._entries(descent, folder)
            if len(pattern) == 1:
                yield from ((folder, entry) for entry in _files(entries, pattern[0]))
            further = [one for one in self._below(folder, entries, pattern) if one not in seen]
            todo += reversed(further)  # this folder first, while it is open; then the ones below it
            seen.update(further)

    def _below(
        self, folder: str, entries: Sequence[DirectoryEntry], pattern: tuple[str, ...]
    ) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Yield the folders that the first part of a pattern matches, each with the remaining pattern."""
        part, rest = pattern[0], pattern[1:]
        if part == "**":
            if rest:
                yield folder, rest
            for entry in entries:
                if entry.is_dir:
                    yield _joined(folder, entry.name), pattern
        elif rest:
            matches = re.compile(translate(part)).match
            for entry in entries:
                if not matches(entry.name):
                    continue
                name = _joined(folder, entry.name)
                real = self._folder_at(name) if entry.is_link else name if entry.is_dir else None
                if real is not None:
                    yield real, rest

    def _folder_at(self, name: str) -> str | None:
        """Return the name of a folder of the sysroot, links followed; None for anything else."""
        try:
            real = self.tree.find(name)
            status = self.tree.status(real)
        except AccessError as error:
            self._pass_over(name, error)
            return None
        return real if status is not None and stat.S_ISDIR(status.st_mode) else None

    def _entries(self, descent: Descent, folder: str) -> list[DirectoryEntry]:
        try:
            opened = descent.enter(folder)
            with explained(Where(opened.path), "cannot read"):
                return [entry for entry in opened.entries() if folder or entry.name != STATE_NAME]
        except AccessError as error:
            self._pass_over(folder, error)
            return []

    def _pass_over(self, name: str, error: AccessError) -> None:
        """Note why a glob skips a file; raise the error itself if the system cannot answer."""
        if system_fails(error):
            raise error
        self.notes[f"{name} {_reason(error)}: it is left alone"] = None

    def _is_archive(self, name: str, folder: Folder | None) -> bool:
        """Return whether a file is an archive; `folder` is its folder, if that is open."""
        if folder is None:
            descriptor = self.tree.open(name)
        else:
            with explained(Where(self.tree.path_of(name)), "cannot open"):
                descriptor = folder.open(name.rpartition("/")[2])
        with explained(Where(self.tree.path_of(name)), "cannot read"), os.fdopen(descriptor, "rb") as file:
            return file.read(MAGIC_SIZE) in _MAGICS

    def _real(self, name: str, where: Where | None) -> str:
        """Return the name of the file at a recipe's path, links followed."""
        parts = _parts(name, where)
        self.looked_at[str(self.root.joinpath(*parts))] = None
        try:
            real = self.tree.find("/".join(parts))
        except AccessError as error:
            hint = _OUTSIDE_HINT if isinstance(error, OutsideError) else None
            raise RecipeError(f"{name} {_reason(error)}", where=where, hint=hint) from error.__cause__
        if real.split("/", 1)[0] == STATE_NAME:
            raise RecipeError(f"{name} is in {STATE_NAME}, where arfix keeps what it must remember", where=where)
        return real

    def _nearest(self, name: str) -> str:
        from difflib import get_close_matches  # noqa: PLC0415 (only after a mistake)

        pure = PurePosixPath(name)
        with self.tree.descent() as descent:
            found = (_joined(folder, entry.name) for folder, entry in self._walk(descent, ("**",)))
            names = dict.fromkeys(one for one in found if one.endswith(".a"))
        same = [one for one in names if PurePosixPath(one).name == pure.name]
        near = same or get_close_matches(name, names, 3, 0.7)
        return f"Nearest: {', '.join(near[:3])}." if near else "`when = { exists = ... }` allows for its absence."


def _files(entries: Iterable[DirectoryEntry], part: str) -> Iterator[DirectoryEntry]:
    """Yield the entries that the last part of a pattern matches."""
    matches = re.compile(translate(part)).match
    return (entry for entry in entries if (not entry.is_dir if part == "**" else matches(entry.name)))


_OUTSIDE_HINT = "A recipe changes what is in the sysroot alone."


def _reason(error: AccessError) -> str:
    """Return why a path of the sysroot cannot be used, as a phrase that follows its name."""
    if not isinstance(error, OutsideError):
        return error.message
    _, comma, target = error.message.partition(", to ")
    return f"leads out of the sysroot{comma}{target}"


def _joined(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name


def _parts(name: str, where: Where | None) -> tuple[str, ...]:
    """Return the components of a recipe's path; raises `RecipeError` if it is absolute or has `..`."""
    try:
        return split_inside(name)
    except OutsideError:
        message, hint = f'"{name}" is no path inside the sysroot', "Write it from the sysroot on, with / alone."
        raise RecipeError(message, where=where, hint=hint) from None
