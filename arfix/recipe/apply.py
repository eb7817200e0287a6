"""A recipe applied to a sysroot: load it, plan every file, check what must hold, and commit all or nothing."""

from __future__ import annotations

import time
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from arfix.archive.confined import read_regular
from arfix.archive.files import explained
from arfix.errors import AccessError, ArfixError, EditError, RecipeError, Where
from arfix.recipe.commit import commit, lock_text, write_stamp
from arfix.recipe.load import read_recipe
from arfix.recipe.planning import Planner, RecipePlan
from arfix.recipe.required_links import LinkCheck, check_required_links
from arfix.recipe.state.folder import State
from arfix.recipe.state.journal import ChangedError
from arfix.recipe.state.record import LONGEST, decode_lock
from arfix.recipe.sysroot import Sysroot

if TYPE_CHECKING:
    from collections.abc import Callable

    from arfix.recipe.model import Recipe
    from arfix.recipe.state.record import ArchiveRecord


@dataclass(frozen=True, slots=True)
class ApplyOptions:
    """What a run is asked to do.

    Attributes:
        recipe: The recipe's file.
        sysroot: The folder it is about.
        overlay: Where repaired copies go; None for in place.
        jobs: How many processes and threads may work; 0 for as many as there are processors.
        check: Write nothing.
        frozen: Refuse any change of the lock.
        wait: Wait for another run.
        originals: Keep what is replaced.
        key: Identifies this command line in a stamp; empty for no stamp.
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
        """The lock beside the recipe: `arfix.lock` for `arfix.toml`."""
        return Path(self.recipe).with_suffix(".lock")


@dataclass(slots=True)
class ApplyResult:
    """What a run did, or would do.

    Attributes:
        options: What was asked.
        recipe: The recipe.
        plan: What becomes of each file.
        checks: The links that must hold, and whether they do.
        started: When planning began, in nanoseconds since 1970.
        written: Files were written.
        stale: Files of an earlier run that the recipe no longer leads to.
        lock_changes: The lock was not what it should be.
        notes: What a person should know.
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

    @property
    def errors(self) -> list[ArfixError]:
        """Why it cannot be carried out."""
        return self.plan.errors

    @property
    def holds(self) -> bool:
        """Whether everything that must hold does."""
        return all(one.holds for one in self.checks)


def apply_recipe(options: ApplyOptions, tell: Callable[[str], None]) -> ApplyResult:
    """Apply a recipe; write nothing if a step cannot be taken or a link that must hold does not.

    If another process changes an archive meanwhile, everything is planned again, once.

    Args:
        options: What is asked.
        tell: Called with sentences for the user while the run goes on.

    Raises:
        ChangedError: Other processes changed archives twice. Nothing was written.
        ArfixError: The recipe, the sysroot, the state or the lock cannot be read, or writing fails. Nothing has
            changed then, or the message says that the next run sees to that.
    """
    recipe = read_recipe(options.recipe)
    Sysroot(options.sysroot)  # before anything is made below it
    with ExitStack() as stack:
        if options.check:
            state = State.look(options.root)
            if state.interrupted:
                tell("a run was stopped half way; the next `arfix apply` finishes or undoes it")
        else:
            _make_overlay(options)
            state = stack.enter_context(State.hold(options.root, wait=options.wait, tell=tell))
        if state.claimed:
            tell(f"{state.tree.path_of('.arfix')} was not written here: what it says is not believed, only the lock is")
        try:
            return _apply_once(options, recipe, state)
        except ChangedError as error:
            tell(f"{error}; planning again")
            return _apply_once(options, recipe, state)


def _apply_once(options: ApplyOptions, recipe: Recipe, state: State) -> ApplyResult:
    sysroot = Sysroot(options.sysroot)
    locked = read_lock(options.lock)
    overlay = None if options.overlay is None else Path(state.tree.root)
    started = time.time_ns()
    with ExitStack() as stack:
        planner = Planner(recipe, sysroot, state, locked, stack, overlay, options.jobs)
        applied = ApplyResult(options, recipe, planner.plan(), started)
        if applied.errors:
            return applied
        files = applied.plan.files
        applied.checks = check_required_links(recipe.required_links, sysroot, state.tree, files, options.jobs)
        applied.stale = tuple(sorted(state.known.keys() - files.keys()))
        old_lock = read_text(options.lock)
        new_lock = lock_text(files, old_lock)
        applied.lock_changes = new_lock != old_lock
        if applied.holds and options.frozen and applied.lock_changes:
            raise _frozen(applied, locked)
        if applied.holds and not options.check:
            commit(applied, state, new_lock)
            if options.key:
                with suppress(ArfixError, OSError):  # it saves time and nothing else, and everything is done
                    write_stamp(applied, state, sysroot, new_lock)
        return applied


def _make_overlay(options: ApplyOptions) -> None:
    if options.overlay is not None:
        with explained(Where(options.overlay), "cannot make"):
            Path(options.overlay).mkdir(parents=True, exist_ok=True)


def _frozen(applied: ApplyResult, locked: dict[str, ArchiveRecord]) -> EditError:
    files = applied.plan.files
    names = sorted(name for name in {*locked, *files} if name not in files or locked.get(name) != files[name].record)
    said = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
    where = Where(str(applied.options.lock))
    return EditError(f"the lock would change: {said}", where=where, hint="Run it without --frozen.")


def read_lock(path: Path) -> dict[str, ArchiveRecord]:
    """Return the records of the lock; none where there is none."""
    text = read_text(path)
    return {} if text is None else decode_lock(text, str(path))


def read_text(path: Path) -> str | None:
    """Return the text of a file; None where there is none."""
    try:
        return read_regular(str(path), LONGEST).decode()
    except FileNotFoundError:
        return None
    except UnicodeDecodeError:
        raise RecipeError("not text in UTF-8", where=Where(str(path))) from None
    except OSError as error:
        raise AccessError(f"cannot read: {error.strerror}", where=Where(str(path))) from error
