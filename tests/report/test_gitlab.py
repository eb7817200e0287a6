from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import jsonschema

from arfix.errors import AccessError, Where
from arfix.report.gitlab import render_gitlab
from tests.report.outcomes import EVERYTHING, HOSTILE, INDEX, INFO, MISSING, outcome

if TYPE_CHECKING:
    from arfix.audit.outcome import Outcome

#: What GitLab's documentation requires of a Code Quality report.
SCHEMA = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "properties": {
            "description": {"type": "string", "minLength": 1},
            "check_name": {"type": "string", "minLength": 1},
            "fingerprint": {"type": "string", "minLength": 1},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "required": ["path", "lines"],
                "properties": {
                    "path": {"type": "string", "minLength": 1, "not": {"pattern": "^\\./"}},
                    "lines": {
                        "type": "object",
                        "required": ["begin"],
                        "properties": {"begin": {"type": "integer", "minimum": 1}},
                    },
                },
            },
        },
    },
}


def read(subject: Outcome, root: str | None = None) -> list[dict[str, Any]]:
    issues = cast("list[dict[str, Any]]", json.loads(render_gitlab(subject, root=root)))
    jsonschema.validate(issues, SCHEMA)
    keys = [issue["fingerprint"] for issue in issues]
    assert len(set(keys)) == len(keys), "GitLab shows one issue of those with equal fingerprints"
    return issues


def test_every_report_keeps_to_the_format() -> None:
    assert len(read(EVERYTHING)) == len(EVERYTHING.findings)
    assert read(outcome()) == []


def test_an_issue_has_place_severity_and_repair() -> None:
    missing, index, info = read(outcome(MISSING[2], INDEX, INFO))
    assert missing["check_name"] == "undefined-symbol"
    assert missing["location"] == {"path": "libcrypto.a", "lines": {"begin": 1}}
    assert missing["description"] == (
        "libcrypto-lib-bss_log.o openlog: nothing in the link defines it. "
        "Repair: arfix strip libcrypto.a libcrypto-lib-bss_log.o"
    )
    assert [one["severity"] for one in (missing, index, info)] == ["major", "minor", "info"]


def test_paths_are_those_of_the_repository() -> None:
    def path(name: str) -> str:
        (issue,) = read(outcome(replace(INDEX, archive=name)), "/home/me/project")
        return cast("str", issue["location"]["path"])

    assert path("./lib/x.a") == path("/home/me/project/lib/x.a") == path("lib\\x.a") == "lib/x.a"
    assert path("/usr/lib/x.a") == "/usr/lib/x.a"
    assert path("../x.a") == "/home/me/x.a"


def test_fingerprints_survive_a_new_wording_and_another_order() -> None:
    first = {one["fingerprint"] for one in read(outcome(*MISSING))}
    again = {one["fingerprint"] for one in read(outcome(*(replace(one, message="!") for one in reversed(MISSING))))}
    assert first == again


def test_input_that_cannot_be_read_blocks() -> None:
    error = AccessError("No such file or directory", where=Where("nope.a"))
    (issue,) = read(replace(outcome(), errors=(error,)))
    assert (issue["severity"], issue["location"]["path"]) == ("blocker", "nope.a")


def test_hostile_names_are_printable() -> None:
    (issue,) = read(outcome(HOSTILE))
    assert issue["location"]["path"] == "x,y:\\x1b.a"
    assert issue["description"] == "\\xff\\u202eo.o#2: text: 100% of it"
