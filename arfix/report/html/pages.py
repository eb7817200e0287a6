"""The reports of check, verify, fix and apply."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from arfix.audit.finding import Severity
from arfix.report.findings import rules_found
from arfix.report.html.findings import finding_cards, findings_table, worst
from arfix.report.html.model import Map, Report, Table, Tone, Verdict, VerdictGroup
from arfix.report.text import counted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from arfix.audit.finding import Finding
    from arfix.audit.outcome import Outcome
    from arfix.linkage.model import Target


@dataclass(frozen=True, slots=True)
class Drawn:
    """What a report shows of the link itself.

    Attributes:
        maps: The members.
        tables: The symbols.
        verdicts: What each linker makes of it.
        tiles: For `id` of a finding its tile in the first map.
        notes: Why something is not shown.
    """

    maps: tuple[Map, ...] = ()
    tables: tuple[Table, ...] = ()
    verdicts: tuple[VerdictGroup, ...] = ()
    tiles: Mapping[int, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def check_report(outcome: Outcome, command: str, targets: Mapping[Target, str], drawn: Drawn) -> Report:
    """Return the report of a check.

    Args:
        outcome: The result.
        command: The command line that made it.
        targets: For each target that was judged the command that checks it alone.
        drawn: The link.
    """
    verdicts = tuple(
        _target_verdict(one.target.value, one.findings, targets.get(one.target, "")) for one in outcome.verdicts
    )
    if not verdicts:
        verdicts = tuple(
            _target_verdict(target.value, outcome.findings, command) for target, command in targets.items()
        )
    groups = (VerdictGroup("By target", verdicts, "the first one decides the result"),) if verdicts else ()
    return _outcome_report("check", outcome, command, (*groups, *drawn.verdicts), drawn)


def _target_verdict(target: str, findings: Sequence[Finding], command: str) -> Verdict:
    words = _counts(findings)
    rules = rules_found(one for one in findings if one.severity is not Severity.INFO)
    return Verdict(_TARGETS.get(target, target), worst(findings), words or "clean", ", ".join(rules), command)


_TARGETS = {"exe": "executable", "pie": "PIE", "shared": "shared object", "relocatable": "relocatable object"}


def _counts(findings: Sequence[Finding]) -> str:
    """Return the errors and warnings, counted; empty if there are none."""
    counts = ((severity, sum(one.severity is severity for one in findings)) for severity in _COUNTED)
    return ", ".join(counted(number, severity.value) for severity, number in counts if number)


_COUNTED = (Severity.ERROR, Severity.WARNING)


def _outcome_report(
    verb: str, outcome: Outcome, command: str, verdicts: tuple[VerdictGroup, ...], drawn: Drawn
) -> Report:
    unread = f"{counted(len(outcome.errors), 'input')} could not be read" if outcome.errors else ""
    found = ", ".join(filter(None, (_counts(outcome.findings), unread)))
    infos = outcome.count(Severity.INFO)
    extra = [counted(infos, "remark")] if infos else []
    if outcome.set_aside:
        extra.append(f"{len(outcome.set_aside):,} set aside")
    summary = f"{counted(len(outcome.archives), 'archive')}: {found or 'clean'}"
    return Report(
        verb,
        subject_of(outcome.archives),
        f"{summary} ({', '.join(extra)})" if extra else summary,
        Tone.BAD if outcome.errors else worst(outcome.findings),
        command,
        verdicts,
        finding_cards(outcome.findings, outcome.rules),
        maps=drawn.maps,
        tables=(findings_table(outcome, drawn.tiles), *drawn.tables),
        notes=(*outcome.notes, *drawn.notes),
        errors=tuple(str(error) for error in outcome.errors),
    )


def subject_of(paths: Sequence[str]) -> str:
    """Return the files that a report is about, for its title."""
    names = [path.replace("\\", "/").rpartition("/")[2] for path in paths]
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
