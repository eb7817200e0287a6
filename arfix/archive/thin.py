r"""Thin archives: members whose bytes live in files beside the archive.

A thin archive begins with `!<thin>\n`. Index and name table are stored as usual; every other header is followed at once
by the next, and its name (always in the name table) is the path of a file, relative to the archive's directory. The
size field says how large that file was. Where a regular archive was added, `/<offset>:<origin>` refers to one of *its*
members: the path is that archive, and origin the offset of the member's header in it. A nested thin archive is replaced
by its members.

A file that is missing or has changed does not make the archive unreadable: the error comes when the bytes are asked
for.

Source: BFD `_bfd_get_elt_at_filepos`, `adjust_relative_path`; measured with GNU ar 2.40.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.archive.source import Extent, Source
from arfix.errors import AccessError, ArfixError, FormatError

if TYPE_CHECKING:
    from collections.abc import Callable

    from arfix.archive.model import Archive, Member, OpenBeside
    from arfix.errors import Where

#: What helps where a member of a thin archive is missing or has changed.
THIN_HINT = "Put the file back, or make the archive again with `ar rcT`."


class FileBeside:
    """The file of one thin member, opened when its bytes are first asked for. A `Source`.

    Args:
        where: The member, for messages.
        path: As stored in the archive.
        size: What the header says the file's size is, in bytes.
        open_beside: Opens it; None when the archive was not read from a file.
    """

    def __init__(self, where: Where, path: str, size: int, open_beside: OpenBeside | None) -> None:
        self.where = where
        self._path = path
        self._size = size
        self._open = open_beside
        self._source: Source | None = None

    def __reduce__(self) -> tuple[type[FileBeside], tuple[object, ...]]:
        """Return what `pickle` keeps: what to open, and not the bytes."""
        return FileBeside, (self.where, self._path, self._size, self._open)

    @property
    def view(self) -> memoryview:
        """All bytes of the file.

        Raises:
            AccessError: The file cannot be opened.
            FormatError: Its size is not the one the archive gives: it was changed after the archive was made.
        """
        try:
            view = self._opened().view
        except FormatError as error:
            raise error.within(self.where) from error
        if len(view) == self._size:
            return view
        raise FormatError(
            f"the file beside the archive has {len(view)} bytes, but the archive says {self._size}",
            where=self.where,
            hint=THIN_HINT,
        )

    @property
    def descriptor(self) -> int | None:
        """The file's descriptor."""
        return self._opened().descriptor

    def read(self, offset: int, size: int) -> bytes:
        """Return a copy of some bytes; raises as `view` does."""
        return bytes(self.view[offset : offset + size])

    def forget(self) -> None:
        """Do nothing: such files are small."""

    def close(self) -> None:
        """Close the file if it was opened."""
        if self._source is not None:
            self._source.close()
            self._source = None

    def _opened(self) -> Source:
        if self._source is None:
            if self._open is None:
                raise AccessError(
                    "the member's bytes are in a file beside the thin archive, which was given as bytes",
                    where=self.where,
                    hint="Read the archive from its path.",
                )
            self._source = self._open(self._path, self._size)
        return self._source


class Unreachable:
    """A nested thin member that could not be found: asking for its bytes raises what was wrong. A `Source`."""

    descriptor = None

    def __init__(self, where: Where, error: ArfixError) -> None:
        self.where = where
        self._error = error

    def __reduce__(self) -> tuple[type[Unreachable], tuple[Where, ArfixError]]:
        """Return what `pickle` keeps."""
        return Unreachable, (self.where, self._error)

    @property
    def view(self) -> memoryview:
        """Nothing.

        Raises:
            ArfixError: Always.
        """
        raise self._error

    def read(self, offset: int, size: int) -> bytes:  # noqa: ARG002 (the same of any bytes)
        """Raise `ArfixError`, always."""
        raise self._error

    def forget(self) -> None:
        """Do nothing: nothing was read."""

    def close(self) -> None:
        """Do nothing: nothing was opened."""


class NestedArchives:
    """The regular archives whose members a thin archive lists by origin; each is opened and read once.

    Args:
        open_beside: Opens their files; None when the archive was not read from a file.
        read: Reads an archive (`arfix/archive/read.py`).
    """

    def __init__(self, open_beside: OpenBeside | None, read: Callable[[Source, Where], Archive]) -> None:
        self._open = open_beside
        self._read_archive = read
        self._members: dict[str, dict[int, Member] | ArfixError] = {}

    def member_at(self, path: str, origin: int, where: Where) -> Member:
        """Return the member of the archive `path` whose header starts at `origin`.

        Raises:
            ArfixError: The archive cannot be opened or read, or has no member there.
        """
        found = self._members.get(path)
        if found is None:
            found = self._members[path] = self._read(path, where)
        if isinstance(found, ArfixError):
            raise found
        if origin not in found:
            raise FormatError(
                "no member header at the origin that the thin archive gives", where=where.at(origin), hint=THIN_HINT
            )
        return found[origin]

    def _read(self, path: str, where: Where) -> dict[int, Member] | ArfixError:
        if self._open is None:
            return AccessError("the member is in an archive beside this one, which was given as bytes", where=where)
        try:
            archive = self._read_archive(self._open(path, None), where)
        except ArfixError as error:
            return error
        return {member.header_offset: member for member in archive.members if member.header_offset is not None}


def unreachable(where: Where, error: ArfixError, size: int) -> Extent:
    """Return an extent of `size` bytes that raises `error` when it is looked at."""
    return Extent(Unreachable(where, error), 0, size)
