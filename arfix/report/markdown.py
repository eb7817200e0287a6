"""Markdown tables and escaping, for pages and for summaries of CI jobs."""

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
    """Return text for a cell or a line, with all Markdown syntax escaped."""
    line = printable(text.replace("\n", " "))
    return _MARKUP.sub(lambda match: f"\\{match[0]}" if not match[0][0].isdigit() else f"{match[0]}\\", line)


def code(text: str) -> str:
    """Return text as code for a cell, or nothing for an empty text; characters that would end it are replaced."""
    if not text:
        return ""
    line = printable(text.replace("\n", " ")).replace("`", "'").replace("|", "\\|")
    return f"`{line}`"


def render_markdown_table(columns: Sequence[Column], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table with a newline after each line; the cells are Markdown already."""
    rules = ["---:" if column.align is Align.RIGHT else "---" for column in columns]
    lines = [f"| {' | '.join(column.title for column in columns)} |", f"|{'|'.join(rules)}|"]
    lines += [f"| {' | '.join(row)} |" for row in rows]
    return "".join(f"{line}\n" for line in lines)
