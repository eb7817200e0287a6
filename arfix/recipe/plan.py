"""The planned result of a recipe, as values: what each file is to hold, and which records say why."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING

from arfix.archive.source import Extent

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from arfix.archive.chunks import Chunk
    from arfix.archive.model import Archive
    from arfix.errors import ArfixError
    from arfix.recipe.model import RecipeStep
    from arfix.recipe.state.record import ArchiveRecord


@dataclass(frozen=True, slots=True)
class PlannedFile:
    """The planned content of one file.

    Attributes:
        name: Its path relative to the sysroot.
        path: The file in the sysroot.
        before: SHA-256 of the file that will be replaced; empty if there is none yet.
        record: The input, the steps and the output.
        in_overlay: The file is written to an overlay, and only if it differs from the sysroot's.
        archive: The planned archive; None if the file already has the planned content.
        steps: The steps whose conditions hold, in the order of `record.steps`.
        chunks: The new bytes; empty if nothing is written.
        hard_links: Other names of the same file in the sysroot.
        drifted: The file held neither the recorded input nor the recorded output.
        original: The archive before all steps, for reports; None if `archive` is, or for an archive of stubs. Its file
            may be closed.
    """

    name: str
    path: Path
    before: str
    record: ArchiveRecord
    in_overlay: bool = False
    archive: Archive | None = None
    steps: tuple[RecipeStep, ...] = ()
    chunks: Sequence[Chunk] = ()
    hard_links: tuple[Path, ...] = ()
    drifted: bool = False
    original: Archive | None = None

    @property
    def changes(self) -> bool:
        """Whether the file is to be written or removed."""
        return self.before != self.wanted

    @property
    def wanted(self) -> str:
        """The planned SHA-256; empty if there is to be no file, because the sysroot's own needs no copy."""
        return "" if self.in_overlay and self.record.output == self.record.input else self.record.output

    @property
    def links_to_write(self) -> tuple[Path, ...]:
        """The hard links that are replaced together with the file; an overlay has none."""
        return () if self.in_overlay else self.hard_links


@dataclass(frozen=True, slots=True)
class RecipePlan:
    """The planned result of a whole recipe.

    Attributes:
        files: Every file that the recipe concerns, by name.
        errors: Why the recipe cannot be applied; empty if it can.
        notes: Messages for the user that are no errors.
    """

    files: Mapping[str, PlannedFile] = field(default_factory=dict)
    errors: tuple[ArfixError, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def changing(self) -> list[PlannedFile]:
        """The files to be written or removed."""
        return [one for one in self.files.values() if one.changes]


def hash_chunks(chunks: Sequence[Chunk]) -> str:
    """Return the SHA-256, in hexadecimal, of bytes that are not written yet."""
    hashed = sha256()
    for chunk in chunks:
        hashed.update(chunk.view if isinstance(chunk, Extent) else chunk)
    return hashed.hexdigest()
