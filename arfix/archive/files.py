"""How archives are opened and saved: the only file of this floor that touches the disk.

Opening maps the file; nothing is copied. Saving is atomic: the bytes go to a new file in the same directory, which
then takes the old one's name. Whatever interrupts it, the old archive or the new one is there, whole.
"""

from __future__ import annotations

import errno
import mmap
import os
import stat
import sys
from contextlib import contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from arfix.archive.read import read_archive
from arfix.archive.source import BytesSource, Extent, Source, extent_of
from arfix.archive.write import stream_chunks
from arfix.errors import AccessError, Where

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from arfix.archive.chunks import Chunk
    from arfix.archive.model import Archive, OpenBeside

#: What means standard input to `open_archive` and standard output to `save`.
STANDARD_STREAM = "-"

_BINARY: int = getattr(os, "O_BINARY", 0)  # Windows alone has it
_NO_FOLLOW: int = getattr(os, "O_NOFOLLOW", 0)  # and lacks this one

#: A mapping from this size on is given back now and then: after so many looks at it. Below, memory is no matter.
_LARGE_MAPPING, _LOOKS_AT_ONCE = 64 << 20, 256

_CHANGED_HINT = "Another process writes this file; try again when it is done."
_KEPT_HINT = "The file is as it was; write elsewhere, or make room or permission first."

#: Extended attributes that belong to a file whatever its bytes; capabilities and hashes (`security.ima`) do not.
_KEPT_ATTRIBUTES = ("user.", "system.posix_acl_access", "security.selinux")

#: What `fsync` answers on a file system that has none.
_NO_SYNC = frozenset({errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP})


class FileSource:
    """A mapped regular file: a `Source`.

    The mapping shows the file as it is, so a process that cuts the file short meanwhile makes looking past the new
    end a SIGBUS, as with every mapping. The writer therefore reads through the descriptor, and `save` asks
    `check_unchanged` before it replaces anything.
    """

    def __init__(self, descriptor: int, where: Where) -> None:
        """Map the file behind `descriptor` and own the descriptor from then on; an `OSError` passes through."""
        self.where = where
        self._opened = os.fstat(descriptor)
        size = self._opened.st_size
        # An empty file cannot be mapped. The view keeps the mapping alive, and with it every view taken from it.
        self._mapping = mmap.mmap(descriptor, size, access=mmap.ACCESS_READ) if size else None
        self._view: memoryview | None = memoryview(self._mapping or b"")
        self._looks = 0
        self.descriptor: int | None = descriptor

    @property
    def view(self) -> memoryview:
        """All bytes of the file; raises `AccessError` after `close`."""
        if self._view is None:
            raise AccessError("the file is closed", where=self.where, hint="Keep the archive open while it is used.")
        self._looks += 1
        if self._looks % _LOOKS_AT_ONCE == 0:
            self.forget()
        return self._view

    def forget(self) -> None:
        """Give back the memory of a large mapping; the bytes come again, from the page cache, when looked at."""
        if self._mapping is not None and len(self._mapping) >= _LARGE_MAPPING and hasattr(mmap, "MADV_DONTNEED"):
            self._mapping.madvise(mmap.MADV_DONTNEED)

    def check_unchanged(self) -> None:
        """Raise `AccessError` when size or modification time are no longer those the file was opened with."""
        if self.descriptor is None:
            return
        now = os.fstat(self.descriptor)
        if (now.st_size, now.st_mtime_ns) != (self._opened.st_size, self._opened.st_mtime_ns):
            raise AccessError("the file changed while it was open", where=self.where, hint=_CHANGED_HINT)

    def close(self) -> None:
        """Let go of the file; a second call does nothing. Views that callers still hold stay good while they last."""
        self._view = self._mapping = None
        if self.descriptor is not None:
            os.close(self.descriptor)
            self.descriptor = None


class BesideSource:
    """The file of a thin member: a `Source` that is read, whole, when its bytes are first asked for.

    It holds no descriptor and no mapping: a thin archive may name more files than a process may have open.
    """

    descriptor: int | None = None

    def __init__(self, path: str) -> None:
        self.where = Where(path)
        self._view: memoryview | None = None

    @property
    def view(self) -> memoryview:
        """All bytes of the file; raises `AccessError` when it cannot be read or is no regular file."""
        if self._view is None:
            with explained(self.where, "cannot read the file of this thin member"):
                # Without waiting: a named pipe is refused below, not waited for.
                descriptor = os.open(self.where.path, os.O_RDONLY | _BINARY | getattr(os, "O_NONBLOCK", 0))
                with os.fdopen(descriptor, "rb") as file:
                    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                        raise AccessError("not a regular file, so no member of a thin archive", where=self.where)
                    self._view = memoryview(file.read())
        return self._view

    def forget(self) -> None:
        """Do nothing: such files are small."""

    def close(self) -> None:
        """Let go of the bytes."""
        self._view = None


def open_archive(path: str | os.PathLike[str]) -> Archive:
    """Return the archive at `path`, its members views on a mapping; `-` is standard input, read into memory.

    The archive holds the file open: use it in a `with` block, or call its `close`. The files of a thin archive's
    members are read when their data is asked for.

    Raises:
        AccessError: There is no such file, or it may not be read, or it is a directory or a device.
        FormatError: The bytes are no archive, or a damaged one; the message says where.
        UnsupportedError: An archive of a kind that arfix does not read.
    """
    name = os.fspath(path)
    where = Where(name)
    if name == STANDARD_STREAM:
        return _read(extent_of(sys.stdin.buffer.read(), where), where)
    source = open_source(name)
    try:
        return _read(Extent(source, 0, len(source.view)), where)
    except BaseException:
        source.close()
        raise


def open_source(path: str | os.PathLike[str]) -> Source:
    """Return the bytes of any file, whatever they are: mapped, or read into memory where it is a pipe.

    Raises:
        AccessError: There is no such file, or it may not be read, or it is a directory or a device.
    """
    where = Where(os.fspath(path))
    with explained(where, "cannot open"):
        descriptor = os.open(where.path, os.O_RDONLY | _BINARY)
    try:
        with explained(where, "cannot read"):
            return _open_source(descriptor, where)
    except BaseException:
        os.close(descriptor)
        raise


def _read(extent: Extent, where: Where) -> Archive:
    return read_archive(extent, where, open_beside=opener_beside(where.path))


def opener_beside(path: str) -> OpenBeside:
    """Return what opens files beside the archive at `path`, for the members of thin archives in it."""
    return partial(_open_beside, os.path.dirname(path))


def _open_beside(directory: str, stored: str) -> Source:
    """Return the file that a thin archive in `directory` calls `stored`; an absolute path stands for itself."""
    return BesideSource(os.path.join(directory, stored))


def _open_source(descriptor: int, where: Where) -> Source:
    """Return the file behind `descriptor`: a regular one mapped, a pipe read into memory and closed."""
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISREG(mode):
        return FileSource(descriptor, where)
    if stat.S_ISDIR(mode):
        raise AccessError("a directory, not an archive", where=where, hint="Name the archives in it.")
    if stat.S_ISCHR(mode) or stat.S_ISBLK(mode):
        raise AccessError("a device, not an archive", where=where)
    with os.fdopen(descriptor, "rb") as pipe:
        return BytesSource(where, memoryview(pipe.read()))


class Saved(NamedTuple):
    """What a save did.

    Attributes:
        path: The file that now holds the bytes: symbolic links followed.
        notes: Sentences about what the new file could not take over from the old one (other hard links, the owner).
    """

    path: str
    notes: tuple[str, ...] = ()


def save(archive: Archive, path: str | os.PathLike[str]) -> Saved:
    """Write `archive` to `path` atomically and return what a person should know about it.

    `path` may be the file the archive was read from, even while it is open. Raises `ArfixError`, and then `path` is
    as it was: `AccessError` when the system refuses, `EditError` or `UnsupportedError` when the archive cannot be
    written as its kind. A thin archive written to another folder keeps naming the same files.
    """
    from arfix.archive.layout import lay_out  # noqa: PLC0415 (start-up: only a command that writes needs it)
    from arfix.archive.rebase import rebased  # noqa: PLC0415 (the same)

    return save_chunks(lay_out(rebased(archive, os.fspath(path))).chunks, path)


def save_chunks(chunks: Sequence[Chunk], path: str | os.PathLike[str]) -> Saved:
    """Write the chunks to `path` as `save` does; for every file that must not be seen half written."""
    name = os.fspath(path)
    where = Where(name)
    sources = {id(chunk.source): chunk.source for chunk in chunks if isinstance(chunk, Extent)}
    files = [source for source in sources.values() if isinstance(source, FileSource)]
    with explained(where, "cannot write"):
        if name == STANDARD_STREAM:
            sys.stdout.flush()
            stream_chunks(chunks, sys.stdout.fileno())
            return Saved(name)
        old = _status(name)
        if old is not None and not stat.S_ISREG(old.st_mode):
            return _write_into(chunks, name, old)
        return _replace(chunks, files, os.path.realpath(name), old)


def _status(path: str) -> os.stat_result | None:
    try:
        return os.stat(path)
    except FileNotFoundError:
        return None


def _write_into(chunks: Sequence[Chunk], path: str, old: os.stat_result) -> Saved:
    """Write to a pipe or a device, which cannot be replaced."""
    if stat.S_ISDIR(old.st_mode):
        raise AccessError("a directory", where=Where(path), hint="Name the file to write in it.")
    descriptor = os.open(path, os.O_WRONLY | _BINARY)
    try:
        stream_chunks(chunks, descriptor)
    finally:
        os.close(descriptor)
    return Saved(path)


def _replace(chunks: Sequence[Chunk], files: Iterable[FileSource], target: str, old: os.stat_result | None) -> Saved:
    """Write a new file beside `target`, make it last, and give it that name."""
    if old is not None and not os.access(target, os.W_OK):
        # The rename would succeed all the same, but whoever took the permission away meant this file to stay.
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    # Unpredictable, so that nobody can have put a link there; not ending in `.a`, so that no build takes a leftover
    # for a library.
    directory, name = os.path.split(target)
    name = os.fsdecode(os.fsencode(name)[:64])  # a file name has at most 255 bytes
    temporary = os.path.join(directory, f".{name}.{os.urandom(8).hex()}.tmp")
    notes = _stage(chunks, files, target, temporary, old)
    try:
        os.replace(temporary, target)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise
    sync_directory(directory)
    return Saved(target, notes)


def stage_chunks(chunks: Sequence[Chunk], target: str, temporary: str) -> tuple[str, ...]:
    """Write the chunks to `temporary` as they are to stand at `target`, for whoever renames several files as one.

    Returns notes as `save` does. The target's mode and owner are taken over, and a read-only one is no obstacle: who
    stages has been told to replace it. Raises `AccessError` when the system refuses, and then nothing is left.
    """
    sources = {id(chunk.source): chunk.source for chunk in chunks if isinstance(chunk, Extent)}
    files = [source for source in sources.values() if isinstance(source, FileSource)]
    with explained(Where(target), "cannot write"):
        return _stage(chunks, files, target, temporary, _status(target))


def _stage(
    chunks: Sequence[Chunk], files: Iterable[FileSource], target: str, temporary: str, old: os.stat_result | None
) -> tuple[str, ...]:
    """Write the new file, whole and on the disk; return notes about what it could not take over."""
    mode = 0o666 if old is None else 0o600
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_FOLLOW | _BINARY, mode)
    try:
        try:
            stream_chunks(chunks, descriptor)
            for file in files:
                file.check_unchanged()
            notes = [] if old is None else take_over(old, target, target, descriptor)
            sync_file(descriptor)
        finally:
            os.close(descriptor)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise
    return tuple(notes)


def take_over(old: os.stat_result, target: str, source: str | int, descriptor: int) -> list[str]:
    """Give the new file the old one's owner, attributes and mode; return notes about what it could not take over.

    Args:
        old: What `stat` gave for the old file.
        target: The old file's path, for the notes.
        source: That path, or a descriptor of the old file, to read attributes from.
        descriptor: The new file.
    """
    notes = []
    if old.st_nlink > 1:
        others = (
            "1 other hard link, which keeps"
            if old.st_nlink == 2
            else f"{old.st_nlink - 1} other hard links, which keep"
        )
        notes.append(f"{target} had {others} the old bytes")
    mode = stat.S_IMODE(old.st_mode)
    new = os.fstat(descriptor)
    if hasattr(os, "fchown") and (new.st_uid, new.st_gid) != (old.st_uid, old.st_gid):
        try:
            os.fchown(descriptor, old.st_uid, old.st_gid)
        except OSError:
            notes.append(f"{target} belonged to {old.st_uid}:{old.st_gid}, which only that user can keep")
            with suppress(OSError):
                os.fchown(descriptor, -1, old.st_gid)
            mode &= ~(stat.S_ISUID | stat.S_ISGID)
    _copy_attributes(source, descriptor)
    if hasattr(os, "fchmod"):
        with suppress(OSError):  # file systems without modes
            os.fchmod(descriptor, mode)
    return notes


def _copy_attributes(source: str | int, descriptor: int) -> None:
    """Copy what extended attributes the file system and our permissions allow; Linux alone has them in `os`."""
    if not hasattr(os, "listxattr"):
        return
    with suppress(OSError):
        for name in os.listxattr(source):
            if name.startswith(_KEPT_ATTRIBUTES):
                with suppress(OSError):
                    os.setxattr(descriptor, name, os.getxattr(source, name))


def sync_file(descriptor: int) -> None:
    """Wait until the bytes are on the disk."""
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _NO_SYNC:
            raise


def sync_directory(directory: str) -> None:
    """Wait until the rename is on the disk. It is done already: a system that promises no more is no error."""
    with suppress(OSError):
        descriptor = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@contextmanager
def explained(where: Where, action: str) -> Iterator[None]:
    """Turn an `OSError` into an `AccessError` that says what was tried, in words."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        hint = _KEPT_HINT if action == "cannot write" else None
        raise AccessError(f"{action}: {reason}", where=where, hint=hint) from error
