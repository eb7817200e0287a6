"""Options that decide which findings count, and how findings are written: those of check, verify and fix."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from arfix.audit.config import CheckConfig, decode_check_config, decode_enabled, decode_rule_option
from arfix.audit.finding import Severity
from arfix.audit.ignores import Ignore, decode_ignore
from arfix.audit.rule_options import RuleValue
from arfix.cli.complete import complete_optional_rules, complete_rule_options, complete_rules
from arfix.cli.exit_codes import UsageError
from arfix.documents.toml_file import read_toml

#: The configuration file that is read from the current directory where none is named.
CONFIG_NAME = "arfix.toml"


class FailOn(Enum):
    """The lowest severity at which a command exits 1."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"
    NEVER = "never"


class ReportFormat(Enum):
    """How findings are written."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"
    GITHUB = "github"
    GITLAB = "gitlab"
    JUNIT = "junit"


#: Formats that are documents for other programs; a run that fails writes one as well.
DOCUMENTS = frozenset({ReportFormat.SARIF, ReportFormat.GITHUB, ReportFormat.GITLAB, ReportFormat.JUNIT})


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportOptions:
    """Options that decide how findings are shown; each field is an option of every verb that takes them."""

    format: Annotated[
        ReportFormat,
        typer.Option("--format", help="The format of the findings; json is the same as --json."),
    ] = ReportFormat.TEXT
    everything: Annotated[
        bool, typer.Option("--all", "-a", help="Show all findings, including those of severity info.")
    ] = False
    statistics: Annotated[
        bool, typer.Option("--statistics", help="Count the findings by rule and by archive instead of listing them.")
    ] = False

    def require_sense(self) -> None:
        """Raise `UsageError` for options that contradict each other."""
        if self.statistics and self.format in DOCUMENTS:
            raise UsageError(
                f"--statistics has no form in --format {self.format.value}",
                hint="Use --format text or --format json with it.",
            )


@dataclass(frozen=True, slots=True)
class FindingPolicy:
    """The command line and the configuration file together.

    Attributes:
        ignores: Findings to be set aside.
        enabled: Rules to run that are off by default.
        rule_values: Values of rules' options.
        threshold: The lowest severity at which a command exits 1; None for never.
    """

    ignores: tuple[Ignore, ...]
    enabled: tuple[str, ...]
    rule_values: tuple[RuleValue, ...]
    threshold: Severity | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingOptions:
    """Options that decide which findings count; each field is an option of every verb that takes them."""

    fail_on: Annotated[
        FailOn | None,
        typer.Option("--fail-on", help="Exit 1 for findings of this severity or higher.", show_default="error"),
    ] = None
    ignore: Annotated[
        list[str] | None,
        typer.Option(
            "--ignore",
            metavar="RULE[:PATTERN]",
            autocompletion=complete_rules,
            help="Ignore findings of a rule, at places that match PATTERN if one is given.",
        ),
    ] = None
    enable: Annotated[
        list[str] | None,
        typer.Option(
            "--enable",
            metavar="RULE",
            autocompletion=complete_optional_rules,
            help="Run a rule that is off by default (build-paths).",
        ),
    ] = None
    rule_option: Annotated[
        list[str] | None,
        typer.Option(
            "--rule-option",
            metavar="RULE.NAME=VALUE",
            autocompletion=complete_rule_options,
            help="Set an option of a rule; `arfix explain RULE` lists them.",
        ),
    ] = None
    config: Annotated[
        str | None,
        typer.Option("--config", metavar="FILE", help="Read [check] from FILE.", show_default="arfix.toml, if any"),
    ] = None

    def policy(self) -> FindingPolicy:
        """Return what the options and the configuration file say together; an option goes before the file.

        Raises:
            RecipeError: The file, or an option, names no rule or makes no sense.
        """
        configured = read_config(self.config)
        ignored = (decode_ignore(text, "ignored on the command line") for text in self.ignore or ())
        return FindingPolicy(
            (*configured.ignores, *ignored),
            decode_enabled([*configured.enabled, *(self.enable or ())]),
            (*configured.rule_values, *map(decode_rule_option, self.rule_option or ())),
            threshold(self.fail_on, configured.fail_on),
        )


def threshold(option: FailOn | None, configured: Severity | None) -> Severity | None:
    """Return the severity from which on to fail: the option, else the file, else error; None for never."""
    if option is None:
        return configured or Severity.ERROR
    return None if option is FailOn.NEVER else Severity(option.value)


def read_config(path: str | None) -> CheckConfig:
    """Return the table `[check]` of a file; without a path, of `arfix.toml` in the current directory if it is there."""
    if path is None and not Path(CONFIG_NAME).is_file():
        return CheckConfig()
    table = read_toml(path or CONFIG_NAME).table("check")
    return CheckConfig() if table is None else decode_check_config(table)
