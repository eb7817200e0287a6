"""Findings as a SARIF 2.1.0 log: the archive is the physical location, the member in it the logical one.

Source: OASIS, "Static Analysis Results Interchange Format (SARIF) Version 2.1.0 Plus Errata 01"; what code scanning
needs beyond it: GitHub Docs, "SARIF support for code scanning" (a location with a region and a `partialFingerprint`
for each result, URIs relative to the checkout, at most 25,000 results in a run).
"""

from __future__ import annotations

import hashlib
import posixpath
from collections import Counter
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import quote

from arfix.audit.finding import Confidence, Severity
from arfix.report.findings import rules_found
from arfix.report.json import indented
from arfix.report.rule_pages import page_url
from arfix.spelling import as_options
from arfix.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from arfix.audit.finding import Finding
    from arfix.audit.outcome import Outcome
    from arfix.audit.rule import RuleText
    from arfix.errors import ArfixError

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}

#: How GitHub code scanning words severity and confidence. Source: GitHub Docs, "SARIF support for code scanning",
#: `problem.severity` and `precision`.
_PROBLEMS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "recommendation"}
_PRECISIONS = {Confidence.CERTAIN: "very-high", Confidence.LIKELY: "high", Confidence.POSSIBLE: "medium"}

#: GitHub refuses a run with more results.
_MOST_RESULTS = 25_000
#: GitHub refuses longer descriptions; characters.
_LONGEST_DESCRIPTION = 1024
#: What relative URIs are relative to: the root of the checkout, by GitHub's convention.
_ROOT = "%SRCROOT%"


def render_sarif(outcome: Outcome, *, root: str | None = None, exit_code: int = 0) -> str:
    """Return the outcome as one SARIF log with one run. Findings set aside are results that carry a suppression.

    Input that could not be read makes the run a failed one, with a notification for each error.

    Args:
        outcome: The result of a check or verify.
        root: The absolute path of the folder that URIs are relative to; absolute paths below it become relative ones.
        exit_code: The exit code that the program ends with.
    """
    uris = _Uris(root)
    subjects: list[tuple[Finding, str | None]] = [(finding, None) for finding in outcome.findings]
    subjects += [(one.finding, one.reason) for one in outcome.set_aside]
    shown = subjects[:_MOST_RESULTS]
    rule_ids = rules_found(finding for finding, _ in shown)
    driver = {
        "name": "arfix",
        "version": __version__,
        "semanticVersion": __version__,
        "rules": [_rule(outcome.rules[rule]) for rule in rule_ids],
    }
    run: dict[str, object] = {
        "tool": {"driver": driver},
        "invocations": [_invocation(outcome, uris, exit_code, left_out=len(subjects) - len(shown))],
        "artifacts": [{"location": uris.location(path)} for path in dict.fromkeys(outcome.archives)],
        "columnKind": "unicodeCodePoints",
        "results": list(_results(shown, outcome, uris, {rule: number for number, rule in enumerate(rule_ids)})),
    }
    if root is not None:
        run["originalUriBaseIds"] = {_ROOT: {"uri": f"{_absolute(root.rstrip('/'))}/"}}
    return indented({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}) + "\n"


def _invocation(outcome: Outcome, uris: _Uris, exit_code: int, *, left_out: int) -> dict[str, object]:
    notifications = [_notification(error, uris) for error in outcome.errors]
    notifications += [
        _remark(f"{path} is a linker script and was not checked", "warning") for path in outcome.unchecked
    ]
    notifications += [_remark(as_options(note), "note") for note in outcome.notes]
    if left_out:
        notifications.append(
            _remark(f"{left_out:,} more results were left out: GitHub takes {_MOST_RESULTS:,}", "warning")
        )
    return {
        "executionSuccessful": not outcome.errors,
        "exitCode": exit_code,
        "toolExecutionNotifications": notifications,
    }


def _notification(error: ArfixError, uris: _Uris) -> dict[str, object]:
    said = _remark(as_options(f"{error}. {error.hint}" if error.hint else str(error)), "error")
    if error.where is not None:
        said["locations"] = [{"physicalLocation": {"artifactLocation": uris.location(error.where.path)}}]
    return said


def _remark(text: str, level: str) -> dict[str, object]:
    return {"level": level, "message": {"text": _text(text)}}


def _rule(text: RuleText) -> dict[str, object]:
    return {
        "id": text.id,
        "name": "".join(word.capitalize() for word in text.id.split("-")),
        "shortDescription": {"text": text.title[:_LONGEST_DESCRIPTION]},
        "fullDescription": {"text": text.why[:_LONGEST_DESCRIPTION]},
        "help": {"text": text.explanation.strip(), "markdown": text.explanation.strip()},
        "helpUri": page_url(text.id),
        "defaultConfiguration": {"level": _LEVELS[text.severity]},
        "properties": {"precision": _PRECISIONS[text.confidence], "problem.severity": _PROBLEMS[text.severity]},
    }


def _results(
    subjects: Sequence[tuple[Finding, str | None]], outcome: Outcome, uris: _Uris, numbers: dict[str, int]
) -> Iterable[dict[str, object]]:
    marks = _fingerprints([finding for finding, _ in subjects], uris)
    for (finding, reason), fingerprint in zip(subjects, marks, strict=True):
        message = finding.message if finding.symbol is None else f"{finding.symbol}: {finding.message}"
        result: dict[str, object] = {
            "ruleId": finding.rule,
            "ruleIndex": numbers[finding.rule],
            "level": _LEVELS[finding.severity],
            "message": {"text": _text(message)},
            "locations": [_location(finding, finding.archive or next(iter(outcome.archives), ""), uris)],
            "partialFingerprints": {"primaryLocationLineHash": f"{fingerprint}:1", "arfix/v2": fingerprint},
        }
        others = () if finding.archive is not None else outcome.archives[1:]
        if others:
            result["relatedLocations"] = [
                {"physicalLocation": _physical(path, uris), "message": {"text": "part of the same link"}}
                for path in others
            ]
        if finding.fix is not None:
            result["properties"] = {"fix": _text(str(finding.fix))}
        if reason is not None:
            result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": _text(reason)}]
        yield result


def fingerprints(findings: Sequence[Finding], root: str | None = None) -> list[str]:
    """Return a distinct fingerprint for each finding, the same in every run while the finding stays what it is.

    Args:
        findings: The findings of one report.
        root: The absolute path of the folder that paths are relative to.
    """
    return _fingerprints(findings, _Uris(root))


def _fingerprints(findings: Sequence[Finding], uris: _Uris) -> list[str]:
    """Return a distinct fingerprint for each finding.

    It is made of the finding's key, which outlives a move of the sysroot and a new wording. The path is added where
    several findings share the key, then the message, and last a running number.
    """
    keys = ["|".join(part or "" for part in finding.key) for finding in findings]
    for more in (lambda one: uris.of(one.archive or ""), lambda one: one.message):
        met = Counter(keys)
        keys = [f"{key}|{more(one)}" if met[key] > 1 else key for key, one in zip(keys, findings, strict=True)]
    again: Counter[str] = Counter()
    found = []
    for key in keys:
        again[key] += 1
        data = _text(key if again[key] == 1 else f"{key}|{again[key]}").encode()
        found.append(hashlib.sha256(data).hexdigest()[:16])
    return found


def _location(finding: Finding, path: str, uris: _Uris) -> dict[str, object]:
    location: dict[str, object] = {"physicalLocation": _physical(path, uris)}
    logical: list[dict[str, object]] = []
    if finding.member is not None:
        logical.append({"name": _text(finding.member), "fullyQualifiedName": _text(finding.place), "kind": "module"})
    if finding.symbol is not None:
        logical.append({"name": _text(finding.symbol), "decoratedName": _text(finding.symbol), "kind": "function"})
    if logical:
        location["logicalLocations"] = logical
    return location


def _physical(path: str, uris: _Uris) -> dict[str, object]:
    """Return the location of a file. GitHub requires a region, and an archive has no lines, so it is line 1."""
    region = {"startLine": 1, "startColumn": 1, "endLine": 1, "endColumn": 1}
    return {"artifactLocation": uris.location(path), "region": region}


class _Uris:
    """Converts paths to URIs."""

    def __init__(self, root: str | None) -> None:
        self.root = None if root is None else PurePosixPath(root.replace("\\", "/"))
        self._known: dict[str, str] = {}

    def location(self, path: str) -> dict[str, object]:
        """Return the `artifactLocation` object of a path."""
        uri = self.of(path)
        return {"uri": uri} if self.root is None or uri.startswith("file:") else {"uri": uri, "uriBaseId": _ROOT}

    def of(self, path: str) -> str:
        """Return a relative URI reference for a path below the root, and a `file:` URI for any other absolute path."""
        known = self._known.get(path)
        if known is None:
            known = self._known[path] = self._find(path)
        return known

    def _find(self, path: str) -> str:
        parts = PurePosixPath(path.replace("\\", "/"))
        if self.root is not None:
            parts = PurePosixPath(posixpath.normpath(self.root / parts))
            parts = parts.relative_to(self.root) if parts.is_relative_to(self.root) else parts
        text = str(parts)
        return _absolute(text) if text.startswith("/") or text[1:3] == ":/" else _quoted(text)


def _absolute(path: str) -> str:
    if path[1:3] == ":/":
        return f"file:///{path[:2]}{_quoted(path)[4:]}"
    return f"file://{_quoted(path)}"


def _quoted(path: str) -> str:
    return quote(path.encode("utf-8", "surrogateescape"))


def _text(text: str) -> str:
    """Return text as valid Unicode, with escapes for bytes that were not UTF-8."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
