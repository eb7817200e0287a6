"""`arfix check ARCHIVE...`: what a link of these archives would run into, before the link."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from arfix.audit.ignores import sift
from arfix.audit.outcome import Outcome
from arfix.audit.registry import load_rule
from arfix.audit.run import run_audit
from arfix.cli.exit_codes import ExitCode
from arfix.cli.judging import (
    command_line_ignores,
    enabled_rules,
    failure_shown,
    read_baseline,
    read_config,
    save_baseline,
    show_outcome,
    threshold,
)
from arfix.cli.link_request import ReportFormat, make_settings
from arfix.cli.output import Output
from arfix.linkage.model import Target

if TYPE_CHECKING:
    from collections.abc import Iterator

    import typer

    from arfix.cli.link_options import (
        AllOption,
        ArchivesArgument,
        BaselineOption,
        ConfigOption,
        EnableOption,
        FailOnOption,
        FormatOption,
        IgnoreOption,
        JobsOption,
        NeededByOption,
        OnDemandOption,
        ProviderOption,
        RootOption,
        StaticOption,
        SysrootOption,
        TargetOption,
        WriteBaselineOption,
    )


def check(
    context: typer.Context,
    archives: ArchivesArgument,
    *,
    provider: ProviderOption = None,
    sysroot: SysrootOption = None,
    static: StaticOption = False,
    target: TargetOption = Target.EXECUTABLE,
    on_demand: OnDemandOption = False,
    needed_by: NeededByOption = None,
    root: RootOption = None,
    fail_on: FailOnOption = None,
    ignore: IgnoreOption = None,
    enable: EnableOption = None,
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
    with failure_shown(output, archives, format):
        configured = read_config(config)
        ignores = (*configured.ignores, *command_line_ignores(ignore))
        known = () if baseline is None else read_baseline(baseline)
        settings = make_settings(archives, provider, sysroot, target, on_demand, needed_by, root, jobs, static=static)
        settings = replace(settings, enabled=enabled_rules(enable, configured.enabled))
        with _no_garbage():
            audit = run_audit(settings)
    codes = [output.error(error) for error in audit.errors]
    if write_baseline is not None:
        return max([*codes, save_baseline(output, write_baseline, audit.findings)])
    sifted = sift(audit.findings, ignores, known)
    met = dict.fromkeys([one.rule for one in (*sifted.findings, *(aside.finding for aside in sifted.set_aside))])
    rules = {rule: load_rule(rule).text for rule in met}
    notes = (*audit.notes, *sifted.notes)
    outcome = Outcome(settings.archives, sifted.findings, rules, sifted.set_aside, notes, audit.errors, audit.unchecked)
    for note in notes:
        output.note(note)
    failed = outcome.fails(threshold(fail_on, configured.fail_on))
    code = max([*codes, ExitCode.FINDINGS if failed else ExitCode.DONE])
    show_outcome(output, outcome, format, everything=everything, code=code)
    return code


@contextmanager
def _no_garbage() -> Iterator[None]:
    """Look for no reference cycles: half a million values hold none, and looking takes an eighth of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
