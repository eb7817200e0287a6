"""Differences between a symbol index and the symbols of the members, as text and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.report.edited import plain_count
from arfix.report.style import Emphasis, Style
from arfix.report.text import printable

if TYPE_CHECKING:
    from arfix.archive.model import Archive
    from arfix.edits.index import IndexDifference

#: Entries of one kind that are listed before the rest is only counted; `--json` has them all.
_LISTED = 20


def render_check(archive: Archive, difference: IndexDifference, style: Style | None = None) -> str:
    """Return what is wrong with the index, or that it is correct."""
    style = style or Style()
    name = style.paint(printable(_path(archive)), Emphasis.STRONG)
    if difference.container:
        told = "" if not difference.is_index_wrong else _render_index(archive, name, difference, style)
        return f"{name}: {printable(difference.container)}\n{told}"
    return _render_index(archive, name, difference, style)


def _render_index(archive: Archive, name: str, difference: IndexDifference, style: Style) -> str:
    if not difference:
        if archive.index is None:
            return f"{name}: no index, and no object that needs one\n"
        entries = plain_count(len(archive.index), "entry", "entries")
        return f"{name}: the index matches the members, {entries}\n"
    if difference.missing:
        return f"{name}: there is no index\n"
    if difference.superfluous:
        return f"{name}: there is an index, but no member is an object\n"
    if difference.reordered:
        return f"{name}: the index has the right entries, but not in the order of the members\n"
    lines = [f"{name}: the index differs from what the members define"]
    lines += _listed(difference.absent, "missing", style)
    lines += _listed(difference.wrong, "wrong", style)
    return "\n".join(lines) + "\n"


def _listed(entries: tuple[tuple[str, str], ...], word: str, style: Style) -> list[str]:
    lines = [
        f"  {word}: {style.paint(printable(symbol), Emphasis.NAME)} in {printable(member)}"
        for symbol, member in entries[:_LISTED]
    ]
    return [*lines, f"  {word}: {len(entries) - _LISTED} more"] if len(entries) > _LISTED else lines


def describe_check(archive: Archive, difference: IndexDifference) -> dict[str, object]:
    """Return the JSON keys of the comparison, as described in `docs/json.md`."""
    return {
        "archive": _path(archive),
        "index_entries": None if archive.index is None else len(archive.index),
        "differs": bool(difference),
        "container": difference.container or None,
        "missing_index": difference.missing,
        "superfluous_index": difference.superfluous,
        "reordered": difference.reordered,
        "missing": [{"symbol": symbol, "member": member} for symbol, member in difference.absent],
        "wrong": [{"symbol": symbol, "member": member} for symbol, member in difference.wrong],
        "unread": list(difference.unread),
    }


def _path(archive: Archive) -> str:
    return archive.where.path if archive.where else ""
