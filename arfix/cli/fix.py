"""`arfix fix ARCHIVE...`: find the smallest repair that makes check pass, show its costs, and apply it."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING, Annotated

import typer

from arfix.api import fix as api
from arfix.api.verify import verify_repair
from arfix.cli.exit_codes import ExitCode
from arfix.cli.finding_options import FindingOptions
from arfix.cli.link_options import ArchivesArgument, CommandTargetOption, LinkOptions, OnDemandOption
from arfix.cli.output import Output
from arfix.cli.recipe_options import sysroot_of
from arfix.cli.report_option import PageOption, command_line
from arfix.edits.requests import hinted
from arfix.errors import ArfixError, EditError
from arfix.report.fix import describe_repair, render_repair
from arfix.report.trials import describe_trial, render_trials

if TYPE_CHECKING:
    from collections.abc import Sequence

    from arfix.audit.repair import Repair
    from arfix.audit.verification import Verification
    from arfix.linkage.trial import Trial
    from arfix.report.html.model import Report

#: Options of fix that verify does not have: those without and those with a value.
_ONLY_FIX_FLAGS = ("--plan-only", "-n", "--yes", "-y", "--unsafe", "--partial", "--verify", "--no-verify")
_ONLY_FIX = ("--platform", "--write-recipe")


def fix(
    context: typer.Context,
    archives: ArchivesArgument,
    *,
    link: LinkOptions,
    platform: Annotated[
        list[str] | None,
        typer.Option(
            metavar="DIR|ARCHIVE",
            help="Drop nested archives that this platform has (default: --sysroot and --provider).",
        ),
    ] = None,
    target: CommandTargetOption = None,
    on_demand: OnDemandOption = False,
    findings: FindingOptions,
    plan_only: Annotated[bool, typer.Option("--plan-only", "-n", help="Show the plan, and write nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Write without asking.")] = False,
    unsafe: Annotated[
        bool, typer.Option("--unsafe", help="Also make unsafe repairs, which change programs that linked before.")
    ] = False,
    partial: Annotated[bool, typer.Option("--partial", help="Write even if findings remain.")] = False,
    verify: Annotated[
        bool, typer.Option("--verify/--no-verify", help="Link the repaired archives with the installed linkers first.")
    ] = True,
    write_recipe: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Write the plan as a recipe for `arfix apply`, with its lock file."),
    ] = None,
    page: PageOption,
) -> ExitCode:
    """Find the smallest repair that makes check pass, show what it costs, and apply it.

    Only safe repairs are made, unless --unsafe is given. Nothing is written while findings remain, unless --partial is
    given. Asks before writing, unless --yes is given; without a terminal it writes only with --yes. Exits 1 if findings
    remain, nothing was written, or a linker still refuses the result.
    """
    output = Output.of(context)
    policy = findings.policy()
    with ExitStack() as stack:
        with output.progress("fix:") as progress:
            repair = stack.enter_context(
                api.fix(
                    **link.arguments(archives, output.link_words),
                    platform=platform or (),
                    target=target,
                    on_demand=on_demand,
                    policy=policy,
                    unsafe=unsafe,
                    tell=progress.step,
                )
            )
        output.show(
            text=lambda: render_repair(repair, output.style, repair.milder), data=lambda: describe_repair(repair)
        )
        verified = _verify(output, repair) if verify and repair.after else ()
        refusing = [one.trial.program.word for one in verified if one.fails]
        page.write(output, lambda: _page(output, repair, [one.trial for one in verified]))
        if refusing:
            output.warn(f"{', '.join(refusing)} would still refuse the result; `arfix verify` says why")
        if write_recipe is not None and repair.steps and (repair.is_whole or partial):
            _write_recipe(output, repair, write_recipe)
        # A linker may refuse a finding that the user has chosen to ignore.
        is_done = repair.is_whole and (not refusing or bool(policy.ignores))
        left = ExitCode.DONE if is_done else ExitCode.FINDINGS
        if plan_only or not repair.after:
            return left if not plan_only or not repair.after else ExitCode.FINDINGS
        if not repair.is_whole and not partial:
            raise EditError(
                "nothing was written: findings would remain",
                hint="--partial makes the repairs that are possible" + ("." if unsafe else "; --unsafe allows more."),
            )
        _confirm(yes=yes)
        for saved in repair.save(partial=partial):
            for note in saved.notes:
                output.note(note)
        return left


def _write_recipe(output: Output, repair: Repair, path: str) -> None:
    """Write the recipe with its lock file, and say how it is applied."""
    from arfix.api.sysroots import save_recipe  # noqa: PLC0415 (only with --write-recipe)

    saved = save_recipe(repair, path)
    for error in saved.errors:
        output.warn(str(error))
    options = () if saved.sysroot == sysroot_of(None) else ("--sysroot", saved.sysroot)
    output.note(f"{path} contains the plan; {hinted('apply', (path,), options)} applies it after every build")


def _confirm(*, yes: bool) -> None:
    """Ask whether to write; raise `EditError` without a terminal, and `typer.Abort` if the answer is no."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise EditError(
            "nothing was written: there is no terminal to ask for confirmation",
            hint="Use --yes to write, or --plan-only to plan only.",
        )
    typer.confirm("Write this?", abort=True, err=True)


def _verify(output: Output, repair: Repair) -> tuple[Verification, ...]:
    """Link the repaired archives in a temporary directory, and print and return the results."""
    try:
        verified = verify_repair(repair)
    except ArfixError as error:
        output.note(f"not linked: {error.message}")
        return ()
    trials = [one.trial for one in verified]
    output.show(
        text=lambda: "\n" + render_trials(trials, output.style),
        data=lambda: {"linkers": [describe_trial(trial) for trial in trials]},
    )
    return verified


def _page(output: Output, repair: Repair, trials: Sequence[Trial]) -> Report:
    from arfix.cli.link_drawing import draw_link  # noqa: PLC0415 (only with --report)
    from arfix.report.html.pages import Linked, fix_report  # noqa: PLC0415 (the same)

    settings = repair.settings
    archives = () if settings is None else settings.archives
    before = draw_link(output, settings, repair.found, named=("before", "Members before"))
    after = draw_link(output, settings, repair.left, repair.after, named=("after", "Members after"))
    commands = {
        word: command_line(output, "verify", "--linker", word, flags=_ONLY_FIX_FLAGS, without=_ONLY_FIX)
        for word in dict.fromkeys(trial.program.word for trial in trials)
    }
    return fix_report(repair, archives, command_line(output), Linked(trials, commands), (before, after))
