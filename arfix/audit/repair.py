"""The result of `arfix fix`: edits in order, each with the findings it repairs and its costs."""

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
    """One edit of one archive, as a step of a repair.

    Attributes:
        archive: Its path, as the user named it.
        request: The edit.
        findings: The findings it repairs.
        plan: The plan for the archive as edited by the steps before it.
        costs: What the edit loses, as sentences without a final full stop.
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
    """A repair of a set of archives.

    Attributes:
        steps: The edits, in order.
        before: Archive path -> the archive before the repair.
        after: Archive path -> the archive after the repair; only archives that change.
        found: The findings to repair.
        left: The findings that would still fail a check afterwards; empty if all are repaired.
        refused: Allowed repairs that were not made, each with the reason.
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
