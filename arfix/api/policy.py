"""Which findings count: ignores, rules that are off by default, values of rules' options, and the threshold."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from arfix.arguments import choice_given, words_given
from arfix.audit.config import CheckConfig, decode_check_config, decode_enabled, decode_rule_option
from arfix.audit.finding import Severity
from arfix.audit.ignores import decode_ignore
from arfix.short_repr import short_repr

if TYPE_CHECKING:
    from collections.abc import Iterable

    from arfix.audit.ignores import Ignore
    from arfix.audit.rule_options import RuleValue


@dataclass(frozen=True, slots=True)
class Policy:
    """Which findings count. `Policy.of(ignore=["malformed"])` reads the words of the command line.

    Attributes:
        ignores: Findings to be set aside.
        enabled: Rules to run that are off by default.
        rule_values: Values of rules' options.
        threshold: The lowest severity that fails a check; None for never.
    """

    ignores: tuple[Ignore, ...] = ()
    enabled: tuple[str, ...] = ()
    rule_values: tuple[RuleValue, ...] = ()
    threshold: Severity | None = Severity.ERROR

    def __repr__(self) -> str:
        """Return what differs from the default, on one line."""
        return short_repr(self)

    @classmethod
    def of(  # noqa: PLR0913 (one parameter per option)
        cls,
        *,
        ignore: str | Iterable[str] = (),
        enable: str | Iterable[str] = (),
        rule_options: str | Iterable[str] = (),
        fail_on: Severity | None = None,
        never_fails: bool = False,
        config: str | os.PathLike[str] | None = None,
    ) -> Policy:
        """Return what these words and a configuration file say together; a word goes before the file.

        Args:
            ignore: `RULE` or `RULE:PATTERN`, as for `--ignore`.
            enable: Rules that are off by default.
            rule_options: `RULE.NAME=VALUE`, as for `--rule-option`.
            fail_on: The lowest severity that fails; None for that of the file, or else error.
            never_fails: No finding fails, as with `--fail-on never`.
            config: A TOML file with a table `[check]`; None reads no file.

        Raises:
            RecipeError: The file, or a word, names no rule or makes no sense.
        """
        if fail_on is not None:
            choice_given(fail_on, Severity, "fail_on")
        configured = CheckConfig() if config is None else read_config(config)
        ignored = [decode_ignore(text, "ignored on the command line") for text in words_given(ignore, "ignore")]
        return cls(
            (*configured.ignores, *ignored),
            decode_enabled([*configured.enabled, *words_given(enable, "enable")]),
            (*configured.rule_values, *map(decode_rule_option, words_given(rule_options, "rule_options"))),
            None if never_fails else fail_on or configured.fail_on or Severity.ERROR,
        )


def read_config(path: str | os.PathLike[str]) -> CheckConfig:
    """Return the table `[check]` of a file; the default if it has none."""
    from arfix.documents.toml_file import read_toml  # noqa: PLC0415 (most runs have no configuration)

    table = read_toml(os.fspath(path)).table("check")
    return CheckConfig() if table is None else decode_check_config(table)
