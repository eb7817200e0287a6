"""Applying a recipe to a sysroot: load the recipe, find its targets, plan, check the required links, and commit."""

from __future__ import annotations

import time
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from arfix.archive.files import explained
from arfix.errors import ArfixError, EditError, Where
from arfix.recipe.commit import commit
from arfix.recipe.context import PlanningContext
from arfix.recipe.load import read_recipe
from arfix.recipe.lock_file import lock_path, read_lock, read_lock_text
from arfix.recipe.planning import plan_recipe
from arfix.recipe.required_links import LinkCheck, check_required_links
from arfix.recipe.stamping import write_stamp
from arfix.recipe.state.folder import State
from arfix.recipe.state.journal import ChangedError
from arfix.recipe.state.record import encode_lock
from arfix.recipe.sysroot import RecipeSysroot
from arfix.recipe.targets import find_targets

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from arfix.recipe.model import Recipe
    from arfix.recipe.plan import RecipePlan
    from arfix.recipe.state.record import ArchiveRecord


@dataclass(frozen=True, slots=True)
class ApplyOptions:
    """The options of a run.

    Attributes:
        recipe: The recipe file.
        sysroot: The folder that the recipe concerns.
        overlay: The folder for repaired copies; None to repair in place.
        jobs: The number of processes and threads that may work; 0 for one per processor.
        check: Write nothing.
        frozen: Refuse to change the lock file.
        wait: Wait for another run to end.
        originals: Store replaced archives for `revert`.
        key: Identifies the run in a stamp; empty to write no stamp.
    """

    recipe: str
    sysroot: str
    overlay: str | None = None
    jobs: int = 1
    check: bool = False
    frozen: bool = False
    wait: bool = True
    originals: bool = True
    key: str = ""

    @property
    def root(self) -> str:
        """The folder that is written to."""
        return self.overlay or self.sysroot

    @property
    def lock(self) -> Path:
        """The lock file beside the recipe."""
        return lock_path(self.recipe)


@dataclass(slots=True)
class ApplyResult:
    """What a run did, or would do.

    Attributes:
        options: The options of the run.
        recipe: The recipe.
        plan: The planned files.
        started: When planning began, in nanoseconds since 1970.
        checks: The required links, and whether they hold.
        written: Files were written.
        stale: Files that an earlier run repaired and the recipe no longer concerns.
        lock_changes: The lock file was out of date.
        notes: Messages for the user that are no errors.
    """

    options: ApplyOptions
    recipe: Recipe
    plan: RecipePlan
    started: int
    checks: tuple[LinkCheck, ...] = ()
    written: bool = False
    stale: tuple[str, ...] = ()
    lock_changes: bool = False
    notes: list[str] = field(default_factory=list)

    def __repr__(self) -> str:
        """Return the recipe and the number of changed archives, on one line."""
        count = len(self.plan.changing)
        done = "changed" if self.written else "to change"
        return f"<ApplyResult of {self.options.recipe[-60:]!r}: {count} archives {done}, {len(self.errors)} errors>"

    @property
    def would_change(self) -> bool:
        """Whether the run only checked, and a run without `check` would write."""
        return self.options.check and bool(self.plan.changing or self.lock_changes)

    @property
    def errors(self) -> tuple[ArfixError, ...]:
        """Why the recipe cannot be applied."""
        return self.plan.errors

    @property
    def holds(self) -> bool:
        """Whether all required links hold."""
        return all(one.holds for one in self.checks)


def apply_recipe(options: ApplyOptions, tell: Callable[[str], None]) -> ApplyResult:
    """Apply a recipe; write nothing if a step fails or a required link does not hold.

    If another process changes an archive meanwhile, everything is planned again, once.

    Args:
        options: The options of the run.
        tell: Called with messages for the user during the run.

    Raises:
        ChangedError: Other processes changed archives twice. Nothing was written.
        ArfixError: The recipe, the sysroot, the state or the lock file cannot be read, or writing fails. Nothing has
            changed then, or the message says that the next run repairs it.
    """
    recipe = read_recipe(options.recipe)
    RecipeSysroot(options.sysroot)  # fails here, before anything is created below it
    with ExitStack() as stack:
        if options.check:
            state = State.look(options.root)
            if state.interrupted:
                tell("a run was stopped half way; the next `arfix apply` finishes or undoes it")
        else:
            _make_overlay(options)
            state = stack.enter_context(State.hold(options.root, wait=options.wait, tell=tell))
        if state.claimed:
            tell(f"{state.tree.path_of('.arfix')} was written in another copy of the sysroot and is not trusted")
        try:
            return _apply_once(options, recipe, state)
        except ChangedError as error:
            tell(f"{error}; planning again")
            return _apply_once(options, recipe, state)


def _apply_once(options: ApplyOptions, recipe: Recipe, state: State) -> ApplyResult:
    """Find the targets, plan, check and commit; the state is locked, unless the run only checks."""
    sysroot = RecipeSysroot(options.sysroot)
    locked = read_lock(options.lock)
    started = time.time_ns()
    with ExitStack() as stack:
        context = PlanningContext(sysroot, state, locked, stack, in_overlay=options.overlay is not None)
        targets, errors = find_targets(recipe, sysroot)
        context.hash_in_parallel([target.name for target in targets], options.jobs)
        plan = plan_recipe(recipe, targets, context, errors)
        result = ApplyResult(options, recipe, plan, started)
        if result.errors:
            return result
        result.checks = check_required_links(recipe.required_links, sysroot, state.tree, plan.files, options.jobs)
        result.stale = tuple(sorted(state.known.keys() - plan.files.keys()))
        old_lock = read_lock_text(options.lock)
        new_lock = encode_lock({name: one.record for name, one in plan.files.items()}, old_lock)
        result.lock_changes = new_lock != old_lock
        if result.holds and options.frozen and result.lock_changes:
            raise _frozen(result, locked)
        if result.holds and not options.check:
            commit(result, state, new_lock)
            if options.key:
                with suppress(ArfixError, OSError):  # the stamp only saves time, and everything is done
                    write_stamp(result, state, sysroot, new_lock)
        return result


def _make_overlay(options: ApplyOptions) -> None:
    if options.overlay is not None:
        with explained(Where(options.overlay), "cannot make"):
            Path(options.overlay).mkdir(parents=True, exist_ok=True)


def _frozen(result: ApplyResult, locked: Mapping[str, ArchiveRecord]) -> EditError:
    files = result.plan.files
    names = sorted(name for name in {*locked, *files} if name not in files or locked.get(name) != files[name].record)
    said = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
    where = Where(str(result.options.lock))
    return EditError(f"the lock would change: {said}", where=where, hint="Run it without `frozen=True`.")
