from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from arfix.cli.commands import COMMANDS
from arfix.cli.manual import render_manual, write_manual
from tests.tools import need

PAGES = Path(__file__).parent.parent.parent / "docs" / "man"


def test_every_verb_has_a_page() -> None:
    assert set(render_manual()) == {"arfix.1", *(f"arfix-{verb}.1" for verb in COMMANDS)}


@pytest.mark.golden
def test_pages_are_those_of_make_man(request: pytest.FixtureRequest) -> None:
    if request.config.getoption("update_golden"):
        write_manual(PAGES)
    assert {path.name: path.read_text("utf-8") for path in PAGES.iterdir()} == dict(render_manual()), "run `make man`"


def test_pages_of_verbs_that_are_gone_go(tmp_path: Path) -> None:
    (tmp_path / "arfix-gone.1").write_text("old")
    write_manual(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == set(render_manual())


def test_what_groff_would_read_as_its_own_is_escaped() -> None:
    page = render_manual()["arfix-strip.1"]
    assert "\\fB\\-\\-force\\fR" in page
    assert "(like \\fBar d\\fR; symbols stay)" in page


@pytest.mark.oracle
def test_groff_and_man_have_nothing_to_say(tmp_path: Path) -> None:
    write_manual(tmp_path)
    for page in sorted(tmp_path.iterdir()):
        commands: tuple[list[str | Path], ...] = (
            [need("groff"), "-ww", "-z", "-man", "-Kutf8", "-Tutf8", page],
            [need("man"), "-l", "--warnings", "-Tutf8", page],
        )
        for command in commands:
            ran = subprocess.run(command, capture_output=True, text=True, check=True)
            assert ran.stderr == "", page.name
