from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

from arfix.archive.confined import Tree
from arfix.edits.requests import RebuildIndex
from arfix.errors import AccessError, Where
from arfix.recipe.model import ArchiveEntry, Recipe, RecipeStep, StubEntry
from arfix.recipe.sysroot import RecipeSysroot
from arfix.recipe.targets import find_targets

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

RECIPE = Recipe(
    "arfix.toml",
    archives=(ArchiveEntry("*.a", True, (RecipeStep(RebuildIndex(), "r"),)),),
    stubs=(StubEntry("stubs.a", ("f",), "r", triple="x86_64-linux-gnu"),),
)


def test_a_glob_does_not_match_what_the_recipe_makes(tmp_path: Path) -> None:
    for name in ("a.a", "stubs.a"):
        (tmp_path / name).write_bytes(b"!<arch>\n")
    targets, errors = find_targets(RECIPE, RecipeSysroot(str(tmp_path)))
    assert ([target.name for target in targets], errors) == (["a.a"], [])


def test_a_disk_that_fails_is_named_as_the_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    find = Tree.find
    failures = [AccessError(f"cannot read: {os.strerror(errno.EIO)}", where=Where("stubs.a"))]

    def fails_once(tree: Tree, name: str) -> str:
        if name == "stubs.a" and failures:
            raise failures.pop() from OSError(errno.EIO, os.strerror(errno.EIO))
        return find(tree, name)

    (tmp_path / "stubs.a").write_bytes(b"!<arch>\n")
    monkeypatch.setattr(Tree, "find", fails_once)
    _, errors = find_targets(RECIPE, RecipeSysroot(str(tmp_path)))
    assert os.strerror(errno.EIO) in str(errors[0])
