"""Arguments and options that verbs on archives share."""

from __future__ import annotations

from typing import Annotated

import typer

ArchiveArgument = Annotated[str, typer.Argument(metavar="ARCHIVE", help="The archive; - is standard input.")]
OutputOption = Annotated[
    str | None,
    typer.Option("--output", "-o", metavar="FILE", help="Write here, not in place; - is standard output."),
]
AllowOutsideOption = Annotated[
    bool,
    typer.Option(
        "--allow-outside",
        help="Read what nested thin archives name outside the folder of ARCHIVE.",
    ),
]
DryRunOption = Annotated[bool, typer.Option("--dry-run", "-n", help="Say what would be done, and write nothing.")]
JobsOption = Annotated[int, typer.Option("--jobs", "-j", min=0, help="Processes to use; 0: as many as processors.")]
