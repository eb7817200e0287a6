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


def counted(number: int, noun: str, plural: str | None = None) -> str:
    """Return a number with its noun: `1 member`, `908 members`, `26,669 symbols`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


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
    every row as long.
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
    lines = [_line([column.title for column in columns], columns, widths, faint, style)]
    emphases = [column.emphasis for column in columns]
    lines += [_line(row, columns, widths, emphases, style) for row in cells]
    return "".join(f"{indent}{line}\n" for line in lines)


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
