"""What `arfix fix` comes to: steps, each a command of arfix, with why it is taken and what it costs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from arfix.archive.model import Archive
    from arfix.audit.finding import Finding
    from arfix.edits.plan import Plan


@dataclass(frozen=True, slots=True)
class Step:
    """One edit of one archive.

    Attributes:
        archive: Its path, as the user named it.
        words: The command line that does the same, the program's name included.
        findings: What it answers.
        plan: What it does to the archive as the steps before it left it.
        costs: What it takes away or pretends, as sentences without a final stop.
    """

    archive: str
    words: tuple[str, ...]
    findings: tuple[Finding, ...]
    plan: Plan
    costs: tuple[str, ...] = ()

    @property
    def verb(self) -> str:
        """The verb of the command line."""
        return self.words[1]


@dataclass(frozen=True, slots=True)
class Repair:
    """The least plan that was found for a set of archives.

    Attributes:
        steps: In the order they are to be taken.
        before: Archive path -> the archive as it is.
        after: Archive path -> the archive as the steps leave it; only archives that change.
        found: The findings that called for a repair.
        left: The findings that would still fail a check afterwards; empty when the plan mends all.
    """

    steps: tuple[Step, ...]
    before: Mapping[str, Archive]
    after: Mapping[str, Archive]
    found: tuple[Finding, ...]
    left: tuple[Finding, ...]

    @property
    def is_whole(self) -> bool:
        """Whether a check of the result would be clean."""
        return not self.left
