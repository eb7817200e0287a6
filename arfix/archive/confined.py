"""Files below one directory, reached so that no link and no `..` leads out of it.

A sysroot may come from somebody else, and so may every link in it. `Tree` walks a path component by component, each
opened relative to the directory before it and without following links, so that a link swapped in meanwhile is refused
rather than followed. Links that stay inside are resolved here, by their text. `Folder` is one directory held open; what
is created in it is created exclusively.

Where the system has no calls relative to a directory (Windows), the same steps are taken with paths, and a link that
another process swaps in between two of them goes unnoticed.
"""

from __future__ import annotations

import errno
import os
import stat
import sys
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache, partial
from operator import eq
from typing import TYPE_CHECKING, NamedTuple, Self, cast

from arfix.archive.files import FileSource, Replaced, explained, fill_and_close, read_bounded
from arfix.archive.paths import MOST_LINKS, real_path
from arfix.archive.read import read_archive
from arfix.archive.source import BytesSource, Extent
from arfix.errors import AccessError, Where

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from types import TracebackType

    from arfix.archive.chunks import Chunk
    from arfix.archive.model import Archive, OpenBeside

#: Whether paths are those of Windows.
ON_WINDOWS = os.name == "nt"

#: Whether files can be reached relative to an open directory, without following links.
HAS_DIRECTORY_CALLS: bool = (
    {os.open, os.stat, os.readlink, os.mkdir, os.rmdir, os.unlink, os.rename} <= os.supports_dir_fd
    and hasattr(os, "O_NOFOLLOW")
    and hasattr(os, "O_DIRECTORY")
)

_BINARY: int = getattr(os, "O_BINARY", 0)
_NO_FOLLOW: int = getattr(os, "O_NOFOLLOW", 0)
_NO_WAIT: int = getattr(os, "O_NONBLOCK", 0)
_DIRECTORY: int = getattr(os, "O_DIRECTORY", 0)
_READ = os.O_RDONLY | _BINARY | _NO_FOLLOW | _NO_WAIT
_CREATE = os.O_RDWR | os.O_CREAT | os.O_EXCL | _BINARY | _NO_FOLLOW

#: `RENAME_EXCHANGE`, and what a kernel or file system without it answers.
_EXCHANGE = 2
_UNSUPPORTED = frozenset({errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP})


#: So many directories on the way to the current one stay open during a walk; a process may often have 1,024 open files.
_MOST_OPEN = 64


class OutsideError(AccessError):
    """A path leads out of the directory that it must stay in."""


def split_inside(name: str) -> tuple[str, ...]:
    """Return the components of a relative path with `/` that has no `..`.

    Raises:
        OutsideError: The path is absolute, has a `..`, is empty, or no file can have such a name.
    """
    parts = tuple(part for part in name.split("/") if part not in {"", "."})
    windows = ON_WINDOWS and (":" in name or "\\" in name)
    if not parts or ".." in parts or name.startswith("/") or windows or not is_file_name(name):
        raise OutsideError(f'"{name}" is not a path inside the directory')
    return parts


def is_file_name(name: str) -> bool:
    """Return whether the system can have a file of this name: no NUL, and every character has bytes."""
    try:
        return b"\0" not in os.fsencode(name)
    except UnicodeEncodeError:
        return False


class DirectoryEntry(NamedTuple):
    """A name in a directory, and whether it is a directory or a symbolic link itself."""

    name: str
    is_dir: bool
    is_link: bool


class Folder:
    """One directory, held open. Names are single components; a link is never followed.

    Every method lets the system's `OSError` pass. Use it in a `with` block.

    Attributes:
        path: Where it is, for messages.
    """

    def __init__(self, path: str, descriptor: int | None) -> None:
        self.path = path
        self._descriptor = descriptor

    @staticmethod
    def at(path: str) -> Folder:
        """Return the directory at a path that a person named, whose links are followed."""
        return Folder(path, os.open(path, os.O_RDONLY | _DIRECTORY) if HAS_DIRECTORY_CALLS else None)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the directory; a second call does nothing."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            with suppress(OSError):  # nothing was written through it
                os.close(descriptor)

    def path_of(self, name: str) -> str:
        """Return the path of a file in the directory, for messages."""
        return os.path.join(self.path, name)

    def status(self, name: str) -> os.stat_result | None:
        """Return what `lstat` gives for a name; None if there is nothing."""
        try:
            return os.stat(self._name(name), dir_fd=self._descriptor, follow_symlinks=False)
        except FileNotFoundError:
            return None

    def link_target(self, name: str) -> str:
        """Return the text of a symbolic link."""
        return os.readlink(self._name(name), dir_fd=self._descriptor)

    def enter(self, name: str) -> Folder:
        """Return a directory in this one."""
        path = self.path_of(name)
        if self._descriptor is not None:
            return Folder(path, os.open(name, os.O_RDONLY | _DIRECTORY | _NO_FOLLOW, dir_fd=self._descriptor))
        status = self.status(name)
        if status is None:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
        if not stat.S_ISDIR(status.st_mode):
            code = errno.ELOOP if stat.S_ISLNK(status.st_mode) else errno.ENOTDIR
            raise OSError(code, os.strerror(code), path)
        return Folder(path, None)

    def open(self, name: str) -> int:
        """Return a descriptor for reading a regular file; a named pipe is refused, not waited for."""
        return self._opened(name, _READ)

    def create(self, name: str, mode: int = 0o666) -> int:
        """Return a descriptor for reading and writing a new file; raises `FileExistsError` for any name in use."""
        return os.open(self._name(name), _CREATE, mode, dir_fd=self._descriptor)

    def open_or_create(self, name: str, mode: int = 0o666) -> int:
        """Return a descriptor for reading and writing a regular file, made if there is none. Nothing is truncated."""
        return self._opened(name, os.O_RDWR | os.O_CREAT | _BINARY | _NO_FOLLOW | _NO_WAIT, mode)

    def rename(self, old: str, new: str) -> None:
        """Give a file another name in this directory, in place of what had that name."""
        os.replace(self._name(old), self._name(new), src_dir_fd=self._descriptor, dst_dir_fd=self._descriptor)

    def link(self, old: str, other: Folder, new: str) -> None:
        """Give a file a further name, in this directory or another one; `OSError` also if there are no links."""
        if not hasattr(os, "link"):
            raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP))
        if self._descriptor is None:
            os.link(self.path_of(old), other.path_of(new))
        else:
            os.link(old, new, src_dir_fd=self._descriptor, dst_dir_fd=other._descriptor, follow_symlinks=False)

    def exchange(self, one: str, other: str) -> bool:
        """Swap two names in one step, so that nothing that had either is lost; False if the system cannot."""
        call = None if self._descriptor is None else _renameat2()
        if call is None:
            return False
        if call(self._descriptor, os.fsencode(one), self._descriptor, os.fsencode(other), _EXCHANGE) == 0:
            return True
        import ctypes

        code = ctypes.get_errno()
        if code in _UNSUPPORTED:
            return False
        raise OSError(code, os.strerror(code), self.path_of(other))

    def symlink(self, target: str, name: str) -> None:
        """Make a symbolic link; raises `FileExistsError` for any name in use."""
        os.symlink(target, self._name(name), dir_fd=self._descriptor)

    def unlink(self, name: str) -> None:
        """Remove a file; nothing happens if there is none."""
        with suppress(FileNotFoundError):
            os.unlink(self._name(name), dir_fd=self._descriptor)

    def mkdir(self, name: str) -> None:
        """Make a directory; one that is there already is kept."""
        with suppress(FileExistsError):
            os.mkdir(self._name(name), dir_fd=self._descriptor)

    def rmdir(self, name: str) -> None:
        """Remove an empty directory."""
        os.rmdir(self._name(name), dir_fd=self._descriptor)

    def entries(self) -> list[DirectoryEntry]:
        """Return what is in the directory, sorted by name."""
        with os.scandir(self.path if self._descriptor is None else self._descriptor) as found:
            return sorted(
                DirectoryEntry(one.name, one.is_dir(follow_symlinks=False), one.is_symlink()) for one in found
            )

    def sync(self) -> None:
        """Wait until names that were given or taken are on the disk, as far as the system promises that."""
        if self._descriptor is not None:
            try:
                os.fsync(self._descriptor)
            except OSError as error:
                if error.errno not in {errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP, errno.EBADF}:
                    raise

    def _name(self, name: str) -> str:
        return name if self._descriptor is not None else self.path_of(name)

    def _opened(self, name: str, flags: int, mode: int = 0o666) -> int:
        if self._descriptor is None:
            found = self.status(name)
            if found is not None and stat.S_ISLNK(found.st_mode):
                raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), self.path_of(name))
        descriptor = os.open(self._name(name), flags, mode, dir_fd=self._descriptor)
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise OSError(errno.EINVAL, "not a regular file", self.path_of(name))
        return descriptor


@dataclass(frozen=True, slots=True)
class Tree:
    """A directory and everything below it. It holds nothing open.

    Names are paths from the root on, with `/`. What the system refuses is an `AccessError`.

    Attributes:
        root: The absolute path, without links.
        spelt: The absolute path as it was given: a link in the tree may use either.
    """

    root: str
    spelt: str = field(default="", compare=False)

    @staticmethod
    def at(path: str) -> Tree:
        """Return the tree of a directory. Links in its own path are the caller's and are followed."""
        with explained(Where(path), "cannot open"):
            return Tree(real_path(path), os.path.abspath(path))

    def path_of(self, name: str) -> str:
        """Return the path of a file of the tree, for messages."""
        return os.path.join(self.root, name.replace("/", os.sep))

    def find(self, name: str) -> str:
        """Return the name of the file that a name leads to: links are followed as long as they stay inside.

        What is missing at the end need not exist.

        Raises:
            OutsideError: The path leads out.
            AccessError: The system refuses, or a link leads to itself.
        """
        with self._reach(split_inside(name)) as (_, _, real):
            return real

    def status(self, name: str) -> os.stat_result | None:
        """Return what `stat` gives for a name, links inside followed; None if there is nothing."""
        with self._reach(split_inside(name)) as (folder, last, _):
            return None if folder is None else folder.status(last)

    def open(self, name: str) -> int:
        """Return a descriptor for reading a regular file, links inside followed."""
        with self._reach(split_inside(name)) as (folder, last, _):
            if folder is None:
                raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), self.path_of(name))
            return folder.open(last)

    def source(self, name: str) -> FileSource:
        """Return the bytes of a regular file, mapped."""
        descriptor = self.open(name)
        where = Where(self.path_of(name))
        try:
            with explained(where, "cannot read"):
                return FileSource(descriptor, where)
        except BaseException:
            with suppress(OSError):
                os.close(descriptor)
            raise

    def archive(self, name: str) -> Archive:
        """Return an archive of the tree; members of a thin one are found inside the tree alone. Close it after use."""
        source = self.source(name)
        try:
            return read_archive(Extent(source, 0, len(source.view)), source.where, open_beside=self.beside(name))
        except BaseException:
            source.close()
            raise

    def beside(self, name: str) -> OpenBeside:
        """Return what opens the files that a thin archive of this name refers to: those of the tree, and no others."""
        return partial(self._open_beside, name.rpartition("/")[0])

    def _open_beside(self, folder: str, stored: str, size: int | None) -> BytesSource:
        """Return a file read into memory: a thin archive may name more files than a process may have open.

        One byte more than the `size` that the archive gives is enough to see that it is wrong.
        """
        base = [] if os.path.isabs(stored) else folder.split("/")
        where = Where(os.path.join(self.root, folder, stored))
        with self._reach([*base, *self._relative(stored, where)]) as (found, last, _):
            if found is None:
                raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
            with os.fdopen(found.open(last), "rb") as file:
                return BytesSource(where, memoryview(file.read(-1 if size is None else size + 1)))

    @contextmanager
    def folder(self, name: str = "", *, make: bool = False) -> Iterator[Folder]:
        """Hold a directory of the tree open; no link is followed on the way.

        Args:
            name: Its path from the root on; empty for the root.
            make: Make what is missing.
        """
        place = self.path_of(name) if name else self.root
        with explained(Where(place), "cannot open"):
            folder = self._root()
            try:
                for part in split_inside(name) if name else ():
                    if make:
                        folder.mkdir(part)
                    inner = folder.enter(part)
                    folder.close()
                    folder = inner
            except OSError as error:
                folder.close()
                _refuse_link(error, place)
                raise
            except BaseException:
                folder.close()
                raise
        with folder:
            yield folder

    def descent(self) -> Descent:
        """Return what visits many directories of the tree; use it in a `with` block."""
        return Descent(self)

    def _root(self) -> Folder:
        return Folder.at(self.root)

    @contextmanager
    def _reach(self, parts: Iterable[str]) -> Iterator[tuple[Folder | None, str, str]]:
        """Walk to a path, links inside followed: yields its directory, its last component and its real name.

        The directory is None if a part of the way is missing, and the rest of the name is as it was given.
        """
        todo = [part for part in reversed(tuple(parts)) if part not in {"", "."}]
        place = Where(self.path_of("/".join(reversed(todo))))
        done: list[str] = []
        links = 0
        with explained(place, "cannot open"):
            try:
                folder = self._root()
            except FileNotFoundError:
                yield None, todo[0], "/".join(reversed(todo))
                return
            try:
                while todo:
                    part = todo.pop()
                    found = folder.status(part)
                    if part == "..":
                        if not done:
                            raise OutsideError(f"leads out of {self.root}", where=place)
                        done.pop()
                        folder = self._reopened_from_root(folder, done)
                    elif found is not None and stat.S_ISLNK(found.st_mode):
                        links += 1
                        target = _target(folder, part, links)
                        if os.path.isabs(target):
                            done = []
                            folder = self._reopened_from_root(folder, done)
                        todo += reversed(self._relative(target, place))
                    elif todo and found is not None:
                        folder = _step(folder, part)
                        done.append(part)
                    else:
                        yield (None if todo else folder), part, "/".join((*done, part, *_missing(todo)))
                        return
                yield folder, ".", "/".join(done)
            finally:
                folder.close()

    def _reopened_from_root(self, folder: Folder, parts: Sequence[str]) -> Folder:
        """Close a folder and return another one, walked to from the root."""
        folder.close()
        new = self._root()
        for part in parts:
            new = _step(new, part)
        return new

    def _relative(self, target: str, place: Where | None = None) -> list[str]:
        """Return the components of a path as a file of the tree spells it; an absolute one must begin with the root."""
        for root in (self.root, self.spelt):
            if root and target.startswith(f"{root}{os.sep}"):
                target = target[len(root) + 1 :]
                break
        if os.path.isabs(target) or not is_file_name(target):
            raise OutsideError(f"leads out of {self.root}, to {target}", where=place)
        return [part for part in target.replace(os.sep, "/").split("/") if part not in {"", "."}]


class Descent:
    """Visits directories of a tree, one after another.

    The last directory and those on the way to it stay open, at most `_MOST_OPEN` of them, so that its neighbours and
    its children are one step away. Walking a tree depth first then takes about one step for each directory, however
    deep they are. Each is opened relative to its parent, and no link is followed.
    """

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._name: str | None = None
        self._parts: tuple[str, ...] = ()
        #: Open directories by their depth; the root has depth 0.
        self._open: dict[int, Folder] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close_below(-1)

    def enter(self, name: str) -> Folder:
        """Return the directory at `name`, a path from the root on, empty for the root.

        It is open until the next call. Raises `AccessError` if it is no directory, or a link, or is refused.
        """
        if name == self._name:
            return self._open[len(self._parts)]
        parts = tuple(name.split("/")) if name else ()
        same = [*map(eq, self._parts, parts), False]
        self._name = None
        self._close_below(same.index(False))
        place = self._tree.path_of(name) if name else self._tree.root
        with explained(Where(place), "cannot open"):
            try:
                folder = self._walk_to(parts)
            except OSError as error:
                _refuse_link(error, place)
                raise
        self._name, self._parts = name, parts
        return folder

    def _walk_to(self, parts: tuple[str, ...]) -> Folder:
        """Open what is missing on the way from the deepest open directory, which is on that way."""
        depth = max(self._open, default=0)
        if not self._open:
            self._open[0] = Folder.at(self._tree.root)
        self._parts = parts[:depth]
        for part in parts[depth:]:
            self._open[depth + 1] = self._open[depth].enter(part)
            depth += 1
            self._parts = parts[:depth]
            if depth >= _MOST_OPEN and (left := self._open.pop(depth - _MOST_OPEN, None)) is not None:
                left.close()
        return self._open[depth]

    def _close_below(self, depth: int) -> None:
        """Close the directories that are deeper than `depth`."""
        for deeper in [one for one in self._open if one > depth]:
            self._open.pop(deeper).close()


@cache
def _renameat2() -> Callable[..., int] | None:
    """Return Linux's call of this name; None if the C library has none. Source: rename(2)."""
    if not sys.platform.startswith("linux"):
        return None
    import ctypes

    try:
        call = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError):
        return None
    call.argtypes = [ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_uint]
    return cast("Callable[..., int]", call)


def _target(folder: Folder, part: str, links: int) -> str:
    """Return the text of a link; raises `OSError` after too many."""
    if links > MOST_LINKS:
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), folder.path_of(part))
    return folder.link_target(part)


def _refuse_link(error: OSError, place: str) -> None:
    """Raise `AccessError` where the system refuses to enter something because it is a link, or no directory."""
    if error.errno in {errno.ELOOP, errno.ENOTDIR, errno.EMLINK}:  # FreeBSD says EMLINK for a link
        raise AccessError("not a directory, or a link", where=Where(place)) from error


def _missing(todo: Sequence[str]) -> Iterator[str]:
    """Return the rest of a path whose folder is missing; raises `OSError` where it would go up again."""
    if ".." in todo:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
    return reversed(todo)


def _step(folder: Folder, part: str) -> Folder:
    """Return a directory in `folder`, which is closed whatever happens."""
    with folder:
        return folder.enter(part)


def read_regular(path: str, limit: int) -> bytes:
    """Return the bytes of a regular file that a person named, at most `limit`; links are followed, pipes refused."""
    descriptor = os.open(path, os.O_RDONLY | _BINARY | _NO_WAIT)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "not a regular file", path)
    return read_bounded(descriptor, limit)


def write_new(
    folder: Folder, name: str, chunks: Sequence[Chunk], target: str, old: int | None = None
) -> tuple[str, ...]:
    """Write a new file, whole and on the disk, and return notes about what it could not take over.

    Args:
        folder: Where.
        name: Its name, which must be free.
        chunks: Its bytes.
        target: The path that it will have, for the notes.
        old: A descriptor of the file that it is to replace, whose mode, owner and attributes it gets.

    Raises:
        OSError: The system refuses, and then nothing is left.
        AccessError: A file that bytes are copied from changed meanwhile.
    """
    replaced = None if old is None else Replaced(target, old, os.fstat(old))
    descriptor = folder.create(name, 0o666 if old is None else 0o600)
    try:
        return fill_and_close(descriptor, chunks, replaced)
    except BaseException:
        with suppress(OSError):
            folder.unlink(name)
        raise
