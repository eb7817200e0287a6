from __future__ import annotations

import os
import tomllib
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from arfix.edits.plan import Drop
from arfix.edits.requests import Strip
from arfix.errors import RecipeError
from arfix.recipe.encode import encode_recipe
from arfix.recipe.from_repair import repair_recipe
from arfix.recipe.load import read_recipe
from tests.ar_builder import ar
from tests.audit.sysroots import CRYPTO, FFI, LIBC, repair, write
from tests.elf_builder import elf

if TYPE_CHECKING:
    from pathlib import Path

    from arfix.audit.repair import Repair

#: A private library, and a member that is needed and misses something: spliced, and stubbed.
MIXED = ar(
    ("libinner.a", ar(("inner.o", elf("inner")))),
    ("log.o", elf("write_log", "?openlog", "?inner")),
    ("user.o", elf("main_thing", "?write_log")),
    index=(("write_log", 1), ("main_thing", 2)),
)


def test_paths_are_relative_to_the_sysroot_and_every_step_has_a_reason(tmp_path: Path) -> None:
    paths = write(tmp_path, libcrypto=CRYPTO, libffi=FFI, libmixed=MIXED, libc=LIBC)
    found = repair([paths[name] for name in ("libcrypto", "libffi", "libmixed")], providers=[paths["libc"]])
    recipe = tomllib.loads(encode_recipe(repair_recipe(found, str(tmp_path))))
    assert recipe["version"] == 1
    steps = {one["path"]: one["step"] for one in recipe["archive"]}
    assert all(step.pop("reason") for of_one in steps.values() for step in of_one)
    assert steps == {
        "libcrypto.a": [{"strip": ["libcrypto-lib-bss_log.o"]}],
        "libffi.a": [{"flatten": "drop"}],
        "libmixed.a": [{"flatten": "splice"}, {"stub": ["openlog"]}],
    }


@pytest.mark.parametrize(
    "name", ["new\nline.txt", "-dash.txt", " blank.txt", "`$x${y}`.txt", '"\\.txt', "\x7f\x01.txt"]
)
def test_names_of_any_kind_read_back(tmp_path: Path, name: str) -> None:
    found = found_in(tmp_path, name)
    (tmp_path / "arfix.toml").write_text(encode_recipe(repair_recipe(found, str(tmp_path))))
    step = read_recipe(str(tmp_path / "arfix.toml")).archives[0].steps[0]
    assert step.action == Strip((name,))


@pytest.mark.parametrize("name", [os.fsdecode(b"\xff\xfe.txt"), ""])
def test_names_that_are_no_text_are_refused(tmp_path: Path, name: str) -> None:
    found = found_in(tmp_path, name)
    with pytest.raises(RecipeError, match=r"no recipe can name (\\xff\\xfe\.txt|what has an empty name)"):
        encode_recipe(repair_recipe(found, str(tmp_path)))


def found_in(folder: Path, name: str) -> Repair:
    """Return the repair that takes a text of this name out of a library."""
    paths = write(folder, libx=ar(("x.o", elf("x")), (name or "y.txt", b"text\n"), index=(("x", 0),)))
    found = repair([paths["libx"]])
    if not name:
        (step,) = found.steps
        drop = next(edit for edit in step.plan.edits if isinstance(edit, Drop))
        plan = replace(step.plan, edits=(replace(drop, name=""),))
        found = replace(found, steps=(replace(step, plan=plan, request=Strip(("",))),))
    return found
