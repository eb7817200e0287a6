"""The result of an edit as text and as JSON, for every verb that edits an archive."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, assert_never

from arfix.edits.plan import Add, Drop, Reindex, Replace, Rewrite
from arfix.report.style import Emphasis, Style
from arfix.report.text import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from arfix.archive.model import Archive
    from arfix.edits.plan import DanglingReference, Edit, Plan

#: Lines of one kind that are shown before the rest is only counted; `--json` has them all.
_LISTED = 20
#: Of a longer list of added members this many are shown: they are somebody else's thousands.
_ADDED = 3

_VERBS = {
    Drop: ("removed", "remove"),
    Replace: ("changed", "change"),
    Add: ("added", "add"),
    Reindex: ("rebuilt", "rebuild"),
    Rewrite: ("wrote", "write"),
}


class Edited(NamedTuple):
    """One edit: its plan, the archive before and after, the output path, and whether it was written."""

    plan: Plan
    before: Archive
    after: Archive
    path: str
    dry_run: bool = False


def render_edited(edited: Edited, style: Style | None = None) -> str:
    """Return a line for each edit, the counts before and after, and whether remaining members need removed ones."""
    style = style or Style()
    plan = edited.plan
    name = style.paint(printable(plan.archive), Emphasis.STRONG)
    if not plan:
        return f"{name}: nothing to do\n"
    lines: list[str] = []
    for kind in (Drop, Replace, Add, Reindex, Rewrite):
        said = [_describe_edit(edit, style, dry_run=edited.dry_run) for edit in plan.edits if isinstance(edit, kind)]
        shown = _ADDED if kind is Add and len(said) > _LISTED else _LISTED
        lines += said[:shown]
        if len(said) > shown:
            lines.append(f"{_verb(kind, dry_run=edited.dry_run)} {len(said) - shown} more")
    lines.append(_counts(edited) + _proof(plan))
    lines += _dangling(plan.dangling, style)
    head, *rest = lines
    return "\n".join([f"{name}: {head}", *rest]) + "\n"


def _describe_edit(edit: Edit, style: Style, *, dry_run: bool) -> str:
    match edit:
        case Drop(_, name, reason) | Replace(_, name, _, reason):
            said = style.paint(printable(name), Emphasis.NAME)
        case Add(_, member, origin, reason):
            said = f"{style.paint(printable(member.name), Emphasis.NAME)} from {printable(origin)}"
        case Reindex(reason):
            said = "the index"
        case Rewrite(kind, thin, reason):
            said = f"it as a {'thin ' if thin else ''}{kind.value} archive"
        case _:
            assert_never(edit)
    said = f"{_verb(type(edit), dry_run=dry_run)} {said}"
    return f"{said} ({printable(reason)})" if reason else said


def _verb(kind: type[Edit], *, dry_run: bool) -> str:
    done, planned = _VERBS[kind]
    return f"would {planned}" if dry_run else done


def _counts(edited: Edited) -> str:
    return f"{_change(len(edited.before), len(edited.after), 'member')}, {_index_change(edited)}"


def _index_change(edited: Edited) -> str:
    old, new = edited.before.index, edited.after.index
    if old is None:
        return "no index" if new is None else f"no index -> {plain_count(len(new), 'index entry', 'index entries')}"
    if new is None:
        return f"{plain_count(len(old), 'index entry', 'index entries')} -> no index"
    return _change(len(old), len(new), "index entry", "index entries")


def _change(old: int, new: int, noun: str, plural: str | None = None) -> str:
    return plain_count(new, noun, plural) if old == new else f"{old} -> {new} {plural or noun + 's'}"


def plain_count(number: int, noun: str, plural: str | None = None) -> str:
    """Return `908 members` or `1 member`, without separators, to compare with other tools."""
    return f"{number} {noun if number == 1 else plural or noun + 's'}"


def _proof(plan: Plan) -> str:
    if plan.proven is None:
        return ""
    removed = len(plan.drops)
    if plan.proven:
        return f"; no remaining member needs {'it' if removed == 1 else 'them'}"
    return "; forced:" if plan.dangling else ""


def _dangling(needs: Sequence[DanglingReference], style: Style) -> list[str]:
    lines = []
    for need in needs[:_LISTED]:
        verb = "needs" if need.proven else "may need"
        member = style.paint(printable(need.member), Emphasis.NAME)
        symbol = style.paint(printable(need.symbol), Emphasis.BAD)
        lines.append(f"  {member} {verb} {symbol}, which was in {printable(', '.join(need.providers))}")
    return [*lines, f"  and {len(needs) - _LISTED} more"] if len(needs) > _LISTED else lines


def describe_edited(edited: Edited) -> dict[str, object]:
    """Return the JSON keys of the edit, as described in `docs/json.md`."""
    plan, before, after = edited.plan, edited.before, edited.after
    return {
        "archive": plan.archive,
        "output": edited.path,
        "dry_run": edited.dry_run,
        "changed": bool(plan),
        "edits": [describe_edit(edit) for edit in plan.edits],
        "members": {"before": len(before), "after": len(after)},
        "index_entries": {
            "before": None if before.index is None else len(before.index),
            "after": None if after.index is None else len(after.index),
        },
        "dangling": [describe_need(need) for need in plan.dangling],
    }


def describe_edit(edit: Edit) -> dict[str, object]:
    """Return the JSON keys of one change: `action` and the keys that belong to it. Positions count from 0."""
    match edit:
        case Drop(position, name, reason):
            return {"action": "drop", "position": position, "member": name, "reason": reason}
        case Add(position, member, origin, reason):
            return {
                "action": "add",
                "position": position,
                "member": member.name,
                "size": member.size,
                "origin": origin,
                "reason": reason,
            }
        case Replace(position, name, member, reason):
            return {"action": "replace", "position": position, "member": name, "size": member.size, "reason": reason}
        case Reindex(reason):
            return {"action": "reindex", "reason": reason}
        case Rewrite(kind, thin, reason, zero_headers):
            return {
                "action": "rewrite",
                "kind": kind.value,
                "thin": thin,
                "zero_headers": zero_headers,
                "reason": reason,
            }
        case _:
            assert_never(edit)


def describe_need(need: DanglingReference) -> dict[str, object]:
    """Return the JSON keys of a need."""
    return {
        "member": need.member,
        "position": need.position,
        "symbol": need.symbol,
        "defined_in": list(need.providers),
        "proven": need.proven,
    }
