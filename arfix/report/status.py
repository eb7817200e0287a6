"""The status of each archive of a sysroot, as a table and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.counted import counted
from arfix.report.text import Column, render_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from arfix.recipe.status import Status
    from arfix.report.style import Style

_COLUMNS = (Column("archive"), Column("is"), Column("by"))


def render_status(found: Sequence[Status], style: Style | None = None) -> str:
    """Return a line for each archive, and the number of archives of each status."""
    rows = [(one.name, _word(one), "; ".join(step.replace("\n", ", ") for step in one.steps)) for one in found]
    counts: dict[str, int] = {}
    for one in found:
        counts[one.condition.value] = counts.get(one.condition.value, 0) + 1
    said = ", ".join(f"{number} {word}" for word, number in counts.items())
    return render_table(_COLUMNS, rows, style) + f"{counted(len(found), 'archive')}{': ' if said else ''}{said}\n"


def _word(one: Status) -> str:
    return f"{one.condition.value}, to be applied" if one.pending else one.condition.value


def describe_status(found: Sequence[Status]) -> dict[str, object]:
    """Return the JSON keys of the statuses."""
    return {
        "archives": [
            {"archive": one.name, "is": one.condition.value, "pending": one.pending, "steps": list(one.steps)}
            for one in found
        ]
    }
