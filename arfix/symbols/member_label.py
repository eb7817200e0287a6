"""Labels of archive members: `x.o`, and `x.o#2` for the second member of that name.

An archive may hold several members of one name. Messages, JSON and selectors call each by its label.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from arfix.archive.model import Archive

#: No archive has this many members; a longer number in a selector is part of a name.
_MOST_DIGITS = 9


class MemberLabel(NamedTuple):
    """What one member of an archive is called.

    Attributes:
        name: Its name in the archive, which other members may share.
        number: Its place among the members of that name, from 1.
        is_repeated: Whether other members share the name.
    """

    name: str
    number: int = 1
    is_repeated: bool = False

    def __str__(self) -> str:
        """Return the label as people read it: `x.o`, `x.o#2`."""
        return self.name if self.number == 1 else f"{self.name}#{self.number}"

    @property
    def selector(self) -> str:
        """The selector that means this member alone: `x.o#1` where others share the name."""
        return f"{self.name}#{self.number}" if self.is_repeated else self.name

    @classmethod
    def parse(cls, selector: str) -> MemberLabel | None:
        """Return the label that a selector such as `x.o#2` spells; None for a selector without a number."""
        name, _, number = selector.rpartition("#")
        if not name or not (number.isascii() and number.isdecimal()) or len(number) > _MOST_DIGITS:
            return None
        return cls(name, int(number), is_repeated=True)


def label_names(names: Iterable[str]) -> list[MemberLabel]:
    """Return the label of each member, given the names of all members in archive order."""
    every = list(names)
    counts = Counter(every)
    if len(counts) == len(every):
        return [MemberLabel(name) for name in every]
    seen: Counter[str] = Counter()
    result = []
    for name in every:
        seen[name] += 1
        result.append(MemberLabel(name, seen[name], counts[name] > 1))
    return result


def labels(archive: Archive) -> list[str]:
    """Return the label of each member as text, in order."""
    return [str(one) for one in label_names(member.name for member in archive.members)]
