"""Counts of findings, by rule and by archive."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from arfix.audit.finding import Severity
from arfix.report.findings import describe_outcome, render_summary
from arfix.report.text import Align, Column, render_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from arfix.audit.finding import Finding
    from arfix.audit.outcome import Outcome
    from arfix.report.style import Style

_RULES = (
    Column("rule"),
    Column("severity"),
    Column("findings", Align.RIGHT),
    Column("archives", Align.RIGHT),
    Column("members", Align.RIGHT),
    Column("symbols", Align.RIGHT),
    Column("repairable", Align.RIGHT),
)
_ARCHIVES = (
    Column("archive"),
    Column("errors", Align.RIGHT),
    Column("warnings", Align.RIGHT),
    Column("infos", Align.RIGHT),
)


class RuleCount(NamedTuple):
    """The findings of one rule and one severity.

    Attributes:
        archives: Distinct archives with such a finding.
        members: Distinct members of them.
        symbols: Distinct symbols.
        repairable: Findings that a command repairs.
    """

    rule: str
    severity: Severity
    findings: int
    archives: int
    members: int
    symbols: int
    repairable: int


def count_rules(findings: Sequence[Finding]) -> tuple[RuleCount, ...]:
    """Return the counts of each rule, by severity, then by number; a rule of two severities has two entries."""
    groups: dict[tuple[str, Severity], list[Finding]] = {}
    for finding in findings:
        groups.setdefault((finding.rule, finding.severity), []).append(finding)
    counts = [
        RuleCount(
            rule,
            severity,
            len(group),
            len({one.archive for one in group if one.archive is not None}),
            len({(one.archive, one.member) for one in group if one.member is not None}),
            len({one.symbol for one in group if one.symbol is not None}),
            sum(one.fix is not None for one in group),
        )
        for (rule, severity), group in groups.items()
    ]
    return tuple(sorted(counts, key=lambda one: (-one.severity.rank, -one.findings, one.rule)))


def count_archives(outcome: Outcome) -> dict[str, dict[Severity, int]]:
    """Return the number of findings of each severity by archive, in the order of the link; clean ones included.

    Findings that belong to no single archive are counted under an empty path, if there are any.
    """
    counts = {path: dict.fromkeys(Severity, 0) for path in outcome.archives}
    for finding in outcome.findings:
        counts.setdefault(finding.archive or "", dict.fromkeys(Severity, 0))[finding.severity] += 1
    return counts


def render_statistics(outcome: Outcome, style: Style | None = None) -> str:
    """Return two tables, by rule and by archive, and the summary line of a report."""
    rules = [
        (
            one.rule,
            one.severity.value,
            *map(_shown, (one.findings, one.archives, one.members, one.symbols, one.repairable)),
        )
        for one in count_rules(outcome.findings)
    ]
    archives = [
        (path or "(the link)", *(_shown(found[one]) for one in (Severity.ERROR, Severity.WARNING, Severity.INFO)))
        for path, found in count_archives(outcome).items()
    ]
    tables = [render_table(_RULES, rules, style), render_table(_ARCHIVES, archives if rules else [], style)]
    return "\n".join([*(table for table in tables if table), render_summary(outcome, hidden=0)])


def _shown(number: int) -> str:
    return f"{number:,}" if number else "-"


def describe_statistics(outcome: Outcome) -> dict[str, object]:
    """Return the JSON keys of `--statistics`: those of a report, and the counts."""
    return {
        **describe_outcome(outcome),
        "statistics": {
            "rules": [
                {
                    "rule": one.rule,
                    "severity": one.severity.value,
                    "findings": one.findings,
                    "archives": one.archives,
                    "members": one.members,
                    "symbols": one.symbols,
                    "repairable": one.repairable,
                }
                for one in count_rules(outcome.findings)
            ],
            "archives": [
                {"archive": path or None, **{severity.value: found[severity] for severity in Severity}}
                for path, found in count_archives(outcome).items()
            ],
        },
    }
