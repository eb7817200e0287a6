"""`arfix extract`: members become files in one directory, and nothing outside it is touched."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from arfix.archive.files import open_archive
from arfix.cli.exit_codes import ExitCode
from arfix.cli.output import Output
from arfix.edits.extract import plan_extraction
from arfix.edits.select import select
from arfix.errors import AccessError, EditError, Where
from arfix.report.extracted import describe_extracted, render_extracted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Annotated

    import typer

    from arfix.archive.model import Archive
    from arfix.cli.parameters import ArchiveArgument
    from arfix.edits.extract import Extraction

_NO_FOLLOW: int = getattr(os, "O_NOFOLLOW", 0)
_BINARY: int = getattr(os, "O_BINARY", 0)


def extract(
    ctx: typer.Context,
    archive: ArchiveArgument,
    members: Annotated[
        list[str] | None,
        typer.Argument(metavar="MEMBER...", help="As for strip; all members where none is named."),
    ] = None,
    *,
    directory: Annotated[
        str, typer.Option("--directory", "-C", metavar="DIR", help="Put the files here; made if it is not there.")
    ] = ".",
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace files that are there.")] = False,
    if_present: Annotated[bool, typer.Option("--if-present", help="A MEMBER that is not there is no error.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", "-n", help="Say what would be done, and write nothing.")
    ] = False,
) -> ExitCode:
    """Write members as files into one directory.

    Members of one name become x.o, x.2.o, ... Only the last part of a name is used, so no file leaves the directory;
    no link is followed, and a file that is there is not replaced unless --overwrite is given.
    """
    output = Output.of(ctx)
    with open_archive(archive) as opened:
        positions: Sequence[int] = range(len(opened.members))
        if members:
            selection = select(opened, members, if_present=if_present)
            positions = selection.positions
            for absent in selection.absent:
                output.note(f'nothing matches "{absent}"')
        extractions = plan_extraction(opened, positions, windows=os.name == "nt")
        if not dry_run:
            write_members(opened, extractions, directory, overwrite=overwrite)
        output.show(
            text=lambda: render_extracted(opened, extractions, directory, output.style, dry_run=dry_run),
            data=lambda: describe_extracted(opened, extractions, directory, dry_run=dry_run),
        )
    return ExitCode.DONE


def write_members(archive: Archive, extractions: Sequence[Extraction], directory: str, *, overwrite: bool) -> None:
    """Write every file, none before it is known that each can be had and none is in the way.

    Raises:
        EditError: Files are there already.
        AccessError: The directory or a file cannot be written.
        ArfixError: The bytes of a thin member cannot be had.
    """
    for extraction in extractions:
        _ = archive.members[extraction.position].data
    with _explained(directory):
        os.makedirs(directory, exist_ok=True)  # noqa: PTH103 (pathlib is not loaded at start)
        with _opened(directory) as folder:
            names = set(os.listdir(directory if folder is None else folder))  # noqa: PTH208 (by descriptor)
            there = [extraction.file_name for extraction in extractions if extraction.file_name in names]
            if there and not overwrite:
                listed = ", ".join(there[:5]) + (", ..." if len(there) > 5 else "")
                raise EditError(
                    f"{'1 file is' if len(there) == 1 else f'{len(there)} files are'} there already: {listed}",
                    where=Where(directory),
                    hint="Choose an empty directory with -C DIR, or replace them with --overwrite.",
                )
            for extraction in extractions:
                _write_one(archive, extraction, directory, folder, replaces=extraction.file_name in names)


@contextmanager
def _opened(directory: str) -> Iterator[int | None]:
    """Yield a descriptor of the directory, so that it cannot be exchanged meanwhile; None where that cannot be."""
    if os.open not in os.supports_dir_fd or sys.platform == "win32":
        yield None
        return
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _write_one(archive: Archive, extraction: Extraction, directory: str, folder: int | None, *, replaces: bool) -> None:
    """Write one member as a new file: what is there under its name is removed before, never written into."""
    member = archive.members[extraction.position]
    name = extraction.file_name if folder is not None else os.path.join(directory, extraction.file_name)  # noqa: PTH118
    if replaces:
        os.unlink(name, dir_fd=folder)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_FOLLOW | _BINARY
    descriptor = os.open(name, flags, member.mode & 0o777 or 0o644, dir_fd=folder)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(member.data)
    except BaseException:
        with suppress(OSError):
            os.unlink(name, dir_fd=folder)
        raise


@contextmanager
def _explained(directory: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        name = error.filename if isinstance(error.filename, str) else ""
        where = Where(os.path.join(directory, os.path.basename(name)) if name else directory)  # noqa: PTH118, PTH119
        raise AccessError(f"cannot write: {error.strerror or error}", where=where) from error
