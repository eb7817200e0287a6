"""Counts messages of which a log has very many, once nothing more is learnt from each of them.

A link can print a hundred thousand undefined references. A cause remembers the first symbols and places by name, and
of the others only how many there are. For these, a line is not taken apart: a few searches find the symbol.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from arfix.diagnose.causes import CauseCollector

#: Messages of one family that are read in full.
_READ_IN_FULL: Final = 5_000


class Taken(Enum):
    """What becomes of a line."""

    NO = "no"
    """It is read in full."""
    COUNTED = "counted"
    """It is counted, and not needed any more."""
    HELD = "held"
    """It only says where the next messages come from: it is needed if one of those is read in full."""


class _Form(NamedTuple):
    """A line of a linker with one symbol.

    Attributes:
        family: The id of its family.
        before: The text in front of the symbol.
        behind: The text behind the symbol; empty where the line ends with it.
        heads: Endings of the text in front, one of which it must have; none where any text will do.
    """

    family: str
    before: str
    behind: str
    heads: tuple[str, ...] = ()


_UNDEFINED: Final = "undefined-symbol"
_DUPLICATE: Final = "duplicate-symbol"
_FORMS: Final = (
    _Form(_UNDEFINED, "undefined reference to `", "'", ("): ",)),
    _Form(_UNDEFINED, "undefined reference to '", "'", (" error: ",)),
    _Form(_UNDEFINED, "error: undefined symbol: ", ""),
    _Form(_UNDEFINED, '  "', '", referenced from:'),
    _Form(_UNDEFINED, "error LNK2019: unresolved external symbol ", " referenced in function "),
    _Form(_UNDEFINED, "error LNK2001: unresolved external symbol ", ""),
    _Form(_DUPLICATE, "multiple definition of `", "'; ", ("): ",)),
    _Form(_DUPLICATE, "multiple definition of '", "'", (" error: ",)),
    _Form(_DUPLICATE, "error: duplicate symbol: ", ""),
    _Form(_DUPLICATE, "error LNK2005: ", " already defined in "),
)
_CONTEXT: Final = ": in function `"


class Flood:
    """Takes the lines that only add to a number."""

    def __init__(self, collector: CauseCollector) -> None:
        """Count in the causes of `collector`."""
        self._collector = collector
        self._last: _Form | None = None
        self._skips = False

    def take(self, raw: str) -> Taken:
        """Count a line, if nothing but its number matters, and return what becomes of it."""
        if raw.startswith(">>> "):  # the places of a message of lld or mold
            return Taken.COUNTED if self._skips else Taken.NO
        self._skips = False
        if not self._collector.is_flooded:
            return Taken.NO
        if _CONTEXT in raw and raw.endswith("':"):
            return Taken.HELD
        form, symbol = self._symbol_of(raw)
        self._skips = form is not None and self._collector.count(form.family, symbol)
        return Taken.COUNTED if self._skips else Taken.NO

    def _symbol_of(self, raw: str) -> tuple[_Form | None, str]:
        """Return the form of a line and the symbol in it, or no form."""
        form, at = self._form_of(raw)
        if form is None or "warning" in raw or (form.heads and not raw.endswith(form.heads, 0, at)):
            return None, ""
        start = at + len(form.before)
        end = raw.find(form.behind, start) if form.behind else len(raw)
        if end < 0 or (form.behind == "'" and end != len(raw) - 1):
            return None, ""
        return form, raw[start:end]

    def _form_of(self, raw: str) -> tuple[_Form | None, int]:
        last = self._last
        if last is not None and (at := raw.find(last.before)) >= 0:
            return last, at
        for form in _FORMS:
            at = raw.find(form.before)
            if at >= 0:
                self._last = form
                return form, at
        return None, -1


def is_flood(count: int) -> bool:
    """Return whether so many messages of one family are enough to know its causes."""
    return count >= _READ_IN_FULL
