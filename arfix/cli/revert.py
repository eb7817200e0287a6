"""`arfix revert`: restore the originals of archives that `arfix apply` repaired."""

from __future__ import annotations

from typing import Annotated

import typer

from arfix.api import sysroots as api
from arfix.cli.exit_codes import ExitCode
from arfix.cli.output import Output
from arfix.cli.recipe_options import RECIPE_NAME, NoWaitOption, OverlayOption, SysrootOption, sysroot_of
from arfix.report.text import printable


def revert(
    ctx: typer.Context,
    archives: Annotated[
        list[str] | None, typer.Argument(metavar="ARCHIVE...", help="Paths relative to the sysroot; all by default.")
    ] = None,
    *,
    sysroot: SysrootOption = None,
    overlay: OverlayOption = None,
    recipe: Annotated[
        str,
        typer.Option(
            "--recipe",
            metavar="FILE",
            help="The recipe, whose lock file confirms a state that was copied with the sysroot.",
        ),
    ] = RECIPE_NAME,
    force: Annotated[
        bool,
        typer.Option("--force", help="Overwrite archives that changed since their repair, and trust a copied state."),
    ] = False,
    no_wait: NoWaitOption = False,
) -> ExitCode:
    """Restore the originals of repaired archives, and remove the stub archives that were added.

    All are restored or none; an archive that has changed since its repair stops the command.
    """
    output = Output.of(ctx)
    done = api.revert(
        sysroot_of(sysroot),
        archives or (),
        recipe=recipe,
        overlay=overlay,
        force=force,
        wait=not no_wait,
        tell=output.note,
    )
    for note in done.notes:
        output.note(note)
    lines = [f"{printable(name)}: restored the original" for name in done.restored]
    lines += [f"{printable(name)}: removed" for name in done.removed]
    output.show(
        text=lambda: "\n".join(lines or ["nothing to revert"]) + "\n",
        data=lambda: {"restored": list(done.restored), "removed": list(done.removed)},
    )
    return ExitCode.DONE
