"""Reverting repaired archives to their originals and removing archives that were made, all or nothing."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

from arfix.archive.paths import is_folder
from arfix.archive.source import Extent
from arfix.errors import AccessError, EditError, Where
from arfix.recipe.lock_file import read_lock
from arfix.recipe.overlay import remove_dangling_links
from arfix.recipe.state.folder import State
from arfix.recipe.state.journal import FileChange
from arfix.recipe.state.originals import hash_of
from arfix.short_repr import short_repr

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from arfix.recipe.apply import ApplyOptions
    from arfix.recipe.state.record import StateEntry


@dataclass(frozen=True, slots=True)
class RevertResult:
    """The names of archives that were restored and removed, and notes for the user."""

    __repr__ = short_repr

    restored: tuple[str, ...]
    removed: tuple[str, ...]
    notes: tuple[str, ...] = ()


def revert_files(
    options: ApplyOptions, names: Sequence[str], tell: Callable[[str], None], *, force: bool
) -> RevertResult:
    """Restore originals, all or nothing.

    Args:
        options: The sysroot or overlay, the recipe whose lock proves which originals are genuine, whether to wait.
        names: Archives, relative to the sysroot; all if empty.
        tell: Called with messages for the user during the run.
        force: Overwrite archives that changed since they were repaired, and trust a state that was written elsewhere.

    Raises:
        EditError: A name is unknown, an archive has changed since, or the state was written elsewhere.
        AccessError: An original is missing, or a file cannot be written.
    """
    if not is_folder(options.root):
        raise AccessError("there is no such folder", where=Where(options.root), hint="`sysroot=...` names the sysroot.")
    with State.hold(options.root, wait=options.wait, tell=tell) as state, ExitStack() as stack:
        known = _trusted_entries(state, options, force=force)
        chosen = _choose(known, names, options)
        changes: list[FileChange] = []
        for name in chosen:
            changes += _changes(name, known[name], state, stack, options, force=force)
        left = {name: one for name, one in known.items() if name not in chosen}
        notes = state.commit(changes, left)
        if options.overlay is not None:
            remove_dangling_links(changes, state.tree)
    restored = tuple(change.name for change in changes if change.after and not change.twin)
    removed = tuple(change.name for change in changes if not change.after)
    return RevertResult(restored, removed, tuple(notes))


def _trusted_entries(state: State, options: ApplyOptions, *, force: bool) -> Mapping[str, StateEntry]:
    """Return the entries of the state that can be trusted.

    A state that was written elsewhere needs `force`, or a lock file beside the recipe that has the same hashes.
    """
    if not state.claimed or force:
        return state.claimed or state.known
    locked = read_lock(options.lock)
    proven = {
        name: one
        for name, one in state.claimed.items()
        if name in locked and (locked[name].input, locked[name].output) == (one.record.input, one.record.output)
    }
    if len(proven) < len(state.claimed):
        name = next(name for name in state.claimed if name not in proven)
        raise EditError(
            f"written in another copy of the sysroot, and {options.lock} does not confirm its record of {name}",
            where=Where(state.tree.path_of(".arfix/state.json")),
            hint="`recipe=...` gives the recipe whose lock file confirms it; `force=True` trusts it.",
        )
    return proven


def _changes(  # noqa: PLR0913 (one archive and what it depends on)
    name: str, known: StateEntry, state: State, stack: ExitStack, options: ApplyOptions, *, force: bool
) -> list[FileChange]:
    """Return the changes that restore one archive; none if it is original already."""
    record = known.record
    current = hash_of(state.tree, name)
    if current in {"", record.input}:
        return []
    if current != record.output and not force:
        hint = "`force=True` throws that away; `arfix revert` with names leaves this one alone."
        raise EditError("changed since it was repaired", where=Where(state.tree.path_of(name)), hint=hint)
    if not record.input or options.overlay is not None:
        return [FileChange(name, current, "")]
    if record.input == record.output:
        return []
    source = state.originals.open(record.input)
    stack.callback(source.close)
    chunks = [Extent(source, 0, len(source.view))]
    twins = [
        FileChange(other, hash_of(state.tree, other), record.input, chunks, twin=name) for other in known.hard_links
    ]
    return [FileChange(name, current, record.input, chunks), *twins]


def _choose(known: Mapping[str, StateEntry], names: Sequence[str], options: ApplyOptions) -> list[str]:
    """Return the names to revert; raises `EditError` for one that arfix did not touch."""
    for name in names:
        if name not in known:
            from difflib import get_close_matches  # noqa: PLC0415 (only after a mistake)

            near = get_close_matches(name, known, 3)
            hint = f"Nearest: {', '.join(near)}." if near else "`arfix status` lists what is repaired."
            raise EditError(f"{name} is none of the archives repaired here", where=Where(options.root), hint=hint)
    return list(names) or list(known)
