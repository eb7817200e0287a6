"""Filtering findings by ignores (`RULE` or `RULE:pattern`) and by a baseline."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from arfix.audit.outcome import SetAside
from arfix.audit.registry import RULE_IDS
from arfix.errors import RecipeError
from arfix.symbols.demangled import demangle, looks_demangled

if TYPE_CHECKING:
    from collections.abc import Iterable

    from arfix.audit.finding import Finding, FindingKey


class Ignore(NamedTuple):
    """An ignore: findings that do not count.

    Attributes:
        rule: A rule's id.
        pattern: A shell pattern; None ignores every finding of the rule. It is tried on the archive as named, its file
            name, the member, the symbol, and `libx.a(member.o)`.
        reason: Why, for the report.
    """

    rule: str
    pattern: str | None
    reason: str

    def __str__(self) -> str:
        """Return the ignore as written on a command line."""
        return self.rule if self.pattern is None else f"{self.rule}:{self.pattern}"

    def covers(self, finding: Finding) -> bool:
        """Return whether this ignore covers the finding."""
        from fnmatch import fnmatchcase  # noqa: PLC0415 (imports re: only a run with ignores needs it)

        if finding.rule != self.rule:
            return False
        if self.pattern is None:
            return True
        file_name = finding.key.archive
        candidates = (finding.archive, file_name, finding.member, finding.symbol, finding.place)
        inside = f"{file_name}({finding.member})"
        written = demangle(finding.symbol) if finding.symbol and looks_demangled(self.pattern) else None
        if written is not None and written == self.pattern:
            return True
        return any(one is not None and fnmatchcase(one, self.pattern) for one in (*candidates, inside, written))


def decode_ignore(text: str, reason: str) -> Ignore:
    """Return the ignore written `RULE` or `RULE:pattern`; raise RecipeError for an unknown rule."""
    rule, colon, pattern = text.partition(":")
    if rule not in RULE_IDS:
        raise RecipeError(f'there is no rule "{rule}"', hint=near_rules(rule))
    return Ignore(rule, pattern if colon else None, reason)


def near_rules(rule: str) -> str:
    """Return a hint with the rules nearest to an unknown name."""
    from difflib import get_close_matches  # noqa: PLC0415 (only after a mistake)

    near = get_close_matches(rule, RULE_IDS, n=3, cutoff=0.5)
    return f"did you mean {' or '.join(near)}?" if near else "`arfix explain` lists all rules"


class FilteredFindings(NamedTuple):
    """Findings that count, findings set aside, and notes on stale ignores and baseline entries."""

    findings: tuple[Finding, ...]
    set_aside: tuple[SetAside, ...]
    notes: tuple[str, ...]


def filter_findings(
    findings: Iterable[Finding], ignores: tuple[Ignore, ...], baseline: Iterable[FindingKey]
) -> FilteredFindings:
    """Return the findings that count and those that an ignore or the baseline covers; note stale entries."""
    known = list(baseline)
    known_set = set(known)
    used: set[Ignore] = set()
    met: set[FindingKey] = set()
    kept: list[Finding] = []
    aside: list[SetAside] = []
    for finding in findings:
        ignore = next((one for one in ignores if one.covers(finding)), None)
        if ignore is not None:
            used.add(ignore)
            aside.append(SetAside(finding, ignore.reason))
        elif finding.key in known_set:
            met.add(finding.key)
            aside.append(SetAside(finding, "known to the baseline", by_baseline=True))
        else:
            kept.append(finding)
    notes = [
        f"ignore {one} matched no finding: remove it, or correct its pattern" for one in ignores if one not in used
    ]
    if gone := len(known_set - met):
        notes.append(f"{gone} finding(s) of the baseline are gone: write it again with `arfix check --write-baseline`")
    return FilteredFindings(tuple(kept), tuple(aside), tuple(notes))
