"""Options that decide which findings count, and how findings are written: those of check, verify and fix."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from arfix.api.policy import Policy
from arfix.audit.finding import Severity
from arfix.cli.complete import complete_optional_rules, complete_rule_options, complete_rules
from arfix.cli.exit_codes import UsageError

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

    def policy(self) -> Policy:
        """Return what the options and the configuration file say together; an option goes before the file.

        Raises:
            RecipeError: The file, or an option, names no rule or makes no sense.
        """
        config = self.config
        if config is None and Path(CONFIG_NAME).is_file():
            config = CONFIG_NAME
        return Policy.of(
            ignore=self.ignore or (),
            enable=self.enable or (),
            rule_options=self.rule_option or (),
            fail_on=None if self.fail_on is None or self.fail_on is FailOn.NEVER else Severity(self.fail_on.value),
            never_fails=self.fail_on is FailOn.NEVER,
            config=config,
        )
