from __future__ import annotations

from arfix.report.markdown import cell, code, render_markdown_table
from arfix.report.text import Align, Column


def test_cells_mean_nothing_to_markdown() -> None:
    assert cell("a|b\nc<d>\x1b") == "a\\|b c\\<d\\>\\\\x1b"
    assert code("a`|b") == "`a'\\|b`"
    assert code("") == ""


def test_a_table() -> None:
    columns = (Column("name"), Column("size", Align.RIGHT))
    assert render_markdown_table(columns, [("a", "1")]) == "| name | size |\n|---|---:|\n| a | 1 |\n"
