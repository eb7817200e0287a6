"""The parts of a rule: its id, severity, explanation and check function.

An *archive rule* looks at one archive at a time and knows nothing of the link, so many archives can be looked at in
parallel. A *link rule* looks at the whole link: every archive, the providers, and the predicted result.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from arfix.audit.finding import Confidence, Finding, Fix, Severity
from arfix.short_repr import short_repr

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from arfix.audit.checked_library import CheckedLibrary
    from arfix.audit.context import Context
    from arfix.audit.rule_options import RuleOption
    from arfix.audit.verification import Verification


@dataclass(frozen=True, slots=True)
class RuleText:
    """The documentation and defaults of a rule.

    Attributes:
        id: kebab-case; also the name of its file, its test and its page in `docs/rules/`.
        title: The problem it reports, as a noun phrase.
        why: Why the problem matters, in one or two sentences; shown once per rule in a report.
        explanation: The whole page, in Markdown, without its heading.
        severity: The severity of most of its findings.
        confidence: How reliable its findings are.
        default: Whether it runs without being enabled.
        options: The options that a user can set; `arfix/audit/rule_options.py` explains how to declare one.
    """

    __repr__ = short_repr

    id: str
    title: str
    why: str
    explanation: str
    severity: Severity
    confidence: Confidence = Confidence.CERTAIN
    default: bool = True
    options: tuple[RuleOption[int] | RuleOption[bool] | RuleOption[str], ...] = ()

    def finding(  # noqa: PLR0913 (one parameter per field of a finding)
        self,
        message: str,
        *,
        archive: str | None = None,
        member: str | None = None,
        symbol: str | None = None,
        fix: Fix | None = None,
        related: tuple[str, ...] = (),
        severity: Severity | None = None,
        cause: str | None = None,
    ) -> Finding:
        """Return a finding of this rule, with the rule's severity unless another is given."""
        return Finding(self.id, severity or self.severity, message, archive, member, symbol, fix, related, cause)


class ArchiveRule(NamedTuple):
    """A rule that looks at one archive at a time."""

    text: RuleText
    check: Callable[[CheckedLibrary], Iterator[Finding]]


class LinkRule(NamedTuple):
    """A rule that looks at a whole link."""

    text: RuleText
    check: Callable[[Context], Iterator[Finding]]


class VerifyRule(NamedTuple):
    """A rule that looks at a real linker's result."""

    text: RuleText
    check: Callable[[Verification], Iterator[Finding]]


Rule = ArchiveRule | LinkRule | VerifyRule
