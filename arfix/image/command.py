"""`arfix image EXE [SO...|DIR]`: the audit of linked images."""

from __future__ import annotations

from enum import Enum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from arfix.cli.exit_codes import ExitCode, UsageError
from arfix.cli.link_options import ProviderOption
from arfix.cli.list_files import read_list_file
from arfix.cli.output import Output
from arfix.cli.report_option import PageOption, command_line
from arfix.edits.symbol_lists import decode_names
from arfix.image.audit import count_steps
from arfix.image.audit import image as audit_images
from arfix.image.document import describe_image
from arfix.image.plan import is_planned
from arfix.image.text import render_image, render_image_markdown

if TYPE_CHECKING:
    from arfix.image.audit import ImageAudit
    from arfix.report.html.model import Report


class ImageFormat(Enum):
    """How an audit is written."""

    TEXT = "text"
    MARKDOWN = "markdown"


def image(
    ctx: typer.Context,
    images: Annotated[
        list[str],
        typer.Argument(
            metavar="EXE SO|DIR...",
            help="An executable, then shared objects that it loads, or folders of them; with --plan also "
            "exe=FILE,FILE and so=FILE,FILE: archives and objects of an image that is not linked yet, or behind `--` "
            "the command that links the executable.",
        ),
    ],
    *,
    archive: Annotated[
        list[str] | None, typer.Option("--archive", metavar="LIB.a", help="A static library to look for.")
    ] = None,
    before: Annotated[
        str | None, typer.Option("--before", metavar="DIR", help="The same files as they were, to compare sizes with.")
    ] = None,
    plan: Annotated[bool, typer.Option("--plan", help="Some images are not linked yet: exe=..., so=...")] = False,
    deny: Annotated[
        list[str] | None,
        typer.Option("--deny", metavar="FILE", help="Names or globs that must not be exported, one a line."),
    ] = None,
    allow: Annotated[
        list[str] | None, typer.Option("--allow", metavar="PATTERN", help="Names that may be exported anyway.")
    ] = None,
    provider: ProviderOption = None,
    library_path: Annotated[
        list[str] | None,
        typer.Option("--library-path", "-L", metavar="DIR", help="A folder in which the loader looks (-rpath-link)."),
    ] = None,
    sysroot: Annotated[
        str | None,
        typer.Option("--sysroot", metavar="DIR", help="Where the platform's libraries are.", show_default="/"),
    ] = None,
    format: Annotated[
        ImageFormat, typer.Option("--format", help="How to write it; json is --json.")
    ] = ImageFormat.TEXT,
    chart: Annotated[
        str | None, typer.Option("--chart", metavar="FILE", help="Draw sizes as bars: .svg or .png (arfix[chart]).")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", "-a", help="Show weak symbols that nothing has, too.")] = False,
    page: PageOption,
) -> ExitCode:
    """Inspect linked images: which static libraries they contain, and whether each module finds its symbols.

    Libraries are found by their bytes, in stripped images too. The exit code is 1 if a symbol is missing, hidden or has
    another version, or if a symbol should not be exported: PyInit_* of a module that is a separate file, state of the
    compiler's runtime, or a symbol on a deny list.
    """
    output = Output.of(ctx)
    if output.link_words:
        if not plan:
            raise UsageError(
                "a link command is an image that is not linked yet: give --plan", hint="arfix image --help"
            )
        images = images[: len(images) - len(output.link_words)]
    unplanned = next((word for word in images if not plan and is_planned(word) and not Path(word).exists()), None)
    if unplanned is not None:
        raise UsageError(f"{unplanned}: an image that is not linked yet needs --plan", hint="arfix image --help")
    suffix = "" if chart is None else _chart_format(chart)
    denied = tuple(name for path in deny or () for name in decode_names(*read_list_file(path)))
    with (
        output.progress("reading", count_steps(images, before=before, is_plan=plan)) as progress,
        audit_images(
            images,
            archives=archive or (),
            before=before,
            deny=denied,
            allow=allow or (),
            providers=provider or (),
            folders=library_path or (),
            sysroot=sysroot,
            is_plan=plan,
            command=output.link_words,
            step=progress.step,
        ) as audit,
    ):
        render = render_image_markdown if format is ImageFormat.MARKDOWN else partial(render_image, style=output.style)
        output.show(text=lambda: render(audit, everything=everything), data=lambda: describe_image(audit))
        if chart is not None:
            from arfix.archive.files import save_chunks  # noqa: PLC0415 (only with --chart)
            from arfix.image.chart import render_chart  # noqa: PLC0415 (loads matplotlib)

            save_chunks([render_chart(audit, suffix)], chart)
        page.write(output, lambda: _page(output, audit))
        return ExitCode.DONE if audit.is_sound else ExitCode.FINDINGS


def _page(output: Output, audit: ImageAudit) -> Report:
    from arfix.image.page import image_page  # noqa: PLC0415 (only with --report)

    return image_page(audit, command_line(output))


def _chart_format(path: str) -> str:
    from arfix.image.chart import CHART_FORMATS  # noqa: PLC0415 (only with --chart)

    suffix = Path(path).suffix.lower()
    if suffix not in CHART_FORMATS:
        raise UsageError(f"{path}: a chart's name ends in {' or '.join(CHART_FORMATS)}", hint="arfix image --help")
    return CHART_FORMATS[suffix]
