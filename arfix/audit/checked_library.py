"""An archive under test; facts that several rules need are read once and cached."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from arfix.errors import Where
from arfix.formats.model import OBJECT_CONTENTS, Content
from arfix.linkage.inputs import archive_input
from arfix.linkage.model import InputMode

if TYPE_CHECKING:
    from collections.abc import Callable

    from arfix.archive.model import Archive
    from arfix.audit.finding import Finding
    from arfix.audit.settings import Settings
    from arfix.formats.inspect import ObjectFacts
    from arfix.linkage.model import Input, Unit


@dataclass(frozen=True, eq=False)
class CheckedLibrary:
    """An open archive and its members as units of a link, which cache what is read of each member.

    Attributes:
        path: As the user named it.
        archive: The archive itself.
        settings: The settings of the whole check.
        input: The archive as an input of the link.
    """

    path: str
    archive: Archive
    settings: Settings
    input: Input

    def checked(self, check: Callable[[CheckedLibrary], tuple[Finding, ...]]) -> tuple[Finding, ...]:
        """Return what `check` finds in the archive; a second check of the same library costs nothing."""
        if not self._found:
            self._found.append(check(self))
        return self._found[0]

    @cached_property
    def _found(self) -> list[tuple[Finding, ...]]:
        return []

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """Each member in the project's spelling: `x.o`, and `x.o#2` for the second of that name."""
        return tuple(unit.name for unit in self.units)

    @property
    def units(self) -> tuple[Unit, ...]:
        """The members as units of a link, in order."""
        return self.input.units

    @property
    def size(self) -> int:
        """Bytes in the archive's file."""
        return 0 if self.archive.source is None else self.archive.source.size

    def selector(self, position: int) -> str:
        """Return the selector that means this member alone: `x.o#1` if others share its name."""
        unit = self.units[position]
        return unit.name if unit.label is None else unit.label.selector

    @cached_property
    def facts(self) -> tuple[ObjectFacts | None, ...]:
        """The facts of each member; None if its bytes cannot be read (a thin member's file is missing)."""
        return tuple(unit.facts if unit.view.nbytes or not unit.fault else None for unit in self.units)

    @cached_property
    def contents(self) -> tuple[Content | None, ...]:
        """The content type of each member; None if its bytes cannot be read."""
        return tuple(None if facts is None else facts.content for facts in self.facts)

    @cached_property
    def objects(self) -> tuple[tuple[int, ObjectFacts], ...]:
        """The members that a linker takes as object code, with their positions."""
        return tuple(
            (position, facts)
            for position, facts in enumerate(self.facts)
            if facts is not None and facts.content in OBJECT_CONTENTS
        )


def checked_library(path: str, archive: Archive, settings: Settings) -> CheckedLibrary:
    """Return an open archive as rules see it, linked whole or on demand as the settings ask."""
    use = InputMode.ON_DEMAND if settings.on_demand else InputMode.WHOLE
    return CheckedLibrary(path, archive, settings, archive_input(archive, Where(path), use))
