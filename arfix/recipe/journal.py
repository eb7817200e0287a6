"""Several files changed as one: all of them, or none, whatever stops the process.

First the journal says which files will be made ("staging"); what a kill leaves then is garbage and is removed. Once
all new files stand beside their targets, complete and on the disk, the journal says "commit" by one rename, and from
there on every way leads forward: each file takes its target's name, and the journal goes. Renaming needs no room, so
a disk that fills up does so while nothing has changed yet.

The journal is in the sysroot, so its paths are relative to it, and recovery follows none that leads out.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from arfix.archive.files import save_chunks, stage_chunks, sync_directory
from arfix.errors import AccessError, RecipeError, Where
from arfix.recipe.fresh import JOURNAL_NAME

if TYPE_CHECKING:
    from collections.abc import Sequence

    from arfix.archive.chunks import Chunk

_STAGING, _COMMIT = "staging", "commit"


@dataclass(slots=True)
class Transaction:
    """Changes that are made as one.

    Attributes:
        root: The sysroot or overlay.
        state: The folder below it that holds the journal.
        originals: Paths of files that are put aside for this, removed again when it fails.
        notes: What a person should know about the files that were replaced.
    """

    root: Path
    state: Path
    originals: list[Path] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    _moves: list[tuple[Path, Path]] = field(default_factory=list)
    _removals: list[Path] = field(default_factory=list)

    def plan(self, target: Path) -> None:
        """Announce that a file will be written or replaced."""
        name = os.fsdecode(os.fsencode(target.name)[:64])  # a file name has at most 255 bytes
        self._moves.append((target.with_name(f".{name}.{os.urandom(8).hex()}.tmp"), target))

    def remove(self, target: Path) -> None:
        """Announce that a file will be removed."""
        self._removals.append(target)

    def begin(self) -> None:
        """Write down what is to come."""
        self._write(_STAGING)

    def stage(self, target: Path, chunks: Sequence[Chunk]) -> None:
        """Write the new file for a target, complete and on the disk; raises `AccessError` when that fails."""
        temporary = self._temporary_of(target)
        target.parent.mkdir(parents=True, exist_ok=True)
        self.notes += stage_chunks(chunks, str(target), str(temporary))

    def stage_link(self, target: Path, other: Path) -> None:
        """Make a target another name of `other`'s new file, as it was of the old one."""
        os.link(self._temporary_of(other), self._temporary_of(target))

    def commit(self) -> None:
        """Give all new files their targets' names."""
        folders = {folder for _, target in self._moves for folder in (target.parent,)}
        for folder in folders:
            sync_directory(str(folder))
        self._write(_COMMIT)
        _finish(self._moves, self._removals)
        (self.state / JOURNAL_NAME).unlink()

    def roll_back(self) -> None:
        """Remove what was staged; nothing has been changed yet."""
        _undo([temporary for temporary, _ in self._moves], self.originals)
        with suppress(OSError):
            (self.state / JOURNAL_NAME).unlink()

    @property
    def is_committed(self) -> bool:
        """Whether the changes are decided; an error from there on is mended by the next run."""
        try:
            return _read(self.state / JOURNAL_NAME).get("state") == _COMMIT
        except (RecipeError, FileNotFoundError):
            return False

    def _temporary_of(self, target: Path) -> Path:
        return next(temporary for temporary, known in self._moves if known == target)

    def _write(self, state: str) -> None:
        document = {
            "state": state,
            "moves": [[self._name(temporary), self._name(target)] for temporary, target in self._moves],
            "removals": [self._name(target) for target in self._removals],
            "originals": [self._name(path) for path in self.originals],
        }
        save_chunks([json.dumps(document).encode()], self.state / JOURNAL_NAME)

    def _name(self, path: Path) -> str:
        return path.relative_to(self.root).as_posix()


def recover(root: Path, state: Path) -> str:
    """Finish or undo what a killed run left, and say which; empty where there is nothing.

    Raises:
        RecipeError: The journal is damaged, or names a place outside the sysroot.
        AccessError: The system refuses.
    """
    path = state / JOURNAL_NAME
    try:
        document = _read(path)
    except FileNotFoundError:
        return ""
    moves = [tuple(_inside(root, name, path) for name in move) for move in _rows(document, "moves", path)]
    removals = [_inside(root, name, path) for name in _names(document, "removals", path)]
    originals = [_inside(root, name, path) for name in _names(document, "originals", path)]
    try:
        if document.get("state") == _COMMIT:
            _finish([(move[0], move[1]) for move in moves], removals)
            said = "a run that was stopped is finished"
        else:
            _undo([move[0] for move in moves], originals)
            said = "a run that was stopped before it changed anything is cleaned up"
        path.unlink()
    except OSError as error:
        raise AccessError(f"cannot recover: {error.strerror}", where=Where(str(error.filename or path))) from error
    return said


def _finish(moves: Sequence[tuple[Path, Path]], removals: Sequence[Path]) -> None:
    for temporary, target in moves:
        with suppress(FileNotFoundError):  # it has its name already
            temporary.replace(target)
    for target in removals:
        target.unlink(missing_ok=True)
    for folder in {target.parent for _, target in moves} | {target.parent for target in removals}:
        sync_directory(str(folder))


def _undo(temporaries: Sequence[Path], originals: Sequence[Path]) -> None:
    for path in (*temporaries, *originals):
        path.unlink(missing_ok=True)


def _read(path: Path) -> dict[str, object]:
    try:
        document = json.loads(path.read_bytes())
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise RecipeError("no journal that arfix wrote", where=Where(str(path)), hint="Look at it, then remove it.")
    return document


def _rows(document: dict[str, object], key: str, path: Path) -> list[list[str]]:
    rows = document.get(key)
    if not isinstance(rows, list) or not all(isinstance(one, list) and len(one) == 2 for one in rows):
        raise RecipeError(f"`{key}` is not what arfix writes", where=Where(str(path)))
    return rows


def _names(document: dict[str, object], key: str, path: Path) -> list[str]:
    names = document.get(key)
    if not isinstance(names, list):
        raise RecipeError(f"`{key}` is not what arfix writes", where=Where(str(path)))
    return names


def _inside(root: Path, name: object, journal: Path) -> Path:
    """Return a journal's path; raises `RecipeError` when it leads out of the sysroot."""
    if isinstance(name, str):
        pure = PurePosixPath(name)
        path = root / pure
        if not pure.is_absolute() and ".." not in pure.parts and path.parent.resolve().is_relative_to(root):
            return path
    raise RecipeError(
        f"{name!r} leads out of the sysroot", where=Where(str(journal)), hint="Look at it, then remove it."
    )
