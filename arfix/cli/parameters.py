"""Parameters that several verbs have, as typer wants them declared.

A verb imports these, and typer, for the type checker alone; `arfix/cli/group.py` looks the names up here when a command
line needs typer at all (`arfix/cli/plain.py` tells when it does not). Those of verbs that link are in
`arfix/cli/link_options.py`, which needs the link model.
"""

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
