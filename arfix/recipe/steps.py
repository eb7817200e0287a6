"""Planning one step of a recipe on an archive, and evaluating conditions."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from arfix.edits.platform import Platform
from arfix.edits.requests import IDEMPOTENT, Flatten, Strip, plan
from arfix.errors import ArfixError, EditError
from arfix.formats.elf.file import Elf

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from arfix.archive.model import Archive
    from arfix.edits.plan import Plan
    from arfix.recipe.model import Condition, RecipeStep
    from arfix.recipe.sysroot import RecipeSysroot
    from arfix.stubs.build import StubSymbol


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


def stubs_of(words: Sequence[str]) -> list[StubSymbol]:
    """Return the stubs for `NAME` and `NAME=WHAT`."""
    from arfix.edits.stub import parse_request  # noqa: PLC0415 (the knowledge base)

    return [parse_request(word).stub for word in words]


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


def holds(when: Condition, sysroot: RecipeSysroot, archive: Archive | None, sha256: str) -> bool:
    """Return whether a condition holds.

    Args:
        when: The condition.
        sysroot: The sysroot of its paths.
        archive: The archive before any step; None if the condition concerns no archive, or names no machine.
        sha256: The hash of that archive.
    """
    if not all(sysroot.exists(name) for name in when.exists):
        return False
    if when.sha256 and sha256 not in when.sha256:
        return False
    return not when.machines or (archive is not None and machine_name(archive) in when.machines)


def machine_name(archive: Archive) -> str:
    """Return the machine of the first ELF object; empty if there is none."""
    for member in archive:
        try:
            elf = Elf(member.data)
            if elf.has_magic:
                return elf.machine.name
        except ArfixError:
            continue
    return ""
