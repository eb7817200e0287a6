"""Writing what a recipe changes, as one: files, state, the lock beside the recipe, and the links of an overlay."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from arfix.archive.confined import Folder, Tree, write_new
from arfix.archive.files import explained
from arfix.archive.paths import real_path, system_fails
from arfix.errors import AccessError, Where
from arfix.recipe.state.folder import STATE_PATH
from arfix.recipe.state.journal import FileChange
from arfix.recipe.state.originals import hash_of
from arfix.recipe.state.record import StateEntry, encode_lock
from arfix.recipe.state.stamp import TICK_NS, encode_stamp, signature
from arfix.recipe.sysroot import Sysroot
from arfix.recipe.targets import find_targets

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from arfix.recipe.apply import ApplyResult
    from arfix.recipe.planning import PlannedFile
    from arfix.recipe.state.folder import State


def lock_text(files: Mapping[str, PlannedFile], old: str | None) -> str:
    """Return what the lock is to say."""
    return encode_lock({name: one.record for name, one in files.items()}, old)


def commit(applied: ApplyResult, state: State, lock: str) -> None:
    """Write everything, all or nothing.

    Raises:
        ChangedError: A file is not what it was when it was planned.
        ArfixError: The system refuses.
    """
    options, files = applied.options, applied.plan.files
    keep = {name: one for name, one in state.known.items() if name in applied.stale and options.overlay is None}
    known = {name: _known(one, state) for name, one in files.items()} | keep
    changes = changes_of(applied.plan.changing, state, keep=options.originals and options.overlay is None)
    if options.overlay is not None:
        gone = {name: state.known[name].record.output for name in applied.stale}
        changes += removals(gone, state)
    written = LockFile(options.lock, state.tree.root)
    made: list[tuple[str, str]] = []
    try:
        if applied.lock_changes:
            written.prepare(lock.encode())  # now, so that a full disk shows while nothing has changed

        def finish() -> None:
            if options.overlay is not None:
                _mirror_links(applied, state, made)
            if applied.lock_changes:
                written.replace()

        applied.notes += state.commit(changes, known, finish)
    except BaseException:
        _remove_links(made, state)
        raise
    finally:
        written.discard()
    applied.written = bool(changes)
    if options.overlay is not None:
        remove_dangling(changes, state)


def changes_of(changing: Sequence[PlannedFile], state: State, *, keep: bool) -> list[FileChange]:
    """Return the changes that give files what was planned for them.

    Args:
        changing: The files, and what each is to hold.
        state: Where they are.
        keep: Put what is replaced into the store, if it is an original.
    """
    changes = []
    for one in changing:
        original = keep and bool(one.record.input) and one.before == one.record.input
        changes.append(FileChange(one.name, one.before, one.wanted, one.chunks, keep=original))
        for path in linked(one):
            name = path.relative_to(state.tree.root).as_posix()
            changes.append(FileChange(name, one.before, one.wanted, one.chunks, twin=one.name))
    return changes


def removals(wanted: Mapping[str, str], state: State) -> list[FileChange]:
    """Return the changes that remove files, each where it has the bytes that arfix gave it."""
    return [FileChange(name, output, "") for name, output in wanted.items() if hash_of(state.tree, name) == output]


def linked(one: PlannedFile) -> tuple[Path, ...]:
    """Return the other names of a file that is written in place."""
    return one.also if one.target == one.path else ()


def _known(one: PlannedFile, state: State) -> StateEntry:
    return StateEntry(one.record, tuple(path.relative_to(state.tree.root).as_posix() for path in linked(one)))


class LockFile:
    """The lock beside the recipe, replaced in one step.

    Args:
        path: The lock.
        root: The sysroot or overlay. Several may share the lock, each with a temporary file of its own.
    """

    def __init__(self, path: Path, root: str) -> None:
        self.path = Path(real_path(path))
        mark = sha256(os.fsencode(root)).hexdigest()[:16]
        self._temporary = f".{self.path.name[:64]}.{mark}.tmp"

    def prepare(self, data: bytes) -> None:
        """Write the new lock beside the old one."""
        with explained(Where(str(self.path)), "cannot write"), self._folder() as folder:
            folder.unlink(self._temporary)  # a killed run's
            status = folder.status(self.path.name)
            old = None if status is None else folder.open(self.path.name)
            try:
                write_new(folder, self._temporary, [data], str(self.path), old)
            finally:
                if old is not None:
                    os.close(old)

    def replace(self) -> None:
        """Give it its name."""
        with explained(Where(str(self.path)), "cannot write"), self._folder() as folder:
            folder.rename(self._temporary, self.path.name)

    def discard(self) -> None:
        """Remove what lies beside the lock."""
        with suppress(OSError), self._folder() as folder:
            folder.unlink(self._temporary)

    def _folder(self) -> Folder:
        return Folder.at(str(self.path.parent))


def _mirror_links(applied: ApplyResult, state: State, made: list[tuple[str, str]]) -> None:
    """Give copies in an overlay the links that stand beside the sysroot's: else `-lncurses` would find the old one."""
    sysroot = Tree.at(applied.options.sysroot)
    for one in applied.plan.files.values():
        parent, _, last = one.name.rpartition("/")
        for name in _links_to(one.name, parent, sysroot) if one.wanted else ():
            with state.tree.folder(parent) as folder, explained(Where(folder.path_of(name)), "cannot link"):
                if folder.status(name) is None:
                    folder.symlink(last, name)
                    made.append((parent, name))


def _links_to(target: str, parent: str, sysroot: Tree) -> Iterator[str]:
    """Yield the names of the links in a folder of the sysroot that lead to a file of it."""
    if parent and sysroot.status(parent) is None:
        return  # a file that the recipe makes may be the first in its folder
    with sysroot.folder(parent) as folder, explained(Where(folder.path), "cannot read"):
        links = [entry.name for entry in folder.entries() if entry.is_link]
    for name in links:
        try:
            leads_there = sysroot.find(f"{parent}/{name}" if parent else name) == target
        except AccessError as error:
            if system_fails(error):
                raise
        else:
            if leads_there:
                yield name


def _remove_links(made: Sequence[tuple[str, str]], state: State) -> None:
    for parent, name in made:
        with suppress(OSError, AccessError), state.tree.folder(parent) as folder:
            folder.unlink(name)


def remove_dangling(changes: Sequence[FileChange], state: State) -> None:
    """Remove the links beside removed copies that led to them."""
    for change in changes:
        if change.after:
            continue
        parent, _, last = change.name.rpartition("/")
        with suppress(OSError, AccessError), state.tree.folder(parent) as folder:
            for entry in folder.entries():
                if entry.is_link and folder.link_target(entry.name) == last:
                    folder.unlink(entry.name)


def write_stamp(applied: ApplyResult, state: State, sysroot: Sysroot, lock: str) -> None:
    """Leave a stamp, unless the files may have changed since they were looked at.

    What this run did not write must have been at rest when it began. What it wrote is looked at again, after `stat`.
    """
    options = applied.options
    ours = {state.tree.path_of(STATE_PATH), str(options.lock)}
    for one in applied.plan.changing if applied.written else ():
        path = state.tree.path_of(one.name)
        ours |= {path, os.path.dirname(path), state.tree.root}  # noqa: PTH120 (text)
    targets = [state.tree.path_of(one.name) for one in applied.plan.files.values()]
    paths = dict.fromkeys([*applied.recipe.files, *sysroot.looked_at, *targets, *sorted(ours)])
    if applied.written or applied.lock_changes:
        time.sleep(TICK_NS / 1e9)
    text = encode_stamp(options.key, _sentence(applied), paths)
    if any(path not in ours and _changed_at(path) > applied.started - TICK_NS for path in paths):
        return
    if (applied.written or applied.lock_changes) and not _is_as_written(applied, state, lock):
        return
    state.stamp(text)


def _is_as_written(applied: ApplyResult, state: State, lock: str) -> bool:
    """Return whether the files that were written, the lock and the set of archives are still as this run left them."""
    from arfix.recipe.apply import read_text  # noqa: PLC0415 (it imports this module)

    sysroot = Sysroot(applied.options.sysroot)
    names = {target.name for target in find_targets(applied.recipe, sysroot, [])} | sysroot.made
    return (
        names == applied.plan.files.keys()
        and read_text(applied.options.lock) == lock
        and all(hash_of(state.tree, one.name) == one.wanted for one in applied.plan.changing)
    )


def _sentence(applied: ApplyResult) -> str:
    count = len(applied.plan.files)
    said = f"{count} archives are" if count != 1 else "1 archive is"
    recipe = applied.options.recipe
    return f"nothing to do: {said} as {recipe if recipe.isascii() and recipe.isprintable() else ascii(recipe)} wants"


def _changed_at(path: str) -> int:
    said = signature(path)
    return 0 if said == "-" else int(said.rpartition(":")[2])
