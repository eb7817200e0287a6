"""The `[check]` table of an `arfix.toml`: accepted findings with reasons, and what fails a check.

An example; every key but `rule` and `reason` is optional:

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

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from arfix.audit.finding import Severity
from arfix.audit.ignores import Ignore, decode_ignore, near_rules
from arfix.audit.registry import RULE_IDS, load_rule
from arfix.audit.rule_options import RuleOption, RuleValue
from arfix.errors import RecipeError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from arfix.errors import Where

_KEYS = frozenset({"ignore", "fail-on", "enable", "rules"})
_SWITCHES = {"true": True, "false": False}
_IGNORE_KEYS = frozenset({"rule", "match", "reason"})


@dataclass(frozen=True, slots=True)
class CheckConfig:
    """The settings of a configuration file, which hold for every check.

    Attributes:
        ignores: Findings that do not count.
        fail_on: The lowest severity that fails a check; None if the file does not set it.
        enabled: Rules to run besides the default ones.
        rule_values: Values of rules' options.
    """

    ignores: tuple[Ignore, ...] = ()
    fail_on: Severity | None = None
    enabled: tuple[str, ...] = ()
    rule_values: tuple[RuleValue, ...] = ()


def decode_check_config(
    document: Mapping[str, object], where: Where, lines: Mapping[tuple[str | int, ...], int] | None = None
) -> CheckConfig:
    """Return the `check` table of a parsed file; raise RecipeError for anything invalid.

    `lines` gives the line of each key by its path, so that errors can name it.
    """
    table = document.get("check", {})
    if not isinstance(table, dict):
        raise RecipeError("`check` must be a table", where=where)
    _refuse_unknown(table, _KEYS, ("check",), where, lines)
    entries = table.get("ignore", [])
    if not isinstance(entries, list):
        raise RecipeError("`check.ignore` must be an array of tables", where=where, hint="write [[check.ignore]]")
    enabled = table.get("enable", [])
    if not isinstance(enabled, list) or not all(isinstance(one, str) for one in enabled):
        raise RecipeError("`check.enable` must be a list of rules", where=where, hint='write enable = ["build-paths"]')
    try:
        rules = decode_enabled(enabled)
    except RecipeError as error:
        raise RecipeError(error.message, where=where, hint=error.hint) from None
    ignores = tuple(_decode_ignore(entry, where, lines, number) for number, entry in enumerate(entries))
    return CheckConfig(
        ignores,
        _decode_fail_on(table, where),
        rules,
        decode_rule_tables(table.get("rules", {}), ("check",), where, lines),
    )


def decode_enabled(words: Iterable[str]) -> tuple[str, ...]:
    """Return the ids of the rules to enable, without repeats.

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


def decode_rule_tables(
    tables: object,
    path: tuple[str | int, ...],
    where: Where,
    lines: Mapping[tuple[str | int, ...], int] | None = None,
) -> tuple[RuleValue, ...]:
    """Return the values in the tables `[PATH.rules.RULE]` of a parsed file.

    Args:
        tables: The value of the key `rules`: rule -> name -> value.
        path: The path of the table that has this key.
        where: The file.
        lines: The line of each key by its path; None if unknown.

    Raises:
        RecipeError: There is no such rule, option or value; the place is its line.
    """
    title = ".".join(str(one) for one in path)
    if not isinstance(tables, dict) or not all(isinstance(one, dict) for one in tables.values()):
        raise RecipeError(
            f"`{title}.rules` must hold a table per rule", where=where, hint=f"write [{title}.rules.RULE]"
        )
    values = []
    for rule, table in tables.items():
        for name, value in table.items():
            try:
                option = _find_option(rule, name)
                if type(value) is not type(option.default) or (isinstance(value, int) and value < 0):
                    raise _wrong_value(option, repr(value))
            except RecipeError as error:
                line = (lines or {}).get((*path, "rules", rule, name))
                raise RecipeError(error.message, where=replace(where, line=line), hint=error.hint) from None
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


def _decode_ignore(
    entry: object, where: Where, lines: Mapping[tuple[str | int, ...], int] | None, number: int
) -> Ignore:
    if not isinstance(entry, dict):
        raise RecipeError("`check.ignore` must be an array of tables", where=where, hint="write [[check.ignore]]")
    _refuse_unknown(entry, _IGNORE_KEYS, ("check", "ignore", number), where, lines)
    rule, match, reason = (entry.get(key) for key in ("rule", "match", "reason"))
    if not isinstance(rule, str) or not isinstance(match, str | None):
        raise RecipeError("an ignore needs `rule` and may have `match`, both text", where=where)
    if not isinstance(reason, str) or not reason.strip():
        raise RecipeError(f"the ignore of {rule} gives no reason", where=where, hint='add reason = "..." to it')
    try:
        return decode_ignore(rule if match is None else f"{rule}:{match}", reason)
    except RecipeError as error:
        raise RecipeError(error.message, where=where, hint=error.hint) from None


def _decode_fail_on(table: Mapping[str, object], where: Where) -> Severity | None:
    value = table.get("fail-on")
    words = {severity.value: severity for severity in Severity}
    if value is None:
        return None
    if not isinstance(value, str) or value not in words:
        raise RecipeError(f"`check.fail-on` is {value!r}, expected one of {', '.join(words)}", where=where)
    return words[value]


def _refuse_unknown(
    table: Mapping[str, object],
    known: frozenset[str],
    path: tuple[str | int, ...],
    where: Where,
    lines: Mapping[tuple[str | int, ...], int] | None,
) -> None:
    """Raise RecipeError for a key that the table does not know, with its line and the nearest key that it knows."""
    unknown = next((key for key in table if key not in known), None)
    if unknown is None:
        return
    from difflib import get_close_matches  # noqa: PLC0415 (only after a mistake)

    near = get_close_matches(unknown.replace("_", "-"), sorted(known), n=1, cutoff=0.4)
    raise RecipeError(
        f'{"[check]" if len(path) == 1 else "[[check.ignore]]"} has no key "{unknown}"',
        where=replace(where, line=(lines or {}).get((*path, unknown))),
        hint=f"Did you mean {near[0]}?" if near else f"It knows {', '.join(sorted(known))}.",
    )
