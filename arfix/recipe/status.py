"""The status of each archive of a sysroot: original, repaired, drifted or missing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from arfix.recipe.state.originals import hash_of
from arfix.recipe.sysroot import RecipeSysroot
from arfix.recipe.targets import find_targets
from arfix.short_repr import short_repr

if TYPE_CHECKING:
    from collections.abc import Mapping

    from arfix.archive.confined import Tree
    from arfix.errors import ArfixError
    from arfix.recipe.model import Recipe
    from arfix.recipe.state.folder import State
    from arfix.recipe.state.record import ArchiveRecord


class StatusKind(Enum):
    """The status of an archive. The value is the word in text and JSON."""

    REPAIRED = "repaired"
    ORIGINAL = "original"
    DRIFTED = "drifted"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Status:
    """The status of one archive.

    Attributes:
        name: Its path relative to the sysroot.
        condition: The status.
        pending: `arfix apply` has something to do for it, or has not read it yet.
        steps: The steps that were run, in the words of the recipe.
    """

    __repr__ = short_repr

    name: str
    condition: StatusKind
    pending: bool
    steps: tuple[str, ...] = ()


def find_status(
    recipe: Recipe | None, state: State, locked: Mapping[str, ArchiveRecord]
) -> tuple[tuple[Status, ...], tuple[ArfixError, ...]]:
    """Return the status of each archive in the recipe, the state or the lock file, by name, and errors of missing ones.

    Raises:
        ArfixError: An archive cannot be read.
    """
    targets, errors = ((), []) if recipe is None else find_targets(recipe, RecipeSysroot(state.tree.root))
    names = {*state.known, *locked, *(target.name for target in targets)}
    records = {**locked, **{name: one.record for name, one in state.known.items()}}
    return tuple(_status_of(name, state.tree, records.get(name)) for name in sorted(names)), tuple(errors)


def _status_of(name: str, tree: Tree, record: ArchiveRecord | None) -> Status:
    current = hash_of(tree, name)
    if not current:
        return Status(name, StatusKind.MISSING, pending=True)
    if record is None:
        return Status(name, StatusKind.ORIGINAL, pending=True)
    if current == record.output:
        repaired = record.output != record.input
        steps = record.actions if repaired else ()
        return Status(name, StatusKind.REPAIRED if repaired else StatusKind.ORIGINAL, pending=False, steps=steps)
    if current == record.input:
        return Status(name, StatusKind.ORIGINAL, pending=True)
    return Status(name, StatusKind.DRIFTED, pending=True)
