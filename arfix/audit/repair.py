"""The result of `arfix fix`: steps, each an edit with its reasons and costs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from arfix.audit.finding import Safety
from arfix.edits.requests import command_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from arfix.archive.model import Archive
    from arfix.audit.finding import Finding, Fix
    from arfix.edits.plan import Plan
    from arfix.edits.requests import Request


@dataclass(frozen=True, slots=True)
class RepairStep:
    """One edit of one archive.

    Attributes:
        archive: Its path, as the user named it.
        request: The edit.
        findings: What it answers.
        plan: What it does to the archive as the steps before it left it.
        costs: What is lost by it, as sentences without a final stop.
        safety: Whether it is made without `--unsafe`.
    """

    archive: str
    request: Request
    findings: tuple[Finding, ...]
    plan: Plan
    costs: tuple[str, ...] = ()
    safety: Safety = Safety.SAFE

    @property
    def words(self) -> tuple[str, ...]:
        """The command line that does the same, the program's name included."""
        return command_of(self.request, self.archive)

    @property
    def verb(self) -> str:
        """The verb of the command line."""
        return self.words[1]


@dataclass(frozen=True, slots=True)
class Repair:
    """The smallest plan that was found for a set of archives.

    Attributes:
        steps: In the order they are to be taken.
        before: Archive path -> the archive as it is.
        after: Archive path -> the archive as the steps leave it; only archives that change.
        found: The findings that called for a repair.
        left: The findings that would still fail a check afterwards; empty when the plan repairs all.
        refused: Repairs that were not taken although allowed, each with the reason.
    """

    steps: tuple[RepairStep, ...]
    before: Mapping[str, Archive]
    after: Mapping[str, Archive]
    found: tuple[Finding, ...]
    left: tuple[Finding, ...]
    refused: tuple[tuple[Fix, str], ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether a check of the result would be clean."""
        return not self.left
