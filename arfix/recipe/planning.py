"""The whole recipe planned in memory: every archive as it will be, before a single byte is written."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
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
from arfix.recipe.encode import encode_action
from arfix.recipe.state.originals import hash_of
from arfix.recipe.state.record import ArchiveRecord, MemberRecord, StepRecord
from arfix.recipe.steps import PlannedStep, holds, plan_step
from arfix.recipe.targets import RecipeTarget, find_targets

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from contextlib import ExitStack
    from pathlib import Path

    from arfix.archive.chunks import Chunk
    from arfix.archive.confined import Tree
    from arfix.archive.model import Archive
    from arfix.archive.source import Source
    from arfix.edits.plan import Plan
    from arfix.recipe.model import Recipe, RecipeStep
    from arfix.recipe.state.folder import State
    from arfix.recipe.sysroot import Sysroot


@dataclass(frozen=True, slots=True)
class PlannedFile:
    """One file as the recipe wants it.

    Attributes:
        name: Its path from the sysroot on.
        path: Where it is read.
        target: Where it is written: the same, or its place in the overlay.
        before: The hash of what `target` holds; empty where there is nothing.
        record: What leads to the new bytes.
        archive: The archive as it will be; None where it is settled.
        done: The steps and what they do, where they were planned.
        chunks: The new bytes, where they are not there yet.
        also: Other names of the same file (hard links) in the sysroot.
        drifted: It held neither the original nor what was made of it.
    """

    name: str
    path: Path
    target: Path
    before: str
    record: ArchiveRecord
    archive: Archive | None = None
    done: tuple[PlannedStep, ...] = ()
    chunks: Sequence[Chunk] = ()
    also: tuple[Path, ...] = ()
    drifted: bool = False

    @property
    def changes(self) -> bool:
        """Whether something is to be written."""
        return self.before != self.wanted

    @property
    def wanted(self) -> str:
        """The hash of what `target` is to hold; an overlay holds what differs from the sysroot alone."""
        return "" if self.target != self.path and self.record.output == self.record.input else self.record.output


@dataclass(slots=True)
class RecipePlan:
    """What a whole recipe comes to.

    Attributes:
        files: Every file the recipe is about, by name.
        errors: Why it cannot be carried out.
        notes: What a person should know all the same.
    """

    files: dict[str, PlannedFile] = field(default_factory=dict)
    errors: list[ArfixError] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def changing(self) -> list[PlannedFile]:
        """The files to be written."""
        return [one for one in self.files.values() if one.changes]


class Planner:
    """Plans a recipe over a sysroot.

    Args:
        recipe: The recipe.
        sysroot: The sysroot.
        state: What is remembered of the folder that is written to.
        locked: What the lock records.
        stack: Keeps archives open for as long as the plan is used.
        overlay: Where changed copies go; None for in place.
        jobs: How many files are hashed at a time; 0 for as many as there are processors.
    """

    def __init__(  # noqa: PLR0913, PLR0917 (what a plan depends on)
        self,
        recipe: Recipe,
        sysroot: Sysroot,
        state: State,
        locked: Mapping[str, ArchiveRecord],
        stack: ExitStack,
        overlay: Path | None = None,
        jobs: int = 1,
    ) -> None:
        self.recipe = recipe
        self.sysroot = sysroot
        self.state = state
        self.locked = locked
        self.stack = stack
        self.overlay = overlay
        self.jobs = jobs
        self._hashes: dict[tuple[Tree, str], str] = {}
        self.recipe_plan = RecipePlan()
        self._hits: dict[int, int] = {}

    def plan(self) -> RecipePlan:
        """Return what the recipe comes to; what cannot be is among its errors."""
        from arfix.recipe.stub_files import in_order, plan_stub_file  # noqa: PLC0415 (it uses this module's values)

        targets = find_targets(self.recipe, self.sysroot, self.recipe_plan.errors)
        self._hash_ahead(targets)
        for target in targets:
            try:
                self.recipe_plan.files[target.name] = self._plan_target(target)
            except ArfixError as error:
                self.recipe_plan.errors.append(error)
        for entry in in_order(self.recipe.stubs):
            try:
                made = plan_stub_file(self, entry)
            except ArfixError as error:
                self.recipe_plan.errors.append(at_line(error, entry.where))
            else:
                if made is not None:
                    self.recipe_plan.files[made.name] = made
        self._expect_hits(targets)
        self.recipe_plan.notes += self.sysroot.notes
        return self.recipe_plan

    def output_of(self, name: str, path: Path) -> Path:
        """Return where a file is written."""
        return path if self.overlay is None else self.overlay / name

    def written_hash(self, name: str) -> str:
        """Return the hash of a file in the folder that is written to; empty where there is none."""
        return self._hash(self.state.tree, name)

    def result(self, name: str) -> Archive:
        """Return an archive of the sysroot as it will be when the recipe is carried out."""
        planned = self.recipe_plan.files.get(name)
        if planned is not None and planned.archive is not None:
            return planned.archive
        elsewhere = planned is not None and self.overlay is not None and bool(planned.wanted)
        return self.stack.enter_context((self.state.tree if elsewhere else self.sysroot.tree).archive(name))

    def _hash(self, tree: Tree, name: str) -> str:
        if (tree, name) not in self._hashes:
            self._hashes[tree, name] = hash_of(tree, name)
        return self._hashes[tree, name]

    def _hash_ahead(self, targets: Sequence[RecipeTarget]) -> None:
        """Hash several files at a time, where that is asked for: hashing lets other threads run."""
        if self.jobs == 1 or len(targets) == 1:
            return
        from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 (start-up)

        with ThreadPoolExecutor(self.jobs or os.cpu_count()) as pool:
            list(pool.map(lambda one: self._hash(self.sysroot.tree, one.name), targets))

    def _plan_target(self, target: RecipeTarget) -> PlannedFile:
        out = self.output_of(target.name, target.path)
        before = self.written_hash(target.name)
        current = before if self.overlay is None else self._hash(self.sysroot.tree, target.name)
        record = self._record_of(target.name, current)
        original = current if record is None else record.input
        repaired = record is not None and current == record.output != record.input
        kept = repaired and self.state.originals.holds(original)
        lazy = _Lazy(self.sysroot.tree, target.name, partial(self.state.originals.open, original) if kept else None)
        steps = self._steps_for(target, lazy, original)
        drifted = record is None and target.name in self.state.known
        if drifted:
            said = "holds neither its original nor what was made of it; the steps are taken on what is there"
            self.recipe_plan.notes.append(f"{target.name} {said}")
        if record is not None and record.actions == tuple(encode_action(step.action) for step, _ in steps):
            settled = PlannedFile(target.name, target.path, out, before, record, also=target.also)
            if not settled.changes:
                self._count_settled(record, steps)
                return settled
        planned = self._take(steps, lazy)
        new = ArchiveRecord(original, planned.output or original, tuple(planned.recorded))
        result = PlannedFile(
            target.name,
            target.path,
            out,
            before,
            new,
            planned.archive,
            tuple(planned.done_list),
            (),
            target.also,
            drifted,
        )
        if not result.changes:
            lazy.close()
            return replace(result, archive=None)
        self.stack.callback(lazy.close)
        return replace(result, chunks=planned.chunks or lay_out(lazy.archive).chunks)

    def _record_of(self, name: str, current: str) -> ArchiveRecord | None:
        """Return the record that these bytes are the input or the output of; the state's before the lock's."""
        known = self.state.known.get(name)
        records = [*([known.record] if known is not None else []), *filter(None, [self.locked.get(name)])]
        return next((one for one in records if current and current in {one.input, one.output}), None)

    def _steps_for(self, target: RecipeTarget, lazy: _Lazy, original: str) -> list[tuple[RecipeStep, bool]]:
        """Return the steps whose conditions hold, each with whether it may find nothing to do in this archive."""
        steps = []
        for entry in target.entries:
            for condition in (entry.when, *(step.when for step in entry.steps)):
                if condition.machines:
                    lazy.open()
            if holds(entry.when, self.sysroot, lazy.opened, original):
                steps += [
                    (step, entry.is_glob)
                    for step in entry.steps
                    if holds(step.when, self.sysroot, lazy.opened, original)
                ]
        return steps

    def _take(self, steps: Sequence[tuple[RecipeStep, bool]], lazy: _Lazy) -> _Taken:
        """Take the steps one after the other; raises `EditError` at the step that cannot be taken."""
        archive = lazy.archive
        taken = _Taken(archive)
        for step, lenient in steps:
            try:
                plan = plan_step(archive, step, self.sysroot, lenient=lenient)
                after = apply(archive, plan)
            except ArfixError as error:
                raise at_line(error, step.where) from error
            taken.done_list.append(PlannedStep(step, plan))
            taken.recorded.append(_record_step(step, plan, archive, self.sysroot))
            self._hits[id(step)] = self._hits.get(id(step), 0) + bool(plan)
            archive = after
        taken.archive = archive
        if archive is not lazy.archive:
            taken.chunks = lay_out(archive).chunks
            taken.output = digest(taken.chunks)
        return taken

    def _count_settled(self, record: ArchiveRecord, steps: Sequence[tuple[RecipeStep, bool]]) -> None:
        for (step, _), recorded in zip(steps, record.steps, strict=True):
            self._hits[id(step)] = self._hits.get(id(step), 0) + bool(recorded.members or recorded.reindexed)

    def _expect_hits(self, targets: Sequence[RecipeTarget]) -> None:
        """Note as errors the steps of globs that found nothing to do in any archive."""
        if self.recipe_plan.errors:
            return
        for entry in {id(entry): entry for target in targets for entry in target.entries}.values():
            for step in entry.steps:
                if entry.is_glob and not isinstance(step.action, IDEMPOTENT) and self._hits.get(id(step)) == 0:
                    message = f'the step finds nothing to do in any archive that "{entry.pattern}" matches'
                    self.recipe_plan.errors.append(
                        EditError(message, where=step.where, hint="Take it out of the recipe.")
                    )


@dataclass(slots=True)
class _Taken:
    """Steps as they are taken: the archive after them, and what is recorded of each."""

    archive: Archive
    done_list: list[PlannedStep] = field(default_factory=list)
    recorded: list[StepRecord] = field(default_factory=list)
    chunks: Sequence[Chunk] = ()
    output: str = ""


class _Lazy:
    """An archive that is opened when somebody asks: one that is settled never is.

    Args:
        tree: The sysroot.
        name: The archive's own name, for messages and for the files beside a thin one.
        original: Opens its original, where the file itself is not that.
    """

    def __init__(self, tree: Tree, name: str, original: Callable[[], Source] | None) -> None:
        self.tree = tree
        self.name = name
        self.original = original
        self.opened: Archive | None = None

    @property
    def archive(self) -> Archive:
        """The archive, opened by now."""
        return self.open()

    def open(self) -> Archive:
        """Open it, once."""
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
        """Let go of it."""
        if self.opened is not None:
            self.opened.close()


def digest(chunks: Sequence[Chunk]) -> str:
    """Return the SHA-256 of bytes that are not written yet."""
    hashed = sha256()
    for chunk in chunks:
        hashed.update(chunk.view if isinstance(chunk, Extent) else chunk)
    return hashed.hexdigest()


def _record_step(step: RecipeStep, plan: Plan, archive: Archive, sysroot: Sysroot) -> StepRecord:
    """Return what the step does, member by member; origins are written from the sysroot on, so that it may move."""
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


def at_line(error: ArfixError, where: Where) -> ArfixError:
    """Return the error at its line of the recipe, the archive's place in the message."""
    if error.where is not None and error.where.line is not None:
        return error
    return EditError(str(error), where=where, hint=error.hint)
