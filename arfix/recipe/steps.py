"""One step of a recipe, done in memory: an archive, perhaps edited already, to the plan of the next edit."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, replace
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
    from arfix.recipe.sysroot import Sysroot
    from arfix.stubs.build import StubSymbol


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """A step and what it does to one archive."""

    step: RecipeStep
    plan: Plan


def plan_step(archive: Archive, step: RecipeStep, sysroot: Sysroot, *, lenient: bool) -> Plan:
    """Return what the step does to the archive.

    Args:
        archive: As the steps before left it.
        step: The step.
        sysroot: Where the libraries of a platform are.
        lenient: The archive is one of several that a glob matched: selectors that match nothing are no error here.

    Raises:
        EditError: The edit does not hold, or there is nothing for it to do, which means that the recipe is out of date.
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
        raise EditError("the step finds nothing to do", where=archive.where, hint="Take it out of the recipe.")
    return planned


def stubs_of(words: Sequence[str]) -> list[StubSymbol]:
    """Return the stubs that `NAME` and `NAME=WHAT` stand for."""
    from arfix.edits.stub import parse_request  # noqa: PLC0415 (the knowledge base)

    return [parse_request(word).stub for word in words]


def _archives_of(platform: Iterable[str], sysroot: Sysroot, without: str) -> Iterator[str]:
    """Yield the archives that a platform's paths name, those of a folder at any depth, without the one edited."""
    for name in platform:
        real = sysroot.root if name == "." else sysroot.locate(name, None)
        pattern = "**/*.a" if name == "." else f"{name}/**/*.a"
        found = sysroot.match(pattern, None) if real.is_dir() else [sysroot.find(name, None)]
        yield from (one.name for one in found if one.name != without)


def _name_of(archive: Archive, sysroot: Sysroot) -> str:
    """Return an archive's path from the sysroot on."""
    path = Path(archive.where.path) if archive.where else sysroot.root
    return path.relative_to(sysroot.root).as_posix()


def holds(when: Condition, sysroot: Sysroot, archive: Archive | None, sha256: str) -> bool:
    """Return whether a condition holds.

    Args:
        when: The condition.
        sysroot: Where its paths are looked for.
        archive: The archive it is about, as it was before any step; None where there is none.
        sha256: The hash of that archive.
    """
    if not all(sysroot.exists(name) for name in when.exists):
        return False
    if when.sha256 and sha256 not in when.sha256:
        return False
    return not when.machines or (archive is not None and machine_name(archive) in when.machines)


def machine_name(archive: Archive) -> str:
    """Return the machine of the first ELF object; empty where there is none."""
    for member in archive:
        try:
            elf = Elf(member.data)
            if elf.has_magic:
                return elf.machine.name
        except ArfixError:
            continue
    return ""
