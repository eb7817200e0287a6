"""The archives that a recipe is about: each file once, however many entries, links and names lead to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from arfix.errors import ArfixError
from arfix.recipe.model import Condition
from arfix.recipe.steps import holds

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from arfix.recipe.model import ArchiveEntry, Recipe
    from arfix.recipe.sysroot import Found, Sysroot


@dataclass(slots=True)
class RecipeTarget:
    """One file and the entries that are about it.

    Attributes:
        name: Its path from the sysroot on.
        path: Where it is.
        entries: In the recipe's order.
        names: Its other names (hard links) that the recipe leads to.
    """

    name: str
    path: Path
    entries: list[ArchiveEntry] = field(default_factory=list)
    names: list[Path] = field(default_factory=list)

    @property
    def also(self) -> tuple[Path, ...]:
        """The other names of the file."""
        return tuple(self.names)


def find_targets(recipe: Recipe, sysroot: Sysroot, errors: list[ArfixError]) -> Sequence[RecipeTarget]:
    """Return the files the recipe is about, in its order; what is not there goes to `errors`."""
    targets: dict[tuple[int, int], RecipeTarget] = {}
    made = _made(recipe, sysroot)  # no glob means what this recipe makes itself
    for entry in recipe.archives:
        if not holds(Condition(exists=entry.when.exists), sysroot, None, ""):
            continue
        try:
            found = _find(entry, sysroot)
        except ArfixError as error:
            errors.append(error)
            continue
        for one in found:
            if entry.is_glob and one.name in made:
                continue
            status = sysroot.tree.status(one.name)
            if status is None:
                continue  # removed at this moment
            target = targets.setdefault((status.st_dev, status.st_ino), RecipeTarget(one.name, one.path))
            if not any(entry is known for known in target.entries):
                target.entries.append(entry)
            if one.path != target.path and one.path not in target.names:
                target.names.append(one.path)
    return tuple(targets.values())


def _made(recipe: Recipe, sysroot: Sysroot) -> set[str]:
    """Return the files that the recipe makes. From here on they count as there, in the first run as in the next."""
    made: set[str] = set()
    for entry in recipe.stubs:
        try:
            name = sysroot.locate(entry.path, None).relative_to(sysroot.root).as_posix()
            if holds(Condition(exists=entry.when.exists), sysroot, None, ""):
                sysroot.made.add(name)
        except ArfixError:
            continue  # said where the stubs are planned
        made.add(name)
    return made


def _find(entry: ArchiveEntry, sysroot: Sysroot) -> list[Found]:
    if entry.is_glob:
        return sysroot.match(entry.pattern, entry.where)
    return [sysroot.find(entry.pattern, entry.where)]
