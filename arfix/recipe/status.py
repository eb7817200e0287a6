"""The condition of each archive of a sysroot: original, repaired, drifted or missing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from arfix.recipe.state.originals import hash_of
from arfix.recipe.sysroot import Sysroot
from arfix.recipe.targets import find_targets

if TYPE_CHECKING:
    from collections.abc import Mapping

    from arfix.archive.confined import Tree
    from arfix.errors import ArfixError
    from arfix.recipe.model import Recipe
    from arfix.recipe.state.folder import State
    from arfix.recipe.state.record import ArchiveRecord


class StatusKind(Enum):
    """What an archive is. The value is the word shown to people and in JSON."""

    REPAIRED = "repaired"
    ORIGINAL = "original"
    DRIFTED = "drifted"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Status:
    """One archive.

    Attributes:
        name: Its path from the sysroot on.
        condition: What it is.
        pending: A run of `arfix apply` has something to do for it, or has never looked at it.
        steps: The steps that were taken, as the recipe has them.
    """

    name: str
    condition: StatusKind
    pending: bool
    steps: tuple[str, ...] = ()


def find_status(
    recipe: Recipe | None, state: State, locked: Mapping[str, ArchiveRecord]
) -> tuple[tuple[Status, ...], tuple[ArfixError, ...]]:
    """Return what each archive is that the recipe, the state or the lock knows, by name, and what could not be found.

    Raises:
        ArfixError: An archive cannot be read.
    """
    errors: list[ArfixError] = []
    names = {*state.known, *locked}
    if recipe is not None:
        names |= {target.name for target in find_targets(recipe, Sysroot(state.tree.root), errors)}
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
