from __future__ import annotations

from pathlib import Path

import pytest

from arfix.cli.commands import COMMANDS
from arfix.cli.reference import render_reference

PAGE = Path(__file__).parent.parent.parent / "docs" / "cli.md"


@pytest.mark.golden
def test_the_page_is_that_of_make_man(request: pytest.FixtureRequest) -> None:
    if request.config.getoption("update_golden"):
        PAGE.write_text(render_reference(), "utf-8")
    assert PAGE.read_text("utf-8") == render_reference(), "run `make man`"


def test_every_verb_has_a_section_with_an_example() -> None:
    sections = {part.partition("\n")[0]: part for part in render_reference().split("\n## ")}
    for verb in COMMANDS:
        assert "```sh\n# " in sections[verb]
        assert f"\narfix {verb}" in sections[verb]
