"""Static libraries found again in programs for other machines, beside the maps of their linkers."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.oracle.test_image import sections_of, sizes_in_map
from tests.tools import need, output_of

pytestmark = pytest.mark.oracle

PROGRAM = """
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
int main(int count, char **words) {
    printf("%g %g %s\\n", sin(count) + exp(count) + pow(count, 3.3), tgamma(count), getenv("HOME"));
    return words == 0;
}
"""
MACHINES = ("i686", "aarch64", "arm", "hppa", "m68k", "mips", "mips64el", "powerpc", "powerpc64le", "s390x", "sh4",
            "sparc64")  # fmt: skip
_TRIPLES = {"arm": "arm-linux-gnueabihf", "mips64el": "mips64el-linux-gnuabi64"}


def build(machine: str, folder: Path) -> tuple[Path, Path, dict[str, int]]:
    """Return a static program, the C library in it, and what the linker's map says of that."""
    triple = _TRIPLES.get(machine, f"{machine}-linux-gnu")
    compiler = need(f"{triple}-gcc")
    (folder / "main.c").write_text(PROGRAM)
    command = [compiler, "-O2", "-static", "-o", "program", "main.c", "-lm", "-Wl,-Map,map"]
    subprocess.run(command, cwd=folder, check=True)
    library = Path(output_of(compiler, "-print-file-name=libc.a").strip())
    output_of(need(f"{triple}-strip"), "-o", folder / "stripped", folder / "program")
    return folder / "program", library, sizes_in_map((folder / "map").read_text(), "libc.a")


@pytest.mark.parametrize("machine", MACHINES)
def test_code_of_a_c_library_is_that_of_the_map(machine: str, tmp_path: Path) -> None:
    program, library, said = build(machine, tmp_path)
    # Short functions that are equal byte by byte may be found once more than the map has them.
    assert sections_of(program, library)["code"] == pytest.approx(said["code"], rel=0.001)
    assert sections_of(tmp_path / "stripped", library)["code"] == pytest.approx(said["code"], rel=0.02)


def test_where_the_linker_shortens_code_names_are_left(tmp_path: Path) -> None:
    program, library, said = build("riscv64", tmp_path)
    found = sections_of(program, library)["code"]
    # Three tenths of the functions are local, and a member counts only if all its names are its own.
    assert 0.5 * said["code"] < found <= said["code"]
    assert sections_of(tmp_path / "stripped", library).get("code", 0) < 0.1 * said["code"]
