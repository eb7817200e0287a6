"""Snippets that make build systems run `arfix apply`, from the templates in `hook_files/`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from pathlib import PurePosixPath

from arfix.errors import RecipeError
from arfix.version import REPOSITORY, __version__

#: Text that needs no quotes in any of these languages, including `$(...)` and `${...}`.
_SAFE = re.compile(r"[\w.,:=+@%/${}()~-]+", re.ASCII)


class System(Enum):
    """A build system."""

    MAKE = "make"
    CMAKE = "cmake"
    MESON = "meson"
    DOCKERFILE = "dockerfile"
    YOCTO = "yocto"
    BUILDROOT = "buildroot"
    AUTOTOOLS = "autotools"
    PRE_COMMIT = "pre-commit"
    GITHUB = "github"


#: The file of `hook_files/` for each. Where it is a file of its own, that is also what to call it.
FILES = {
    System.MAKE: "arfix.mk",
    System.CMAKE: "Arfix.cmake",
    System.MESON: "meson.build",
    System.DOCKERFILE: "Dockerfile",
    System.YOCTO: "arfix.bbclass",
    System.BUILDROOT: "external.mk",
    System.AUTOTOOLS: "arfix.am",
    System.PRE_COMMIT: "pre-commit-config.yaml",
    System.GITHUB: "workflow.yml",
}


#: The default value.
SYSROOT = "sysroot"


@dataclass(frozen=True, slots=True)
class Words:
    """The values for a template.

    Attributes:
        recipe: The recipe's path, as the build system is to see it.
        sysroot: The sysroot's, for where the environment names none.
        repository: Where arfix's own repository is, as pre-commit clones it.
    """

    recipe: str = "arfix.toml"
    sysroot: str = SYSROOT
    repository: str = REPOSITORY

    @property
    def action(self) -> str:
        """The repository in the form `OWNER/NAME`."""
        return "/".join(self.repository.removesuffix("/").removesuffix(".git").split("/")[-2:])


def render_hook(system: System, words: Words) -> str:
    """Return the snippet for a build system.

    Raises:
        RecipeError: A word has characters that some build system would read as more than a path.
    """
    from importlib.resources import files  # noqa: PLC0415 (start-up)

    for name, word in (("recipe", words.recipe), ("sysroot", words.sysroot), ("repository", words.repository)):
        if not _SAFE.fullmatch(word):
            raise RecipeError(
                f"the {name} {word!r} cannot be written to a build file without quotes",
                hint="Leave out blanks and quotes, or print the snippet without it and edit that.",
            )
    recipe = PurePosixPath(words.recipe)
    values = {
        "RECIPE": words.recipe,
        "RECIPE_NAME": recipe.name,
        "LOCK": str(recipe.with_suffix(".lock")),
        "SYSROOT": words.sysroot,
        "REPOSITORY": words.repository,
        "ACTION": words.action,
        "VERSION": __version__,
    }
    text = files("arfix.report").joinpath("hook_files", FILES[system]).read_text("utf-8")
    return re.sub("@([A-Z_]+)@", lambda match: values[match[1]], text)
