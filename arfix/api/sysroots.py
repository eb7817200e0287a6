"""The verbs that keep a sysroot repaired: `apply`, `revert` and `status`; and the recipe of a repair."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from arfix.arguments import path_given, words_given
from arfix.errors import RecipeError, Where
from arfix.recipe.apply import ApplyOptions, ApplyResult, apply_recipe
from arfix.recipe.encode import encode_recipe
from arfix.recipe.from_repair import SavedRecipe, recipe_root, repair_recipe, write_recipe
from arfix.recipe.load import read_recipe
from arfix.recipe.lock_file import read_lock
from arfix.recipe.revert import RevertResult, revert_files
from arfix.recipe.state.folder import State
from arfix.recipe.state.stamp import stamp_key
from arfix.recipe.status import Status, StatusKind, find_status
from arfix.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from arfix.audit.repair import Repair
    from arfix.errors import ArfixError

    AnyPath = str | os.PathLike[str]


def apply(  # noqa: PLR0913 (one parameter per option of the verb)
    recipe: AnyPath,
    sysroot: AnyPath,
    *,
    overlay: AnyPath | None = None,
    check: bool = False,
    frozen: bool = False,
    originals: bool = True,
    wait: bool = True,
    jobs: int = 0,
    tell: Callable[[str], None] = lambda _: None,
) -> ApplyResult:
    """Apply a recipe to a sysroot, completely or not at all, and return what was done.

    Nothing is written if a step fails (`ApplyResult.errors`) or a required link does not hold (`ApplyResult.holds`).

    Args:
        recipe: The recipe file.
        sysroot: The folder that the recipe is for.
        overlay: Leave the sysroot alone, and write repaired copies to this folder.
        check: Write nothing; `ApplyResult.would_change` says whether anything would change.
        frozen: Refuse any change of the lock file.
        originals: Keep the originals below the sysroot, for `revert`.
        wait: Wait for another run on the same sysroot to end.
        jobs: How many processes and threads may work; 0 for one per processor.
        tell: Called with messages for the user during the run.

    Raises:
        ArfixError: The recipe, the sysroot, the state or the lock file cannot be read, or writing fails.
    """
    file, root = path_given(recipe, "recipe"), path_given(sysroot, "sysroot")
    folder = None if overlay is None else path_given(overlay, "overlay")
    options = ApplyOptions(
        file,
        root,
        folder,
        jobs=jobs,
        check=check,
        frozen=frozen,
        wait=wait,
        originals=originals,
        key=stamp_key(file, root, folder, __version__),
    )
    return apply_recipe(options, tell)


def recipe_of(repair: Repair) -> str:
    """Return a repair as a recipe, so that `arfix apply` repeats it after every build."""
    return encode_recipe(repair_recipe(repair, recipe_root(repair)))


def save_recipe(repair: Repair, path: AnyPath) -> SavedRecipe:
    """Write a repair as a recipe, with the lock file by which `arfix apply` knows archives that are already repaired.

    Call it before `Repair.save`.

    Args:
        repair: The repair. The files must not have changed since it was found.
        path: The recipe file. It is replaced, and so is its lock file.

    Raises:
        RecipeError: An archive or member has a name that a recipe cannot have.
        ArfixError: An archive cannot be read, or a file cannot be written.
    """
    return write_recipe(repair, os.fspath(path))


def revert(  # noqa: PLR0913 (one parameter per option of the verb)
    sysroot: AnyPath,
    archives: str | Iterable[str] = (),
    *,
    recipe: AnyPath = "arfix.toml",
    overlay: AnyPath | None = None,
    force: bool = False,
    wait: bool = True,
    tell: Callable[[str], None] = lambda _: None,
) -> RevertResult:
    """Restore the originals of repaired archives, all or none, and remove the archives that were added.

    Args:
        sysroot: The folder that a recipe was applied to.
        archives: Paths relative to the sysroot; all by default.
        recipe: The recipe, whose lock file confirms a state that was copied with the sysroot.
        overlay: The folder of repaired copies.
        force: Overwrite archives that changed since their repair, and trust a copied state.
        wait: Wait for another run on the same sysroot to end.
        tell: Called with messages for the user during the run.

    Raises:
        EditError: A name is unknown, an archive has changed since, or the state was written elsewhere.
        AccessError: An original is missing, or a file cannot be written.
    """
    options = _options(recipe, sysroot, overlay, wait=wait)
    names = words_given(archives, "archives")
    return revert_files(options, names, tell, force=force)


@dataclass(frozen=True, slots=True)
class SysrootStatus:
    """The status of the archives of a sysroot.

    Attributes:
        archives: The status of each archive in the recipe, the state or the lock file, by name.
        errors: Why archives could not be found.
        interrupted: A run was interrupted; the next `apply` or `revert` completes it or rolls it back.
        untrusted: Path of a state that was written in another copy of the sysroot; empty if it is trusted.
    """

    archives: tuple[Status, ...]
    errors: tuple[ArfixError, ...] = ()
    interrupted: bool = False
    untrusted: str = ""

    def __repr__(self) -> str:
        """Return the number of archives of each status, on one line."""
        counts = [(kind.value, sum(one.condition is kind for one in self.archives)) for kind in StatusKind]
        return f"<SysrootStatus: {', '.join(f'{count} {word}' for word, count in counts)}>"

    @property
    def is_right(self) -> bool:
        """Whether no archive is drifted or missing, and no run was interrupted."""
        lost = any(one.condition in {StatusKind.DRIFTED, StatusKind.MISSING} for one in self.archives)
        return not (lost or self.interrupted)


def status(recipe: AnyPath, sysroot: AnyPath, *, overlay: AnyPath | None = None) -> SysrootStatus:
    """Return which archives are original, repaired, drifted (neither) or missing.

    Args:
        recipe: The recipe file.
        sysroot: The folder that the recipe is for.
        overlay: The folder of repaired copies.

    Raises:
        RecipeError: There is no such recipe, or it is wrong.
        ArfixError: An archive cannot be read.
    """
    options = _options(recipe, sysroot, overlay)
    if not Path(options.recipe).exists():
        raise RecipeError(
            "there is no such recipe",
            where=Where(options.recipe),
            hint="Name the recipe: arfix status RECIPE. `arfix recipe init` writes one.",
        )
    read = read_recipe(options.recipe)
    locked = {} if overlay is not None else read_lock(options.lock)
    state = State.look(options.root)
    found, errors = find_status(None if overlay else read, state, locked)
    return SysrootStatus(found, errors, state.interrupted, state.tree.path_of(".arfix") if state.claimed else "")


def _options(recipe: AnyPath, sysroot: AnyPath, overlay: AnyPath | None, *, wait: bool = True) -> ApplyOptions:
    folder = None if overlay is None else path_given(overlay, "overlay")
    return ApplyOptions(path_given(recipe, "recipe"), path_given(sysroot, "sysroot"), folder, wait=wait)
