"""Opens and saves archives; besides `confined.py` and `locks.py` the only module of this floor that touches the disk.

Files are read into memory; only a large file is mapped, and only while the system guarantees that it is not truncated.
Saving is atomic: the bytes go to a new file in the same directory, which then takes the old one's name. Whatever
interrupts it, the old archive or the new one is there, whole. Edits of one file exclude each other
(`arfix/archive/locks.py`).
"""

from __future__ import annotations

import errno
import mmap
import os
import stat
import sys
import time
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from typing import TYPE_CHECKING, NamedTuple

from arfix.archive.layout import lay_out
from arfix.archive.locks import holds_lease, lock_for_edit, take_lease
from arfix.archive.paths import real_path
from arfix.archive.read import read_archive
from arfix.archive.rebase import rebased
from arfix.archive.source import BytesSource, Extent, Source, extent_of
from arfix.archive.thin import THIN_HINT
from arfix.archive.write import stream_chunks
from arfix.arguments import archive_given, path_given
from arfix.errors import AccessError, EditError, FormatError, Where
from arfix.short_repr import short_repr

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from arfix.archive.chunks import Chunk
    from arfix.archive.model import Archive, OpenBeside

#: What means standard input to `open_archive` and standard output to `save`.
STANDARD_STREAM = "-"

_BINARY: int = getattr(os, "O_BINARY", 0)  # Windows alone has it
_NO_FOLLOW: int = getattr(os, "O_NOFOLLOW", 0)  # and lacks this one
_NO_WAIT: int = getattr(os, "O_NONBLOCK", 0)  # and this one

#: A text that a person names may be this long, in bytes: lists, scripts and baselines.
_LONGEST_TEXT = 1 << 28
_READ_AT_ONCE = 1 << 20
#: Where a pipe has a path because a shell made it (`arfix inspect <(xz -dc x.a.xz)`): somebody writes to it.
_SHELL_PIPES = ("/dev/fd/", "/dev/stdin", "/proc/self/fd/")

#: How long to wait for a reader of a named pipe that an archive is to be written to, in seconds.
_WAIT_FOR_READER = 5.0

#: Files from this size on are mapped if that is safe. Reading 16 MiB costs 10 ms, reading 250 MB half of `strip`.
_LARGE_FILE = 16 << 20
#: How many bytes of smaller files are read into memory at once; past that, they are mapped too, if that is safe.
_MOST_IN_MEMORY = 256 << 20

#: A mapping from this size on is given back now and then: after so many looks at it. Below, memory is no matter.
_LARGE_MAPPING, _LOOKS_AT_ONCE = 64 << 20, 256

#: For how long a process that wants to write a mapped file is made to wait, in seconds. Linux ends a lease after 45.
_WRITER_WAITS = 20.0

_CHANGED_HINT = "Another process writes this file; try again when it is done."
_AGAIN_HINT = "Run the command again: it will edit the file as it is now."
_KEPT_HINT = "The file is as it was; write elsewhere, or make room or permission first."

#: Extended attributes that belong to a file whatever its bytes; capabilities and hashes (`security.ima`) do not.
_KEPT_ATTRIBUTES = ("user.", "system.posix_acl_access", "security.selinux")

#: What `fsync` answers on a file system that has none.
_NO_SYNC = frozenset({errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP})


class _MemoryInUse:
    """How many bytes of files this process keeps in memory."""

    in_memory = 0


class FileSource:
    """A regular file: a `Source`.

    GNU ranlib and others rewrite archives in place, and looking at a mapping past the new end of its file is a SIGBUS.
    So the bytes are read into memory, and reading fails where the file changed meanwhile. A large file is mapped where
    a lease holds others back (`arfix/archive/locks.py`).
    """

    def __init__(self, descriptor: int, where: Where, opened: os.stat_result | None = None) -> None:
        """Take the bytes of the file behind `descriptor`, and own that from then on; an `OSError` passes through.

        `opened` is what `fstat` gives for it, if that has been asked already.
        """
        self.where = where
        self._opened = os.fstat(descriptor) if opened is None else opened
        self._looks = 0
        self._asked_for: float | None = None
        self._mapping: mmap.mmap | None = None
        size = self._opened.st_size
        is_large = size >= _LARGE_FILE or _MemoryInUse.in_memory + size > _MOST_IN_MEMORY
        if size and is_large and take_lease(descriptor):
            self._opened = os.fstat(descriptor)  # it may have changed before the lease
            self._mapping = mmap.mmap(descriptor, self._opened.st_size, access=mmap.ACCESS_READ)
        # The view keeps the mapping alive, and with it every view taken from it, and the lease.
        self._view: memoryview | None = memoryview(self._read(descriptor) if self._mapping is None else self._mapping)
        self.descriptor: int | None = descriptor
        if self._mapping is None:
            os.close(descriptor)
            self.descriptor = None
            _MemoryInUse.in_memory += size

    def _read(self, descriptor: int) -> bytes:
        """Return the bytes of the file; raises `AccessError` where it changes meanwhile."""
        size = self._opened.st_size
        try:
            data = os.read(descriptor, size)
            while len(data) < size and (more := os.read(descriptor, size - len(data))):
                data += more
        except MemoryError:
            raise AccessError(f"its {size:,} bytes do not fit into memory", where=self.where) from None
        now = os.fstat(descriptor)
        if len(data) != size or (now.st_size, now.st_mtime_ns) != (size, self._opened.st_mtime_ns):
            raise AccessError("the file changed while it was read", where=self.where, hint=_CHANGED_HINT)
        return data

    @property
    def view(self) -> memoryview:
        """All bytes of the file; raises `AccessError` after `close`."""
        if self._view is None:
            raise AccessError("the file is closed", where=self.where, hint="Keep the archive open while it is used.")
        if self._mapping is not None:
            self._looks += 1
            if self._looks % _LOOKS_AT_ONCE == 0:
                self.forget()
                self._check_lease()
        return self._view

    def _check_lease(self) -> None:
        """Raise `AccessError` when another process has waited long enough to write the file."""
        if self.descriptor is None or holds_lease(self.descriptor):
            return
        now = time.monotonic()
        self._asked_for = now if self._asked_for is None else self._asked_for
        if now - self._asked_for > _WRITER_WAITS:
            raise AccessError("another process is about to write the file", where=self.where, hint=_CHANGED_HINT)

    def read(self, offset: int, size: int) -> bytes:
        """Return a copy of some bytes, fewer at the end of the file.

        Raises `AccessError` after `close`, and when the file is shorter than it was.
        """
        if self._mapping is None or self.descriptor is None:
            view = self.view if self._view is None else self._view
            return bytes(view[offset : offset + size])
        data = os.pread(self.descriptor, size, offset)
        if len(data) < size and offset + len(data) < self._opened.st_size:
            raise AccessError("the file changed while it was open", where=self.where, hint=_CHANGED_HINT)
        return data

    def forget(self) -> None:
        """Give back the memory of a large mapping; the bytes come again, from the page cache, when looked at."""
        if self._mapping is not None and len(self._mapping) >= _LARGE_MAPPING and hasattr(mmap, "MADV_DONTNEED"):
            self._mapping.madvise(mmap.MADV_DONTNEED)

    def is_at(self, status: os.stat_result | None) -> bool:
        """Return whether `status` is that of this very file, with the bytes it was opened with."""
        return status is not None and _identity(status) == _identity(self._opened)

    def check_unchanged(self) -> None:
        """Raise `AccessError` when size or modification time are no longer those the file was opened with.

        Another file under its name is no change: these bytes are as they were.
        """
        now = _status(self.where.path) if self.descriptor is None else os.fstat(self.descriptor)
        if now is None or _identity(now)[:2] != _identity(self._opened)[:2] or self.is_at(now):
            return
        raise AccessError("the file changed while it was open", where=self.where, hint=_CHANGED_HINT)

    def close(self) -> None:
        """Let go of the file; a second call does nothing. Views that callers still hold stay good while they last."""
        if self._view is not None and self._mapping is None:
            _MemoryInUse.in_memory -= len(self._view)
        self._view = self._mapping = None
        descriptor, self.descriptor = self.descriptor, None
        if descriptor is not None:
            with suppress(OSError):  # nothing was written through it
                os.close(descriptor)


def _identity(status: os.stat_result) -> tuple[int, int, int, int]:
    """Return which file it is (two numbers), and what changes when its bytes do (two more)."""
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


class BesideSource:
    """The file of a thin member: a `Source` that is read, whole, when its bytes are first asked for.

    It holds no descriptor and no mapping: a thin archive may name more files than a process may have open.
    """

    descriptor: int | None = None

    def __init__(self, path: str, size: int | None, within: tuple[str, ...] | None) -> None:
        """Keep what to read: `size` is what the archive says of it, `within` the folders it must be in, if any."""
        self.where = Where(path)
        self._size = size
        self._within = within
        self._view: memoryview | None = None

    def __reduce__(self) -> tuple[type[BesideSource], tuple[str, int | None, tuple[str, ...] | None]]:
        """Return what `pickle` keeps: what to read, and not the bytes."""
        return BesideSource, (self.where.path, self._size, self._within)

    @property
    def view(self) -> memoryview:
        """All bytes of the file.

        Raises:
            AccessError: It cannot be read, is no regular file, or is outside the folders it must be in.
            FormatError: Its size is not the one the archive gives: it was changed after the archive was made.
        """
        if self._view is None:
            with explained(self.where, "cannot read the file of this thin member"):
                # Without waiting: a named pipe is refused below, not waited for.
                descriptor = os.open(self.where.path, os.O_RDONLY | _BINARY | _NO_WAIT)
                with os.fdopen(descriptor, "rb") as file:
                    self._check(os.fstat(descriptor))
                    self._view = memoryview(file.read() if self._size is None else file.read(self._size))
        return self._view

    def _check(self, opened: os.stat_result) -> None:
        if self._within is not None:
            # Of the open file: what its path led to a moment ago does not count.
            real = real_path(self.where.path)
            if not any(is_below(real, folder) for folder in self._within) or _identity(os.stat(real)) != _identity(
                opened
            ):
                raise AccessError(_outside_message(self._within), where=self.where, hint=_OUTSIDE_HINT)
        if not stat.S_ISREG(opened.st_mode):
            raise AccessError("not a regular file, so no member of a thin archive", where=self.where)
        if self._size is not None and opened.st_size != self._size:
            raise FormatError(
                f"the file beside the archive has {opened.st_size} bytes, but the archive says {self._size}",
                where=self.where,
                hint=THIN_HINT,
            )

    def read(self, offset: int, size: int) -> bytes:
        """Return a copy of some bytes; raises as `view` does."""
        return bytes(self.view[offset : offset + size])

    def forget(self) -> None:
        """Do nothing: such files are small."""

    def close(self) -> None:
        """Let go of the bytes."""
        self._view = None


_OUTSIDE_HINT = "`arfix flatten` and `arfix merge` read such files with `allow_outside=True`."


def _outside_message(within: tuple[str, ...]) -> str:
    return f"this file of a thin archive is outside {' and '.join(dict.fromkeys(within))}, and not read"


def is_below(path: str, folder: str) -> bool:
    """Return whether a resolved path is in a resolved folder, at any depth."""
    return path.startswith(folder if folder.endswith(os.sep) else folder + os.sep)


def open_archive(path: str | os.PathLike[str], *, sysroot: str | None = None) -> Archive:
    """Return the archive at `path`, its members views on its bytes; `-` is standard input.

    The archive may hold the file open: use it in a `with` block, or call its `close`. The files of a thin archive's
    members are read when their data is asked for, wherever they are.

    Args:
        path: The file.
        sysroot: The folder whose content decided to open this archive, where no user did: its thin members are read
            only if they are in this folder, or in the archive's own.

    Raises:
        AccessError: There is no such file, or it may not be read, or it is a directory or a device.
        FormatError: The bytes are no archive, or a damaged one; the message says where.
        UnsupportedError: An archive of a kind that arfix does not read.
    """
    name = path_given(path, "path")
    where = Where(name)
    if name == STANDARD_STREAM:
        return _read(extent_of(_standard_input(), where), where, sysroot)
    source = open_source(name)
    try:
        return archive_in(source, sysroot=sysroot)
    except BaseException:
        source.close()
        raise


def archive_in(source: Source, *, sysroot: str | None = None) -> Archive:
    """Return the archive that an open file holds, and which it closes at its end; raises as `open_archive` does."""
    return _read(Extent(source, 0, len(source.view)), source.where, sysroot)


def _standard_input() -> bytes:
    """Return what standard input holds; where that was closed, nothing."""
    stream = sys.stdin
    return b"" if stream is None else stream.buffer.read()


def open_source(path: str | os.PathLike[str]) -> Source:
    """Return the bytes of any regular file, whatever they are, or of a pipe that a shell made; it never waits.

    Raises:
        AccessError: There is no such file, it may not be read, or it is a directory, a device, a socket or a named
            pipe.
    """
    where = Where(os.fspath(path))
    with explained(where, "cannot open"):
        descriptor = open_to_read(where.path)
    try:
        with explained(where, "cannot read"):
            opened = os.fstat(descriptor)
            if stat.S_ISREG(opened.st_mode):
                return FileSource(descriptor, where, opened)
            with os.fdopen(os.dup(descriptor), "rb") as pipe:
                data = pipe.read()
            os.close(descriptor)
            return BytesSource(where, memoryview(data))
    except BaseException:
        with suppress(OSError):
            os.close(descriptor)
        raise


def read_start(path: str, size: int) -> bytes:
    """Return the first bytes of a file, fewer if it is shorter: what most formats are recognized by.

    Raises `AccessError` as `open_source` does.
    """
    with explained(Where(path), "cannot read"):
        descriptor = open_to_read(path)
        try:
            return os.read(descriptor, size)
        finally:
            os.close(descriptor)


def read_text_file(path: str, wanted: str) -> bytes:
    """Return the bytes of a text that a person named: a regular file, or a pipe that a shell made.

    Args:
        path: The file.
        wanted: What it should be, for messages: `a baseline`.

    Raises:
        AccessError: It is something else or cannot be read, or it is larger than 256 MiB.
    """
    if path == os.devnull:  # the usual name for an empty list
        return b""
    with explained(Where(path), "cannot read"):
        return read_bounded(open_to_read(path, wanted), _LONGEST_TEXT)


def read_bounded(descriptor: int, limit: int) -> bytes:
    """Return a file's bytes and close it; raises `OSError` (EFBIG) when there are more than `limit`."""
    with os.fdopen(descriptor, "rb") as file:
        if os.fstat(descriptor).st_size <= limit:
            pieces, left = [], limit
            while piece := file.read(min(left + 1, _READ_AT_ONCE)):
                left -= len(piece)
                if left < 0:
                    break
                pieces.append(piece)
            else:
                return b"".join(pieces)
    raise OSError(errno.EFBIG, f"larger than {limit >> 20} MiB")


def open_to_read(path: str, wanted: str = "an archive") -> int:
    """Return a descriptor of a regular file, or of a pipe that a shell made; it never waits.

    Args:
        path: The file.
        wanted: What it should be, for messages.

    Raises:
        AccessError: It is a directory, a device, a socket or a named pipe.
        OSError: The system refuses.
    """
    where = Where(path)
    try:
        # A NUL in a path is a ValueError, and opening a named pipe would wait for somebody to write to it.
        descriptor = os.open(path, os.O_RDONLY | _BINARY | _NO_WAIT)
    except ValueError:
        raise AccessError("no file has a NUL byte in its name", where=where) from None
    except OSError as error:
        if error.errno == errno.ENXIO:
            raise AccessError("a socket or a device, not a file", where=where) from None
        raise
    try:
        _check_kind(descriptor, where, wanted)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _check_kind(descriptor: int, where: Where, wanted: str) -> None:
    """Raise `AccessError` for what is neither a regular file nor a pipe that a shell made."""
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISREG(mode):
        return
    if stat.S_ISDIR(mode):
        hint = f"Name the archives in it: {os.path.join(where.path, '*.a')}" if wanted == "an archive" else None
        raise AccessError(f"a directory, not {wanted}", where=where, hint=hint)
    if not stat.S_ISFIFO(mode):
        raise AccessError(f"a device, not {wanted}", where=where)
    if not where.path.startswith(_SHELL_PIPES):
        hint = "To read what comes through it, name - and use `< PIPE`."
        raise AccessError(f"a named pipe, not {wanted}", where=where, hint=hint)
    os.set_blocking(descriptor, True)


def _read(extent: Extent, where: Where, sysroot: str | None) -> Archive:
    return read_archive(extent, where, open_beside=BesideOpener(where.path, None if sysroot is None else (sysroot,)))


class BesideOpener:
    """Opens the files that a thin archive names: an `OpenBeside`.

    A path as stored is relative to the folder of the archive at `path`; an absolute one is used as it is. With
    `within`, a file must be below the archive's folder or one of these, symbolic links followed.
    """

    def __init__(self, path: str, within: tuple[str, ...] | None) -> None:
        """Keep the folders; `within` of None allows any."""
        self._directory = os.path.dirname(path)
        self._within = None
        if within is not None:
            self._within = tuple(real_path(folder or os.curdir) for folder in (self._directory, *within))

    def __call__(self, stored: str, size: int | None = None) -> Source:
        """Return the file called `stored`, of which the archive says that it has `size` bytes."""
        return BesideSource(os.path.join(self._directory, stored), size, self._within)


def opener_beside(path: str, *, sysroot: str | None = None, anywhere: bool = False) -> OpenBeside:
    """Return what opens the files of thin archives that are stored in the archive at `path`.

    The user named the archive at `path`, and not these: whoever made it chose their paths. So they have to be in its
    folder, or in the sysroot.

    Args:
        path: The outermost archive.
        sysroot: A folder whose files may be read too.
        anywhere: The user has asked for files from anywhere.
    """
    if anywhere:
        return BesideOpener(path, None)
    return BesideOpener(path, () if sysroot is None else (sysroot,))


class SaveResult(NamedTuple):
    """The outcome of a save.

    Attributes:
        path: The file that now holds the bytes: symbolic links followed.
        notes: Sentences about what the new file could not take over from the old one (other hard links, the owner).
    """

    path: str
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """Return the fields on one line."""
        return short_repr(self)


def save(archive: Archive, path: str | os.PathLike[str]) -> SaveResult:
    """Write `archive` to `path` atomically and return what a person should know about it.

    `path` may be the file the archive was read from, even while it is open. Raises `ArfixError`, and then `path` is
    as it was: `AccessError` when the system refuses; `EditError` when the file at `path` is no longer the one the
    archive was read from, or when the archive cannot be written as its kind; `UnsupportedError`. A thin archive written
    to another folder keeps naming the same files.
    """
    return save_chunks(lay_out(rebased(archive_given(archive), path_given(path, "path"))).chunks, path)


def save_chunks(chunks: Sequence[Chunk], path: str | os.PathLike[str]) -> SaveResult:
    """Write the chunks to `path` as `save` does; for every file that must not be seen half written."""
    name = os.fspath(path)
    where = Where(name)
    files = _files_of(chunks)
    with explained(where, "cannot write"):
        if name == STANDARD_STREAM:
            sys.stdout.flush()
            stream_chunks(chunks, sys.stdout.fileno())
            return SaveResult(name)
        if "\0" in name:
            raise AccessError("no file has a NUL byte in its name", where=where)
        old = _status(name)
        if old is not None and not stat.S_ISREG(old.st_mode):
            return _write_into(chunks, name, old)
        return _replace(chunks, files, real_path(name))


def _status(path: str) -> os.stat_result | None:
    try:
        return os.stat(path)
    except FileNotFoundError:
        return None


def _write_into(chunks: Sequence[Chunk], path: str, old: os.stat_result) -> SaveResult:
    """Write to a pipe or a device, which cannot be replaced."""
    if stat.S_ISDIR(old.st_mode):
        raise AccessError("a directory", where=Where(path), hint="Name the file to write in it.")
    descriptor = _open_to_write(path, old)
    try:
        stream_chunks(chunks, descriptor)
    finally:
        os.close(descriptor)
    return SaveResult(path)


def _open_to_write(path: str, old: os.stat_result) -> int:
    """Return a descriptor of a pipe, once somebody reads it, or of a device.

    Raises:
        AccessError: Nothing reads the pipe for `_WAIT_FOR_READER` seconds.
    """
    if not stat.S_ISFIFO(old.st_mode):
        return os.open(path, os.O_WRONLY | _BINARY)
    end = time.monotonic() + _WAIT_FOR_READER
    while True:
        try:
            descriptor = os.open(path, os.O_WRONLY | _BINARY | _NO_WAIT)
        except OSError as error:
            if error.errno != errno.ENXIO:
                raise
            if time.monotonic() > end:
                raise AccessError("nothing reads from this pipe", where=Where(path)) from None
            time.sleep(0.01)
        else:
            os.set_blocking(descriptor, True)
            return descriptor


def save_all(archives: Mapping[str, Archive]) -> tuple[SaveResult, ...]:
    """Write several archives, each to its path, as one: all of them, or none if the system refuses one.

    Every new file is written whole before the first takes its name. A kill between two renames leaves some archives
    new and others old, each of them whole. Raises as `save` does, and then every path is as it was.
    """
    if len(archives) == 1:
        return tuple(save(archive, path) for path, archive in archives.items())
    with ExitStack() as stack:
        staged = []
        for path, archive in sorted(archives.items()):  # in one order, so that two runs do not wait for each other
            chunks = lay_out(rebased(archive, path)).chunks
            with explained(Where(path), "cannot write"):
                staged.append(stack.enter_context(_staged(chunks, _files_of(chunks), real_path(path))))
        _rename_all(staged)
    return tuple(SaveResult(one.target, one.notes) for one in staged)


def _rename_all(staged: Sequence[_Staged]) -> None:
    """Give every new file its name; where one cannot have it, take back those that have."""
    with ExitStack() as kept, ExitStack() as undo:  # taking back comes before the old files are removed
        for one in staged:
            with explained(Where(one.target), "cannot write"):
                before = f"{one.temporary}.old"
                kept.callback(_remove, before)
                _keep(one.target, before)
                one.rename()
                undo.callback(os.replace, before, one.target)
        undo.pop_all()
    for directory in {os.path.dirname(one.target) for one in staged}:
        sync_directory(directory)


def _keep(path: str, name: str) -> None:
    """Give a file a second name, or make a copy where the file system has no hard links."""
    try:
        os.link(path, name)
    except OSError:
        import shutil  # noqa: PLC0415 (rare)

        shutil.copy2(path, name)


def _remove(path: str) -> None:
    with suppress(OSError):
        os.unlink(path)


def _files_of(chunks: Sequence[Chunk]) -> list[FileSource]:
    """Return the files that the chunks come from, each once."""
    sources = {id(chunk.source): chunk.source for chunk in chunks if isinstance(chunk, Extent)}
    return [source for source in sources.values() if isinstance(source, FileSource)]


class _Staged(NamedTuple):
    """A new file beside its target, whole and on the disk.

    Attributes:
        target: The file that it is to become; links are resolved.
        temporary: Its name until then.
        notes: What it could not take over from the old file.
        edited: The target as it was read, if it is edited in place.
    """

    target: str
    temporary: str
    notes: tuple[str, ...]
    edited: tuple[FileSource, ...]

    def rename(self) -> None:
        """Replace the target; raises `EditError` when it is no longer the file that was read."""
        _check_edited(self.edited, self.target)
        os.replace(self.temporary, self.target)


@contextmanager
def _staged(chunks: Sequence[Chunk], files: Sequence[FileSource], target: str) -> Iterator[_Staged]:
    """Write a new file beside `target` for the block, which may rename it; hold the lock of a file edited in place."""
    old = _status(target)
    if old is not None and not os.access(target, os.W_OK):
        # The rename would succeed, but a file without write permission is meant to stay.
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    # Unpredictable, so that no link can be waiting there; not ending in `.a`, so that no build takes a leftover
    # for a library.
    directory, name = os.path.split(target)
    name = os.fsdecode(os.fsencode(name)[:64])  # a file name has at most 255 bytes
    temporary = os.path.join(directory, f".{name}.{os.urandom(8).hex()}.tmp")
    # What is edited in place: the file that is to be replaced is one of those the bytes come from.
    edited = tuple(file for file in files if real_path(file.where.path) == target)
    with lock_for_edit(target) if edited else nullcontext():
        _check_edited(edited, target)
        staged = _Staged(target, temporary, _stage(chunks, target, temporary, old), edited)
        try:
            yield staged
        except BaseException:
            _remove(temporary)
            raise


def _replace(chunks: Sequence[Chunk], files: Sequence[FileSource], target: str) -> SaveResult:
    """Write a new file beside `target`, make it last, and give it that name."""
    with _staged(chunks, files, target) as staged:
        staged.rename()
    sync_directory(os.path.dirname(target))
    return SaveResult(target, staged.notes)


def _check_edited(edited: Iterable[FileSource], target: str) -> None:
    """Raise `EditError` when another process has replaced or changed the file that is edited."""
    now = _status(target)
    if not all(file.is_at(now) for file in edited):
        raise EditError(
            "another process changed the file since it was read, and nothing was written",
            where=Where(target),
            hint=_AGAIN_HINT,
        )


def _stage(chunks: Sequence[Chunk], target: str, temporary: str, old: os.stat_result | None) -> tuple[str, ...]:
    """Write the new file, whole and on the disk; return notes about what it could not take over."""
    mode = 0o666 if old is None else 0o600
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_FOLLOW | _BINARY, mode)
    try:
        return fill_and_close(descriptor, chunks, None if old is None else Replaced(target, target, old))
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise


class Replaced(NamedTuple):
    """A file that a new one is to replace.

    Attributes:
        path: Its path, for notes.
        source: The path, or a descriptor of the file, to read its attributes from.
        status: What `stat` gives for it.
    """

    path: str
    source: str | int
    status: os.stat_result


def fill_and_close(descriptor: int, chunks: Sequence[Chunk], replaced: Replaced | None) -> tuple[str, ...]:
    """Write the chunks to a new file, wait until they are on the disk, and close it, whatever happens.

    The file gets the owner, attributes and mode of the one that it replaces. Returns notes about what it could not take
    over.

    Raises:
        OSError: The system refuses.
        AccessError: A file that bytes are copied from changed meanwhile.
    """
    try:
        stream_chunks(chunks, descriptor)
        for file in _files_of(chunks):
            file.check_unchanged()
        notes = [] if replaced is None else _take_over(replaced, descriptor)
        sync_file(descriptor)
    finally:
        os.close(descriptor)
    return tuple(notes)


def _take_over(replaced: Replaced, descriptor: int) -> list[str]:
    """Give the new file the old one's owner, attributes and mode; return notes about what it could not take over."""
    target, source, old = replaced
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
        try:
            os.fchmod(descriptor, mode)
        except OSError:  # file systems without modes
            if stat.S_IMODE(os.fstat(descriptor).st_mode) != mode:
                notes.append(f"{target} had the mode {mode:04o}, which could not be kept")
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
