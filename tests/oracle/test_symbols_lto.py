"""Members without machine code: their symbols are the compiler's, so `arfix symbols` refuses to change them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.run_arfix import arfix
from tests.tools import need, output_of

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.oracle

SOURCES = {"util": "int util(void){return 2;}", "api": "int util(void); int api(void){return util();}"}
CHANGES = (
    ("--hide-all-but", "api"),
    ("--prefix", "my_"),
    ("--rename", "util=u2"),
    ("--weaken", "util"),
    ("--hide", "util"),
    ("--localize", "util", "--force"),
)


def library(folder: Path, compiler: str, *flags: dict[str, str]) -> Path:
    archive = folder / "s.a"
    for name, text in SOURCES.items():
        (folder / f"{name}.c").write_text(text)
        output_of(compiler, "-O1", flags[0][name], "-c", f"{name}.c", cwd=folder)
    output_of(need("llvm-ar-19", "llvm-ar", "ar"), "crsD", archive, "util.o", "api.o", cwd=folder)
    return archive


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
@pytest.mark.parametrize("change", CHANGES, ids=lambda words: words[0])
def test_what_cannot_be_changed_is_refused(tmp_path: Path, compiler: str, change: tuple[str, ...]) -> None:
    found = need(compiler, f"{compiler}-19")
    archive = library(tmp_path, found, dict.fromkeys(SOURCES, "-flto"))
    before = archive.read_bytes()
    ran = arfix("symbols", archive, *change)
    assert ran.code == 2
    assert "bytecode" in ran.stderr or "bitcode" in ran.stderr
    assert archive.read_bytes() == before


@pytest.mark.parametrize("lto", ["util", "api"])
def test_a_mixed_library_is_not_half_renamed(tmp_path: Path, lto: str) -> None:
    """One member has machine code and the other bytecode, and each name is in both."""
    archive = library(tmp_path, need("gcc"), dict.fromkeys(SOURCES, "-fno-lto") | {lto: "-flto"})
    before = archive.read_bytes()
    assert arfix("symbols", archive, "--rename", "util=u2").code == 2
    assert archive.read_bytes() == before


def test_bytecode_that_only_refers_to_a_symbol_is_no_obstacle_to_hiding_it(tmp_path: Path) -> None:
    archive = library(tmp_path, need("gcc"), {"util": "-fno-lto", "api": "-flto"})
    assert arfix("symbols", archive, "--hide", "util").code == 0
    assert "HIDDEN" in output_of(need("readelf"), "-sW", archive, check=False)
