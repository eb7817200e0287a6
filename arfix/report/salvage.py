"""The result of `arfix salvage` as text and as JSON: kept members and lost bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.report.edited import plain_count
from arfix.report.style import Emphasis, Style
from arfix.report.text import printable
from arfix.symbols.member_label import labels

if TYPE_CHECKING:
    from arfix.archive.salvage import LostBytes
    from arfix.edits.salvage import Salvage

#: Lost stretches that are listed before the rest is only counted; `--json` has them all.
_LISTED = 20


def render_salvage(salvage: Salvage, output: str, style: Style | None = None, *, dry_run: bool = False) -> str:
    """Return the kept members, each lost range of bytes, and a warning that the library is incomplete."""
    style = style or Style()
    archive = salvage.archive
    path = archive.where.path if archive.where else ""
    kept = plain_count(len(archive), "member")
    size = sum(member.size for member in archive)
    name = style.paint(printable(path), Emphasis.STRONG)
    lines = [f"{name}: kept {kept} of {size:,} bytes; {_total(salvage)}"]
    lines += [f"  {style.paint('lost', Emphasis.BAD)} {_describe_lost_bytes(one)}" for one in salvage.lost[:_LISTED]]
    if len(salvage.lost) > _LISTED:
        lines.append(f"  and {len(salvage.lost) - _LISTED} more")
    index = "no index" if archive.index is None else plain_count(len(archive.index), "index entry", "index entries")
    lines.append(f"{'would write' if dry_run else 'wrote'} {printable(output)}: {kept}, {index}")
    if salvage.lost:
        lines.append("This is only the readable part of a damaged archive; get or build the library again.")
    return "\n".join(lines) + "\n"


def _total(salvage: Salvage) -> str:
    if not salvage.lost:
        return "nothing was lost"
    return f"lost {plain_count(len(salvage.lost), 'stretch', 'stretches')} of {_lost_bytes(salvage):,} bytes"


def _lost_bytes(salvage: Salvage) -> int:
    return sum(one.size for one in salvage.lost)


def _describe_lost_bytes(one: LostBytes) -> str:
    what = "" if one.member is None else f"{printable(one.member)}, "
    return f"{what}{one.size:,} bytes from {one.offset:#x} to {one.offset + one.size:#x}: {printable(one.reason)}"


def describe_salvage(salvage: Salvage, output: str, *, dry_run: bool = False) -> dict[str, object]:
    """Return the JSON keys of the result, as described in `docs/json.md`."""
    archive = salvage.archive
    return {
        "archive": archive.where.path if archive.where else "",
        "output": output,
        "dry_run": dry_run,
        "kept": [
            {"member": label, "size": member.size} for label, member in zip(labels(archive), archive, strict=True)
        ],
        "lost": [
            {"offset": one.offset, "size": one.size, "member": one.member, "reason": one.reason} for one in salvage.lost
        ],
        "index_entries": None if archive.index is None else len(archive.index),
    }
