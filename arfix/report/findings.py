"""Findings as text for people, grouped by rule and archive, and as the keys of the JSON document (`docs/schema/`)."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from arfix.audit.finding import Safety, Severity
from arfix.report.style import Emphasis, Style
from arfix.report.text import counted, printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from arfix.audit.finding import Finding, Fix
    from arfix.audit.outcome import Outcome

#: Rows shown of one rule in one archive before the rest is only counted.
ROWS_SHOWN = 20

#: Repair commands shown of one rule in one archive.
FIXES_SHOWN = 3

#: Widths beyond which a column no longer pushes the others to the right.
_WIDEST_COLUMN = 44

_EMPHASES = {Severity.ERROR: Emphasis.BAD, Severity.WARNING: Emphasis.WARN, Severity.INFO: Emphasis.NAME}


def render_outcome(outcome: Outcome, style: Style | None = None, *, everything: bool = False) -> str:
    """Return the findings for a person: rule by rule, why each matters once, rows aligned, repairs as commands.

    Args:
        outcome: The result of a check or verify.
        style: How text may be painted.
        everything: Show every row, also the findings of severity info, which are only counted otherwise.
    """
    style = style or Style()
    shown = [one for one in outcome.findings if everything or one.severity is not Severity.INFO]
    printed: set[Fix] = set()
    blocks = [
        _render_rule(list(group), outcome, style, printed, everything=everything)
        for _, group in groupby(shown, key=lambda one: (one.severity, one.rule))
    ]
    return "\n".join([*blocks, _render_summary(outcome, hidden=len(outcome.findings) - len(shown))])


def _render_rule(
    findings: Sequence[Finding], outcome: Outcome, style: Style, printed: set[Fix], *, everything: bool
) -> str:
    first = findings[0]
    text = outcome.rules[first.rule]
    head = style.paint(f"{first.severity.value} {first.rule}", _EMPHASES[first.severity])
    lines = [f"{head}: {text.title}", *(f"  {style.paint(line, Emphasis.FAINT)}" for line in _wrapped(text.why))]
    for archive, group in groupby(findings, key=lambda one: one.archive):
        rows = list(group)
        if archive is not None:
            lines.append(f"  {style.paint(printable(archive), Emphasis.STRONG)}")
        lines += _rows(rows if everything else rows[:ROWS_SHOWN], style)
        if not everything and len(rows) > ROWS_SHOWN:
            lines.append(f"    ... and {counted(len(rows) - ROWS_SHOWN, 'more finding')} (--all shows them)")
        lines += _fixes(rows, style, printed, everything=everything)
    return "".join(f"{line}\n" for line in lines)


def _rows(findings: Sequence[Finding], style: Style) -> Iterator[str]:
    """Yield one line for each finding: member, symbol, message, in columns as wide as these rows need."""
    names = [(printable(one.member or ""), printable(one.symbol or "")) for one in findings]
    widths = [min(_WIDEST_COLUMN, max(len(name[column]) for name in names)) for column in (0, 1)]
    for finding, (member, symbol) in zip(findings, names, strict=True):
        cells = []
        for name, width, emphasis in ((member, widths[0], Emphasis.PLAIN), (symbol, widths[1], Emphasis.NAME)):
            if width:
                cells.append(style.paint(name, emphasis) + " " * (width - len(name)))
        yield "    " + "  ".join((*cells, printable(finding.message))).rstrip()


def _fixes(findings: Sequence[Finding], style: Style, printed: set[Fix], *, everything: bool) -> Iterator[str]:
    """Yield the commands that repair these findings, each once in a report, with what an unsafe one costs."""
    fixes = list(dict.fromkeys({id(one.fix): one.fix for one in findings if one.fix is not None}.values()))
    new = [fix for fix in fixes if fix not in printed]
    if len(new) < len(fixes):
        yield "    a repair above covers this"
    shown = new if everything else new[:FIXES_SHOWN]
    printed.update(shown)
    for fix in shown:
        if fix.safety is Safety.SAFE:
            yield f"    {style.paint('repair:', Emphasis.GOOD)} {fix}"
        else:
            yield f"    {style.paint('unsafe repair:', Emphasis.WARN)} {fix}"
            yield from (f"      cost: {printable(cost)}" for cost in fix.costs)
    if len(new) > len(shown):
        yield f"    and {counted(len(new) - len(shown), 'more repair')} (--all shows them)"


def _render_summary(outcome: Outcome, *, hidden: int) -> str:
    """Return the last line: what was looked at, and how much of each severity was found."""
    counts = [
        f"{number:,} {word}"
        for number, word in ((len(outcome.errors), "could not be read"), (len(outcome.unchecked), "not checked"))
        if number
    ]
    counts += [
        counted(number, word)
        for number, word in (
            (outcome.count(Severity.ERROR), "error"),
            (outcome.count(Severity.WARNING), "warning"),
        )
        if number
    ]
    if infos := outcome.count(Severity.INFO):
        counts.append(f"{infos:,} info" + (" (--all shows them)" if hidden else ""))
    known = sum(one.by_baseline for one in outcome.set_aside)
    if known:
        counts.append(f"{known:,} known")
    if ignored := len(outcome.set_aside) - known:
        counts.append(f"{ignored:,} ignored")
    return f"{counted(len(outcome.archives), 'archive')}: {', '.join(counts) if counts else 'clean'}\n"


def _wrapped(text: str, width: int = 110) -> Iterator[str]:
    """Yield the text in lines of at most `width` characters, broken at blanks."""
    line = ""
    for word in text.split():
        if line and len(line) + 1 + len(word) > width:
            yield line
            line = word
        else:
            line = f"{line} {word}" if line else word
    yield line


def describe_finding(finding: Finding) -> dict[str, object]:
    """Return a finding as JSON keys; null where one does not apply."""
    return {
        "rule": finding.rule,
        "severity": finding.severity.value,
        "archive": finding.archive,
        "member": finding.member,
        "symbol": finding.symbol,
        "message": finding.message,
        "fix": None if finding.fix is None else str(finding.fix),
        "fix_safety": None if finding.fix is None else finding.fix.safety.value,
        "fix_costs": [] if finding.fix is None else list(finding.fix.costs),
        "related": list(finding.related),
    }


def describe_outcome(outcome: Outcome) -> dict[str, object]:
    """Return the keys that `arfix check --json` and `arfix verify --json` add to the envelope."""
    return {
        "archives": list(outcome.archives),
        "summary": {
            **{severity.value: outcome.count(severity) for severity in Severity},
            "set_aside": len(outcome.set_aside),
            "unread": len(outcome.errors),
            "unchecked": len(outcome.unchecked),
        },
        "findings": [describe_finding(one) for one in outcome.findings],
        "set_aside": [
            {**describe_finding(one.finding), "reason": one.reason, "by_baseline": one.by_baseline}
            for one in outcome.set_aside
        ],
    }


def rules_found(findings: Iterable[Finding]) -> list[str]:
    """Return the ids of the rules that found something, each once, in report order."""
    return list(dict.fromkeys(finding.rule for finding in findings))
