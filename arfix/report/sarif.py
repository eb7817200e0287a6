"""Findings as a SARIF 2.1.0 log: the archive is the physical location, the member in it the logical one.

Source: OASIS, "Static Analysis Results Interchange Format (SARIF) Version 2.1.0 Plus Errata 01".
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import quote

from arfix.audit.finding import Confidence, Severity
from arfix.report.findings import rules_found
from arfix.version import __version__

if TYPE_CHECKING:
    from arfix.audit.finding import Finding
    from arfix.audit.outcome import Outcome
    from arfix.audit.rule import RuleText

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}

#: How GitHub code scanning words confidence. Source: GitHub Docs, "SARIF support for code scanning", `precision`.
_PRECISIONS = {Confidence.CERTAIN: "very-high", Confidence.LIKELY: "high", Confidence.POSSIBLE: "medium"}


def render_sarif(outcome: Outcome) -> str:
    """Return the outcome as one SARIF log with one run. Findings set aside are results that carry a suppression."""
    aside = [one.finding for one in outcome.set_aside]
    rule_ids = rules_found([*outcome.findings, *aside])
    numbers = {rule: number for number, rule in enumerate(rule_ids)}
    results = [_result(finding, numbers) for finding in outcome.findings]
    for one in outcome.set_aside:
        suppression = {"kind": "external", "status": "accepted", "justification": _text(one.reason)}
        results.append({**_result(one.finding, numbers), "suppressions": [suppression]})
    driver = {
        "name": "arfix",
        "version": __version__,
        "semanticVersion": __version__,
        "rules": [_rule(outcome.rules[rule]) for rule in rule_ids],
    }
    run: dict[str, object] = {
        "tool": {"driver": driver},
        "artifacts": [{"location": {"uri": _uri(path)}} for path in dict.fromkeys(outcome.archives)],
        "columnKind": "unicodeCodePoints",
        "results": results,
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _rule(text: RuleText) -> dict[str, object]:
    return {
        "id": text.id,
        "name": "".join(word.capitalize() for word in text.id.split("-")),
        "shortDescription": {"text": text.title},
        "fullDescription": {"text": text.why},
        "help": {"text": text.explanation.strip(), "markdown": text.explanation.strip()},
        "defaultConfiguration": {"level": _LEVELS[text.severity]},
        "properties": {"precision": _PRECISIONS[text.confidence]},
    }


def _result(finding: Finding, numbers: dict[str, int]) -> dict[str, object]:
    message = finding.message if finding.symbol is None else f"{finding.symbol}: {finding.message}"
    result: dict[str, object] = {
        "ruleId": finding.rule,
        "ruleIndex": numbers[finding.rule],
        "level": _LEVELS[finding.severity],
        "message": {"text": _text(message)},
        "partialFingerprints": {"arfix/v1": _text("|".join(part or "" for part in finding.key))},
    }
    if finding.archive is not None:
        result["locations"] = [_location(finding)]
    if finding.fix is not None:
        result["properties"] = {"fix": _text(str(finding.fix))}
    return result


def _location(finding: Finding) -> dict[str, object]:
    location: dict[str, object] = {"physicalLocation": {"artifactLocation": {"uri": _uri(finding.archive or "")}}}
    logical: list[dict[str, object]] = []
    if finding.member is not None:
        logical.append({"name": _text(finding.member), "fullyQualifiedName": _text(finding.place), "kind": "module"})
    if finding.symbol is not None:
        logical.append({"name": _text(finding.symbol), "decoratedName": _text(finding.symbol), "kind": "function"})
    if logical:
        location["logicalLocations"] = logical
    return location


def _uri(path: str) -> str:
    """Return a relative path as a relative URI reference and an absolute one as a `file:` URI."""
    parts = path.replace("\\", "/")
    encoded = quote(parts.encode("utf-8", "surrogateescape"))
    if parts.startswith("/"):
        return f"file://{encoded}"
    if parts[1:3] == ":/":
        return f"file:///{parts[:2]}{encoded[4:]}"
    return encoded


def _text(text: str) -> str:
    """Return text that is valid Unicode: bytes that were not UTF-8 become escapes."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
