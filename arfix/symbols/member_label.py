"""Labels of archive members: `x.o`, and `x.o#2` for the second member of that name.

An archive may hold several members of one name. Messages, JSON and selectors use the label. If a member is really named
`x.o#2`, the label of the second `x.o` is its position instead: `position:7` is the eighth member of the archive,
regardless of names.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from arfix.archive.model import Archive

#: No archive has this many members; a longer number in a selector is part of a name.
_MOST_DIGITS = 9

#: What a selector by position begins with; the number counts from 0, as in the JSON documents.
_POSITION = "position:"


class MemberLabel(NamedTuple):
    """The label of one member of an archive.

    Attributes:
        name: Its name in the archive, which other members may share.
        number: Its place among the members of that name, from 1.
        is_repeated: Whether other members share the name.
        position: Its position in the archive, where only that selects it; None if its name or number does.
    """

    name: str
    number: int = 1
    is_repeated: bool = False
    position: int | None = None

    def __str__(self) -> str:
        """Return the label as text: `x.o`, `x.o#2`."""
        is_first = self.number == 1 and (self.is_repeated or self.position is None)
        return self.name if is_first else self.selector

    @property
    def selector(self) -> str:
        """The selector that means this member alone: `x.o#1` where others share the name."""
        if self.position is not None:
            return f"{_POSITION}{self.position}"
        return f"{self.name}#{self.number}" if self.is_repeated else self.name

    @classmethod
    def parse(cls, selector: str) -> MemberLabel | None:
        """Return the label that a selector such as `x.o#2` spells; None for a selector without a number."""
        name, separator, number = selector.rpartition("#")  # a name may be empty: damaged headers
        if not separator or not _is_number(number):
            return None
        return cls(name, int(number), is_repeated=True)


def parse_position(selector: str) -> int | None:
    """Return the position, from 0, that a selector such as `position:7` spells; None for any other selector."""
    number = selector.removeprefix(_POSITION)
    return int(number) if number != selector and _is_number(number) else None


def counts_members(selector: str) -> bool:
    """Return whether a selector means another member once an earlier one is removed: `x.o#2`, `position:7`."""
    return MemberLabel.parse(selector) is not None or parse_position(selector) is not None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS


def label_names(names: Iterable[str]) -> list[MemberLabel]:
    """Return the label of each member, given the names of all members in archive order."""
    every = list(names)
    counts = Counter(every)
    if len(counts) == len(every) and not any(name.startswith(_POSITION) for name in every):
        return [MemberLabel(name) for name in every]
    seen: Counter[str] = Counter()
    result = []
    for position, name in enumerate(every):
        seen[name] += 1
        label = MemberLabel(name, seen[name], counts[name] > 1)
        is_taken = label.selector in counts if label.is_repeated else parse_position(name) is not None
        result.append(label._replace(position=position) if is_taken else label)
    return result


def labels(archive: Archive) -> list[str]:
    """Return the label of each member as text, in order."""
    return [str(one) for one in label_names(member.name for member in archive.members)]
