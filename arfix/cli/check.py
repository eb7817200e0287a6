"""`arfix check ARCHIVE...`: what a link of these archives would run into, before the link."""

from __future__ import annotations

import sys
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from arfix.audit.finding import Severity
from arfix.audit.ignores import Ignore, decode_ignore, sift
from arfix.audit.outcome import Outcome
from arfix.audit.registry import load_rule
from arfix.audit.run import run_audit
from arfix.cli.exit_codes import ExitCode
from arfix.cli.link_options import (
    ArchivesArgument,
    FailOn,
    JobsOption,
    NeededByOption,
    OnDemandOption,
    ProviderOption,
    RootOption,
    SysrootOption,
    TargetOption,
    make_settings,
)
from arfix.cli.output import Output
from arfix.errors import AccessError, RecipeError, Where
from arfix.linkage.model import Target
from arfix.report.findings import describe_outcome, render_outcome

if TYPE_CHECKING:
    from arfix.audit.config import CheckConfig
    from arfix.audit.finding import Finding, FindingKey

CONFIG_NAME = "arfix.toml"


class ReportFormat(Enum):
    """How findings are written."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"
    GITHUB = "github"


FailOnOption = Annotated[
    FailOn | None, typer.Option("--fail-on", help="Exit 1 from this severity on.", show_default="error")
]
IgnoreOption = Annotated[
    list[str] | None,
    typer.Option("--ignore", metavar="RULE[:PATTERN]", help="Set findings aside; PATTERN is tried on each place."),
]
BaselineOption = Annotated[
    str | None, typer.Option("--baseline", metavar="FILE", help="Set aside the findings this file knows.")
]
WriteBaselineOption = Annotated[
    str | None, typer.Option("--write-baseline", metavar="FILE", help="Write what was found as a baseline; exit 0.")
]
ConfigOption = Annotated[
    str | None,
    typer.Option("--config", metavar="FILE", help="Read [check] from this file.", show_default="arfix.toml, if any"),
]
FormatOption = Annotated[ReportFormat, typer.Option("--format", help="How to write findings; json is --json.")]
AllOption = Annotated[bool, typer.Option("--all", "-a", help="Show every finding, info too.")]


def check(
    context: typer.Context,
    archives: ArchivesArgument,
    *,
    provider: ProviderOption = None,
    sysroot: SysrootOption = None,
    target: TargetOption = Target.EXECUTABLE,
    on_demand: OnDemandOption = False,
    needed_by: NeededByOption = None,
    root: RootOption = None,
    fail_on: FailOnOption = None,
    ignore: IgnoreOption = None,
    baseline: BaselineOption = None,
    write_baseline: WriteBaselineOption = None,
    config: ConfigOption = None,
    format: FormatOption = ReportFormat.TEXT,
    everything: AllOption = False,
    jobs: JobsOption = 0,
) -> ExitCode:
    """Say what a link of these archives would run into, and what repairs it.

    Exits 1 on findings at or above --fail-on. `arfix explain RULE` tells all about a rule.
    """
    output = Output.of(context)
    configured = read_config(config)
    ignores = (*configured.ignores, *command_line_ignores(ignore))
    known = () if baseline is None else read_baseline(baseline)
    settings = make_settings(archives, provider, sysroot, target, on_demand, needed_by, root, jobs)
    audit = run_audit(settings)
    codes = [output.error(error) for error in audit.errors]
    if write_baseline is not None:
        return save_baseline(output, write_baseline, audit.findings)
    sifted = sift(audit.findings, ignores, known)
    met = dict.fromkeys([one.rule for one in (*sifted.findings, *(aside.finding for aside in sifted.set_aside))])
    rules = {rule: load_rule(rule).text for rule in met}
    outcome = Outcome(settings.archives, sifted.findings, rules, sifted.set_aside)
    for note in (*audit.notes, *sifted.notes):
        output.note(note)
    show_outcome(output, outcome, format, everything=everything)
    failed = outcome.fails(threshold(fail_on, configured.fail_on))
    return max([*codes, ExitCode.FINDINGS if failed else ExitCode.DONE])


def threshold(option: FailOn | None, configured: Severity | None) -> Severity | None:
    """Return the severity from which on to fail: the option, else the file, else error; None for never."""
    if option is None:
        return configured or Severity.ERROR
    return None if option is FailOn.NEVER else Severity(option.value)


def show_outcome(output: Output, outcome: Outcome, format: ReportFormat, *, everything: bool) -> None:
    """Print an outcome in the format asked for."""
    if format is ReportFormat.JSON:
        output.json = True
    if format is ReportFormat.SARIF:
        from arfix.report.sarif import render_sarif  # noqa: PLC0415 (this format only)

        sys.stdout.write(render_sarif(outcome))
    elif format is ReportFormat.GITHUB:
        from arfix.report.github import render_annotations  # noqa: PLC0415 (this format only)

        sys.stdout.write(render_annotations(outcome))
    else:
        output.show(
            text=lambda: render_outcome(outcome, output.style, everything=everything),
            data=lambda: describe_outcome(outcome),
        )


def command_line_ignores(texts: list[str] | None) -> tuple[Ignore, ...]:
    """Return the ignores of the command line; the file is the place for reasons."""
    return tuple(decode_ignore(text, "ignored on the command line") for text in texts or ())


def read_config(path: str | None) -> CheckConfig:
    """Return what a file says of every check; without a path, `arfix.toml` in the current directory if there is one."""
    from arfix.audit.config import CheckConfig, decode_check_config  # noqa: PLC0415 (start-up)

    if path is None and not Path(CONFIG_NAME).is_file():
        return CheckConfig()
    import tomllib  # noqa: PLC0415 (only with a file to read)

    where = Where(path or CONFIG_NAME)
    try:
        document = tomllib.loads(read_text(where))
    except tomllib.TOMLDecodeError as error:
        raise RecipeError(f"no TOML: {error}", where=where) from None
    return decode_check_config(document, where)


def read_baseline(path: str) -> tuple[FindingKey, ...]:
    """Return the findings a baseline file knows."""
    from arfix.audit.baseline import decode_baseline  # noqa: PLC0415 (only with a baseline)

    return decode_baseline(read_text(Where(path)), path)


def read_text(where: Where) -> str:
    """Return the text of a file in UTF-8."""
    try:
        return Path(where.path).read_text("utf-8")
    except UnicodeDecodeError:
        raise RecipeError("not text in UTF-8", where=where) from None
    except OSError as error:
        raise AccessError(error.strerror or str(error), where=where) from error


def save_baseline(output: Output, path: str, findings: tuple[Finding, ...]) -> ExitCode:
    """Write the findings as a baseline."""
    from arfix.audit.baseline import render_baseline  # noqa: PLC0415 (only with --write-baseline)

    Path(path).write_text(render_baseline(findings), "utf-8")
    output.note(f"{path} knows {len({finding.key for finding in findings})} findings now")
    return ExitCode.DONE
