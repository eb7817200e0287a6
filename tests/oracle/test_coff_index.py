"""A COFF index names each symbol once, for its first definer; an edit that removes that one finds the next."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.run_arfix import arfix
from tests.tools import need

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.oracle

#: `shared` is in every object, as an inline function of a header would be.
SOURCE = "int zz_{0}(void) {{ return 1; }} int aa_{0}(void) {{ return 2; }} __declspec(selectany) int shared = 1;"
NAMES = ("z", "y", "x")


@pytest.fixture
def library(tmp_path: Path) -> Path:
    clang, ar = need("clang-19"), need("llvm-ar-19")
    for name in NAMES:
        (tmp_path / f"{name}.c").write_text(SOURCE.format(name))
        subprocess.run(
            [clang, "--target=x86_64-pc-windows-msvc", "-c", f"{name}.c", "-o", f"{name}.obj"], cwd=tmp_path, check=True
        )
    objects = [f"{name}.obj" for name in NAMES]
    subprocess.run([ar, "--format=coff", "rcs", "lib.lib", *objects], cwd=tmp_path, check=True)
    return tmp_path / "lib.lib"


def test_a_healthy_library_is_told_healthy(library: Path) -> None:
    assert arfix("index", library, "--check").code == 0


@pytest.mark.parametrize("name", NAMES)
def test_strip_equals_llvm_ar(library: Path, name: str) -> None:
    theirs = library.with_name("theirs.lib")
    shutil.copy(library, theirs)
    subprocess.run([need("llvm-ar-19"), "d", theirs, f"{name}.obj"], check=True)
    assert arfix("strip", library, f"{name}.obj").code == 0
    assert library.read_bytes() == theirs.read_bytes()
