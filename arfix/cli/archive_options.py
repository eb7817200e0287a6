"""Arguments and options that verbs on archives share."""

from __future__ import annotations

from typing import Annotated

import typer

ArchiveArgument = Annotated[str, typer.Argument(metavar="ARCHIVE", help="The archive; - for standard input.")]
OutputOption = Annotated[
    str | None,
    typer.Option("--output", "-o", metavar="FILE", help="Write to FILE instead of in place; - for standard output."),
]
AllowOutsideOption = Annotated[
    bool,
    typer.Option(
        "--allow-outside",
        help="Let nested thin archives refer to files outside the directory of ARCHIVE.",
    ),
]
DryRunOption = Annotated[bool, typer.Option("--dry-run", "-n", help="Show what would be done, and write nothing.")]
JobsOption = Annotated[int, typer.Option("--jobs", "-j", min=0, help="Number of processes; 0 for one per processor.")]
