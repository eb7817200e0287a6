"""The findings of a check as cards, one for each cause, and as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from arfix.audit.finding import Safety, Severity
from arfix.report.html.model import Card, CellKind, Column, CureText, Row, SymbolText, Table, Tone
from arfix.symbols.demangled import demangle

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from arfix.audit.finding import Finding, Fix
    from arfix.audit.outcome import Outcome
    from arfix.audit.rule import RuleText

#: Names listed on a card before the rest is only counted.
_NAMED = 60
_CURES = 5
_POINTS = 4

TONES: Final = {Severity.ERROR: Tone.BAD, Severity.WARNING: Tone.WARN, Severity.INFO: Tone.NEUTRAL}

_COLUMNS = (
    Column("severity", CellKind.TONE, 3),
    Column("rule", CellKind.TEXT, 5),
    Column("archive", CellKind.NAME, 4),
    Column("member", CellKind.NAME, 5),
    Column("symbol", CellKind.NAME, 6),
    Column("finding", CellKind.TEXT, 10),
)


def finding_cards(findings: Sequence[Finding], rules: Mapping[str, RuleText]) -> tuple[Card, ...]:
    """Return a card for each cause of errors and warnings, the worst first.

    Findings of one rule in one archive that have no cause in common are one card. The page shows `MOST_CARDS` of them,
    and where the others are (`render.py`).
    """
    groups: dict[tuple[str, str, str | None, str | None], list[Finding]] = {}
    for one in findings:
        if one.severity is not Severity.INFO:
            groups.setdefault((one.severity.value, one.rule, one.archive, one.cause), []).append(one)
    return tuple(_card(group, rules.get(group[0].rule)) for group in groups.values())


def _card(group: Sequence[Finding], rule: RuleText | None) -> Card:
    first = group[0]
    members = list(dict.fromkeys(one.member for one in group if one.member is not None))
    symbols = list(dict.fromkeys(one.symbol for one in group if one.symbol is not None))
    fixes = list(dict.fromkeys({id(one.fix): one.fix for one in group if one.fix is not None}.values()))
    title = first.cause or (first.rule if rule is None else rule.title)
    points = () if first.cause is not None else _points(group)
    if len(points) == len(group):  # which name all of them
        members = members if symbols else []
        symbols = [name for name in symbols if demangle(name)]
    more = [f"and {len(group) - len(points)} more"] if points and len(points) < len(group) else []
    if len(fixes) > _CURES:
        more.append(f"{len(fixes) - _CURES} more repairs are in the table of findings")
    archive = first.archive or ""
    return Card(
        TONES[first.severity],
        f"{first.severity.value} {first.rule}",
        title,
        rule.why if rule is not None else "",
        archive,
        tuple(members[:_NAMED]),
        len(members),
        tuple(map(symbol_text, symbols[:_NAMED])),
        len(symbols),
        (*points, *more),
        tuple(map(cure_of, fixes[:_CURES])),
        " ".join(part for part in (first.rule, _file_name(archive)) if part),
        len(group),
    )


def _points(group: Sequence[Finding]) -> tuple[str, ...]:
    """Return the first messages of a group, each with the name that it is about."""
    shown = group if len(group) <= _POINTS + 1 else group[:_POINTS]
    return tuple(f"{name}: {one.message}" if (name := one.symbol or one.member) else one.message for one in shown)


def symbol_text(name: str) -> SymbolText:
    """Return a symbol with its demangled form."""
    return SymbolText(name, demangle(name) or "")


def cure_of(fix: Fix) -> CureText:
    """Return the repair of a finding."""
    return CureText(str(fix), "", fix.safety is Safety.UNSAFE, fix.costs)


def findings_table(outcome: Outcome, tiles: Mapping[int, int] | None = None) -> Table:
    """Return all findings as a table, those that were set aside at the end.

    Args:
        outcome: The result of a check or verify.
        tiles: For `id` of a finding its tile in the first map.
    """
    rows = [_row(one, outcome.rules, tiles or {}) for one in outcome.findings]
    for aside in outcome.set_aside:
        row = _row(aside.finding, outcome.rules, tiles or {})
        reason = "known: in the baseline" if aside.by_baseline else f"ignored: {aside.reason}"
        rows.append(
            Row(
                row.key, ("set aside", *row.cells[1:]), Tone.NEUTRAL, (("Set aside", reason), *row.details), row.command
            )
        )
    return Table("findings", "Findings", _COLUMNS, tuple(rows))


def _row(finding: Finding, rules: Mapping[str, RuleText], tiles: Mapping[int, int]) -> Row:
    plain = demangle(finding.symbol) if finding.symbol else None
    details = []
    if plain:
        details.append(("Demangled", plain))
    if finding.cause is not None:
        details.append(("Cause", finding.cause))
    if finding.related:
        shown = finding.related[:_NAMED]
        more = f" and {len(finding.related) - len(shown)} more" if len(finding.related) > len(shown) else ""
        details.append(("Related", ", ".join(shown) + more))
    if finding.rule in rules:
        details.append(("Why it matters", rules[finding.rule].why))
    if finding.fix is not None:
        details.append(("Repair", "safe" if finding.fix.safety is Safety.SAFE else "unsafe: a person has to decide"))
        details += [("Cost", cost) for cost in finding.fix.costs]
    return Row(
        tuple(part or "" for part in finding.key),
        (
            finding.severity.value,
            finding.rule,
            _file_name(finding.archive or ""),
            finding.member,
            finding.symbol,
            finding.message,
        ),
        TONES[finding.severity],
        tuple(details),
        _command(finding.fix),
        tiles.get(id(finding)),
    )


#: Commands longer than this are left out of rows: thousands of findings may share one.
_LONGEST_COMMAND = 2000


def _command(fix: Fix | None) -> str:
    command = "" if fix is None else str(fix)
    return command if len(command) <= _LONGEST_COMMAND else ""


def _file_name(path: str) -> str:
    return path.replace("\\", "/").rpartition("/")[2]


def worst(findings: Iterable[Finding]) -> Tone:
    """Return the tone of the worst finding; good if there is none that counts."""
    ranks = {one.severity for one in findings}
    return Tone.BAD if Severity.ERROR in ranks else Tone.WARN if Severity.WARNING in ranks else Tone.GOOD
