"""What a rule is: an id, a severity, the text that explains it, and a function that looks.

An *archive rule* looks at one archive at a time and knows nothing of the link, so many archives can be looked at in
parallel. A *link rule* looks at the whole link: every archive, the providers, and what the linker would make of
them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from arfix.audit.finding import Confidence, Finding, Fix, Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from arfix.audit.checked_library import CheckedLibrary
    from arfix.audit.context import Context
    from arfix.audit.rule_options import RuleOption
    from arfix.audit.verification import Verification


@dataclass(frozen=True, slots=True)
class RuleText:
    """What a rule says of itself.

    Attributes:
        id: kebab-case; also the name of its file, its test and its page in `docs/rules/`.
        title: What is the case when it fires, as a noun phrase.
        why: Why it matters, in one or two sentences; shown once per rule in a report.
        explanation: The whole page, in Markdown, without its heading.
        severity: The usual one.
        confidence: How sure it is of what it says.
        default: Whether it runs without being enabled.
        options: The options that a user can set; `arfix/audit/rule_options.py` explains how to declare one.
    """

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
        """Return a finding of this rule, of its own severity unless told otherwise."""
        return Finding(self.id, severity or self.severity, message, archive, member, symbol, fix, related, cause)


@dataclass(frozen=True, slots=True)
class ArchiveRule:
    """A rule that looks at one archive at a time."""

    text: RuleText
    check: Callable[[CheckedLibrary], Iterator[Finding]]


@dataclass(frozen=True, slots=True)
class LinkRule:
    """A rule that looks at a whole link."""

    text: RuleText
    check: Callable[[Context], Iterator[Finding]]


@dataclass(frozen=True, slots=True)
class VerifyRule:
    """A rule that looks at what a real linker made of the link."""

    text: RuleText
    check: Callable[[Verification], Iterator[Finding]]


Rule = ArchiveRule | LinkRule | VerifyRule
