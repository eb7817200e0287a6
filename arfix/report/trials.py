"""The results of real linkers, as a table and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.report.text import Align, Column, render_table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from arfix.linkage.trial import Trial
    from arfix.report.style import Style

_COLUMNS = (
    Column("linker"),
    Column("exit", Align.RIGHT),
    Column("undefined", Align.RIGHT),
    Column("duplicate", Align.RIGHT),
    Column("rejected", Align.RIGHT),
    Column("exported", Align.RIGHT),
    Column("version"),
)


def render_trials(trials: Iterable[Trial], style: Style | None = None) -> str:
    """Return a line for each linker with its exit status and the number of messages of each kind, and a blank line."""
    table = render_table(_COLUMNS, [_row(trial) for trial in trials], style)
    return f"{table}\n" if table else ""


def _row(trial: Trial) -> tuple[str, ...]:
    exported = "-" if trial.exported is None else f"{len(trial.exported):,}"
    counts = (len(trial.undefined), len(trial.duplicates), len(trial.rejected))
    return (
        trial.program.word,
        str(trial.status),
        *(f"{count:,}" for count in counts),
        exported,
        trial.program.version,
    )


def describe_trial(trial: Trial) -> dict[str, object]:
    """Return the JSON keys of a trial link; `exported` is null if its output exports nothing."""
    return {
        "linker": trial.program.word,
        "path": trial.program.path,
        "version": trial.program.version,
        "status": trial.status,
        "command": list(trial.command),
        "undefined": sorted(trial.undefined),
        "duplicate": sorted(trial.duplicates),
        "rejected": list(trial.rejected),
        "refused": list(trial.refused),
        "other_messages": list(trial.others),
        "exported": None if trial.exported is None else sorted(trial.exported),
    }
