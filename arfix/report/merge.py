"""The result of `arfix merge` as text and as JSON: members left out, and the totals of members and symbols."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

from arfix.edits.merge import LeftOutReason
from arfix.errors import Where
from arfix.report.edited import plain_count
from arfix.report.style import Emphasis, Style
from arfix.report.text import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from arfix.archive.model import Archive
    from arfix.edits.merge import LeftOut, Merge, MergeInput

#: Names in one line before the rest is only counted; `--json` has them all.
_LISTED = 8


@dataclass(frozen=True, slots=True)
class Merged:
    """One merge: its plan, the resulting archive, and whether it was written."""

    merge: Merge
    after: Archive
    path: str
    dry_run: bool = False


def render_merged(merged: Merged, style: Style | None = None) -> str:
    """Return the inputs, the members left out, and the totals before and after."""
    style = style or Style()
    merge = merged.merge
    verb = "would merge" if merged.dry_run else "merged"
    head = f"{style.paint(printable(merged.path), Emphasis.STRONG)}: {verb} "
    lines = [head + plain_count(len(merge.inputs), "file")]
    lines += [_say_input(one, style) for one in merge.inputs]
    lines += _say_left_out(merge.left_out, style)
    lines.append(_account(merged))
    return "\n".join(lines) + "\n"


def _say_input(one: MergeInput, style: Style) -> str:
    said = f"  {style.paint(printable(one.path), Emphasis.NAME)}: {_counts_text(one.members, one.symbols)}"
    remarks = ["thin"] if one.thin else []
    if one.nested:
        remarks.append(f"{plain_count(one.nested, 'nested archive')} resolved")
    return f"{said} ({', '.join(remarks)})" if remarks else said


def _say_left_out(left_out: Sequence[LeftOut], style: Style) -> list[str]:
    """Return a line for each pair of archives with members left out of one because of the other."""
    groups: dict[tuple[LeftOutReason, str, str], list[str]] = {}
    for one in left_out:
        key = one.why, str(_containing_archive(one.gathered.origin)), str(_containing_archive(one.instead))
        groups.setdefault(key, []).append(one.gathered.origin.members[-1])
    lines = []
    for (why, of, instead), names in groups.items():
        listed = ", ".join(style.paint(printable(name), Emphasis.NAME) for name in names[:_LISTED])
        more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
        lines.append(f"left out {listed}{more} of {printable(of)} ({_reason(why, printable(instead))})")
    return lines


def _containing_archive(place: Where) -> Where:
    """Return the archive of a member."""
    return Where(place.path, place.members[:-1])


def _reason(why: LeftOutReason, instead: str) -> str:
    match why:
        case LeftOutReason.IDENTICAL:
            return f"the same bytes as in {instead}"
        case LeftOutReason.PREFERRED:
            return f"{instead} is preferred"
        case _:
            assert_never(why)


def _account(merged: Merged) -> str:
    """Return the line of totals: the inputs equal the output plus what was left out."""
    merge = merged.merge
    members, symbols = sum(one.members for one in merge.inputs), sum(one.symbols for one in merge.inputs)
    said = f"in: {_counts_text(members, symbols)}; out: {_counts_text(len(merge.members), merge.symbols)}"
    for why, noun in ((LeftOutReason.IDENTICAL, "identical"), (LeftOutReason.PREFERRED, "not preferred")):
        gone = [one.gathered for one in merge.left_out if one.why is why]
        if gone:
            said += f"; {noun}: {_counts_text(len(gone), sum(one.symbols for one in gone))}"
    return f"{said}; {_index(merged.after)}"


def _index(after: Archive) -> str:
    return "no index" if after.index is None else f"index of {plain_count(len(after.index), 'entry', 'entries')}"


def _counts_text(members: int, symbols: int) -> str:
    return f"{plain_count(members, 'member')}, {plain_count(symbols, 'symbol')}"


def describe_merged(merged: Merged) -> dict[str, object]:
    """Return the JSON keys of the merge, as described in `docs/json.md`."""
    merge = merged.merge
    return {
        "output": merged.path,
        "dry_run": merged.dry_run,
        "kind": merged.after.kind.value,
        "inputs": [
            {"path": one.path, "members": one.members, "symbols": one.symbols, "nested": one.nested, "thin": one.thin}
            for one in merge.inputs
        ],
        "in": _counts([one.members for one in merge.inputs], [one.symbols for one in merge.inputs]),
        "out": _counts([len(merge.members)], [merge.symbols]),
        "members": [
            {"member": addition.member.name, "size": addition.member.size, "origin": addition.origin}
            for addition in merge.members
        ],
        "left_out": [
            {
                "member": one.gathered.member.name,
                "origin": str(one.gathered.origin),
                "why": one.why.value,
                "instead": str(one.instead),
                "symbols": one.gathered.symbols,
            }
            for one in merge.left_out
        ],
        "clashes": [
            {"members": [str(one.first), str(one.second)], "symbols": list(one.symbols)} for one in merge.clashes
        ],
        "index_entries": None if merged.after.index is None else len(merged.after.index),
    }


def _counts(members: Sequence[int], symbols: Sequence[int]) -> dict[str, int]:
    return {"members": sum(members), "symbols": sum(symbols)}
