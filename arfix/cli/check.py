"""`arfix check ARCHIVE...`: what a link of these archives would run into, before the link."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from arfix.audit.ignores import sift
from arfix.audit.outcome import Outcome, Verdict
from arfix.audit.registry import load_rule
from arfix.audit.run import run_audit
from arfix.cli.archive_options import JobsOption
from arfix.cli.exit_codes import ExitCode
from arfix.cli.finding_options import AllOption, FindingOptions, FormatOption, ReportFormat
from arfix.cli.finding_report import failure_shown, read_baseline, save_baseline, show_outcome
from arfix.cli.link_options import ArchivesArgument, LinkOptions, OnDemandOption
from arfix.cli.output import Output
from arfix.linkage.model import Target

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from arfix.audit.finding import Finding
    from arfix.audit.settings import Settings


#: What is judged besides an executable where no target is named.
_OTHER_TARGETS = (Target.PIE, Target.SHARED)


def check(
    context: typer.Context,
    archives: ArchivesArgument,
    *,
    link: LinkOptions,
    target: Annotated[
        Target | None,
        typer.Option(
            "--target",
            help="What the link makes. Without it an executable is, and one line says where pie and shared differ.",
            show_default="exe",
        ),
    ] = None,
    on_demand: OnDemandOption = False,
    findings: FindingOptions,
    baseline: Annotated[
        str | None, typer.Option("--baseline", metavar="FILE", help="Set aside the findings this file knows.")
    ] = None,
    write_baseline: Annotated[
        str | None, typer.Option("--write-baseline", metavar="FILE", help="Write what was found as a baseline; exit 0.")
    ] = None,
    format: FormatOption = ReportFormat.TEXT,
    everything: AllOption = False,
    jobs: JobsOption = 0,
) -> ExitCode:
    """Say what a link of these archives would run into, and what repairs it.

    Exits 1 on findings at or above --fail-on: without --target those of an executable. Where a position-independent
    executable (what gcc makes by default) or a shared object comes out differently, a line says how, and --target pie
    or --target shared shows and judges it. `arfix explain RULE` tells all about a rule.
    """
    output = Output.of(context)
    with failure_shown(output, archives, format):
        policy = findings.policy()
        known = () if baseline is None else read_baseline(baseline)
        chosen = target or Target.EXECUTABLE
        settings = link.settings(archives, target=chosen, on_demand=on_demand, enabled=policy.enabled, jobs=jobs)
        with _no_garbage():
            audit = run_audit(settings, others=() if target is not None else _OTHER_TARGETS)
    codes = [output.error(error) for error in audit.errors]
    if write_baseline is not None:
        return max([*codes, save_baseline(output, write_baseline, audit.findings)])
    sifted = sift(audit.findings, policy.ignores, known)
    met = dict.fromkeys([one.rule for one in (*sifted.findings, *(aside.finding for aside in sifted.set_aside))])
    rules = {rule: load_rule(rule).text for rule in met}
    others = {one: sift(found, policy.ignores, known) for one, found in audit.others.items()}
    verdicts = [Verdict(chosen, sifted.findings), *(Verdict(one, found.findings) for one, found in others.items())]
    # What an ignore or the baseline names in vain, it names in vain for every target.
    in_vain = [note for note in sifted.notes if all(note in found.notes for found in others.values())]
    notes = (*audit.notes, *in_vain, *_unjudged(settings, sifted.findings))
    outcome = Outcome(
        settings.archives,
        sifted.findings,
        rules,
        sifted.set_aside,
        notes,
        audit.errors,
        audit.unchecked,
        tuple(verdicts) if others else (),
    )
    for note in notes:
        output.note(note)
    failed = outcome.fails(policy.threshold)
    code = max([*codes, ExitCode.FINDINGS if failed else ExitCode.DONE])
    show_outcome(output, outcome, format, everything=everything, code=code)
    return code


def _unjudged(settings: Settings, findings: Sequence[Finding]) -> list[str]:
    """Return a remark where symbols are missing and nobody said what the platform has."""
    missing = {one.symbol for one in findings if one.rule == "undefined-symbol"}
    if settings.has_providers or not missing:
        return []
    symbols = "1 symbol comes" if len(missing) == 1 else f"{len(missing):,} symbols come"
    how = "--sysroot auto is this machine's own toolchain"
    return [f"{symbols} from elsewhere, which cannot be judged without --sysroot or --provider; {how}"]


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
