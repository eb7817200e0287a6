"""The result of a check: findings that count, findings set aside with reasons, and inputs that could not be read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from arfix.audit.finding import Severity
from arfix.errors import UsageError
from arfix.short_repr import short_repr

if TYPE_CHECKING:
    from collections.abc import Mapping

    from arfix.audit.finding import Finding
    from arfix.audit.rule import RuleText
    from arfix.audit.settings import Settings
    from arfix.errors import ArfixError
    from arfix.linkage.model import Target


@dataclass(frozen=True, slots=True)
class SetAside:
    """A finding that does not count, and the reason: that of the ignore, or that the baseline lists it."""

    __repr__ = short_repr

    finding: Finding
    reason: str
    by_baseline: bool = False


@dataclass(frozen=True, slots=True)
class TargetFindings:
    """The findings for one target.

    Attributes:
        target: What the link makes.
        findings: The findings that count, in report order.
    """

    __repr__ = short_repr

    target: Target
    findings: tuple[Finding, ...]

    def count(self, severity: Severity) -> int:
        """Return the number of findings of exactly this severity."""
        return sum(finding.severity is severity for finding in self.findings)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of a check or verify run.

    Attributes:
        archives: The checked archives, as the user named them.
        findings: The findings that count, in report order.
        set_aside: The findings that do not count.
        rules: The text of each rule with findings, by id.
        notes: Remarks on the run, such as an ignore that matched nothing or an outdated baseline.
        errors: Why inputs could not be read. A result with errors is never clean.
        unchecked: Paths that were not checked because they are not archives, such as linker scripts.
        verdicts: The findings for each target, if several were asked for; `findings` are those of the first.
        settings: The link that was checked; None if it could not be.
    """

    archives: tuple[str, ...]
    findings: tuple[Finding, ...]
    rules: Mapping[str, RuleText]
    set_aside: tuple[SetAside, ...] = ()
    notes: tuple[str, ...] = field(default=())
    errors: tuple[ArfixError, ...] = ()
    unchecked: tuple[str, ...] = ()
    verdicts: tuple[TargetFindings, ...] = ()
    settings: Settings | None = None

    def __repr__(self) -> str:
        """Return the archives and the number of findings of each severity, on one line."""
        counts = ", ".join(f"{self.count(one)} {one.value}" for one in reversed(Severity) if self.count(one))
        errors = f", {len(self.errors)} not read" if self.errors else ""
        names = " ".join(self.archives)
        return f"<Outcome of {names if len(names) <= 60 else names[:57] + '...'}: {counts or 'clean'}{errors}>"

    @property
    def link(self) -> Settings:
        """The link that was checked; raises `UsageError` if it could not be."""
        if self.settings is None:
            raise UsageError("the link could not be checked")
        return self.settings

    @property
    def found(self) -> tuple[Finding, ...]:
        """All findings: those that count, then those set aside."""
        return (*self.findings, *(one.finding for one in self.set_aside))

    def count(self, severity: Severity) -> int:
        """Return the number of findings of exactly this severity."""
        return sum(finding.severity is severity for finding in self.findings)

    def fails(self, fail_on: Severity | None) -> bool:
        """Return whether any finding is at or above `fail_on`; None never fails."""
        return fail_on is not None and any(finding.severity.rank >= fail_on.rank for finding in self.findings)
