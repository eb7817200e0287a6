"""The archives that a recipe concerns: each file once, however many entries, links and names lead to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from arfix.archive.paths import system_fails
from arfix.errors import ArfixError
from arfix.recipe.conditions import paths_exist

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from arfix.recipe.model import ArchiveEntry, Recipe
    from arfix.recipe.sysroot import RecipeSysroot


@dataclass(slots=True)
class RecipeTarget:
    """One archive and the entries of the recipe that concern it.

    Attributes:
        name: Its path relative to the sysroot.
        path: The recipe file.
        entries: In the recipe's order.
        links: Its other names (hard links) that the recipe leads to.
    """

    name: str
    path: Path
    entries: list[ArchiveEntry] = field(default_factory=list)
    links: list[Path] = field(default_factory=list)

    @property
    def hard_links(self) -> tuple[Path, ...]:
        """The other names of the file."""
        return tuple(self.links)


def find_targets(recipe: Recipe, sysroot: RecipeSysroot) -> tuple[Sequence[RecipeTarget], list[ArfixError]]:
    """Return the archives that the recipe concerns, in its order, and an error for each entry that finds none."""
    targets: dict[tuple[int, int], RecipeTarget] = {}
    errors: list[ArfixError] = []
    stubs = _stub_names(recipe, sysroot, errors)  # a glob does not match what this recipe makes itself
    for entry in recipe.archives:
        if not paths_exist(entry.when, sysroot):
            continue
        try:
            found = _find(entry, sysroot)
        except ArfixError as error:
            errors.append(error)
            continue
        for name in found:
            if entry.is_glob and name in stubs:
                continue
            status = sysroot.tree.status(name)
            if status is None:
                continue  # removed at this moment
            path = sysroot.path_of(name)
            target = targets.setdefault((status.st_dev, status.st_ino), RecipeTarget(name, path))
            if not any(entry is known for known in target.entries):
                target.entries.append(entry)
            if path != target.path and path not in target.links:
                target.links.append(path)
    return tuple(targets.values()), errors


def _stub_names(recipe: Recipe, sysroot: RecipeSysroot, errors: list[ArfixError]) -> set[str]:
    """Return the stub archives of the recipe. From here on they count as present, in the first run as in the next.

    An error of the system is added to `errors`. Any other is reported again where the stubs are planned.
    """
    names: set[str] = set()
    for entry in recipe.stubs:
        try:
            name = sysroot.locate(entry.path, None)
            if paths_exist(entry.when, sysroot):
                sysroot.made.add(name)
        except ArfixError as error:
            if system_fails(error):
                errors.append(error)
            continue
        names.add(name)
    return names


def _find(entry: ArchiveEntry, sysroot: RecipeSysroot) -> list[str]:
    if entry.is_glob:
        return sysroot.match(entry.pattern, entry.where)
    return [sysroot.find(entry.pattern, entry.where)]
