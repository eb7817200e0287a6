"""Findings as GitHub workflow commands: each becomes an annotation of the run.

Source: GitHub Docs, "Workflow commands for GitHub Actions": `::error file={name},title={title}::{message}`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.audit.finding import Severity
from arfix.report.text import printable, without_commands
from arfix.spelling import as_options

if TYPE_CHECKING:
    from arfix.audit.finding import Finding
    from arfix.audit.outcome import Outcome
    from arfix.errors import ArfixError

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def render_annotations(outcome: Outcome) -> str:
    """Return one workflow command per line, unreadable input first; an empty text if there are no findings."""
    lines = [_failure(error) for error in outcome.errors] + [_annotation(finding) for finding in outcome.findings]
    return "".join(f"{line}\n" for line in lines)


def _failure(error: ArfixError) -> str:
    place = f" file={_property(error.where.path)},title=arfix" if error.where is not None else " title=arfix"
    hint = f"\n{error.hint}" if error.hint else ""
    return f"::error{place}::{_data(as_options(f'{error}{hint}'))}"


def _annotation(finding: Finding) -> str:
    properties = [f"title={_property(f'arfix {finding.rule}')}"]
    if finding.archive is not None:
        properties.insert(0, f"file={_property(finding.archive)}")
    place = " ".join(part for part in (finding.place, finding.symbol) if part)
    message = f"{place}: {finding.message}" if place else finding.message
    if finding.fix is not None:
        message += f"\nRepair: {finding.fix}"
    return f"::{_COMMANDS[finding.severity]} {','.join(properties)}::{_data(message)}"


def _data(text: str) -> str:
    """Return a message with all characters escaped that end a command or are control characters."""
    lines = without_commands("\n".join(printable(line) for line in text.split("\n")))
    return lines.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
