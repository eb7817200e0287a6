"""Findings as a Code Quality report of GitLab, which a merge request shows as a widget and in its changes.

Source: GitLab Docs, "Code Quality", "Code Quality report format": an array of objects with `description`,
`check_name`, `fingerprint`, `severity` (`info`, `minor`, `major`, `critical`, `blocker`), `location.path` relative to
the repository without a leading `./`, and `location.lines.begin`. Issues with equal fingerprints are shown once.
"""

from __future__ import annotations

import hashlib
import posixpath
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from arfix.audit.finding import Severity
from arfix.report.json import indented
from arfix.report.sarif import fingerprints
from arfix.report.text import printable
from arfix.spelling import as_options

if TYPE_CHECKING:
    from collections.abc import Iterable

    from arfix.audit.finding import Finding
    from arfix.audit.outcome import Outcome
    from arfix.errors import ArfixError

_SEVERITIES = {Severity.ERROR: "major", Severity.WARNING: "minor", Severity.INFO: "info"}
#: Input that could not be read, so that nothing is known about it.
_UNREAD = "blocker"


class Issue(NamedTuple):
    """One entry of a report.

    Attributes:
        check: The id of the rule.
        text: The description.
        severity: A word of GitLab's scale.
        path: The file; an archive has no lines, so `line` is 1.
        key: Identifies the issue from one run to the next.
    """

    check: str
    text: str
    severity: str
    path: str
    key: str
    line: int = 1


def render_gitlab(outcome: Outcome, *, root: str | None = None) -> str:
    """Return the findings that count as a Code Quality report, input that could not be read first.

    Args:
        outcome: The result of a check or verify.
        root: The absolute path of the repository; paths below it are written relative to it.
    """
    issues = [_unread(error) for error in outcome.errors]
    keys = fingerprints(outcome.findings, root)
    link = next(iter(outcome.archives), "")
    issues += [_issue(one, link, key) for one, key in zip(outcome.findings, keys, strict=True)]
    return render_issues(issues, root=root)


def _unread(error: ArfixError) -> Issue:
    path = "" if error.where is None else error.where.path
    return Issue(
        "unreadable", as_options(f"{error}. {error.hint}" if error.hint else str(error)), _UNREAD, path, str(error)
    )


def _issue(finding: Finding, link: str, key: str) -> Issue:
    subject = " ".join(part for part in (finding.member, finding.symbol) if part)
    text = f"{subject}: {finding.message}" if subject else finding.message
    if finding.fix is not None:
        text += f". Repair: {finding.fix}"
    return Issue(finding.rule, text, _SEVERITIES[finding.severity], finding.archive or link, key)


def render_issues(issues: Iterable[Issue], *, root: str | None = None) -> str:
    """Return a report of these issues, with names made printable."""
    return indented([_describe(issue, root) for issue in issues]) + "\n"


def _describe(issue: Issue, root: str | None) -> dict[str, object]:
    path = printable(_relative(issue.path, root)) or "."
    key = f"{issue.check}|{path}|{issue.key}".encode("utf-8", "backslashreplace")
    return {
        "description": printable(issue.text.replace("\n", " ")),
        "check_name": issue.check,
        "fingerprint": hashlib.sha256(key).hexdigest()[:32],
        "severity": issue.severity,
        "location": {"path": path, "lines": {"begin": issue.line}},
    }


def _relative(path: str, root: str | None) -> str:
    """Return the path relative to the root if it is below it, without `./`; any other path unchanged but normalized."""
    if not path:
        return ""
    path = posixpath.normpath(path.replace("\\", "/"))
    if root is None:
        return path
    above = PurePosixPath(root.replace("\\", "/"))
    whole = PurePosixPath(posixpath.normpath(above / path))
    return str(whole.relative_to(above)) if whole.is_relative_to(above) else str(whole)
