"""`arfix merge`: merge archives and objects into one archive, and account for every member and symbol."""

from __future__ import annotations

from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from arfix.api import edits as api
from arfix.archive.files import STANDARD_STREAM, open_archive, open_source, save
from arfix.archive.model import Archive, Kind, Member
from arfix.cli.archive_options import AllowOutsideOption, DryRunOption
from arfix.cli.exit_codes import ExitCode, UsageError
from arfix.cli.output import Output
from arfix.cli.run_edit import check_streams
from arfix.errors import Where
from arfix.formats.identify import identify
from arfix.formats.model import OBJECT_CONTENTS, Content
from arfix.report.merge import Merged, describe_merged, render_merged

if TYPE_CHECKING:
    from collections.abc import Sequence


def merge(
    ctx: typer.Context,
    archives: Annotated[
        list[str], typer.Argument(metavar="ARCHIVE|OBJECT...", help="Archives and objects, in order; - for stdin.")
    ],
    *,
    to: Annotated[str, typer.Option("--output", "-o", metavar="OUT", help="Write to OUT; - for standard output.")],
    prefer: Annotated[
        list[str] | None,
        typer.Option(metavar="LIB", help="If two inputs define the same symbol, keep the member from LIB."),
    ] = None,
    allow_outside: AllowOutsideOption = False,
    dry_run: DryRunOption = False,
) -> ExitCode:
    """Merge archives and objects into one archive, in order, with an index.

    The result is of the kind of the first archive; without one, it is a GNU archive, or a Darwin one for Mach-O
    objects. Members that share a name are all kept; identical members are stored once. Nested archives are replaced
    with their members, and the files of thin archives are copied in. OUT may be one of the inputs.
    """
    if archives.count(STANDARD_STREAM) > 1:
        raise UsageError("standard input can be read only once", hint="arfix merge --help")
    output = Output.of(ctx)
    check_streams(output, None, to, dry_run=dry_run)
    with ExitStack() as stack:
        opened = _open_all(archives, stack)
        planned = api.merge(opened, prefer=prefer or (), output=to, allow_outside=allow_outside)
        after = planned.apply()
        saved = () if dry_run else save(after, to).notes
        for note in (*planned.plan.notes, *saved):
            output.note(note)
        for warning in planned.plan.warnings:
            output.warn(warning)
        merged = Merged(planned, after, to, dry_run)
        output.show(text=lambda: render_merged(merged, output.style), data=lambda: describe_merged(merged))
    return ExitCode.DONE


def _open_all(paths: Sequence[str], stack: ExitStack) -> list[Archive]:
    """Return the archives, and each object as the only member of an archive, with the header that `ar D` writes.

    Raises:
        ArfixError: A file is neither, or cannot be read.
    """
    objects = {path: _read_object(path) for path in paths if path != STANDARD_STREAM}
    opened = {
        number: stack.enter_context(open_archive(path))
        for number, path in enumerate(paths)
        if objects.get(path) is None
    }
    kind = next((archive.kind for archive in opened.values()), None)
    for number, path in enumerate(paths):
        member = objects.get(path)
        if member is not None:
            is_macho = identify(member.data) is Content.MACHO
            made = Archive.new(kind or (Kind.DARWIN if is_macho else Kind.GNU), [member])
            opened[number] = replace(made, where=Where(path))
    return [opened[number] for number in range(len(paths))]


def _read_object(path: str) -> Member | None:
    """Return an object as a member; None if the file is something else, or a pipe, which is read only once."""
    if not Path(path).is_file():
        return None
    with closing(open_source(path)) as source:
        return Member.new(Path(path).name, source.view) if identify(source.view) in OBJECT_CONTENTS else None
