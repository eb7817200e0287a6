"""`arfix.hook`: the lines that make a build system run `arfix apply`."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from arfix.errors import UsageError
from arfix.report.hooks import FILES, SYSROOT, System, Words, render_hook
from arfix.short_repr import short_repr
from arfix.version import REPOSITORY

if TYPE_CHECKING:
    AnyPath = str | os.PathLike[str]


@dataclass(frozen=True, slots=True)
class Hook:
    """Lines for a build system.

    Attributes:
        system: The build system: `make`, `cmake`, `meson`, ...
        file: The usual name of the file that they belong in.
        text: The lines; the first ones say where to paste them.
    """

    system: str
    file: str
    text: str

    def __repr__(self) -> str:
        """Return the build system and the file, on one line."""
        return short_repr(self)


def hook(
    system: str,
    *,
    recipe: AnyPath = "arfix.toml",
    sysroot: AnyPath = SYSROOT,
    repository: str = REPOSITORY,
) -> Hook:
    """Return the lines that make a build system run `arfix apply`.

    Args:
        system: `make`, `cmake`, `meson`, `dockerfile`, `yocto`, `buildroot`, `autotools`, `pre-commit` or `github`.
        recipe: The recipe, as the build system sees it.
        sysroot: The sysroot, if the environment's `SYSROOT` names none.
        repository: The repository of arfix itself, for `dockerfile`, `github` and `pre-commit`.

    Raises:
        UsageError: There is no such build system.
        RecipeError: A path has characters that a build file would need quotes for.
    """
    known = {one.value: one for one in System}
    if system not in known:
        raise UsageError(f'there are no lines for the build system "{system}"', hint=f"Known: {', '.join(known)}.")
    chosen = known[system]
    text = render_hook(chosen, Words(os.fspath(recipe), os.fspath(sysroot), repository))
    return Hook(chosen.value, FILES[chosen], text)
