"""The report of a diagnosis as an HTML page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.counted import counted
from arfix.report.html.findings import symbol_text
from arfix.report.html.model import (
    Card,
    CellKind,
    Column,
    CureText,
    Report,
    Row,
    Table,
    Tone,
    Verdict,
    VerdictGroup,
)
from arfix.report.html.pages import subject_of
from arfix.symbols.demangled import demangle

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from arfix.diagnose.cause import Cause, Diagnosis

#: Names that a card lists before the rest is only counted.
_NAMED = 60

_COLUMNS = (
    Column("severity", CellKind.TONE, 3),
    Column("cause", CellKind.TEXT, 5),
    Column("line", CellKind.NUMBER, 2),
    Column("symbol", CellKind.NAME, 7),
    Column("demangled", CellKind.NAME, 6),
    Column("summary", CellKind.TEXT, 10),
)


def diagnosis_page(found: Sequence[Diagnosis], command: str) -> Report:
    """Return the report of the diagnoses of one or several logs."""
    causes = [cause for one in found for cause in one.causes]
    errors = sum(cause.is_error for cause in causes)
    warnings = len(causes) - errors
    words = [f"{counted(errors, 'cause')} of failed links"] if errors else []
    words += [counted(warnings, "warning")] if warnings else []
    return Report(
        "diagnose",
        subject_of([one.log for one in found]),
        ", ".join(words) or "no error of a linker",
        Tone.BAD if errors else Tone.WARN if warnings else Tone.GOOD,
        command,
        (VerdictGroup("By log", tuple(map(_verdict, found))), *_together(found)),
        tuple(_card(one, cause) for one in found for cause in one.causes),
        tables=(Table("findings", "Causes and symbols", _COLUMNS, tuple(_rows(found))),),
    )


def _verdict(one: Diagnosis) -> Verdict:
    tone = Tone.BAD if one.is_failure else Tone.WARN if one.causes else Tone.GOOD
    word = "the link failed" if one.is_failure else counted(len(one.causes), "warning") if one.causes else "no error"
    return Verdict(one.log, tone, word, f"{counted(one.lines, 'line')}, {counted(len(one.causes), 'cause')}")


def _together(found: Sequence[Diagnosis]) -> Iterator[VerdictGroup]:
    verdicts = tuple(
        Verdict(one.log, Tone.NEUTRAL, "all libraries at once", "", command)
        for one in found
        for command in one.together
    )
    if verdicts:
        yield VerdictGroup("Link commands with everything that is missing", verdicts)


def _card(one: Diagnosis, cause: Cause) -> Card:
    again = f" (and {cause.count - 1:,} more like it)" if cause.count > 1 else ""
    points = [f"line {cause.line}: {cause.message}{again}", *cause.reasons]
    points += ["this may follow from other causes"] if cause.follows else []
    points += [f"not checked: {gap}" for gap in cause.unchecked]
    cures = tuple(CureText(cure.command or "", cure.text) for cure in cause.cures)
    if not cures:
        cures = (CureText(f"arfix explain {cause.family.id}", "what the message means", is_help=True),)
    word, tone = ("error", Tone.BAD) if cause.is_error else ("warning", Tone.WARN)
    return Card(
        tone,
        f"{word} {cause.family.id}",
        cause.summary,
        "" if cause.family.meaning.rstrip(".") == cause.summary.rstrip(".") else cause.family.meaning,
        one.log,
        cause.places[:_NAMED],
        len(cause.places),
        tuple(map(symbol_text, cause.symbols[:_NAMED])),
        cause.symbol_count,
        tuple(points),
        cures,
        cause.family.id,
        max(len(cause.symbols), 1),
    )


def _rows(found: Sequence[Diagnosis]) -> Iterator[Row]:
    for one in found:
        for cause in one.causes:
            word, tone = ("error", Tone.BAD) if cause.is_error else ("warning", Tone.WARN)
            command = next((cure.command for cure in cause.cures if cure.command is not None), "")
            details = [("Message", cause.message), *(("Why", reason) for reason in cause.reasons)]
            details += [("Cure", cure.text) for cure in cause.cures]
            for name in cause.symbols or (cause.subject,):
                yield Row(
                    (one.log, cause.family.id, name),
                    (word, cause.family.id, cause.line, name, demangle(name) or "", cause.summary),
                    tone,
                    (("Log", one.log), *details),
                    command,
                )
