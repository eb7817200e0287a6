"""`arfix apply`: apply a recipe to a sysroot.

It runs after every build of a sysroot and nearly always has nothing to do. So it looks at the stamp of the last run
first, and imports the code for repairs only if something has changed.
"""

from __future__ import annotations

from typing import Annotated

import typer

from arfix.cli.archive_options import JobsOption
from arfix.cli.exit_codes import ExitCode, UsageError
from arfix.cli.output import Output
from arfix.cli.recipe_options import (
    RECIPE_NAME,
    NoWaitOption,
    OverlayOption,
    RecipeArgument,
    SysrootOption,
    sysroot_of,
)
from arfix.recipe.state.stamp import stamped_answer
from arfix.version import __version__

#: The possible suffixes of a report.
REPORT_SUFFIXES = (".json", ".sarif", ".gitlab.json", ".xml", ".md", ".html")


def apply(
    ctx: typer.Context,
    recipe: RecipeArgument = RECIPE_NAME,
    *,
    sysroot: SysrootOption = None,
    overlay: OverlayOption = None,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit 1 if anything would change.")] = False,
    frozen: Annotated[bool, typer.Option("--frozen", help="Refuse any change of the lock file (arfix.lock).")] = False,
    originals: Annotated[
        bool,
        typer.Option("--originals/--no-originals", help="Keep the originals below the sysroot, for `arfix revert`."),
    ] = True,
    report: Annotated[
        list[str] | None,
        typer.Option(
            "--report",
            metavar="FILE",
            help="Also write a report: .json, .sarif, .gitlab.json (Code Quality), .xml (JUnit), .md or .html.",
        ),
    ] = None,
    no_wait: NoWaitOption = False,
    jobs: JobsOption = 0,
) -> ExitCode:
    """Apply a recipe to a sysroot, completely or not at all.

    Everything is planned first, and the links that must work are checked on the planned result. A second run writes
    nothing. If a run is killed, the next one completes it or rolls it back.
    """
    output = Output.of(ctx)
    for path in report or ():
        if not path.endswith(REPORT_SUFFIXES):
            raise UsageError(f"{path}: a report's name ends in {', '.join(REPORT_SUFFIXES)}", hint="arfix apply --help")
    if any(path.endswith(".html") for path in report or ()):
        from arfix.report.html.render import require_jinja  # noqa: PLC0415 (only with --report FILE.html)

        require_jinja()
    where = sysroot_of(sysroot)
    if not (check or report or output.json):
        answer = stamped_answer(recipe, where, overlay, __version__)
        if answer is not None:
            output.show(text=lambda: f"{answer}\n", data=dict)
            return ExitCode.DONE
    from arfix.api import sysroots as api  # noqa: PLC0415 (loads everything a repair needs)
    from arfix.cli.run_apply import show_applied  # noqa: PLC0415 (the same)

    applied = api.apply(
        recipe,
        where,
        overlay=overlay,
        jobs=jobs,
        check=check,
        frozen=frozen,
        wait=not no_wait,
        originals=originals,
        tell=output.note,
    )
    return show_applied(output, applied, report or ())
