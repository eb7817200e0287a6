"""Departures from the format that a reader can survive: what kinds there are, and what follows from each.

A new kind is declared here, with all its traits; the reader notes it (`scan.py`, `specials.py`, `header.py`), and the
rule `malformed`, the edits and the reports read the traits.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple, Self

from arfix.short_repr import short_repr

if TYPE_CHECKING:
    from arfix.errors import Where


@dataclass(frozen=True, slots=True)
class OddityTraits:
    """The consequences of one kind of oddity.

    Attributes:
        word: The word shown to people and in JSON.
        forgiven: Every reader accepts it, so that it is worth an `info` and no warning.
        refused_by: The linkers that refuse an archive which has it. Source: measured with binutils 2.40, lld 14 and 19
            and mold 1.10.
        mended_by_edit: Any edit removes it, since the part that has it is rewritten.
        in_index: The symbol index has it. The rule `stale-index` reports it, with what the index should say.
    """

    word: str
    forgiven: bool
    refused_by: tuple[str, ...]
    mended_by_edit: bool
    in_index: bool


class OddityKind(Enum):
    """A kind of oddity. The value is the word shown to people and in JSON."""

    _value_: str
    traits: OddityTraits

    def __new__(cls, traits: OddityTraits) -> Self:
        """Make the kind with these traits."""
        kind = object.__new__(cls)
        kind._value_ = traits.word
        kind.traits = traits
        return kind

    PADDING_BYTE = OddityTraits("padding-byte", forgiven=True, refused_by=(), mended_by_edit=True, in_index=False)
    MISSING_FINAL_PADDING = OddityTraits(
        "missing-final-padding", forgiven=False, refused_by=("gold", "lld"), mended_by_edit=True, in_index=False
    )
    TRAILING_BYTES = OddityTraits(
        "trailing-bytes", forgiven=False, refused_by=("gold", "lld"), mended_by_edit=True, in_index=False
    )
    NUMBER_FIELD = OddityTraits("number-field", forgiven=True, refused_by=(), mended_by_edit=False, in_index=False)
    NAME_FIELD = OddityTraits("name-field", forgiven=True, refused_by=(), mended_by_edit=False, in_index=False)
    DUPLICATE_INDEX = OddityTraits(
        "duplicate-index", forgiven=False, refused_by=(), mended_by_edit=True, in_index=False
    )
    DUPLICATE_NAME_TABLE = OddityTraits(
        "duplicate-name-table", forgiven=False, refused_by=(), mended_by_edit=False, in_index=False
    )
    LATE_SPECIAL_MEMBER = OddityTraits(
        "late-special-member", forgiven=False, refused_by=(), mended_by_edit=False, in_index=False
    )
    BAD_INDEX = OddityTraits("bad-index", forgiven=False, refused_by=(), mended_by_edit=True, in_index=True)
    INDEX_ENTRY_ASTRAY = OddityTraits(
        "index-entry-astray", forgiven=False, refused_by=(), mended_by_edit=True, in_index=True
    )
    UNKNOWN_SPECIAL_MEMBER = OddityTraits(
        "unknown-special-member", forgiven=False, refused_by=(), mended_by_edit=False, in_index=False
    )


class Oddity(NamedTuple):
    """One departure from the format: its kind, its place, and a sentence for a person."""

    kind: OddityKind
    where: Where
    message: str

    def __repr__(self) -> str:
        """Return the fields on one line."""
        return short_repr(self)
