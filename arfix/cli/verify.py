"""`arfix verify ARCHIVE...`: run real linkers, and compare their results with what check predicts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from arfix.api import verify as api
from arfix.cli.exit_codes import ExitCode
from arfix.cli.finding_options import FindingOptions, ReportFormat, ReportOptions
from arfix.cli.finding_report import failure_shown, show_outcome
from arfix.cli.link_options import ArchivesArgument, CommandTargetOption, LinkOptions, OnDemandOption
from arfix.cli.output import Output
from arfix.cli.report_option import PageOption, command_line
from arfix.report.trials import describe_trial, render_trials

if TYPE_CHECKING:
    from arfix.api.verify import Verified
    from arfix.report.html.model import Report


def verify(
    context: typer.Context,
    archives: ArchivesArgument,
    *,
    linker: Annotated[
        list[str] | None,
        typer.Option("--linker", metavar="NAME", help="ld, gold, lld, mold, or the name or path of any linker."),
    ] = None,
    link: LinkOptions,
    target: CommandTargetOption = None,
    on_demand: OnDemandOption = False,
    findings: FindingOptions,
    report: ReportOptions,
    page: PageOption,
) -> ExitCode:
    """Link these archives with real linkers, and compare the results with what check predicts.

    Uses every installed linker for the archives' machine, or those named with --linker. `arfix verify -- gcc ...` runs
    that command, with its output in a temporary directory. Writes only to a temporary directory.
    """
    output = Output.of(context)
    with failure_shown(output, archives, report):
        policy = findings.policy()
        verified = api.verify(
            **link.arguments(archives, output.link_words),
            linkers=linker or (),
            target=target,
            on_demand=on_demand,
            policy=policy,
        )
    outcome, trials = verified.outcome, verified.trials
    codes = [output.error(error) for error in outcome.errors]
    for note in outcome.notes:
        output.note(note)
    if report.format in {ReportFormat.TEXT, ReportFormat.JSON}:
        output.show(
            text=lambda: render_trials(trials, output.style),
            data=lambda: {"linkers": [describe_trial(trial) for trial in trials]},
        )
    failed = outcome.fails(policy.threshold)
    code = max([*codes, ExitCode.FINDINGS if failed else ExitCode.DONE])
    show_outcome(output, outcome, report, threshold=policy.threshold, code=code)
    page.write(output, lambda: _page(output, verified))
    return code


def _page(output: Output, verified: Verified) -> Report:
    from arfix.cli.link_drawing import draw_link  # noqa: PLC0415 (only with --report)
    from arfix.report.html.pages import verify_report  # noqa: PLC0415 (the same)

    outcome = verified.outcome
    drawn = draw_link(output, outcome.link, outcome.findings)
    return verify_report(outcome, verified.trials, command_line(output), drawn)
