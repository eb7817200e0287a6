from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from arfix.audit.registry import RULE_IDS, load_rule
from arfix.cli.commands import find_pages, list_pages
from arfix.cli.output import Output
from arfix.report.rule_pages import render_page
from arfix.report.style import Style
from arfix.report.terminal_page import render_terminal_page
from tests.run_arfix import arfix

if TYPE_CHECKING:
    from collections.abc import Iterable

PAGES = [
    *(render_page(load_rule(rule).text) for rule in RULE_IDS),
    *(page for name, _ in list_pages() for _, page in find_pages(name)),
]


def words(text: str) -> list[str]:
    """Return the words of a page in any form, without markup and in no particular order, since cells are wrapped."""
    text = re.sub(r"^\|[|\s-]+\|$|^```\w*$|\x1b\[[\d;]*m|\]\([^)]+\)|\\(?=\|)", "", text, flags=re.MULTILINE)
    return sorted(re.findall(r"\w+", text.lower()))


def test_no_word_of_a_page_is_lost_or_broken() -> None:
    for page in PAGES:
        for style in (Style(width=60), Style(colour=True, width=160)):
            assert words(render_terminal_page(page, style)) == words(page)


@pytest.mark.parametrize("width", [60, 80])
def test_lines_fit_unless_a_word_or_an_example_does_not(width: int) -> None:
    def longer(lines: Iterable[str]) -> list[str]:
        return [line for line in lines if len(line) > width and not line.startswith("    ") and " " in line]

    for page in PAGES:
        lines = render_terminal_page(page, Style(width=width)).splitlines()
        code = max((len(one) for one in re.findall(r"`[^`\n]*`", page.replace("\n", " "))), default=0)
        assert not [line for line in longer(lines) if code < width - 4 and "  " not in line.strip()]


def test_nothing_is_left_of_markdown() -> None:
    page = (
        "# x\n\n**error**, certain: `a b` of [this](that.md).\n\n## Why\n\n- one `c`\n  two\n- three\n\n"
        "```text\n# code\n```\n"
    )
    assert render_terminal_page(page, Style(width=80)) == (
        "x\n\nerror, certain: `a b` of this.\n\nWHY\n\n- one `c` two\n- three\n\n    # code\n"
    )
    assert render_terminal_page(page, Style(colour=True, width=80)) == (
        "\x1b[1mx\x1b[0m\n\n\x1b[1merror\x1b[0m, certain: \x1b[36ma b\x1b[0m of this.\n\n\x1b[1mWhy\x1b[0m\n\n"
        "- one \x1b[36mc\x1b[0m two\n- three\n\n    # code\n"
    )


def test_a_pipe_gets_markdown_and_a_terminal_text(monkeypatch: pytest.MonkeyPatch) -> None:
    assert arfix("explain", "nested-archive").stdout.startswith("# nested-archive\n\n**error**")
    monkeypatch.setattr(Output, "width", 80)
    assert arfix("explain", "nested-archive", "--color", "never").stdout.startswith("nested-archive\n\nerror, certain")
