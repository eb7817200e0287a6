"""The table `[check]` of an `arfix.toml`: rules, their options, and accepted findings with their reasons.

An example; only `rule` and `reason` are required:

    [check]
    fail-on = "warning"
    enable = ["build-paths"]

    [check.rules.undefined-symbol]
    most-stubs = 100

    [[check.ignore]]
    rule = "undefined-symbol"
    match = "libcrypto.a(*bss_log.o)"
    reason = "syslog comes with the next image"
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from arfix.audit.finding import Severity
from arfix.audit.ignores import Ignore, decode_ignore, near_rules
from arfix.audit.registry import RULE_IDS, load_rule
from arfix.audit.rule_options import RuleOption, RuleValue
from arfix.errors import RecipeError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from arfix.documents.table import Table


_SWITCHES = {"true": True, "false": False}


class CheckConfig(NamedTuple):
    """The configuration of `arfix check`.

    Attributes:
        ignores: Findings to be set aside.
        fail_on: The least severity that makes a check fail; None for the default.
        enabled: Rules to run that are off by default.
        rule_values: Values of rules' options.
    """

    ignores: tuple[Ignore, ...] = ()
    fail_on: Severity | None = None
    enabled: tuple[str, ...] = ()
    rule_values: tuple[RuleValue, ...] = ()


def decode_check_config(table: Table) -> CheckConfig:
    """Return the content of a `[check]` table.

    Raises:
        RecipeError: A key is unknown or has a value of the wrong type, a rule does not exist, or an ignore has no
            reason.
    """
    table.expect("ignore", "fail-on", "enable", "rules")
    enabled = decode_enabled_key(table)
    ignores = tuple(decode_ignore_table(one) for one in table.tables("ignore"))
    severities: dict[str, Severity | None] = {severity.value: severity for severity in Severity}
    return CheckConfig(ignores, table.word("fail-on", severities, None), enabled, decode_rule_tables(table))


def decode_enabled_key(table: Table) -> tuple[str, ...]:
    """Return the rules in the list `enable` of `[check]` or of a required link; the list can be empty."""
    words = table.texts("enable") if table.values.get("enable") != [] else ()
    try:
        return decode_enabled(words or ())
    except RecipeError as error:
        raise table.error("enable", error.message, error.hint) from None


def decode_enabled(words: Iterable[str]) -> tuple[str, ...]:
    """Return the rules to run that are off by default, each once.

    Raises:
        RecipeError: A word is not the id of a rule.
    """
    words = tuple(dict.fromkeys(words))
    for word in words:
        if word not in RULE_IDS:
            raise RecipeError(f'there is no rule "{word}"', hint=near_rules(word))
    return words


def decode_rule_option(text: str) -> RuleValue:
    """Return the value in `RULE.NAME=VALUE`, as `--rule-option` takes it.

    Raises:
        RecipeError: The text has another form, or there is no such rule, option or value.
    """
    name, equals, value = text.partition("=")
    rule, dot, name = name.partition(".")
    if not (equals and dot):
        raise RecipeError(f'"{text}" is not RULE.NAME=VALUE', hint="For example undefined-symbol.most-stubs=100.")
    option = _find_option(rule, name)
    match option.default:
        case bool() if value in _SWITCHES:
            return RuleValue(rule, name, _SWITCHES[value])
        case bool():
            pass
        case int() if value.isascii() and value.isdecimal():
            return RuleValue(rule, name, int(value))
        case str():
            return RuleValue(rule, name, value)
    raise _wrong_value(option, f'"{value}"')


def decode_rule_tables(table: Table) -> tuple[RuleValue, ...]:
    """Return the options in the tables `[TABLE.rules.RULE]` of `[check]` or of a required link.

    Raises:
        RecipeError: A rule or option does not exist, or a value has the wrong type; the error has the line.
    """
    rules = table.table("rules")
    values = []
    for rule, options in () if rules is None else rules.tables_by_name().items():
        for name, value in options.values.items():
            try:
                option = _find_option(rule, name)
                if type(value) is not type(option.default) or (isinstance(value, int) and value < 0):
                    raise _wrong_value(option, repr(value))
            except RecipeError as error:
                raise options.error(name, error.message, error.hint) from None
            values.append(RuleValue(rule, name, value))
    return tuple(values)


def _find_option(rule: str, name: str) -> RuleOption[int] | RuleOption[bool] | RuleOption[str]:
    if rule not in RULE_IDS:
        raise RecipeError(f'there is no rule "{rule}"', hint=near_rules(rule))
    options = {one.name: one for one in load_rule(rule).text.options}
    if name not in options:
        known = f"It has {', '.join(options)}." if options else "It has none."
        raise RecipeError(f'the rule {rule} has no option "{name}"', hint=f"{known} `arfix explain {rule}` lists them.")
    return options[name]


def _wrong_value(option: RuleOption[int] | RuleOption[bool] | RuleOption[str], said: str) -> RecipeError:
    expected = {bool: "true or false", int: "a number, 0 or more", str: "a text"}[type(option.default)]
    return RecipeError(f"{option.rule}.{option.name} is {said}, expected {expected}", hint=option.help)


def decode_ignore_table(table: Table) -> Ignore:
    """Return an ignore written as a table with `rule`, `reason`, and optionally `match`.

    Raises:
        RecipeError: A key is unknown, missing or not a text, or the rule does not exist.
    """
    table.expect("rule", "match", "reason")
    rule, match, reason = table.need_text("rule"), table.text("match"), table.need_text("reason")
    try:
        return decode_ignore(rule if match is None else f"{rule}:{match}", reason)
    except RecipeError as error:
        raise table.error("rule", error.message, error.hint) from None
