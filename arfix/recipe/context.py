"""The surroundings in which a recipe is planned: the sysroot, its recorded past, and where results are written."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from arfix.recipe.state.originals import hash_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from contextlib import ExitStack

    from arfix.archive.confined import Tree
    from arfix.recipe.state.folder import State
    from arfix.recipe.state.record import ArchiveRecord
    from arfix.recipe.sysroot import RecipeSysroot


@dataclass(frozen=True, slots=True)
class PlanningContext:
    """What planning reads.

    Attributes:
        sysroot: The sysroot.
        state: The state of the folder that is written to: the sysroot or an overlay.
        locked: The records of the lock file, by name.
        stack: Closes the archives that a plan keeps open.
        in_overlay: Repaired copies are written to an overlay.
    """

    sysroot: RecipeSysroot
    state: State
    locked: Mapping[str, ArchiveRecord]
    stack: ExitStack
    in_overlay: bool = False
    _hashes: dict[tuple[Tree, str], str] = field(default_factory=dict)

    def source_hash(self, name: str) -> str:
        """Return the SHA-256 of a file of the sysroot; empty if there is none."""
        return self._hash(self.sysroot.tree, name)

    def written_hash(self, name: str) -> str:
        """Return the SHA-256 of a file in the folder that is written to; empty if there is none."""
        return self._hash(self.state.tree, name)

    def hash_in_parallel(self, names: Iterable[str], jobs: int) -> None:
        """Hash files of the sysroot in threads, since `hashlib` releases the interpreter lock; 0 jobs: one per CPU."""
        if jobs == 1:
            return
        from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 (start-up)

        with ThreadPoolExecutor(jobs or os.cpu_count()) as pool:
            list(pool.map(self.source_hash, names))

    def record_for(self, name: str, current: str) -> ArchiveRecord | None:
        """Return the record that has this hash as its input or output; the state's record comes before the lock's."""
        known = self.state.known.get(name)
        records = [*([known.record] if known is not None else []), *filter(None, [self.locked.get(name)])]
        return next((one for one in records if current and current in {one.input, one.output}), None)

    def _hash(self, tree: Tree, name: str) -> str:
        if (tree, name) not in self._hashes:
            self._hashes[tree, name] = hash_of(tree, name)
        return self._hashes[tree, name]
