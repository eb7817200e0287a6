"""One archive under test, with what rules ask of it read once and kept."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from arfix.errors import ArfixError
from arfix.objects.inspect import inspect_object
from arfix.objects.model import OBJECT_CONTENTS, Content

if TYPE_CHECKING:
    from collections.abc import Iterator

    from arfix.archive.model import Archive
    from arfix.audit.settings import Settings
    from arfix.objects.inspect import ObjectFacts


@dataclass(frozen=True, eq=False)
class Library:
    """An open archive and lazily what its members are.

    Attributes:
        path: As the user named it.
        archive: The archive itself.
        settings: What the whole check was asked.
    """

    path: str
    archive: Archive
    settings: Settings

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """Each member in the project's spelling: `x.o`, and `x.o#2` for the second of that name."""
        seen: dict[str, int] = {}
        labels = []
        for member in self.archive.members:
            seen[member.name] = count = seen.get(member.name, 0) + 1
            labels.append(member.name if count == 1 else f"{member.name}#{count}")
        return tuple(labels)

    @cached_property
    def repeated_names(self) -> frozenset[str]:
        """Names that more than one member has."""
        return frozenset(label.rpartition("#")[0] for label in self.labels if label.endswith("#2"))

    def selector(self, position: int) -> str:
        """Return what selects this one member on a command line; `x.o#1` where others share its name."""
        label = self.labels[position]
        name = self.archive.members[position].name
        return f"{name}#1" if label == name and name in self.repeated_names else label

    @cached_property
    def facts(self) -> tuple[ObjectFacts | None, ...]:
        """What each member holds; None for one whose bytes cannot be had (a thin member's file is gone)."""
        return tuple(self._inspect())

    def _inspect(self) -> Iterator[ObjectFacts | None]:
        for member in self.archive.members:
            try:
                yield inspect_object(member.data)
            except ArfixError:
                yield None

    @cached_property
    def contents(self) -> tuple[Content | None, ...]:
        """What each member is; None for one whose bytes cannot be had."""
        return tuple(None if facts is None else facts.content for facts in self.facts)

    @cached_property
    def objects(self) -> tuple[tuple[int, ObjectFacts], ...]:
        """The members that a linker takes as object code, with their positions."""
        return tuple(
            (position, facts)
            for position, facts in enumerate(self.facts)
            if facts is not None and facts.content in OBJECT_CONTENTS
        )
