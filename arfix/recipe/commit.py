"""Writing what a recipe changes, all or nothing: archives, state, lock file, and the links of an overlay."""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.archive.confined import Tree
from arfix.recipe.lock_file import LockFileWriter
from arfix.recipe.overlay import OverlayLinks, remove_dangling_links
from arfix.recipe.state.journal import FileChange
from arfix.recipe.state.originals import hash_of
from arfix.recipe.state.record import StateEntry

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from arfix.recipe.apply import ApplyResult
    from arfix.recipe.plan import PlannedFile
    from arfix.recipe.state.folder import State


def commit(result: ApplyResult, state: State, lock: str) -> None:
    """Write everything, all or nothing, and note in the result what was written.

    Args:
        result: The planned run.
        state: The locked state of the folder that is written to.
        lock: The new text of the lock file.

    Raises:
        ChangedError: A file is not what it was when it was planned.
        ArfixError: The system refuses.
    """
    options, files = result.options, result.plan.files
    in_overlay = options.overlay is not None
    changes = _changes(result.plan.changing, state, keep=options.originals and not in_overlay)
    stale = {name: state.known[name] for name in result.stale}
    if in_overlay:
        changes += _removals(stale, state)
        stale = {}
    known = {name: _state_entry(one, state) for name, one in files.items()} | stale
    lock_file = LockFileWriter(options.lock, state.tree.root)
    links = OverlayLinks(state.tree, Tree.at(options.sysroot))
    try:
        if result.lock_changes:
            lock_file.prepare(lock.encode())  # first, so that a full disk shows while nothing has changed

        def finish() -> None:
            if in_overlay:
                links.mirror(files.values())
            if result.lock_changes:
                lock_file.replace()

        result.notes += state.commit(changes, known, finish)
    except BaseException:
        links.undo()
        raise
    finally:
        lock_file.discard()
    result.written = bool(changes)
    if in_overlay:
        remove_dangling_links(changes, state.tree)


def _changes(changing: Sequence[PlannedFile], state: State, *, keep: bool) -> list[FileChange]:
    """Return the changes that give files their planned content.

    Args:
        changing: The planned files that differ from what is there.
        state: The state of the folder that is written to.
        keep: Store each replaced original for `revert`.
    """
    changes = []
    for one in changing:
        is_original = bool(one.record.input) and one.before == one.record.input
        changes.append(FileChange(one.name, one.before, one.wanted, one.chunks, keep=keep and is_original))
        changes += [
            FileChange(_name(path, state), one.before, one.wanted, one.chunks, twin=one.name)
            for path in one.links_to_write
        ]
    return changes


def _removals(stale: Mapping[str, StateEntry], state: State) -> list[FileChange]:
    """Return the changes that remove copies that the recipe no longer has, unless something else changed them."""
    outputs = {name: one.record.output for name, one in stale.items()}
    return [FileChange(name, output, "") for name, output in outputs.items() if hash_of(state.tree, name) == output]


def _state_entry(one: PlannedFile, state: State) -> StateEntry:
    return StateEntry(one.record, tuple(_name(path, state) for path in one.links_to_write))


def _name(path: Path, state: State) -> str:
    return path.relative_to(state.tree.root).as_posix()
