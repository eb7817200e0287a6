"""`arfix verify ARCHIVE...`: run real linkers, and compare their results with what check predicts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from arfix.audit.finding import ordered
from arfix.audit.ignores import filter_findings
from arfix.audit.open_link import open_link
from arfix.audit.outcome import Outcome
from arfix.audit.registry import load_rule, optional_rules
from arfix.audit.verification import verify_link
from arfix.cli.exit_codes import ExitCode
from arfix.cli.finding_options import FindingOptions, ReportFormat, ReportOptions
from arfix.cli.finding_report import failure_shown, show_outcome
from arfix.cli.link_options import ArchivesArgument, CommandTargetOption, LinkOptions, OnDemandOption
from arfix.cli.output import Output
from arfix.linkline.own_line import own_line
from arfix.report.trials import describe_trial, render_trials

if TYPE_CHECKING:
    from arfix.audit.finding import Finding
    from arfix.linkage.trial import Trial


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
) -> ExitCode:
    """Link these archives with real linkers, and compare the results with what check predicts.

    Uses every installed linker for the archives' machine, or those named with --linker. `arfix verify -- gcc ...` runs
    that command, with its output in a temporary directory. Writes only to a temporary directory.
    """
    output = Output.of(context)
    with failure_shown(output, archives, report):
        policy = findings.policy()
        settings = link.settings(archives, target=target, on_demand=on_demand, policy=policy, words=output.link_words)
        found: list[Finding] = []
        trials: list[Trial] = []
        with open_link(settings) as opened:
            codes = [output.error(error) for error in opened.errors]
            found += opened.damaged
            optional = optional_rules(settings.enabled)
            found += [one for library in opened.libraries for rule in optional for one in rule.check(library)]
            if opened.libraries or settings.command is not None:
                line = None if settings.command is None or linker else own_line(settings.command)
                for verification in verify_link(opened.link, settings, linker or (), opened.libraries, line):
                    trials.append(verification.trial)
                    found += verification.findings()
    filtered = filter_findings(ordered(found), policy.ignores, ())
    met = dict.fromkeys([one.rule for one in (*filtered.findings, *(aside.finding for aside in filtered.set_aside))])
    rules = {rule: load_rule(rule).text for rule in met}
    notes = (*opened.notes, *filtered.notes)
    outcome = Outcome(
        settings.archives, filtered.findings, rules, filtered.set_aside, notes, opened.errors, opened.unchecked
    )
    for note in notes:
        output.note(note)
    if report.format in {ReportFormat.TEXT, ReportFormat.JSON}:
        output.show(
            text=lambda: render_trials(trials, output.style),
            data=lambda: {"linkers": [describe_trial(trial) for trial in trials]},
        )
    failed = outcome.fails(policy.threshold)
    code = max([*codes, ExitCode.FINDINGS if failed else ExitCode.DONE])
    show_outcome(output, outcome, report, threshold=policy.threshold, code=code)
    return code
