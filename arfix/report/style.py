"""Emphasis: which words stand out, and how, when the output takes colour."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple


class Emphasis(Enum):
    """Why a word stands out; the value is the SGR code sent to a terminal. Source: ECMA-48, section 8.3.117."""

    PLAIN = ""
    STRONG = "1"
    FAINT = "2"
    BAD = "1;31"
    GOOD = "32"
    WARN = "33"
    NAME = "36"


class Style(NamedTuple):
    """Whether text may carry colour. `Style()` leaves every text as it is."""

    colour: bool = False

    def paint(self, text: str, emphasis: Emphasis) -> str:
        """Return the text in that emphasis, or as it is where colour is off."""
        if not self.colour or not text or emphasis is Emphasis.PLAIN:
            return text
        return f"\x1b[{emphasis.value}m{text}\x1b[0m"
