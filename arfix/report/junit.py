"""JUnit XML, which Jenkins, GitLab, Azure Pipelines and others show as test results: a case for each finding.

There is no standard. This is what the schema of Jenkins' xUnit plugin accepts. Source: `junit-10.xsd` of that plugin.
"""

from __future__ import annotations

from collections import Counter
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from arfix.audit.finding import Severity
from arfix.report.text import printable, without_commands
from arfix.spelling import as_options

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from arfix.audit.finding import Finding
    from arfix.audit.outcome import Outcome
    from arfix.errors import ArfixError


class CaseResult(Enum):
    """The result of a case; the value is the XML element, empty for a case that passes."""

    PASSED = ""
    FAILED = "failure"
    ERROR = "error"
    SKIPPED = "skipped"


class Case(NamedTuple):
    """One test case.

    Attributes:
        check: What was tested: the id of a rule.
        name: The subject. Together with `check` it identifies the case from one run to the next.
        verdict: The result.
        message: The result in one line.
        text: Everything about it, in lines; for a passed case, its output.
    """

    check: str
    name: str
    verdict: CaseResult
    message: str = ""
    text: str = ""


class Suite(NamedTuple):
    """The cases of one file."""

    name: str
    cases: Sequence[Case]


#: The suite of findings that belong to no single archive.
_WHOLE_LINK = "link"


def render_junit(outcome: Outcome, threshold: Severity | None = Severity.ERROR) -> str:
    """Return an outcome as JUnit XML: a suite for each archive, and one for the link.

    Findings below the threshold are cases that pass and print the finding; findings set aside are skipped. An archive
    without findings is a case that passes, since several programs take a suite without cases for a failure.

    Args:
        outcome: The result of a check or verify.
        threshold: The lowest severity that fails; None if nothing fails.
    """
    cases: dict[str, list[Case]] = {path: [] for path in outcome.archives}
    for error in outcome.errors:
        path = _WHOLE_LINK if error.where is None else error.where.path
        cases.setdefault(path, []).append(_unread(error))
    for path in outcome.unchecked:
        cases.setdefault(path, []).append(Case("input", "readable", CaseResult.SKIPPED, "a linker script"))
    for finding in outcome.findings:
        fails = threshold is not None and finding.severity.rank >= threshold.rank
        verdict = CaseResult.FAILED if fails else CaseResult.PASSED
        cases.setdefault(finding.archive or _WHOLE_LINK, []).append(_case(finding, verdict))
    for aside in outcome.set_aside:
        case = _case(aside.finding, CaseResult.SKIPPED)._replace(message=aside.reason, text="")
        cases.setdefault(aside.finding.archive or _WHOLE_LINK, []).append(case)
    clean = Case("input", "no findings", CaseResult.PASSED)
    return render_suites([Suite(path, found or [clean]) for path, found in cases.items()])


def _unread(error: ArfixError) -> Case:
    return Case(
        "input",
        "readable",
        CaseResult.ERROR,
        as_options(str(error)),
        as_options(f"{error}\n{error.hint or ''}".rstrip()),
    )


def _case(finding: Finding, verdict: CaseResult) -> Case:
    name = " ".join(part for part in (finding.place, finding.symbol) if part)
    lines = [f"{finding.severity.value} {finding.rule}: {name}", finding.message]
    if finding.cause is not None:
        lines.append(finding.cause)
    if finding.fix is not None:
        lines.append(f"Repair: {finding.fix}")
    return Case(finding.rule, name or _WHOLE_LINK, verdict, finding.message, "\n".join(lines))


def render_suites(suites: Iterable[Suite]) -> str:
    """Return suites of cases as one XML document. Names and texts are made printable, and safe in a CI log."""
    import xml.etree.ElementTree as ET  # noqa: PLC0415 (its usual name; start-up)

    root = ET.Element("testsuites", name="arfix")
    totals: Counter[CaseResult] = Counter()
    for suite in suites:
        counts = Counter(case.verdict for case in suite.cases)
        totals += counts
        skipped = str(counts[CaseResult.SKIPPED])
        attributes = {"name": _line(suite.name), **_counts(counts), "skipped": skipped}
        element = ET.SubElement(root, "testsuite", attributes)
        for case, name in zip(suite.cases, _distinct(suite.cases), strict=True):
            item = ET.SubElement(element, "testcase", classname=f"arfix.{_line(case.check)}", name=name)
            if case.verdict is CaseResult.SKIPPED:
                ET.SubElement(item, "skipped", message=_line(case.message))
            elif case.verdict is CaseResult.PASSED:
                if case.text:
                    ET.SubElement(item, "system-out").text = _lines(case.text)
            else:
                result = ET.SubElement(item, case.verdict.value, type=_line(case.check), message=_line(case.message))
                result.text = _lines(case.text)
    root.attrib.update(_counts(totals))
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _counts(counts: Counter[CaseResult]) -> dict[str, str]:
    return {
        "tests": str(counts.total()),
        "failures": str(counts[CaseResult.FAILED]),
        "errors": str(counts[CaseResult.ERROR]),
    }


def _distinct(cases: Iterable[Case]) -> Iterator[str]:
    """Yield the name of each case; one that occurred before gets a number, so that no result hides another."""
    met: Counter[tuple[str, str]] = Counter()
    for case in cases:
        name = _line(case.name)
        met[case.check, name] += 1
        number = met[case.check, name]
        yield name if number == 1 else f"{name} #{number}"


def _line(text: str) -> str:
    return _lines(text.replace("\n", " "))


def _lines(text: str) -> str:
    return without_commands("\n".join(printable(line) for line in text.split("\n")))
