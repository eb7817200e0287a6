from __future__ import annotations

import json

import pytest

from arfix.audit.baseline import decode_baseline, render_baseline
from arfix.audit.finding import Finding, Severity
from arfix.errors import RecipeError
from arfix.report.findings import describe_finding

FOUND = (
    Finding("undefined-symbol", Severity.ERROR, "m", "sys/libc.a", "x.o", "s"),
    Finding("malformed", Severity.ERROR, "m", "C:\\sys\\b.a", "\udcff.o"),
    Finding("prediction-differs", Severity.ERROR, "m"),
)


def test_what_is_written_is_read_back() -> None:
    assert set(decode_baseline(render_baseline(FOUND), "b.json")) == {one.key for one in FOUND}


def test_the_order_of_findings_changes_nothing() -> None:
    assert render_baseline(FOUND) == render_baseline(reversed(FOUND))


def test_the_json_of_a_check_is_a_baseline() -> None:
    text = json.dumps({"schema_version": 1, "findings": [describe_finding(one) for one in FOUND]})
    assert set(decode_baseline(text, "b.json")) == {one.key for one in FOUND}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        "[" * 100_000,
        '{"schema_version": 2, "findings": []}',
        '{"schema_version": 1}',
        '{"schema_version": 1, "findings": [3]}',
        '{"schema_version": 1, "findings": [{"rule": null}]}',
        '{"schema_version": 1, "findings": [{"rule": "malformed", "member": 3}]}',
    ],
)
def test_what_is_no_baseline_is_refused_with_its_name(text: str) -> None:
    with pytest.raises(RecipeError) as caught:
        decode_baseline(text, "b.json")
    assert str(caught.value).startswith("b.json: ")
