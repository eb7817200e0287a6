from __future__ import annotations

from pathlib import Path

import pytest

from arfix.audit.registry import RULE_IDS
from tests.run_arfix import arfix

PAGES = Path(__file__).parent.parent.parent / "docs" / "rules"


@pytest.mark.parametrize("rule", RULE_IDS)
def test_a_rule_is_explained_by_its_published_page(rule: str) -> None:
    ran = arfix("explain", rule)
    assert ran.code == 0
    assert ran.stdout == (PAGES / f"{rule}.md").read_text("utf-8")


def test_without_a_name_all_rules_are_listed() -> None:
    ran = arfix("explain")
    assert [line.split()[0] for line in ran.stdout.splitlines()[1:]] == list(RULE_IDS)


def test_json_has_the_same() -> None:
    document = arfix("explain", "--json").json
    assert [rule["rule"] for rule in document["rules"]] == list(RULE_IDS)
    assert document["rules"][0]["explanation"]


def test_an_unknown_rule_names_the_nearest_and_the_others_are_still_explained() -> None:
    ran = arfix("explain", "nested-archives", "malformed")
    assert ran.code == 2
    assert ran.stdout.startswith("# malformed\n")
    assert "nested-archive" in ran.stderr
