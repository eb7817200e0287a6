"""A family of messages: what linkers print for one kind of problem, what it means, and how it is repaired."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from arfix.linkage.message_shape import Shape
    from arfix.linkage.messages import MessageKind


class Fold(Enum):
    """What messages of one family have in common when they have one cause."""

    LIBRARY = "library"
    """Undefined symbols: the library that defines them."""
    PLACES = "places"
    """Duplicates: the files that define the same symbols."""
    SUBJECT = "subject"
    """The file, library, region or option that the message is about."""
    FAMILY = "family"
    """All messages of the family have one cause."""


@dataclass(frozen=True, slots=True)
class Family:
    """A kind of message that linkers print, what it means, and what repairs its cause.

    Attributes:
        id: Its name in output, in JSON, and as the anchor of its documentation.
        title: A noun phrase.
        meaning: One sentence about a cause of this family.
        cure: What to do, as Markdown: one paragraph or a list.
        examples: Messages as linkers print them.
        shapes: How the messages are recognized.
        kinds: Kinds of messages whose shapes `linkage/messages.py` has already.
        fold: Which messages have one cause.
        warning: The link succeeds all the same, unless warnings are errors.
        symbols: A pattern of symbols; undefined symbols (or duplicate ones, for `refines`) that match it belong here.
        refines: The families whose messages `symbols` selects from, with a blank between them.
        blocks: Its files take no part in the link, so that symbols are undefined for this reason.
    """

    id: str
    title: str
    meaning: str
    cure: str
    examples: tuple[str, ...]
    shapes: tuple[Shape, ...] = ()
    kinds: tuple[MessageKind, ...] = ()
    fold: Fold = Fold.SUBJECT
    warning: bool = False
    symbols: str = ""
    refines: str = ""
    blocks: bool = False

    def __repr__(self) -> str:
        """Return the id and the title, on one line."""
        return f"<Family {self.id!r}: {self.title[:80]}>"
