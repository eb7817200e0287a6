"""The result of `arfix apply` as text, as JSON, and as Markdown for the summary of a CI job."""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.audit.outcome import Outcome
from arfix.counted import counted
from arfix.recipe.stamping import unchanged
from arfix.report.edited import plain_count
from arfix.report.findings import describe_outcome, render_outcome
from arfix.report.markdown import cell, code, render_markdown_table
from arfix.report.style import Emphasis, Style
from arfix.report.text import Column, printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from arfix.recipe.apply import ApplyResult
    from arfix.recipe.plan import PlannedFile
    from arfix.recipe.state.record import MemberRecord, StepRecord

#: Members of one step that are shown before the rest is only counted; `--json` and the lock have them all.
_LISTED = 20

_SIGNS = {"removed": "-", "added": "+", "changed": "~"}
_EMPHASES = {"removed": Emphasis.BAD, "added": Emphasis.GOOD, "changed": Emphasis.WARN}


def render_applied(applied: ApplyResult, style: Style | None = None) -> str:
    """Return the changes to each archive, made or planned, and the required links that do not hold."""
    style = style or Style()
    lines = [line for one in applied.plan.changing for line in _file(one, style)]
    for check in applied.checks:
        if not check.holds:
            outcome = render_outcome(check.outcome, style)
            lines += [f"{style.paint(check.link.name, Emphasis.STRONG)} does not hold:", *outcome.splitlines()]
    return "\n".join([*lines, summarize(applied)]) + "\n"


def _file(one: PlannedFile, style: Style) -> list[str]:
    """Return a diff of one file: under each step, a line for each member that it removes, adds or changes."""
    lines = [f"{style.paint(printable(one.name), Emphasis.STRONG)}{_file_summary(one)}"]
    if not one.wanted:
        return lines
    for step in one.record.steps:
        if step.members or step.reindexed:
            action = step.action.replace("\n", ", ")
            lines.append(f"  {printable(action)}  {style.paint(f'# {printable(step.reason)}', Emphasis.FAINT)}")
            lines += _members(step, style)
    return lines


def _file_summary(one: PlannedFile) -> str:
    if not one.wanted:
        return ": the same as in the sysroot, so the overlay needs no copy"
    if not one.record.input:
        return ": made again" if one.before else ": made"
    if one.record.output == one.record.input:
        return ": restored the original"
    return ""


def _members(step: StepRecord, style: Style) -> list[str]:
    lines = []
    for member in step.members[:_LISTED]:
        origin = f" from {printable(member.origin)}" if member.origin else ""
        sign = style.paint(f"{_SIGNS[member.action]} {printable(member.member)}", _EMPHASES[member.action])
        lines.append(f"    {sign}{origin}")
    if len(step.members) > _LISTED:
        lines.append(f"    ... and {counted(len(step.members) - _LISTED, 'more member')}")
    if step.reindexed:
        lines.append(f"    {style.paint('~ the symbol index', Emphasis.WARN)}")
    return lines


def summarize(applied: ApplyResult) -> str:
    """Return the result in one sentence without a full stop."""
    changing, total = len(applied.plan.changing), len(applied.plan.files)
    if not applied.holds:
        said = "nothing was written"
    elif not changing and total and not applied.options.check:
        said = unchanged(applied)
    elif applied.options.check:
        said = f"{plain_count(changing, 'archive')} of {total} would change"
    else:
        said = f"{plain_count(changing, 'archive')} of {total} changed"
    holding = [check.link.name for check in applied.checks if check.holds]
    holds = f"; {printable(', '.join(holding))} {'holds' if len(holding) == 1 else 'hold'}" if holding else ""
    lock = "; the lock would change" if applied.options.check and applied.lock_changes else ""
    return f"{said}{lock}{holds}"


def describe_applied(applied: ApplyResult) -> dict[str, object]:
    """Return the JSON keys of the run, as described in `docs/json.md`."""
    return {
        "recipe": applied.options.recipe,
        "sysroot": applied.options.sysroot,
        "overlay": applied.options.overlay,
        "check": applied.options.check,
        "written": applied.written,
        "lock_changed": applied.lock_changes,
        "archives": [_describe_file(one) for one in applied.plan.files.values()],
        "whole_archive": [
            {"name": check.link.name, "holds": check.holds, **describe_outcome(check.outcome)}
            for check in applied.checks
        ],
    }


def _describe_file(one: PlannedFile) -> dict[str, object]:
    return {
        "archive": one.name,
        "changed": one.changes,
        "drifted": one.drifted,
        "input": one.record.input or None,
        "output": one.record.output,
        "steps": [
            {
                "do": step.action,
                "reason": step.reason,
                "members": [_describe_member(member) for member in step.members],
                "reindexed": step.reindexed,
            }
            for step in one.record.steps
        ],
    }


def _describe_member(member: MemberRecord) -> dict[str, object]:
    return {
        "action": member.action,
        "member": member.member,
        "sha256": member.sha256,
        "origin": member.origin or None,
        "was": member.was or None,
    }


def joined_outcome(applied: ApplyResult) -> Outcome:
    """Return the findings of all required links as one outcome, for formats with a single list."""
    outcomes = [check.outcome for check in applied.checks]
    return Outcome(
        tuple(dict.fromkeys(path for one in outcomes for path in one.archives)),
        tuple(finding for one in outcomes for finding in one.findings),
        {rule: text for one in outcomes for rule, text in one.rules.items()},
        tuple(aside for one in outcomes for aside in one.set_aside),
        errors=(*applied.errors, *(error for one in outcomes for error in one.errors)),
        unchecked=tuple(dict.fromkeys(path for one in outcomes for path in one.unchecked)),
    )


def render_markdown(applied: ApplyResult, errors: Sequence[str] = ()) -> str:
    """Return a page of Markdown about the run, for the summary of a CI job."""
    lines = [f"## arfix apply {code(applied.options.recipe)}", "", f"{summarize(applied)}.", ""]
    if errors:
        lines += ["### Errors", "", *(f"- {cell(error)}" for error in errors), ""]
    rows = [
        (
            one.name,
            step.action.replace("\n", ", "),
            _listed_members(step.members, reindexed=step.reindexed),
            step.reason,
        )
        for one in applied.plan.changing
        for step in one.record.steps
    ]
    if rows:
        columns = tuple(map(Column, ("archive", "step", "members", "reason")))
        cells = [(code(name), code(do), cell(said), cell(why)) for name, do, said, why in rows]
        lines += [render_markdown_table(columns, cells)]
    for check in applied.checks:
        mark = "holds" if check.holds else "**does not hold**"
        lines.append(f"- whole-archive {code(check.link.name)}: {mark}")
        lines += [
            f"  - {finding.severity.value} {code(finding.rule)} {code(finding.place)}: {cell(finding.message)}"
            for finding in check.outcome.findings
        ]
    return "\n".join(lines).rstrip("\n") + "\n"


def _listed_members(members: Iterable[MemberRecord], *, reindexed: bool) -> str:
    names = [f"{_SIGNS[one.action]}{one.member}" for one in members]
    said = names[:_LISTED] + ([f"and {len(names) - _LISTED} more"] if len(names) > _LISTED else [])
    return ", ".join(said + (["~index"] if reindexed else []))
