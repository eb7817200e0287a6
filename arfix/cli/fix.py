"""`arfix fix ARCHIVE...`: find the smallest repair that makes check pass, show its costs, and apply it."""

from __future__ import annotations

import sys
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

from arfix.api.platform_archives import open_platform
from arfix.archive.files import open_archive, save, save_all
from arfix.audit.finding import Severity
from arfix.audit.fix import find_repair
from arfix.audit.ignores import filter_findings
from arfix.audit.open_link import open_link
from arfix.audit.verification import verify_link
from arfix.cli.exit_codes import ExitCode
from arfix.cli.finding_options import FindingOptions
from arfix.cli.link_options import ArchivesArgument, CommandTargetOption, LinkOptions, OnDemandOption
from arfix.cli.output import Output
from arfix.edits.requests import hinted
from arfix.errors import ArfixError, EditError
from arfix.linkage.sysroot import Sysroot
from arfix.linkline.inputs import with_files
from arfix.report.fix import describe_repair, render_repair
from arfix.report.recipe import render_recipe
from arfix.report.trials import describe_trial, render_trials

if TYPE_CHECKING:
    from collections.abc import Iterable

    from arfix.audit.finding import Finding
    from arfix.audit.repair import Repair
    from arfix.audit.settings import Settings


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
        str | None, typer.Option(metavar="FILE", help="Write the plan to FILE as a recipe for `arfix apply`.")
    ] = None,
) -> ExitCode:
    """Find the smallest repair that makes check pass, show what it costs, and apply it.

    Only safe repairs are made, unless --unsafe is given. Nothing is written while findings remain, unless --partial is
    given. Asks before writing, unless --yes is given; without a terminal it writes only with --yes. Exits 1 if findings
    remain, nothing was written, or a linker still refuses the result.
    """
    output = Output.of(context)
    policy = findings.policy()
    limit = policy.threshold or Severity.ERROR
    settings = link.settings(archives, target=target, on_demand=on_demand, policy=policy, words=output.link_words)
    archives = list(settings.archives)

    milder: list[Finding] = []  # of the last check

    def fails(found: Iterable[Finding]) -> tuple[Finding, ...]:
        kept = filter_findings(tuple(found), policy.ignores, ()).findings
        milder[:] = [one for one in kept if one.severity is Severity.WARNING and one.severity.rank < limit.rank]
        return tuple(finding for finding in kept if finding.severity.rank >= limit.rank)

    with ExitStack() as stack:
        opened = {path: stack.enter_context(open_archive(path)) for path in dict.fromkeys(archives)}
        tree = None if platform or settings.sysroot is None else Sysroot(settings.sysroot, settings.folders)
        own = open_platform(platform or link.provider or (), besides=archives, sysroot=tree)
        provided = stack.enter_context(closing(own)) if own.paths else None
        with output.progress("fix:") as progress:
            repair = find_repair(settings, opened, fails, provided, unsafe=unsafe, tell=progress.step)
        output.show(text=lambda: render_repair(repair, output.style, milder), data=lambda: describe_repair(repair))
        refusing = _verify(output, settings, repair) if verify and repair.after else []
        if refusing:
            output.warn(f"{', '.join(refusing)} would still refuse the result; `arfix verify` says why")
        if write_recipe is not None and repair.steps and (repair.is_whole or partial):
            Path(write_recipe).write_text(render_recipe(repair, settings.sysroot), "utf-8", "surrogateescape")
            command = hinted("apply", (write_recipe,))
            output.note(f"{write_recipe} contains the plan; {command} applies it after every build")
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
        for saved in save_all(repair.after):
            for note in saved.notes:
                output.note(note)
        return left


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


def _verify(output: Output, settings: Settings, repair: Repair) -> list[str]:
    """Link the repaired archives in a temporary directory, print the results, and return the linkers that refuse."""
    with TemporaryDirectory(prefix="arfix-") as scratch:
        paths = []
        for number, path in enumerate(settings.archives):
            if path in repair.after:
                folder = Path(scratch, str(number))
                folder.mkdir()
                planned = folder / Path(path).name
                save(repair.after[path], planned)
                paths.append(str(planned))
            else:
                paths.append(path)
        try:
            changed = replace(settings, archives=tuple(paths))
            if settings.command is not None:
                moved = dict(zip(settings.archives, paths, strict=True))
                changed = replace(changed, command=with_files(settings.command, moved))
            with open_link(changed) as opened:
                verified = list(verify_link(opened.link, settings, (), opened.libraries))
                refusing = [one.trial.program.word for one in verified if one.fails]
        except ArfixError as error:
            output.note(f"not linked: {error.message}")
            return []
        trials = [one.trial for one in verified]
        output.show(
            text=lambda: "\n" + render_trials(trials, output.style),
            data=lambda: {"linkers": [describe_trial(trial) for trial in trials]},
        )
        return refusing
