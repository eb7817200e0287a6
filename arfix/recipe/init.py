"""Drafting a first recipe for a sysroot, from the repairs that `fix` would make."""

from __future__ import annotations

from contextlib import ExitStack, closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from arfix.archive.files import open_archive
from arfix.audit.finding import Severity
from arfix.audit.fix import find_repair
from arfix.audit.settings import Settings
from arfix.edits.platform import Platform
from arfix.errors import ArfixError, RecipeError
from arfix.recipe.encode import encode_recipe
from arfix.recipe.from_repair import entries_of, pattern_of
from arfix.recipe.model import Recipe, RequiredLink
from arfix.recipe.sysroot import RecipeSysroot
from arfix.steps import steps

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from arfix.audit import repair
    from arfix.audit.finding import Finding
    from arfix.recipe.model import ArchiveEntry


#: Rules whose findings are warnings for an on-demand link, but break a link of the whole archive.
_SLEEPING = frozenset({"nested-archive", "non-object-member"})


@dataclass(frozen=True, slots=True)
class DraftRecipe:
    """A first recipe, and what it does not repair.

    Attributes:
        recipe: The recipe.
        archives: The number of archives that were checked.
        left: Findings without a known repair.
        errors: Archives that could not be read.
    """

    recipe: Recipe
    archives: int
    left: tuple[Finding, ...]
    errors: tuple[ArfixError, ...]


def make_recipe(folder: str, wholes: Sequence[str]) -> DraftRecipe:
    """Return a first recipe; archives that are linked whole are repaired together, all others separately.

    Args:
        folder: The sysroot.
        wholes: Paths and globs of the archives to link whole, relative to the sysroot.

    Raises:
        ArfixError: The sysroot has no archives, or an archive in `wholes` cannot be read.
    """
    sysroot = RecipeSysroot(folder)
    every = sysroot.match("**/*.a", None)
    together = [one for name in wholes for one in _named(sysroot, name)]
    repairs: list[repair.Repair] = []
    errors: list[ArfixError] = []
    paths = tuple(str(sysroot.path_of(one)) for one in every)
    with ExitStack() as stack:
        if together:
            settings = Settings(tuple(str(sysroot.path_of(one)) for one in together), sysroot=str(sysroot.root))
            repairs.append(_repair(settings, paths, stack))
        for one in steps("looking at archives", every, str):
            if one in together:
                continue
            with ExitStack() as own:
                try:
                    settings = Settings((str(sysroot.path_of(one)),), on_demand=True)
                    found = _repair(settings, paths, own)
                except ArfixError as error:
                    errors.append(error)
                    continue
                if found.steps or found.left:
                    stack.push(own.pop_all())
                    repairs.append(found)
        entries = _writable([entry for found in repairs for entry in entries_of(found, str(sysroot.root))], errors)
        left = tuple(finding for found in repairs for finding in found.left)
    main = RequiredLink("main", tuple(dict.fromkeys(pattern_of(one)[0] for one in together)), sysroot=True)
    recipe = Recipe("", (), tuple(entries), (), (main,) if together else ())
    return DraftRecipe(recipe, len(every), left, tuple(errors))


def _writable(entries: Iterable[ArchiveEntry], errors: list[ArfixError]) -> list[ArchiveEntry]:
    """Return the entries that can be encoded; add the errors of the others to `errors`."""
    writable = []
    for entry in entries:
        try:
            encode_recipe(Recipe("", archives=(entry,)))
        except RecipeError as error:
            errors.append(error)
        else:
            writable.append(entry)
    return writable


def _named(sysroot: RecipeSysroot, name: str) -> list[str]:
    return sysroot.match(name, None) if any(one in name for one in "*?[") else [sysroot.find(name, None)]


def _repair(settings: Settings, platform: Sequence[str], stack: ExitStack) -> repair.Repair:
    opened = {path: stack.enter_context(open_archive(path)) for path in settings.archives}
    others = tuple(path for path in platform if path not in opened)
    provided = stack.enter_context(closing(Platform(others, open_archive)))
    return find_repair(settings, opened, _faults, provided)


def _faults(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the findings to repair: errors, and those that become errors when the archive is linked whole."""
    return tuple(one for one in findings if one.severity is Severity.ERROR or one.rule in _SLEEPING)
