"""Text for terminals: escaped names, sizes, counted nouns, and aligned tables."""

from __future__ import annotations

import re
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from arfix.report.style import Emphasis, Style

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def printable(text: str) -> str:
    r"""Return the text with everything escaped that could disturb a terminal.

    Control characters, bytes that were not UTF-8 (surrogates) and invisible marks such as right-to-left overrides
    become `\x1b`, `\xff` or `\u202e`. A name in an archive is foreign input, and a terminal obeys what it is sent.
    """
    return text if text.isprintable() else "".join(map(_escape, text))


def _escape(character: str) -> str:
    if character.isprintable():
        return character
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:
        code -= 0xDC00
    return f"\\x{code:02x}" if code <= 0xFF else f"\\u{code:04x}"


#: What a runner of jobs takes as a command wherever a step prints it: `::name` as the first thing in a line (GitHub),
#: `##[name]`, `##vso[name]` and `##teamcity[name` anywhere (Azure Pipelines, GitHub's older form, TeamCity).
#: Source: GitHub's runner, `ActionCommand.TryParseV2` and `TryParse`; the vendors' manuals on logging commands.
_AT_START = re.compile(r"^(\s*):(?=:)", re.MULTILINE)
_ANYWHERE = re.compile(r"#(?=#[A-Za-z]*\[)")


def without_commands(text: str) -> str:
    """Return text from which no CI runner takes a command: names in an archive are untrusted."""
    if "::" in text:
        text = _AT_START.sub(r"\1\\x3a", text)
    return _ANYWHERE.sub(r"\\x23", text) if "##" in text else text


def json_without_commands(document: str) -> str:
    """Return the same for JSON text; the value that it represents does not change."""
    return _ANYWHERE.sub(r"\\u0023", document) if "##" in document else document


def clipped(text: str, width: int) -> str:
    """Return a printable text in at most so many terminal cells; what does not fit is replaced with `...`."""
    if _width(text) <= width:
        return text
    kept = ""
    room = width - len("...")
    for character in text:
        room -= _width(character)
        if room < 0:
            break
        kept += character
    return f"{kept}..."[: max(width, 0)]


def human_size(size: int) -> str:
    """Return a size in bytes with a unit: `812 B`, `9.1 kB`, `255 MB`; units are powers of 1000."""
    if size < 1000:
        return f"{size} B"
    value = float(size)
    for unit in ("kB", "MB", "GB", "TB"):
        value /= 1000
        if value < 999.5 or unit == "TB":
            break
    return f"{value:.1f} {unit}" if value < 99.95 else f"{value:,.0f} {unit}"


#: Columns are no wider than this many cells; longer texts stick out.
_WIDEST = 120


class Align(Enum):
    """The alignment of a column."""

    LEFT = "left"
    RIGHT = "right"


class Column(NamedTuple):
    """One column of a table: its title, alignment and emphasis."""

    title: str
    align: Align = Align.LEFT
    emphasis: Emphasis = Emphasis.PLAIN


def render_table(
    columns: Sequence[Column], rows: Iterable[Sequence[str]], style: Style | None = None, *, indent: str = ""
) -> str:
    """Return a table: two spaces between columns, no trailing spaces, a newline after each line.

    Texts are made printable here. A table without rows is the empty string. One text that is very long does not make
    every row as long. If the style has a width, columns of words are narrowed and their texts wrapped at spaces; if
    that does not suffice, the last columns go below the first. No word is ever broken.
    """
    style = style or Style()
    cells = [[printable(text) for text in row] for row in rows]
    if not cells:
        return ""
    widths = [
        max(_width(column.title), *(min(_width(row[number]), _WIDEST) for row in cells))
        for number, column in enumerate(columns)
    ]
    faint = [Emphasis.FAINT] * len(columns)
    emphases = [column.emphasis for column in columns]
    titles = [column.title for column in columns]
    if style.width is None or sum(widths) + 2 * (len(widths) - 1) <= style.width - len(indent):
        lines = [_line(titles, columns, widths, faint, style)]
        lines += [_line(row, columns, widths, emphases, style) for row in cells]
        return "".join(f"{indent}{line}\n" for line in lines)
    room = style.width - len(indent)
    least = min(_NARROW_TEXT, room - len(_BELOW))
    _narrow(widths, [_narrowest(column, number, cells, least) for number, column in enumerate(columns)], room)
    groups = _grouped(widths, room)
    lines = _narrow_row(titles, columns, widths, groups, (faint, style))
    for row in cells:
        lines += _narrow_row(row, columns, widths, groups, (emphases, style))
    return "".join(f"{indent}{line}\n" for line in lines)


#: A column of words is not narrowed further than this, unless it is narrower by nature.
_NARROW_TEXT = 20

#: Indentation of columns that go below the first ones.
_BELOW = "    "


def _narrowest(column: Column, number: int, cells: Sequence[Sequence[str]], least: int) -> int:
    """Return the least width of a column: its longest word but at least `least`, or all of a column of numbers."""
    texts = [column.title, *(row[number] for row in cells)]
    natural = max(min(_width(text), _WIDEST) for text in texts)
    if column.align is Align.RIGHT:
        return natural
    longest = max((_width(word) for text in texts for word in text.split()), default=0)
    return min(natural, max(least, longest))


def _narrow(widths: list[int], minima: Sequence[int], room: int) -> None:
    """Take width from the widest columns until the row fits, or nothing is left to take."""
    excess = sum(widths) + 2 * (len(widths) - 1) - room
    while excess > 0:
        able = [number for number, width in enumerate(widths) if width > minima[number]]
        if not able:
            return
        widths[max(able, key=widths.__getitem__)] -= 1
        excess -= 1


def _grouped(widths: Sequence[int], room: int) -> list[list[int]]:
    """Return the columns of each line of a row: as many as fit."""
    groups: list[list[int]] = [[]]
    taken = 0
    for number, width in enumerate(widths):
        if groups[-1] and taken + 2 + width > room:
            groups.append([])
            taken = len(_BELOW) - 2
        groups[-1].append(number)
        taken += width + (2 if len(groups[-1]) > 1 or len(groups) > 1 else 0)
    return groups


def _narrow_row(
    texts: Sequence[str],
    columns: Sequence[Column],
    widths: Sequence[int],
    groups: Sequence[Sequence[int]],
    paint: tuple[Sequence[Emphasis], Style],
) -> list[str]:
    """Return the lines of one row: of each group of columns as many as its longest text needs."""
    emphases, style = paint
    lines = []
    for place, group in enumerate(groups):
        wrapped = [_wrapped_cell(texts[number], widths[number]) for number in group]
        for at in range(max(map(len, wrapped))):
            line = _line(
                [cell[at] if at < len(cell) else "" for cell in wrapped],
                [columns[number] for number in group],
                [widths[number] for number in group],
                [emphases[number] for number in group],
                style,
            )
            if line:
                lines.append(f"{_BELOW if place else ''}{line}")
    return lines


def _wrapped_cell(text: str, width: int) -> list[str]:
    """Return the text in lines of at most so many cells, wrapped at spaces; lines keep the indentation of the text."""
    if _width(text) <= width:
        return [text]
    words = text.split()
    indent = text[: len(text) - len(text.lstrip(" "))]
    lines: list[str] = []
    line = indent
    for word in words:
        if line != indent and _width(line) + 1 + _width(word) > width:
            lines.append(line)
            line = indent
        line += word if line == indent else f" {word}"
    return [*lines, line]


def _line(
    texts: Sequence[str], columns: Sequence[Column], widths: Sequence[int], emphases: Sequence[Emphasis], style: Style
) -> str:
    parts: list[str] = []
    gap = ""
    for text, column, width, emphasis in zip(texts, columns, widths, emphases, strict=True):
        blanks = " " * (width - (len(text) if len(text) > 4 * _WIDEST else _width(text)))
        painted = style.paint(text, emphasis)
        if column.align is Align.RIGHT:
            parts += (gap, blanks, painted)
            gap = "  "
        else:
            parts += (gap, painted)
            gap = blanks + "  "
    return "".join(parts).rstrip(" ")


def _width(text: str) -> int:
    """Return the width of a printable text in terminal cells."""
    if text.isascii():
        return len(text)
    import unicodedata  # noqa: PLC0415 (rare: names are nearly always ASCII)

    return sum(
        0 if unicodedata.combining(character) else 1 + (unicodedata.east_asian_width(character) in "WF")
        for character in text
    )
