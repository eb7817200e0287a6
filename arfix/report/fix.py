"""The plan of `arfix fix` as text and as JSON: the edits of each archive, their reasons and side effects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.audit.finding import Safety
from arfix.edits.plan import Add, Drop, Reindex, Replace, Rewrite
from arfix.report.edited import describe_edit, plain_count
from arfix.report.findings import describe_finding
from arfix.report.style import Emphasis, Style
from arfix.report.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from arfix.audit.finding import Finding
    from arfix.audit.repair import Repair, RepairStep
    from arfix.edits.plan import Edit

#: Lines of one step that are shown before the rest is only counted.
_LISTED = 12


def render_repair(repair: Repair, style: Style | None = None, milder: Sequence[Finding] = ()) -> str:
    """Return a summary, the steps of each archive with reasons and side effects, and the remaining findings.

    Args:
        repair: The repair.
        style: How text may be painted.
        milder: Warnings about the result that were not to be repaired.
    """
    style = style or Style()
    verdict = "has no errors" if milder else "is clean"
    if not repair.found:
        lines = [f"nothing to repair: a check of these archives {verdict}", *_milder_lines(milder)]
        return "\n".join(lines) + "\n"
    lines = [_summary(repair, style, verdict)]
    for path in dict.fromkeys(step.archive for step in repair.steps):
        lines += ["", style.paint(printable(path), Emphasis.STRONG)]
        for step in repair.steps:
            if step.archive == path:
                lines += _step_lines(step, style)
        lines.append(f"  rebuild the index  {_index_change(repair, path)}")
    lines += _left_lines(repair, style)
    lines += _milder_lines(milder)
    return "\n".join(lines) + "\n"


def _milder_lines(milder: Sequence[Finding]) -> Iterator[str]:
    """Yield how the warnings can be repaired that have safe repairs."""
    count = sum(one.fix is not None and one.fix.safety is Safety.SAFE for one in milder)
    if count:
        has = "warning has a safe repair" if count == 1 else "warnings have safe repairs"
        yield f"{count} {has}, which --fail-on warning includes"


def _left_lines(repair: Repair, style: Style) -> Iterator[str]:
    """Yield the remaining findings, with unsafe repairs that were not made and the reasons of failed ones."""
    if not repair.left:
        return
    yield ""
    count = plain_count(len(repair.left), "finding")
    yield f"{style.paint('left', Emphasis.BAD)}: {count} that this plan does not repair"
    yield from (f"  {_remaining_finding(finding)}" for finding in repair.left[:_LISTED])
    if len(repair.left) > _LISTED:
        yield f"  and {len(repair.left) - _LISTED} more; `arfix check` lists them"
    reasons = {str(fix): reason for fix, reason in repair.refused}
    apart = {id(one.fix): one.fix for one in repair.left if one.fix is not None}  # many findings may share a long one
    fixes = {str(fix): fix for fix in apart.values()}
    for command, fix in list(fixes.items())[:_LISTED]:
        if command in reasons:
            yield f"  not possible: {command}: {printable(reasons[command].partition(chr(10))[0])}"
        elif fix.safety is Safety.UNSAFE:
            yield f"  {style.paint('unsafe:', Emphasis.WARN)} {command}"
            yield from (f"    cost: {printable(cost)}" for cost in fix.costs)
    if any(fix.safety is Safety.UNSAFE and command not in reasons for command, fix in fixes.items()):
        yield "  `arfix fix --unsafe` makes the unsafe repairs, too; read their costs first"


def _summary(repair: Repair, style: Style, verdict: str) -> str:
    edits = sum(len(_listed_edits(step)) for step in repair.steps)
    archives = len({step.archive for step in repair.steps})
    outcome = (
        f"a check of the result {verdict}" if repair.is_whole else f"{plain_count(len(repair.left), 'finding')} left"
    )
    found = plain_count(len(repair.found), "finding")
    emphasis = Emphasis.STRONG if repair.is_whole else Emphasis.BAD
    plan = f"{plain_count(edits, 'edit')} in {plain_count(archives, 'archive')}"
    return f"{found} -> {plan}; {style.paint(outcome, emphasis)}"


def _step_lines(step: RepairStep, style: Style) -> Iterator[str]:
    told = _listed_edits(step)
    for edit in told[:_LISTED]:
        verb, name, reason = _words(edit)
        yield f"  {verb:<5} {style.paint(printable(name), Emphasis.NAME)}{f'  {printable(reason)}' if reason else ''}"
    if len(told) > _LISTED:
        yield f"  and {len(told) - _LISTED} more"
    yield f"    because {printable(repaired_findings(step.findings))}"
    if step.safety is Safety.UNSAFE:
        yield f"    {style.paint('unsafe', Emphasis.WARN)}"
    yield from (f"    cost: {printable(cost)}" for cost in step.costs)


def _listed_edits(step: RepairStep) -> list[Edit]:
    """Return all edits except the rebuilt index, which every changed archive gets."""
    edits: list[Edit] = [edit for edit in step.plan.edits if not isinstance(edit, Reindex)]
    return edits or list(step.plan.edits)


def edit_line(edit: Edit) -> str:
    """Return an edit in one line: what is done with which member, and why."""
    return "  ".join(part for part in _words(edit) if part)


def _words(edit: Edit) -> tuple[str, str, str]:
    match edit:
        case Drop(_, name, reason):
            return "drop", name, reason
        case Add(_, member, origin, _):
            return "add", member.name, f"from {origin}"
        case Replace(_, name, _, reason):
            return "patch", name, reason
        case Reindex(reason):
            return "index", "", reason
        case Rewrite(kind, _, reason):
            return "write", f"as {kind.value}", reason


def repaired_findings(findings: Sequence[Finding]) -> str:
    """Return the findings that a step repairs, in one line."""
    symbols = list(dict.fromkeys(finding.symbol for finding in findings if finding.symbol is not None))
    first = findings[0]
    if symbols:
        shown = ", ".join(symbols[:_LISTED]) + (f" and {len(symbols) - _LISTED} more" if len(symbols) > _LISTED else "")
        return f"{first.rule}: {shown}"
    return f"{first.rule}: {first.message}" if len(findings) == 1 else f"{first.rule}: {len(findings)} findings"


def _index_change(repair: Repair, path: str) -> str:
    before, after = repair.before[path].index, repair.after[path].index
    old = "none" if before is None else str(len(before))
    new = "none" if after is None else str(len(after))
    return f"{old} -> {new} entries"


def _remaining_finding(finding: Finding) -> str:
    symbol = f" {printable(finding.symbol)}" if finding.symbol else ""
    return f"{finding.rule}  {printable(finding.place)}{symbol}: {printable(finding.message)}"


def describe_repair(repair: Repair) -> dict[str, object]:
    """Return the JSON keys of the repair, as described in `docs/json.md`."""
    return {
        "clean": repair.is_whole,
        "steps": [
            {
                "archive": step.archive,
                "verb": step.verb,
                "command": list(step.words),
                "edits": [describe_edit(edit) for edit in step.plan.edits],
                "reasons": [describe_finding(finding) for finding in step.findings],
                "costs": list(step.costs),
                "safety": step.safety.value,
            }
            for step in repair.steps
        ],
        "archives": [
            {
                "archive": path,
                "members": {"before": len(repair.before[path]), "after": len(after)},
                "index_entries": {
                    "before": None if (index := repair.before[path].index) is None else len(index),
                    "after": None if after.index is None else len(after.index),
                },
            }
            for path, after in repair.after.items()
        ],
        "left": [describe_finding(finding) for finding in repair.left],
    }
