"""The rules of `check` and `verify`, as values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.audit.ignores import near_rules
from arfix.audit.registry import RULE_IDS, load_rule
from arfix.errors import UsageError

if TYPE_CHECKING:
    from arfix.audit.rule import RuleText


def rules() -> tuple[RuleText, ...]:
    """Return the texts of all rules, in the order of the documentation."""
    return tuple(load_rule(rule).text for rule in RULE_IDS)


def explain(rule: str) -> RuleText:
    """Return the text of a rule: what it finds, why it matters, and how to repair it.

    Args:
        rule: Its id, as in `Finding.rule`.

    Raises:
        UsageError: There is no such rule.
    """
    if rule not in RULE_IDS:
        raise UsageError(f'there is no rule "{rule}"', hint=near_rules(rule))
    return load_rule(rule).text
