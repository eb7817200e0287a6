"""`arfix check ARCHIVE...`: report what would break a link of these archives, without linking."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from arfix.api import check as api
from arfix.cli.archive_options import JobsOption
from arfix.cli.exit_codes import ExitCode
from arfix.cli.finding_options import FindingOptions, ReportOptions
from arfix.cli.finding_report import failure_shown, read_baseline, save_baseline, show_outcome
from arfix.cli.link_options import ArchivesArgument, LinkOptions, OnDemandOption
from arfix.cli.output import Output
from arfix.cli.report_option import PageOption, command_line
from arfix.linkage.model import Target

if TYPE_CHECKING:
    from collections.abc import Iterator

    from arfix.audit.context import Context
    from arfix.audit.outcome import Outcome
    from arfix.report.html.model import Report


def check(
    context: typer.Context,
    archives: ArchivesArgument,
    *,
    link: LinkOptions,
    target: Annotated[
        Target | None,
        typer.Option(
            "--target",
            help="The kind of output. Without it, an executable, and one line says how pie and shared differ.",
            show_default="exe",
        ),
    ] = None,
    on_demand: OnDemandOption = False,
    findings: FindingOptions,
    baseline: Annotated[
        str | None, typer.Option("--baseline", metavar="FILE", help="Ignore the findings that are listed in FILE.")
    ] = None,
    write_baseline: Annotated[
        str | None,
        typer.Option("--write-baseline", metavar="FILE", help="Write the findings to FILE as a baseline, and exit 0."),
    ] = None,
    report: ReportOptions,
    jobs: JobsOption = 0,
    page: PageOption,
) -> ExitCode:
    """Report what would break linking these archives, and how to fix it.

    `arfix check -- gcc -o app main.o -lpng -lz` checks the link that a command makes: what it takes whole or on demand,
    in which order, with which libraries of the platform. Only the driver is asked what it adds (-###); nothing is
    linked.

    Exits 1 on findings at or above --fail-on. Without --target, those of an executable count, and one line says how a
    position-independent executable (the default of most gcc installations) or a shared object differs; --target pie or
    --target shared shows those. `arfix explain RULE` describes a rule.
    """
    output = Output.of(context)
    pages: list[Report] = []

    def draw(link: Context, outcome: Outcome) -> None:
        pages.append(_page(output, link, outcome))

    with failure_shown(output, archives, report):
        policy = findings.policy()
        known = () if baseline is None else read_baseline(baseline)
        with _no_garbage():
            outcome = api.check(
                **link.arguments(archives, output.link_words),
                target=target,
                on_demand=on_demand,
                policy=policy,
                baseline=known,
                jobs=jobs,
                visit=draw if page.is_wanted else None,
            )
    codes = [output.error(error) for error in outcome.errors]
    if write_baseline is not None:
        return max([*codes, save_baseline(output, write_baseline, outcome.found)])
    for note in outcome.notes:
        output.note(note)
    failed = outcome.fails(policy.threshold)
    code = max([*codes, ExitCode.FINDINGS if failed else ExitCode.DONE])
    show_outcome(output, outcome, report, threshold=policy.threshold, code=code)
    page.write(output, pages.pop)
    return code


def _page(output: Output, link: Context, outcome: Outcome) -> Report:
    from arfix.cli.link_drawing import draw_resolved  # noqa: PLC0415 (only with --report)
    from arfix.report.html.pages import check_report  # noqa: PLC0415 (the same)

    targets = {
        target: command_line(output, None, "--target", target.value, without=("--target",))
        for target in ([one.target for one in outcome.verdicts] or [link.settings.target])
    }
    drawn = draw_resolved(output, link, outcome.findings, judges=True)
    return check_report(outcome, command_line(output), targets, drawn)


@contextmanager
def _no_garbage() -> Iterator[None]:
    """Switch the cycle collector off, which takes an eighth of the time and finds no cycles among our values."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
