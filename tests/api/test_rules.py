from __future__ import annotations

import pytest

import arfix
from tests.run_arfix import arfix as run


def test_rules_are_those_that_the_command_line_explains() -> None:
    assert [one.id for one in arfix.rules()] == [one["rule"] for one in run("explain", "--json").json["rules"]]
    assert "# How" not in arfix.explain("nested-archive").title
    assert "## How to repair" in arfix.explain("nested-archive").explanation


def test_an_unknown_rule() -> None:
    with pytest.raises(arfix.UsageError, match="there is no rule"):
        arfix.explain("nested-archives")
