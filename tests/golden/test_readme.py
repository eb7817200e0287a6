"""The README's console blocks are run, in order, in the sample sysroot; what they print is what the README says."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from samples.sysroot import build_sysroot
from tests.console import BLOCK, ROOT, run_blocks
from tests.run_arfix import arfix
from tests.tools import need

if TYPE_CHECKING:
    from pathlib import Path

README = ROOT / "README.md"


@pytest.mark.slow
@pytest.mark.golden
def test_readme_shows_what_is_printed(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    need("cc")
    written = README.read_text(encoding="utf-8")
    first, install, others = written.partition("## Install\n")
    # The first screen repairs what later ones show, so it has a sysroot of its own.
    for folder in (linked := tmp_path / "linked", rest := tmp_path / "rest"):
        folder.mkdir()
        build_sysroot(folder)
    assert arfix("index", linked / "lib" / "libz.a").code == 0
    now = run_blocks(first, linked) + install + run_blocks(others, rest)
    if request.config.getoption("update_golden"):
        README.write_text(now, encoding="utf-8")
    assert now == README.read_text(encoding="utf-8")
    assert len(BLOCK.findall(now)) >= 4


def test_readme_names_commands_that_are_there() -> None:
    written = README.read_text(encoding="utf-8")
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    for target in re.findall(r"make ([a-z-]+)", written):
        assert target in targets
    for link in re.findall(r"\]\(((?:docs|samples|bench)/[^)#]+)", written):
        assert (ROOT / link).exists()
