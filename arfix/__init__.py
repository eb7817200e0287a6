"""arfix inspects, audits and repairs static archives (`.a`), so that libraries can be linked whole."""

from arfix.archive.model import Archive, Index, Kind, Member, Oddity, OddityKind
from arfix.archive.read import read
from arfix.errors import (
    AccessError,
    ArfixError,
    EditError,
    FormatError,
    RecipeError,
    UnsupportedError,
    Where,
)

__all__ = [
    "AccessError",
    "Archive",
    "ArfixError",
    "EditError",
    "FormatError",
    "Index",
    "Kind",
    "Member",
    "Oddity",
    "OddityKind",
    "RecipeError",
    "UnsupportedError",
    "Where",
    "read",
]
