"""The result of a whole check: findings that count, findings set aside and why, and what could not be looked at."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from arfix.audit.finding import Finding, Severity
    from arfix.audit.rule import RuleText
    from arfix.errors import ArfixError
    from arfix.linkage.model import Target


@dataclass(frozen=True, slots=True)
class SetAside:
    """A finding that does not count, and why: the reason given with an ignore, or that a baseline knows it."""

    finding: Finding
    reason: str
    by_baseline: bool = False


@dataclass(frozen=True, slots=True)
class TargetFindings:
    """What a check says of one target.

    Attributes:
        target: What the link makes.
        findings: Those that count, in report order.
    """

    target: Target
    findings: tuple[Finding, ...]

    def count(self, severity: Severity) -> int:
        """Return how many findings have exactly that severity."""
        return sum(finding.severity is severity for finding in self.findings)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of one check or verify.

    Attributes:
        archives: The archives looked at, as the user named them.
        findings: Those that count, in report order.
        set_aside: Those that do not.
        rules: What each rule that was found says of itself, by id.
        notes: Remarks on the run: an ignore that matched nothing, a baseline that is out of date.
        errors: What kept an input from being read. A result with errors is never clean.
        unchecked: Paths that are no archive and were not looked at, such as linker scripts.
        verdicts: What is said of each target, where more than one was asked about; the findings are those of the first.
    """

    archives: tuple[str, ...]
    findings: tuple[Finding, ...]
    rules: Mapping[str, RuleText]
    set_aside: tuple[SetAside, ...] = ()
    notes: tuple[str, ...] = field(default=())
    errors: tuple[ArfixError, ...] = ()
    unchecked: tuple[str, ...] = ()
    verdicts: tuple[TargetFindings, ...] = ()

    def count(self, severity: Severity) -> int:
        """Return how many findings have exactly that severity."""
        return sum(finding.severity is severity for finding in self.findings)

    def fails(self, fail_on: Severity | None) -> bool:
        """Return whether any finding is at or above `fail_on`; None never fails."""
        return fail_on is not None and any(finding.severity.rank >= fail_on.rank for finding in self.findings)
