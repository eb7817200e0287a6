"""Writing the stamp of a finished run, from which the next one sees in a moment that there is nothing to do."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from arfix.recipe.lock_file import read_lock_text
from arfix.recipe.state.folder import STATE_PATH
from arfix.recipe.state.originals import hash_of
from arfix.recipe.state.stamp import TICK_NS, encode_stamp, signature
from arfix.recipe.sysroot import RecipeSysroot
from arfix.recipe.targets import find_targets

if TYPE_CHECKING:
    from arfix.recipe.apply import ApplyResult
    from arfix.recipe.state.folder import State


def write_stamp(result: ApplyResult, state: State, sysroot: RecipeSysroot, lock: str) -> None:
    """Write a stamp, unless the files may have changed since they were read.

    Files that this run did not write must have been at rest when it began. Those that it wrote are read again, after
    `stat`.

    Args:
        result: The finished run.
        state: The state of the folder that was written to.
        sysroot: What the run looked at.
        lock: The text that the lock file now has.
    """
    options, wrote = result.options, result.written or result.lock_changes
    ours = {state.tree.path_of(STATE_PATH), str(options.lock)}
    for one in result.plan.changing if result.written else ():
        path = state.tree.path_of(one.name)
        ours |= {path, os.path.dirname(path), state.tree.root}  # noqa: PTH120 (text)
    targets = [state.tree.path_of(one.name) for one in result.plan.files.values()]
    paths = dict.fromkeys([*result.recipe.files, *sysroot.looked_at, *targets, *sorted(ours)])
    if wrote:
        time.sleep(TICK_NS / 1e9)
    text = encode_stamp(options.key, unchanged(result), paths)
    if any(path not in ours and _changed_at(path) > result.started - TICK_NS for path in paths):
        return
    if wrote and not _is_as_written(result, state, lock):
        return
    state.stamp(text)


def _is_as_written(result: ApplyResult, state: State, lock: str) -> bool:
    """Return whether the written files, the lock file and the set of archives are still as this run left them."""
    sysroot = RecipeSysroot(result.options.sysroot)
    targets, _ = find_targets(result.recipe, sysroot)
    names = {target.name for target in targets} | sysroot.made
    return (
        names == result.plan.files.keys()
        and read_lock_text(result.options.lock) == lock
        and all(hash_of(state.tree, one.name) == one.wanted for one in result.plan.changing)
    )


def unchanged(result: ApplyResult) -> str:
    """Return the sentence for a run that changes nothing, without a full stop."""
    count = len(result.plan.files)
    said = f"{count} archives are" if count != 1 else "1 archive is"
    recipe = result.options.recipe
    return (
        f"nothing to do: {said} as {recipe if recipe.isascii() and recipe.isprintable() else ascii(recipe)} specifies"
    )


def _changed_at(path: str) -> int:
    """Return when the status of a file changed, in nanoseconds since 1970; 0 if there is no file."""
    said = signature(path)
    return 0 if said == "-" else int(said.rpartition(":")[2])
