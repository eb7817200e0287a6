"""Extracting members: `arfix.extract` plans it, and the plan writes files into one directory, never outside it."""

from __future__ import annotations

import errno
import os
import stat
import sys
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from arfix.api.values import selectors_of
from arfix.archive.files import sync_file
from arfix.arguments import archive_given
from arfix.edits.extract import plan_extraction
from arfix.edits.select import select
from arfix.errors import AccessError, EditError, Where
from arfix.short_repr import short_repr
from arfix.steps import steps

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from arfix.archive.model import Archive, Member
    from arfix.edits.extract import Extraction

_NO_FOLLOW: int = getattr(os, "O_NOFOLLOW", 0)
_BINARY: int = getattr(os, "O_BINARY", 0)


@dataclass(frozen=True, slots=True)
class ExtractPlan:
    """The files that members become.

    Attributes:
        archive: The archive.
        files: A position and a file name for each member, in archive order; all names differ.
        notes: Sentences to show even if all is well.
    """

    archive: Archive
    files: tuple[Extraction, ...]
    notes: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether there is any member to extract."""
        return bool(self.files)

    def __repr__(self) -> str:
        """Return the archive and the number of files, on one line."""
        return short_repr(self)

    @property
    def members(self) -> tuple[Member, ...]:
        """The members, in archive order."""
        return tuple(self.archive.members[one.position] for one in self.files)

    def write(self, directory: str | os.PathLike[str], *, overwrite: bool = False) -> None:
        """Write all files or none into a directory, which is created if necessary.

        Args:
            directory: Where to write; no link in it is followed.
            overwrite: Replace files that exist.

        Raises:
            EditError: Files are there already.
            AccessError: The directory or a file cannot be written.
            ArfixError: The file of a thin member cannot be read.
        """
        write_members(self.archive, self.files, os.fspath(directory), overwrite=overwrite)


def extract(
    archive: Archive, members: str | Member | Iterable[str | Member] | None = None, *, if_present: bool = False
) -> ExtractPlan:
    """Return the files that members of an archive become; `write` writes them.

    Members that share a name become x.o, x.2.o, ... Only the last part of a name is used, and no link is followed, so
    that nothing is written outside the directory.

    Args:
        archive: The archive.
        members: Members, or selectors as for `strip`; None for all members.
        if_present: Ignore a selector that matches nothing, with a note.

    Raises:
        EditError: A selector matches nothing.
    """
    archive_given(archive)
    positions: Sequence[int] = range(len(archive.members))
    notes: tuple[str, ...] = ()
    if members is not None:
        selection = select(archive, selectors_of(archive, members), if_present=if_present)
        positions = selection.positions
        notes = tuple(f'nothing matches "{absent}"' for absent in selection.absent)
    return ExtractPlan(archive, plan_extraction(archive, positions, windows=os.name == "nt"), notes)


def write_members(archive: Archive, extractions: Sequence[Extraction], directory: str, *, overwrite: bool) -> None:
    """Write all files or none; each appears under its name only once all are complete.

    Raises:
        EditError: Files are there already.
        AccessError: The directory or a file cannot be written.
        ArfixError: The file of a thin member cannot be read.
    """
    for extraction in extractions:
        _ = archive.members[extraction.position].data
    with _explained(directory):
        made = _make_directory(directory)
        try:
            with _opened(directory) as folder:
                _write_all(archive, extractions, directory, folder, overwrite=overwrite)
        except BaseException:
            for path in made:
                with suppress(OSError):
                    os.rmdir(path)  # noqa: PTH106 (paths are strings here, as calls with a descriptor need them)
            raise


def _make_directory(directory: str) -> list[str]:
    """Create the directory and its missing parents; return the created ones, the innermost first."""
    made = []
    path = directory
    while path and not os.path.lexists(path):
        made.append(path)
        path = os.path.dirname(path.rstrip(os.sep))  # noqa: PTH120 (the same)
    os.makedirs(directory, exist_ok=True)  # noqa: PTH103 (the same)
    return made


def _write_all(
    archive: Archive, extractions: Sequence[Extraction], directory: str, folder: int | None, *, overwrite: bool
) -> None:
    names = set(os.listdir(directory if folder is None else folder))  # noqa: PTH208 (by descriptor)
    there = [extraction.file_name for extraction in extractions if extraction.file_name in names]
    if there and not overwrite:
        listed = ", ".join(there[:5]) + (", ..." if len(there) > 5 else "")
        raise EditError(
            f"{'1 file exists' if len(there) == 1 else f'{len(there)} files exist'} already: {listed}",
            where=Where(directory),
            hint="Choose an empty directory (`arfix extract -C DIR`), or replace them with `overwrite=True`.",
        )
    files = _NewFiles(directory, folder)
    try:
        for extraction in steps("extracting", extractions, lambda one: one.file_name):
            files.write(
                archive.members[extraction.position], extraction.file_name, replaces=extraction.file_name in names
            )
        files.put_in_place()
    except BaseException:
        files.undo()
        raise
    files.forget_old()


class _NewFiles:
    """New files in one directory that appear together: all are written under temporary names and then renamed."""

    def __init__(self, directory: str, folder: int | None) -> None:
        self._directory = directory
        self._folder = folder
        self._prefix = f".arfix-{os.urandom(8).hex()}-"  # unpredictable, so no link can be waiting there
        self._written: list[tuple[str, str, bool]] = []
        self._kept: list[tuple[str, str]] = []  # old files under a second name, and their own
        self._placed: list[str] = []

    def _path(self, name: str) -> str:
        return name if self._folder is not None else os.path.join(self._directory, name)  # noqa: PTH118

    def write(self, member: Member, name: str, *, replaces: bool) -> None:
        """Write the member to a temporary file, to be renamed to `name`."""
        temporary = self._path(f"{self._prefix}{len(self._written)}.tmp")
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_FOLLOW | _BINARY
        try:
            descriptor = os.open(temporary, flags, member.mode & 0o777 or 0o644, dir_fd=self._folder)
            self._written.append((temporary, self._path(name), replaces))
            try:
                data = member.data
                while data:
                    data = data[os.write(descriptor, data) :]
                if replaces:  # or a power failure could leave neither the old bytes nor the new
                    sync_file(descriptor)
            finally:
                os.close(descriptor)
        except OSError as error:
            raise OSError(error.errno, error.strerror, name) from error

    def put_in_place(self) -> None:
        """Rename each file to its name; keep an old file under a temporary name until all are in place."""
        folder = self._folder
        for number, (temporary, path, replaces) in enumerate(self._written):
            if replaces:
                if stat.S_ISDIR(os.stat(path, dir_fd=folder, follow_symlinks=False).st_mode):
                    raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
                kept = self._path(f"{self._prefix}{number}.old")
                self._keep(path, kept)
                self._kept.append((kept, path))
            elif os.path.lexists(path) if folder is None else _is_there(path, folder):
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), path)
            os.replace(temporary, path, src_dir_fd=folder, dst_dir_fd=folder)
            if not replaces:
                self._placed.append(path)

    def _keep(self, path: str, kept: str) -> None:
        """Link the old file to a second name, or move it where hard links are not supported."""
        folder = self._folder
        try:
            os.link(path, kept, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
        except (OSError, NotImplementedError):
            os.rename(path, kept, src_dir_fd=folder, dst_dir_fd=folder)

    def undo(self) -> None:
        """Restore the directory."""
        folder = self._folder
        for path in self._placed:
            self._remove(path)
        for kept, path in self._kept:
            with suppress(OSError):
                os.replace(kept, path, src_dir_fd=folder, dst_dir_fd=folder)
            self._remove(kept)  # where both are names of one file, the rename did nothing
        for temporary, _, _ in self._written:
            self._remove(temporary)

    def forget_old(self) -> None:
        """Remove the files that were replaced."""
        for kept, _ in self._kept:
            self._remove(kept)

    def _remove(self, name: str) -> None:
        """Remove a file if it exists, with one retry, so that a transient error leaves nothing behind."""
        for _ in range(2):
            try:
                os.unlink(name, dir_fd=self._folder)
            except FileNotFoundError:
                return
            except OSError:
                continue
            return


def _is_there(name: str, folder: int) -> bool:
    try:
        os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


@contextmanager
def _opened(directory: str) -> Iterator[int | None]:
    """Yield a descriptor of the directory, so that it cannot be swapped meanwhile; None if not supported."""
    if os.open not in os.supports_dir_fd or sys.platform == "win32":
        yield None
        return
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield descriptor
    finally:
        with suppress(OSError):  # nothing was written through it
            os.close(descriptor)


@contextmanager
def _explained(directory: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        name = error.filename if isinstance(error.filename, str) else ""
        where = Where(os.path.join(directory, os.path.basename(name)) if name else directory)  # noqa: PTH118, PTH119
        raise AccessError(f"cannot write: {error.strerror or error}", where=where) from error
