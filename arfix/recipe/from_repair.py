"""A repair that `fix` found, as a recipe with its lock file, so that `apply` repeats it after every build."""

from __future__ import annotations

import os
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import TYPE_CHECKING

from arfix.archive.files import save_chunks
from arfix.archive.layout import lay_out
from arfix.archive.paths import is_file, real_path
from arfix.archive.rebase import rebased
from arfix.edits.plan import Add, Drop
from arfix.edits.requests import Flatten, FlattenChoice, Request, Strip
from arfix.errors import EditError, Where
from arfix.recipe.context import PlanningContext
from arfix.recipe.encode import encode_recipe
from arfix.recipe.load import read_recipe
from arfix.recipe.lock_file import lock_path, read_lock_text
from arfix.recipe.model import ArchiveEntry, Recipe, RecipeStep
from arfix.recipe.plan import hash_chunks
from arfix.recipe.planning import plan_recipe
from arfix.recipe.state.folder import State
from arfix.recipe.state.record import encode_lock
from arfix.recipe.sysroot import RecipeSysroot
from arfix.recipe.targets import find_targets
from arfix.short_repr import short_repr
from arfix.symbols.member_label import counts_members

if TYPE_CHECKING:
    from collections.abc import Sequence

    from arfix.audit.repair import Repair, RepairStep
    from arfix.errors import ArfixError
    from arfix.recipe.plan import RecipePlan
    from arfix.recipe.state.record import ArchiveRecord


@dataclass(frozen=True, slots=True)
class SavedRecipe:
    """A repair that was written as a recipe.

    Attributes:
        path: The recipe file.
        sysroot: The folder that its paths are relative to: the sysroot for `apply`.
        lock: The lock file; empty if none was written, because the recipe went to a pipe or device.
        errors: Why `apply` would not repair the archives as `fix` does.
    """

    __repr__ = short_repr

    path: str
    sysroot: str
    lock: str
    errors: tuple[ArfixError, ...] = ()


def write_recipe(repair: Repair, path: str) -> SavedRecipe:
    """Write a repair as a recipe with its lock file.

    The lock file records each archive before and after the repair, so `apply` finds nothing to do in archives that
    `fix` has repaired, and repairs those that are built again. It is true before the repair is saved as well as
    afterwards, so a run that is stopped between the two leaves nothing that `apply` could not continue.

    Args:
        repair: The repair. The files must not have changed since it was found.
        path: The recipe file. It is replaced, and so is its lock file.

    Raises:
        RecipeError: An archive or member has a name that a recipe cannot have.
        ArfixError: An archive or the state of the sysroot cannot be read, or a file cannot be written.
    """
    sysroot = recipe_root(repair)
    _save(repair_recipe(repair, sysroot), path)
    if not is_file(path):
        return SavedRecipe(path, sysroot, "")
    records, errors = _agreeing(path, sysroot, repair)
    if errors:
        # The sysroot has archives where `fix` did not look, and which decide otherwise about nested archives.
        _save(repair_recipe(repair, sysroot, explicit=True), path)
        records, errors = _agreeing(path, sysroot, repair)
    lock = lock_path(path)
    save_chunks([encode_lock(records, read_lock_text(lock)).encode()], lock)
    return SavedRecipe(path, sysroot, str(lock), errors)


def _save(recipe: Recipe, path: str) -> None:
    save_chunks([encode_recipe(recipe).encode("utf-8", "surrogateescape")], path)


def recipe_root(repair: Repair) -> str:
    """Return the folder that a recipe for a repair is relative to.

    That is the sysroot of the link, or the current directory, or the folder that all archives share: the first that
    has all of them in it. The root of the file system is no sysroot to keep state in.
    """
    places = {place for path in _repaired(repair) for place in (real_path(path), _place(path))}
    named = None if repair.settings is None else repair.settings.sysroot
    for folder in (named, os.curdir):
        if folder is not None and not _is_root(real_path(folder)) and _contains(real_path(folder), places):
            return folder
    return os.path.commonpath([PurePath(one).parent for one in places])


def _repaired(repair: Repair) -> Sequence[str]:
    return tuple(dict.fromkeys(step.archive for step in repair.steps))


def _is_root(folder: str) -> bool:
    return PurePath(folder).parent == PurePath(folder)


def _contains(folder: str, places: set[str]) -> bool:
    return all(PurePath(place).is_relative_to(folder) for place in places)


def _place(path: str) -> str:
    """Return the real path of a file's folder with the file's own name, which may be that of a symbolic link."""
    folder, name = os.path.split(path)
    return str(PurePath(real_path(folder or os.curdir), name))


def _plan(path: str, sysroot: str, stack: ExitStack) -> RecipePlan:
    """Return what a first run of `apply` would do with the archives as they are now."""
    recipe = read_recipe(path)
    root = RecipeSysroot(sysroot)
    context = PlanningContext(root, State.look(sysroot), {}, stack)
    targets, errors = find_targets(recipe, root)
    return plan_recipe(recipe, targets, context, errors)


def _agreeing(path: str, sysroot: str, repair: Repair) -> tuple[dict[str, ArchiveRecord], tuple[ArfixError, ...]]:
    """Return the records of archives that the recipe makes as the repair does, and an error for each of the others."""
    with ExitStack() as stack:
        return _compared(_plan(path, sysroot, stack), repair)


def _compared(plan: RecipePlan, repair: Repair) -> tuple[dict[str, ArchiveRecord], tuple[ArfixError, ...]]:
    repaired = {real_path(path): rebased(archive, path) for path, archive in repair.after.items()}
    records = {}
    errors = list(plan.errors)
    for name, file in plan.files.items():
        archive = repaired.get(real_path(file.path))
        if archive is None:
            continue  # a glob for a name that is not UTF-8 can match other archives
        if file.record.output == hash_chunks(lay_out(archive).chunks):
            records[name] = file.record
        else:
            said = "`arfix apply` repairs it in another way than this run, and does not accept the result"
            errors.append(EditError(said, where=Where(str(file.path))))
    return records, tuple(errors)


def repair_recipe(repair: Repair, sysroot: str, *, explicit: bool = False) -> Recipe:
    """Return a repair as a recipe whose paths are relative to `sysroot`; see `entries_of` for `explicit`."""
    return Recipe("", archives=entries_of(repair, sysroot, explicit=explicit))


def entries_of(repair: Repair, sysroot: str, *, explicit: bool = False) -> tuple[ArchiveEntry, ...]:
    """Return a repair as entries of a recipe, with the findings as reasons of the steps.

    Where some nested archives are the platform's and others are not, the sysroot decides about each; with `explicit`,
    the entry names those that are dropped.
    """
    entries = []
    for path in dict.fromkeys(step.archive for step in repair.steps):
        pattern, is_glob = pattern_of(_relative(path, sysroot))
        steps = tuple(
            RecipeStep(action, _reason(step))
            for step in repair.steps
            if step.archive == path
            for action in _actions(step, explicit=explicit)
        )
        entries.append(ArchiveEntry(pattern, is_glob, steps))
    return tuple(entries)


def _relative(path: str, sysroot: str) -> str:
    place, root = PurePath(_place(path)), real_path(sysroot)
    return (place.relative_to(root) if place.is_relative_to(root) else PurePath(path)).as_posix()


def pattern_of(name: str) -> tuple[str, bool]:
    """Return a path as a recipe can write it, and whether it is a glob: bytes that are not UTF-8 become `?`."""
    if not any("\udc80" <= one <= "\udcff" for one in name):
        return name, False
    from glob import escape  # noqa: PLC0415 (such names are rare)

    return "".join("?" if "\udc80" <= one <= "\udcff" else one for one in escape(name)), True


def _actions(step: RepairStep, *, explicit: bool) -> tuple[Request, ...]:
    """Return the requests of a step in a form that fits a rebuilt library: full names instead of short names."""
    match step.request:
        case Strip(members) if not any(map(counts_members, members)):
            drops = (edit.name for edit in step.plan.edits if isinstance(edit, Drop))
            return (replace(step.request, members=tuple(dict.fromkeys(drops))),)
        case Flatten():
            return _flatten(step, explicit=explicit)
        case _:
            return (step.request,)


def _flatten(step: RepairStep, *, explicit: bool) -> tuple[Request, ...]:
    """Return the choice made for all nested archives; `auto` with the whole sysroot if they were not treated alike."""
    spliced = {edit.position for edit in step.plan.edits if isinstance(edit, Add)}
    dropped = {edit.position: edit.name for edit in step.plan.edits if isinstance(edit, Drop)}
    if not spliced:
        return (Flatten(FlattenChoice.DROP),)
    others = tuple(dict.fromkeys(name for position, name in dropped.items() if position not in spliced))
    if not others:
        return (Flatten(FlattenChoice.SPLICE),)
    return (Strip(others), Flatten(FlattenChoice.SPLICE)) if explicit else (Flatten(None, (".",)),)


def _reason(step: RepairStep) -> str:
    symbols = [finding.symbol for finding in step.findings if finding.symbol is not None]
    first = step.findings[0]
    return f"{first.rule}: {', '.join(symbols) if symbols else first.message}"
