"""Documentation pages on a terminal: headings, wrapped paragraphs, lists, code and tables instead of Markdown.

It reads the part of Markdown that arfix's own pages use. In a pipe or file the pages stay Markdown.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from arfix.report.style import Emphasis, Style
from arfix.report.text import Column, printable, render_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

#: Text is not wider than this, however wide the terminal is.
_WIDEST = 88
_CODE_INDENT = "    "

_CODE = re.compile(r"`([^`]*)`")
_STRONG = re.compile(r"\*\*([^*]+)\*\*")
_LINK = re.compile(r"\[([^\]]+)\]\([^)\s]+\)")
_ITEM = re.compile(r"(-|\d+\.) +")
_SEPARATOR = re.compile(r"\|[|:\s-]+\|")
#: Stands for a blank inside code, so that code is wrapped only where it must be.
_JOINED = "\0"


def render_terminal_page(page: str, style: Style) -> str:
    """Return a page for a terminal of the style's width."""
    width = min(_WIDEST, style.width or _WIDEST)
    return "\n".join("".join(f"{line}\n" for line in block) for block in _blocks(page.splitlines(), width, style))


def _blocks(lines: Sequence[str], width: int, style: Style) -> Iterator[list[str]]:
    """Yield the lines of each block."""
    at = 0
    while at < len(lines):
        line = lines[at]
        if line.startswith("```"):
            end = next((one for one in range(at + 1, len(lines)) if lines[one].startswith("```")), len(lines))
            yield [f"{_CODE_INDENT}{printable(one)}".rstrip() for one in lines[at + 1 : end]]
            at = end + 1
            continue
        end = at
        is_code = line.startswith(_CODE_INDENT)
        while end < len(lines) and (lines[end].startswith(_CODE_INDENT) if is_code else lines[end]):
            end += 1
            if is_code and end + 1 < len(lines) and not lines[end] and lines[end + 1].startswith(_CODE_INDENT):
                end += 1  # an empty line inside the example
        if end > at:
            yield [printable(one) for one in lines[at:end]] if is_code else list(_text(lines[at:end], width, style))
        at = max(end, at + 1)


def _text(lines: Sequence[str], width: int, style: Style) -> Iterator[str]:
    """Yield the lines of a heading, table, list or paragraph."""
    if lines[0].startswith("#"):
        title = lines[0].lstrip("#").strip()
        if lines[0].startswith("##") and not style.colour:
            title = title.upper()
        yield style.paint(printable(title), Emphasis.STRONG)
    elif lines[0].startswith("|"):
        yield from _table(lines, style)
    elif _ITEM.match(lines[0]):
        numbers = [number for number, line in enumerate(lines) if _ITEM.match(line)]
        for start, end in zip(numbers, [*numbers[1:], len(lines)], strict=True):
            yield from _item(lines[start:end], width, style)
    else:
        yield from _paragraph(" ".join(lines), width, style)


def _item(lines: Sequence[str], width: int, style: Style) -> Iterator[str]:
    """Yield one item of a list; its lines after the first are indented."""
    mark = _ITEM.match(lines[0])
    indent = "" if mark is None else mark[0]
    text = " ".join([lines[0][len(indent) :], *(line.strip() for line in lines[1:])])
    for number, line in enumerate(_paragraph(text, width - len(indent), style)):
        yield f"{' ' * len(indent) if number else indent}{line}"


def _paragraph(text: str, width: int, style: Style) -> Iterator[str]:
    """Yield text in lines of at most `width` characters; a longer word has a line of its own."""
    joined = _CODE.sub(lambda match: match[0].replace(" ", _JOINED), _LINK.sub(r"\1", text))
    joined = _STRONG.sub(lambda match: " ".join(f"**{word}**" for word in match[1].split()), joined)
    line, taken = "", 0
    for word in joined.split():
        length = _length(word, style)
        if line and taken + 1 + length > width:
            yield line
            line, taken = "", 0
        line += (" " if line else "") + _painted(word, style)
        taken += (1 if taken else 0) + length
    yield line


def _length(word: str, style: Style) -> int:
    """Return the number of characters that are seen of a word; backquotes are seen only without colour."""
    return len(_painted(word, Style())) - (word.count("`") if style.colour else 0)


def _painted(word: str, style: Style) -> str:
    """Return a word with code and strong text painted; without colour, code keeps its backquotes."""

    def code(match: re.Match[str]) -> str:
        text = printable(match[1].replace(_JOINED, " "))
        return style.paint(text, Emphasis.NAME) if style.colour else f"`{text}`"

    if _CODE.search(word):
        return _CODE.sub(code, word)
    return _STRONG.sub(lambda match: style.paint(match[1], Emphasis.STRONG), printable(word))


def _table(lines: Sequence[str], style: Style) -> Iterator[str]:
    """Yield a table in aligned columns."""
    rows = [_cells(line) for line in lines if not _SEPARATOR.fullmatch(line.strip())]
    count = max(map(len, rows))
    padded = [[*row, *[""] * (count - len(row))] for row in rows]
    columns = [Column(title) for title in padded[0]]
    yield from render_table(columns, padded[1:], style).splitlines()


def _cells(line: str) -> list[str]:
    parts = re.split(r"(?<!\\)\|", line.strip().strip("|"))
    return [part.strip().replace("\\|", "|").replace("`", "") for part in parts]
