from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest

from arfix.audit.finding import Severity
from arfix.audit.outcome import Outcome
from arfix.errors import AccessError, Where
from arfix.report.junit import render_junit
from tests.report.outcomes import EVERYTHING, HOSTILE, INDEX, MISSING, outcome

#: The part of `junit-10.xsd` of Jenkins' xUnit plugin that is used: attributes (required ones first), and children.
SCHEMA: dict[str, tuple[set[str], set[str], set[str]]] = {
    "testsuites": (set(), {"name", "tests", "failures", "errors"}, {"testsuite"}),
    "testsuite": ({"name", "tests", "failures", "errors"}, {"skipped"}, {"testcase"}),
    "testcase": ({"name"}, {"classname"}, {"failure", "error", "skipped", "system-out"}),
    "failure": (set(), {"type", "message"}, set()),
    "error": (set(), {"type", "message"}, set()),
    "skipped": (set(), {"type", "message"}, set()),
    "system-out": (set(), set(), set()),
}


def read(text: str) -> ET.Element:
    """Return the root of a document that keeps to the schema and counts right."""
    root = ET.fromstring(text)  # noqa: S314 (our own output)
    assert root.tag == "testsuites"
    for element in root.iter():
        required, optional, children = SCHEMA[element.tag]
        assert required <= set(element.attrib) <= required | optional
        assert {child.tag for child in element} <= children
    for suite in root:
        assert int(suite.attrib["tests"]) == len(suite) > 0
        for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert int(suite.attrib[attribute]) == len(suite.findall(f"testcase/{tag}"))
    for attribute in ("tests", "failures", "errors"):
        assert int(root.attrib[attribute]) == sum(int(suite.attrib[attribute]) for suite in root)
    return root


@pytest.mark.parametrize("subject", [outcome(), outcome(*MISSING), EVERYTHING, Outcome((), (), {})])
def test_every_document_keeps_to_the_schema(subject: Outcome) -> None:
    read(render_junit(subject))


def test_a_finding_is_a_case_that_fails_with_its_repair() -> None:
    (suite,) = read(render_junit(outcome(MISSING[2])))
    (case,) = suite
    assert (suite.get("name"), case.get("classname")) == ("libcrypto.a", "arfix.undefined-symbol")
    assert case.get("name") == "libcrypto.a(libcrypto-lib-bss_log.o) openlog"
    (failure,) = case
    assert failure.get("message") == "nothing in the link defines it"
    assert "Repair: arfix strip libcrypto.a libcrypto-lib-bss_log.o" in (failure.text or "")


@pytest.mark.parametrize(
    ("threshold", "failures"), [(Severity.ERROR, "3"), (Severity.WARNING, "4"), (Severity.INFO, "4"), (None, "0")]
)
def test_what_fails_is_what_the_command_fails_for(threshold: Severity | None, failures: str) -> None:
    root = read(render_junit(outcome(*MISSING, INDEX), threshold))
    assert (root.get("tests"), root.get("failures")) == ("4", failures)


def test_a_clean_archive_passes_and_an_unread_one_is_an_error() -> None:
    error = AccessError("No such file or directory", where=Where("nope.a"))
    subject = replace(outcome(), archives=("fine.a",), errors=(error,), unchecked=("libm.a",))
    cases = {case.get("name"): [one.tag for one in case] for suite in read(render_junit(subject)) for case in suite}
    suites = [suite.get("name") for suite in read(render_junit(subject))]
    assert suites == ["fine.a", "nope.a", "libm.a"]
    assert cases["no findings"] == []
    assert [child.tag for child in read(render_junit(subject)).iter("error")] == ["error"]


def test_findings_set_aside_are_skipped_with_the_reason() -> None:
    skipped = [one.get("message") for one in read(render_junit(EVERYTHING)).iter("skipped")]
    assert sorted(map(str, skipped)) == ["built on first use", "known to the baseline"]


def test_equal_names_hide_no_result() -> None:
    twice = (MISSING[0], replace(MISSING[0], message="another"))
    (suite,) = read(render_junit(outcome(*twice)))
    names = [case.get("name") for case in suite]
    assert len(set(names)) == 2


def test_hostile_names_are_no_markup_and_no_command() -> None:
    name = '</testcase><x y="&\x00\ufffe\udcff]]>\n::error::x ##vso[task.x]'
    text = render_junit(outcome(replace(HOSTILE, member=name, archive=name, message=name, symbol=name)))
    (suite,) = read(text)
    assert "\\x00\\ufffe\\xff]]>" in (suite.get("name") or "")
    assert "##vso[" not in text
    assert not [line for line in text.splitlines() if line.lstrip().startswith("::")]
    text.encode("utf-8")
