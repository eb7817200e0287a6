"""Markdown for pages and for summaries of CI jobs: cells made safe, and tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.report.text import Align, printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from arfix.report.text import Column


def cell(text: str) -> str:
    """Return the text as one cell of a table, nothing in it meaning anything to Markdown but emphasis."""
    return printable(text.replace("\n", " ")).replace("|", "\\|").replace("<", "&lt;")


def code(text: str) -> str:
    """Return the text as code in a cell; nothing for none."""
    return f"`{cell(text).replace('`', chr(39))}`" if text else ""


def render_markdown_table(columns: Sequence[Column], rows: Iterable[Sequence[str]]) -> str:
    """Return rows, each cell Markdown already, under their titles, with a newline after each line."""
    rules = ["---:" if column.align is Align.RIGHT else "---" for column in columns]
    lines = [f"| {' | '.join(column.title for column in columns)} |", f"|{'|'.join(rules)}|"]
    lines += [f"| {' | '.join(row)} |" for row in rows]
    return "".join(f"{line}\n" for line in lines)
