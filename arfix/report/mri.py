"""The result of an MRI script as text and as JSON: saved archives and listed members."""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.report.edited import describe_edited, plain_count
from arfix.report.style import Emphasis, Style
from arfix.report.text import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from arfix.archive.model import Member
    from arfix.report.edited import Edited


def render_saved(edited: Edited, style: Style | None = None, *, is_written: bool) -> str:
    """Return one line: the path, and the numbers of members and index entries."""
    style = style or Style()
    name = style.paint(printable(edited.path), Emphasis.STRONG)
    if not is_written:
        return f"{name}: nothing to save\n"
    index = edited.after.index
    entries = "no index" if index is None else f"index of {plain_count(len(index), 'entry', 'entries')}"
    verb = "would save" if edited.dry_run else "saved"
    thin = "thin archive of " if edited.after.thin else ""
    return f"{name}: {verb} {thin}{plain_count(len(edited.after), 'member')}, {entries}\n"


def describe_saved(edited: Edited, *, is_written: bool) -> dict[str, object]:
    """Return the JSON keys of an edit, and whether the archive was written."""
    return {**describe_edited(edited), "written": is_written}


def render_listing(members: Sequence[Member], *, verbose: bool = False) -> str:
    """Return the names of the members, one per line, preceded by their size if `verbose`."""
    if not verbose:
        return "".join(f"{printable(member.name)}\n" for member in members)
    return "".join(f"{member.size:>10}  {printable(member.name)}\n" for member in members)


def describe_listing(path: str, members: Sequence[Member], file: str | None) -> dict[str, object]:
    """Return the same as JSON keys, and the file that the names were written to."""
    return {
        "archive": path,
        "members": [{"member": member.name, "size": member.size} for member in members],
        "file": file,
    }
