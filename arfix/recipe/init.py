"""Drafting a first recipe for a sysroot, from the repairs that `fix` would make."""

from __future__ import annotations

from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from arfix.archive.files import open_archive
from arfix.audit.finding import Severity
from arfix.audit.fix import find_repair
from arfix.audit.settings import Settings
from arfix.edits.plan import Add, Drop
from arfix.edits.platform import Platform
from arfix.edits.requests import Flatten, FlattenChoice, Request, Strip
from arfix.errors import ArfixError, RecipeError
from arfix.recipe.encode import encode_recipe
from arfix.recipe.model import ArchiveEntry, Recipe, RecipeStep, RequiredLink
from arfix.recipe.sysroot import RecipeSysroot
from arfix.steps import steps
from arfix.symbols.member_label import counts_members

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from arfix.audit import repair
    from arfix.audit.finding import Finding


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
    main = RequiredLink("main", tuple(dict.fromkeys(_pattern(one)[0] for one in together)), sysroot=True)
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


def entries_of(found: repair.Repair, sysroot: str | None = None) -> tuple[ArchiveEntry, ...]:
    """Return a repair as entries of a recipe, with the findings as reasons of the steps."""
    entries = []
    for path in dict.fromkeys(step.archive for step in found.steps):
        pattern, is_glob = _pattern(_relative(path, sysroot))
        steps = tuple(RecipeStep(_action(step), _reason(step)) for step in found.steps if step.archive == path)
        entries.append(ArchiveEntry(pattern, is_glob, steps))
    return tuple(entries)


def _relative(path: str, sysroot: str | None) -> str:
    pure = PurePath(path)
    if sysroot is not None and not pure.is_relative_to(sysroot):
        pure, sysroot = Path(path).resolve(), str(Path(sysroot).resolve())
    if sysroot is not None and pure.is_relative_to(sysroot):
        pure = pure.relative_to(sysroot)
    return pure.as_posix()


def _pattern(name: str) -> tuple[str, bool]:
    """Return a path as a recipe can write it, and whether it is a glob: bytes that are not UTF-8 become `?`."""
    if not any("\udc80" <= one <= "\udcff" for one in name):
        return name, False
    from glob import escape  # noqa: PLC0415 (such names are rare)

    return "".join("?" if "\udc80" <= one <= "\udcff" else one for one in escape(name)), True


def _action(step: repair.RepairStep) -> Request:
    """Return the request of a step in a form that fits a rebuilt library: full names instead of short names."""
    match step.request:
        case Strip(members) if not any(map(counts_members, members)):
            drops = (edit.name for edit in step.plan.edits if isinstance(edit, Drop))
            return replace(step.request, members=tuple(dict.fromkeys(drops)))
        case Flatten():
            return _flatten(step)
        case _:
            return step.request


def _flatten(step: repair.RepairStep) -> Flatten:
    """Return the choice made for all nested archives; `auto` with the whole sysroot if they were not treated alike."""
    spliced = {edit.position for edit in step.plan.edits if isinstance(edit, Add)}
    dropped = {edit.position for edit in step.plan.edits if isinstance(edit, Drop)}
    if not spliced:
        return Flatten(FlattenChoice.DROP)
    return Flatten(FlattenChoice.SPLICE) if dropped <= spliced else Flatten(None, (".",))


def _reason(step: repair.RepairStep) -> str:
    symbols = [finding.symbol for finding in step.findings if finding.symbol is not None]
    first = step.findings[0]
    return f"{first.rule}: {', '.join(symbols) if symbols else first.message}"
