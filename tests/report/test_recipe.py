from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

from arfix.report.recipe import render_recipe
from tests.ar_builder import ar
from tests.audit.sysroots import CRYPTO, FFI, LIBC, repair, write
from tests.elf_builder import elf

if TYPE_CHECKING:
    from pathlib import Path

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
    recipe = tomllib.loads(render_recipe(found, str(tmp_path)))
    assert recipe["version"] == 1
    steps = {one["path"]: one["step"] for one in recipe["archive"]}
    assert all(step.pop("reason") for of_one in steps.values() for step in of_one)
    assert steps == {
        "libcrypto.a": [{"strip": ["libcrypto-lib-bss_log.o"]}],
        "libffi.a": [{"flatten": "drop"}],
        "libmixed.a": [{"flatten": "splice"}, {"stub": ["openlog"]}],
    }
