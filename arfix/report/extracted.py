"""The result of `arfix extract` as text and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.report.edited import plain_count
from arfix.report.style import Emphasis, Style
from arfix.report.text import printable
from arfix.symbols.member_label import labels

if TYPE_CHECKING:
    from collections.abc import Sequence

    from arfix.archive.model import Archive
    from arfix.edits.extract import Extraction


def render_extracted(
    archive: Archive,
    extractions: Sequence[Extraction],
    directory: str,
    style: Style | None = None,
    *,
    dry_run: bool = False,
) -> str:
    """Return the number of extracted members, the directory, and each file whose name differs from its member's."""
    style = style or Style()
    written = labels(archive)
    verb = "would extract" if dry_run else "extracted"
    name = style.paint(printable(archive.where.path if archive.where else ""), Emphasis.STRONG)
    lines = [f"{name}: {verb} {plain_count(len(extractions), 'member')} to {printable(directory)}"]
    for position, file_name in extractions:
        if archive.members[position].name != file_name:
            lines.append(f"  {printable(written[position])} is {style.paint(printable(file_name), Emphasis.NAME)}")
    return "\n".join(lines) + "\n"


def describe_extracted(
    archive: Archive, extractions: Sequence[Extraction], directory: str, *, dry_run: bool = False
) -> dict[str, object]:
    """Return the same as JSON keys, as described in `docs/json.md`."""
    return {
        "archive": archive.where.path if archive.where else "",
        "directory": directory,
        "dry_run": dry_run,
        "files": [
            {
                "position": position,
                "member": archive.members[position].name,
                "file": file_name,
                "size": archive.members[position].size,
            }
            for position, file_name in extractions
        ],
    }
