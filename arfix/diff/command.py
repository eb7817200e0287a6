"""`arfix diff`: the differences between two archives that matter to programs that link them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from arfix.archive.files import STANDARD_STREAM, open_archive
from arfix.cli.exit_codes import ExitCode, UsageError
from arfix.cli.output import Output
from arfix.cli.report_option import PageOption, command_line
from arfix.diff import compare
from arfix.diff.compare import DiffOptions
from arfix.diff.text import Compared, describe_diff, render_diff

if TYPE_CHECKING:
    from arfix.report.html.model import Report


def diff(
    ctx: typer.Context,
    old: Annotated[str, typer.Argument(metavar="OLD", help="The archive as it was; - is standard input.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="The archive as it is now.")],
    *,
    order: Annotated[bool, typer.Option("--order", help="Also report members in a different order.")] = False,
    dates: Annotated[bool, typer.Option("--dates", help="Compare dates, owners and modes of members.")] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help="Compare what no program loads: debug sections, compilers' remarks.")
    ] = False,
    page: PageOption,
) -> ExitCode:
    """Compare two archives: members, the symbols they define, and the symbols they need from elsewhere.

    A symbol counts as changed if its code or data differs (relocations are compared by their targets), or its binding,
    visibility, type or size. The exit code is 1 if there are differences, otherwise 0.
    """
    if old == new == STANDARD_STREAM:
        raise UsageError("standard input can be read once only", hint="arfix diff --help")
    output = Output.of(ctx)
    options = DiffOptions(order=order, dates=dates, debug=debug)
    with open_archive(old) as one, open_archive(new) as other:
        difference = compare.diff(one, other, order=order, dates=dates, debug=debug)
        compared = Compared(one, other, (old, new), options, difference)
        output.show(text=lambda: render_diff(compared, output.style), data=lambda: describe_diff(compared))
        page.write(output, lambda: _page(output, compared))
    return ExitCode.FINDINGS if compared.difference else ExitCode.DONE


def _page(output: Output, compared: Compared) -> Report:
    from arfix.diff.page import diff_page  # noqa: PLC0415 (only with --report)

    return diff_page(compared, command_line(output))
