"""A rule's id is its file name, its test's name and its page's heading; the registry lists exactly what there is."""

from __future__ import annotations

from pathlib import Path

import pytest

from arfix.audit import rules
from arfix.audit.registry import (
    ARCHIVE_RULE_IDS,
    LINK_RULE_IDS,
    OPTIONAL_RULE_IDS,
    RULE_IDS,
    archive_rules,
    link_rules,
    load_rule,
    module_name,
)
from arfix.report.rule_pages import render_contents, render_page

HERE = Path(__file__).parent
SOURCES = Path(rules.__file__).parent
PAGES = HERE.parent.parent / "docs" / "rules"
HEADINGS = ("What it finds", "Why it matters", "What linkers do", "How to repair", "Example")

each_rule = pytest.mark.parametrize("rule", RULE_IDS)


def test_the_registry_lists_each_file_once() -> None:
    files = {path.stem for path in SOURCES.glob("*.py")} - {"__init__"}
    assert len(set(RULE_IDS)) == len(RULE_IDS)
    assert {module_name(rule) for rule in RULE_IDS} == files


def test_each_rule_has_its_test_and_its_page() -> None:
    tests = {path.stem.removeprefix("test_") for path in (HERE / "rules").glob("test_*.py")}
    assert tests == {module_name(rule) for rule in RULE_IDS}
    assert {path.stem for path in PAGES.glob("*.md")} == {*RULE_IDS, "README"}


def test_rules_are_of_the_kind_their_table_says() -> None:
    assert tuple(rule.text.id for rule in archive_rules(OPTIONAL_RULE_IDS)) == ARCHIVE_RULE_IDS
    assert {rule.text.id for rule in archive_rules(ARCHIVE_RULE_IDS) if not rule.text.default} == OPTIONAL_RULE_IDS
    assert {rule.text.id for rule in archive_rules()} == set(ARCHIVE_RULE_IDS) - OPTIONAL_RULE_IDS
    assert tuple(rule.text.id for rule in link_rules()) == LINK_RULE_IDS


@each_rule
def test_a_rule_says_all_that_a_report_needs(rule: str) -> None:
    text = load_rule(rule).text
    assert text.id == rule
    assert text.title
    assert text.title[0].islower()
    assert not text.title.endswith(".")
    assert text.why.endswith(".")
    assert len(text.why) <= 240
    headings = [line.removeprefix("## ") for line in text.explanation.splitlines() if line.startswith("## ")]
    assert tuple(headings) == HEADINGS


@pytest.mark.golden
@each_rule
def test_the_published_page_is_what_explain_prints(rule: str, request: pytest.FixtureRequest) -> None:
    page = PAGES / f"{rule}.md"
    text = render_page(load_rule(rule).text)
    if request.config.getoption("update_golden"):
        page.write_text(text, "utf-8")
    assert page.read_text("utf-8") == text


@pytest.mark.golden
def test_the_published_list_is_whole(request: pytest.FixtureRequest) -> None:
    text = render_contents(load_rule(rule).text for rule in RULE_IDS)
    if request.config.getoption("update_golden"):
        (PAGES / "README.md").write_text(text, "utf-8")
    assert (PAGES / "README.md").read_text("utf-8") == text


def test_an_unknown_rule_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        load_rule("no-such-rule")
