"""Which archives of a sysroot are as they came, which are repaired, and which are neither?"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from arfix.recipe.fresh import signature
from arfix.recipe.originals import hash_file
from arfix.recipe.sysroot import Sysroot
from arfix.recipe.targets import find_targets

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from arfix.errors import ArfixError
    from arfix.recipe.model import Recipe
    from arfix.recipe.record import Known, Record


class Condition(Enum):
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
    condition: Condition
    pending: bool
    steps: tuple[str, ...] = ()


def find_status(
    recipe: Recipe | None, root: Path, known: Mapping[str, Known], locked: Mapping[str, Record]
) -> tuple[tuple[Status, ...], tuple[ArfixError, ...]]:
    """Return what each archive is that the recipe, the state or the lock knows, by name, and what could not be found.

    Raises:
        ArfixError: An archive cannot be read.
    """
    errors: list[ArfixError] = []
    names = {*known, *locked}
    if recipe is not None:
        sysroot = Sysroot(str(root))
        names |= {target.name for target in find_targets(recipe, sysroot, errors)}
    found = [_status_of(name, root / name, known.get(name), locked.get(name)) for name in sorted(names)]
    return tuple(found), tuple(errors)


def _status_of(name: str, path: Path, known: Known | None, locked: Record | None) -> Status:
    record = known.record if known is not None else locked
    if not path.is_file():
        return Status(name, Condition.MISSING, pending=True)
    if known is not None and known.seen != "-" and known.seen == signature(str(path)):
        current = known.record.output
    else:
        current = hash_file(path)
    if record is None:
        return Status(name, Condition.ORIGINAL, pending=True)
    if current == record.output:
        repaired = record.output != record.input
        steps = record.actions if repaired else ()
        return Status(name, Condition.REPAIRED if repaired else Condition.ORIGINAL, pending=False, steps=steps)
    if current == record.input:
        return Status(name, Condition.ORIGINAL, pending=True)
    return Status(name, Condition.DRIFTED, pending=True)
