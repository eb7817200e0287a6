"""Planning a recipe in memory: what each of its files will hold, before anything is written."""

from __future__ import annotations

import os
from dataclasses import replace
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING

from arfix.archive.layout import lay_out
from arfix.archive.read import read_archive
from arfix.archive.source import Extent
from arfix.edits.apply import apply
from arfix.edits.plan import Add, Drop, Reindex, Replace, Rewrite
from arfix.edits.requests import IDEMPOTENT
from arfix.errors import ArfixError, EditError, Where
from arfix.recipe.conditions import holds
from arfix.recipe.encode import encode_action
from arfix.recipe.plan import PlannedFile, RecipePlan, hash_chunks
from arfix.recipe.state.record import ArchiveRecord, MemberRecord, StepRecord
from arfix.recipe.steps import plan_step
from arfix.recipe.stub_files import in_order, plan_stub_archive
from arfix.steps import steps

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from arfix.archive.confined import Tree
    from arfix.archive.model import Archive
    from arfix.archive.source import Source
    from arfix.edits.plan import Plan
    from arfix.recipe.context import PlanningContext
    from arfix.recipe.model import Recipe, RecipeStep
    from arfix.recipe.sysroot import RecipeSysroot
    from arfix.recipe.targets import RecipeTarget


def plan_recipe(
    recipe: Recipe, targets: Sequence[RecipeTarget], context: PlanningContext, errors: Iterable[ArfixError] = ()
) -> RecipePlan:
    """Return the plan of a recipe for its targets.

    Args:
        recipe: The recipe.
        targets: The archives that it concerns.
        context: The sysroot and the records.
        errors: Errors of earlier phases; those of files that cannot be planned are added to them in the plan.
    """
    files: dict[str, PlannedFile] = {}
    errors = list(errors)
    for target in steps("planning", targets, lambda one: one.name):
        try:
            files[target.name] = _plan_archive(target, context)
        except ArfixError as error:
            errors.append(error)
    for entry in in_order(recipe.stubs):
        try:
            stubs = plan_stub_archive(entry, files, context)
        except ArfixError as error:
            errors.append(_at_line(error, entry.where))
        else:
            if stubs is not None:
                files[stubs.name] = stubs
    if not errors:
        errors += _idle_glob_steps(targets, files)
    said = "holds neither its original nor what was made of it; the steps are taken on what is there"
    notes = [*(f"{one.name} {said}" for one in files.values() if one.drifted), *context.sysroot.notes]
    return RecipePlan(files, tuple(errors), tuple(notes))


def _plan_archive(target: RecipeTarget, context: PlanningContext) -> PlannedFile:
    """Return the plan of one archive: from its original, also where the file has been repaired before."""
    name, originals = target.name, context.state.originals
    current = context.source_hash(name)
    record = context.record_for(name, current)
    original = current if record is None else record.input
    repaired = record is not None and current == record.output != record.input
    kept = repaired and originals.holds(original)
    archive = _LazyArchive(context.sysroot.tree, name, partial(originals.open, original) if kept else None)
    steps, lenient = _steps_for(target, archive, original, context.sysroot)
    planned = PlannedFile(
        name,
        target.path,
        context.written_hash(name),
        record or ArchiveRecord(original, original),
        context.in_overlay,
        steps=steps,
        hard_links=target.hard_links,
        drifted=record is None and name in context.state.known,
    )
    same_steps = record is not None and record.actions == tuple(encode_action(step.action) for step in steps)
    if same_steps and not planned.changes:
        return planned
    edited, records = _run_steps(archive.open(), steps, lenient, context.sysroot)
    chunks = lay_out(edited).chunks if edited is not archive.open() else ()
    output = hash_chunks(chunks) if chunks else original
    planned = replace(planned, record=ArchiveRecord(original, output, records))
    if not planned.changes:
        archive.close()
        return planned
    context.stack.callback(archive.close)
    return replace(planned, archive=edited, original=archive.open(), chunks=chunks or lay_out(edited).chunks)


def _steps_for(
    target: RecipeTarget, archive: _LazyArchive, original: str, sysroot: RecipeSysroot
) -> tuple[tuple[RecipeStep, ...], tuple[bool, ...]]:
    """Return the steps whose conditions hold, and for each whether it may find nothing to do in this archive."""
    steps: list[RecipeStep] = []
    lenient: list[bool] = []
    for entry in target.entries:
        if any(condition.machines for condition in (entry.when, *(step.when for step in entry.steps))):
            archive.open()
        if holds(entry.when, sysroot, archive.opened, original):
            chosen = [step for step in entry.steps if holds(step.when, sysroot, archive.opened, original)]
            steps += chosen
            lenient += [entry.is_glob] * len(chosen)
    return tuple(steps), tuple(lenient)


def _run_steps(
    archive: Archive, steps: Sequence[RecipeStep], lenient: Sequence[bool], sysroot: RecipeSysroot
) -> tuple[Archive, tuple[StepRecord, ...]]:
    """Return the archive after all steps, and a record of each; raises `EditError` at the line of a failing step."""
    records: list[StepRecord] = []
    for step, may_be_idle in zip(steps, lenient, strict=True):
        try:
            plan = plan_step(archive, step, sysroot, lenient=may_be_idle)
            after = apply(archive, plan)
        except ArfixError as error:
            raise _at_line(error, step.where) from error
        records.append(_record_step(step, plan, archive, sysroot))
        archive = after
    return archive, tuple(records)


def _idle_glob_steps(targets: Sequence[RecipeTarget], files: Mapping[str, PlannedFile]) -> list[EditError]:
    """Return an error for each step of a glob that finds nothing to do in any archive of the glob."""
    busy: dict[int, bool] = {}
    for file in files.values():
        for step, record in zip(file.steps, file.record.steps, strict=False):  # stub archives have no steps
            busy[id(step)] = busy.get(id(step), False) or bool(record.members or record.reindexed)
    return [
        EditError(
            f'the step finds nothing to do in any archive that "{entry.pattern}" matches',
            where=step.where,
            hint="Remove it from the recipe.",
        )
        for entry in {id(entry): entry for target in targets for entry in target.entries}.values()
        for step in entry.steps
        if entry.is_glob and not isinstance(step.action, IDEMPOTENT) and busy.get(id(step)) is False
    ]


class _LazyArchive:
    """An archive that is opened on first use; one that needs no change is never opened.

    Args:
        tree: The sysroot.
        name: The archive's name, for messages and for the files of a thin archive.
        original: Opens the stored original; None if the file itself is the original.
    """

    def __init__(self, tree: Tree, name: str, original: Callable[[], Source] | None) -> None:
        self.tree = tree
        self.name = name
        self.original = original
        self.opened: Archive | None = None

    def open(self) -> Archive:
        """Return the archive, opened at most once."""
        if self.opened is None:
            source = self.tree.source(self.name) if self.original is None else self.original()
            try:
                extent = Extent(source, 0, len(source.view))
                where = Where(self.tree.path_of(self.name))
                self.opened = read_archive(extent, where, open_beside=self.tree.beside(self.name))
            except BaseException:
                source.close()
                raise
        return self.opened

    def close(self) -> None:
        """Close the archive if it was opened."""
        if self.opened is not None:
            self.opened.close()


def _record_step(step: RecipeStep, plan: Plan, archive: Archive, sysroot: RecipeSysroot) -> StepRecord:
    """Return what a step does to each member; origins are relative to the sysroot, so that the sysroot may move."""
    members: list[MemberRecord] = []
    for edit in plan.edits:
        match edit:
            case Drop(position, name):
                members.append(MemberRecord("removed", name, sha256(archive.members[position].data).hexdigest()))
            case Add(_, member, origin):
                place = origin.removeprefix(f"{sysroot.root}{os.sep}")
                members.append(MemberRecord("added", member.name, sha256(member.data).hexdigest(), place))
            case Replace(position, name, member):
                was = sha256(archive.members[position].data).hexdigest()
                members.append(MemberRecord("changed", name, sha256(member.data).hexdigest(), was=was))
            case Reindex() | Rewrite():
                pass
    reindexed = any(isinstance(edit, Reindex | Rewrite) for edit in plan.edits)
    return StepRecord(encode_action(step.action), step.reason, tuple(members), reindexed)


def _at_line(error: ArfixError, where: Where) -> ArfixError:
    """Return the error at a line of the recipe, with the archive's place in the message."""
    if error.where is not None and error.where.line is not None:
        return error
    return EditError(str(error), where=where, hint=error.hint)
