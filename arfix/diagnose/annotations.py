"""A diagnosis for code hosts: SARIF 2.1.0, and GitHub's workflow commands. The place of a cause is its line in the log.

Source: OASIS, "Static Analysis Results Interchange Format (SARIF) Version 2.1.0 Plus Errata 01"; GitHub Docs, "Workflow
commands for GitHub Actions".
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING
from urllib.parse import quote

from arfix.report.gitlab import Issue, render_issues
from arfix.report.json import indented
from arfix.report.junit import Case, CaseResult, Suite, render_suites
from arfix.report.rule_pages import DOCUMENTATION
from arfix.report.sarif import SCHEMA
from arfix.report.text import printable, without_commands
from arfix.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from arfix.diagnose.cause import Cause, Diagnosis
    from arfix.diagnose.family import Family

#: Symbols that one message names.
_SHOWN = 10


def render_sarif(found: Sequence[Diagnosis], exit_code: int) -> str:
    """Return the causes in all logs as one SARIF log with one run."""
    causes = [(diagnosis, cause) for diagnosis in found for cause in diagnosis.causes]
    families = {cause.family.id: cause.family for _, cause in causes}
    numbers = {name: number for number, name in enumerate(families)}
    run = {
        "tool": {
            "driver": {
                "name": "arfix",
                "version": __version__,
                "semanticVersion": __version__,
                "rules": [_rule(family) for family in families.values()],
            }
        },
        "invocations": [{"executionSuccessful": True, "exitCode": exit_code}],
        "columnKind": "unicodeCodePoints",
        "results": [_result(diagnosis, cause, numbers[cause.family.id]) for diagnosis, cause in causes],
    }
    return indented({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}) + "\n"


def _rule(family: Family) -> dict[str, object]:
    return {
        "id": family.id,
        "name": family.id,
        "shortDescription": {"text": family.title},
        "fullDescription": {"text": family.meaning},
        "help": {"text": family.cure, "markdown": family.cure},
        "helpUri": f"{DOCUMENTATION}/messages.md#{family.id}",
        "defaultConfiguration": {"level": "warning" if family.warning else "error"},
    }


def _result(diagnosis: Diagnosis, cause: Cause, number: int) -> dict[str, object]:
    key = _text("|".join((cause.family.id, cause.subject, *sorted(cause.symbols)[:_SHOWN])))
    result: dict[str, object] = {
        "ruleId": cause.family.id,
        "ruleIndex": number,
        "level": "error" if cause.is_error else "warning",
        "message": {"text": _text("\n".join(_lines(cause)))},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": quote(diagnosis.log.encode("utf-8", "surrogateescape"))},
                    "region": {"startLine": max(cause.line, 1)},
                },
                "logicalLocations": [{"name": _text(name), "kind": "function"} for name in cause.symbols[:_SHOWN]],
            }
        ],
        "partialFingerprints": {"cause/v1": hashlib.sha256(key.encode()).hexdigest()[:16]},
        "occurrenceCount": cause.count,
    }
    return result


def render_junit(found: Sequence[Diagnosis]) -> str:
    """Return JUnit XML with a suite for each log and a case for each cause; warnings pass and are printed."""
    return render_suites([Suite(one.log, [*map(_case, one.causes)] or [_CLEAN]) for one in found])


#: The case of a log without causes.
_CLEAN = Case("input", "no failed link", CaseResult.PASSED)


def _case(cause: Cause) -> Case:
    verdict = CaseResult.FAILED if cause.is_error else CaseResult.PASSED
    return Case(cause.family.id, cause.subject or cause.family.title, verdict, cause.summary, "\n".join(_lines(cause)))


def render_gitlab(found: Sequence[Diagnosis], root: str | None = None) -> str:
    """Return a Code Quality report of GitLab; the place of a cause is its line in the log."""
    return render_issues([_issue(one, cause) for one in found for cause in one.causes], root=root)


def _issue(diagnosis: Diagnosis, cause: Cause) -> Issue:
    key = "|".join((cause.subject, *sorted(cause.symbols)[:_SHOWN]))
    severity = "major" if cause.is_error else "minor"
    text = "; ".join(_lines(cause))
    return Issue(cause.family.id, text, severity, diagnosis.log, key, max(cause.line, 1))


def render_commands(found: Sequence[Diagnosis]) -> str:
    """Return one workflow command of GitHub for each cause; an empty text without any."""
    lines = [
        f"::{'error' if cause.is_error else 'warning'} "
        f"file={_property(diagnosis.log)},line={max(cause.line, 1)},title={_property(f'arfix {cause.family.id}')}"
        f"::{_data(chr(10).join(_lines(cause)))}"
        for diagnosis in found
        for cause in diagnosis.causes
    ]
    return "".join(f"{line}\n" for line in lines)


def _lines(cause: Cause) -> Iterator[str]:
    yield cause.summary
    if cause.symbols:
        more = f", and {cause.symbol_count - _SHOWN:,} more" if cause.symbol_count > _SHOWN else ""
        yield f"symbols: {', '.join(cause.symbols[:_SHOWN])}{more}"
    yield from (f"why: {reason}" for reason in cause.reasons)
    for cure in cause.cures:
        yield f"cure: {cure.text}"
        if cure.command is not None:
            yield cure.command


def _text(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _data(text: str) -> str:
    lines = without_commands("\n".join(printable(line) for line in text.split("\n")))
    return lines.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
