"""`arfix convert`: convert an archive to another kind."""

from __future__ import annotations

import os
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import typer

from arfix.api import edits as api
from arfix.archive.model import Kind
from arfix.cli.archive_options import ArchiveArgument, DryRunOption, OutputOption
from arfix.cli.exit_codes import ExitCode
from arfix.cli.run_edit import run_edit

if TYPE_CHECKING:
    from arfix.archive.model import Archive
    from arfix.edits.plan import Plan


class KindWord(Enum):
    """The values of `--kind`."""

    GNU = "gnu"
    GNU64 = "gnu64"
    BSD = "bsd"
    DARWIN = "darwin"
    DARWIN64 = "darwin64"
    COFF = "coff"
    THIN = "thin"


KindOption = Annotated[
    KindWord,
    typer.Option("--kind", help="The new kind; gnu64 and darwin64 have a 64-bit index, thin is GNU thin."),
]


def convert(
    ctx: typer.Context,
    archive: ArchiveArgument,
    *,
    kind: KindOption,
    to: OutputOption = None,
    dry_run: DryRunOption = False,
) -> ExitCode:
    """Convert an archive to another kind: gnu, gnu64, bsd, darwin, darwin64, coff or thin.

    Members keep their bytes, dates, owners and modes, and the index is rebuilt. Converting a thin archive to any other
    kind makes it a regular one. The edit is refused if the kind cannot represent the archive.
    """
    thin = kind is KindWord.THIN
    wanted = Kind.GNU if thin else Kind(kind.value)

    def plan(opened: Archive) -> Plan:
        return api.convert(opened, wanted, thin=thin, in_place=to is None or _is_same(archive, to))

    return run_edit(ctx, archive, plan, to=to, dry_run=dry_run)


def _is_same(one: str, other: str) -> bool:
    return os.path.realpath(one) == os.path.realpath(other)
