"""Findings as a document for another program: SARIF, GitLab, JUnit, or annotations of GitHub."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from arfix.cli.finding_options import ReportFormat
from arfix.report.github import render_annotations
from arfix.report.gitlab import render_gitlab
from arfix.report.junit import render_junit
from arfix.report.sarif import render_sarif
from arfix.report.text import json_without_commands

if TYPE_CHECKING:
    from typing import Literal

    from arfix.audit.finding import Severity
    from arfix.audit.outcome import Outcome
    from arfix.cli.exit_codes import ExitCode

    DocumentFormat = Literal[ReportFormat.SARIF, ReportFormat.GITHUB, ReportFormat.GITLAB, ReportFormat.JUNIT]


def render_document(form: DocumentFormat, outcome: Outcome, *, threshold: Severity | None, code: ExitCode) -> str:
    """Return the findings in that format; paths are relative to the current directory where the format wants it."""
    root = str(Path.cwd())
    match form:
        case ReportFormat.SARIF:
            return json_without_commands(render_sarif(outcome, root=root, exit_code=code))
        case ReportFormat.GITHUB:
            return render_annotations(outcome)
        case ReportFormat.GITLAB:
            return json_without_commands(render_gitlab(outcome, root=root))
        case ReportFormat.JUNIT:
            return render_junit(outcome, threshold)
