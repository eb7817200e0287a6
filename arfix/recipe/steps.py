"""Planning one step of a recipe on an archive."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from arfix.edits.platform import Platform
from arfix.edits.requests import IDEMPOTENT, Flatten, Strip, plan
from arfix.errors import EditError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from arfix.archive.model import Archive
    from arfix.edits.plan import Plan
    from arfix.recipe.model import RecipeStep
    from arfix.recipe.sysroot import RecipeSysroot


def plan_step(archive: Archive, step: RecipeStep, sysroot: RecipeSysroot, *, lenient: bool) -> Plan:
    """Return the plan of a step for an archive.

    Args:
        archive: The archive after the previous steps.
        step: The step.
        sysroot: The sysroot, for platform libraries and members of thin archives.
        lenient: A glob matched the archive, so selectors that match nothing in it are not an error.

    Raises:
        EditError: The edit is refused, or finds nothing to do, which means that the recipe is out of date.
    """
    request = step.action
    if isinstance(request, Strip) and lenient:
        request = replace(request, if_present=True)
    if isinstance(request, IDEMPOTENT):
        return plan(archive, request)
    name = _name_of(archive, sysroot)
    beside = sysroot.tree.beside(name)
    if isinstance(request, Flatten) and request.platform:
        with closing(Platform(tuple(_archives_of(request.platform, sysroot, name)), sysroot.tree.archive)) as platform:
            planned = plan(archive, request, platform, beside)
    else:
        planned = plan(archive, request, beside=beside)
    if not planned and not lenient:
        raise EditError("the step finds nothing to do", where=archive.where, hint="Remove it from the recipe.")
    return planned


def _archives_of(platform: Iterable[str], sysroot: RecipeSysroot, without: str) -> Iterator[str]:
    """Yield the archives at the paths of a platform, in folders at any depth, except the edited one."""
    for name in platform:
        real = sysroot.root if name == "." else sysroot.path_of(sysroot.locate(name, None))
        pattern = "**/*.a" if name == "." else f"{name}/**/*.a"
        found = sysroot.match(pattern, None) if real.is_dir() else [sysroot.find(name, None)]
        yield from (one for one in found if one != without)


def _name_of(archive: Archive, sysroot: RecipeSysroot) -> str:
    """Return the path of an archive relative to the sysroot."""
    path = Path(archive.where.path) if archive.where else sysroot.root
    return path.relative_to(sysroot.root).as_posix()
