"""Markdown for pages and for summaries of CI jobs: cells made safe, and tables."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from arfix.report.text import Align, printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from arfix.report.text import Column


#: What begins markup somewhere in a line, bare addresses (`https://`, `www.`, `a@b`) and HTML entities included.
#: Source: CommonMark 0.31 and GitHub Flavored Markdown, "Backslash escapes" and "Autolinks (extension)".
_MARKUP = re.compile(r"[\\`*_\[\]<>|!&@$~]|:(?=//)|(?<=www)\.|^[#+-](?=\s)|^\d+(?=[.)]\s)")


def cell(text: str) -> str:
    """Return the text for a cell or a line, so that nothing in it means anything to Markdown."""
    line = printable(text.replace("\n", " "))
    return _MARKUP.sub(lambda match: f"\\{match[0]}" if not match[0][0].isdigit() else f"{match[0]}\\", line)


def code(text: str) -> str:
    """Return the text as code in a cell; nothing for none. What would end the code, or the cell, is replaced."""
    if not text:
        return ""
    line = printable(text.replace("\n", " ")).replace("`", "'").replace("|", "\\|")
    return f"`{line}`"


def render_markdown_table(columns: Sequence[Column], rows: Iterable[Sequence[str]]) -> str:
    """Return rows, each cell Markdown already, under their titles, with a newline after each line."""
    rules = ["---:" if column.align is Align.RIGHT else "---" for column in columns]
    lines = [f"| {' | '.join(column.title for column in columns)} |", f"|{'|'.join(rules)}|"]
    lines += [f"| {' | '.join(row)} |" for row in rows]
    return "".join(f"{line}\n" for line in lines)
