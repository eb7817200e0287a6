"""Emphasis of words in coloured output."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple


class Emphasis(Enum):
    """The reason to emphasize a word; the value is the SGR code. Source: ECMA-48, section 8.3.117."""

    PLAIN = ""
    STRONG = "1"
    FAINT = "2"
    BAD = "1;31"
    GOOD = "32"
    WARN = "33"
    NAME = "36"


class Style(NamedTuple):
    """Applies emphasis if colour is on; `Style()` leaves every text unchanged.

    Attributes:
        colour: Whether to emphasize with colour.
        width: The columns of the terminal, which tables and paragraphs should fit; None for a file or pipe.
    """

    colour: bool = False
    width: int | None = None

    def paint(self, text: str, emphasis: Emphasis) -> str:
        """Return the text with that emphasis, or unchanged if colour is off."""
        if not self.colour or not text or emphasis is Emphasis.PLAIN:
            return text
        return f"\x1b[{emphasis.value}m{text}\x1b[0m"
