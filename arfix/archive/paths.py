"""Finds out what is at a path: a missing file is an answer, a system that does not answer is an `AccessError`.

`os.path.isfile`, `os.path.realpath`, `pathlib` and their like return False, or the path as it was, for a failing disk
too. Code that relied on them would report an existing library as missing.
"""

from __future__ import annotations

import errno
import os
import stat

from arfix.errors import AccessError, ArfixError, Where

#: What the system answers for a path that leads nowhere.
NOWHERE = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENAMETOOLONG})

#: More links than this in one path are a loop. Source: Linux `path_resolution(7)`, MAXSYMLINKS.
MOST_LINKS = 40

#: What `readlink` answers for a file that is no link; Windows says EINVAL too.
_NO_LINK = frozenset({errno.EINVAL, errno.ENOSYS})


def status_of(path: str | os.PathLike[str], *, follow: bool = True) -> os.stat_result | None:
    """Return what `stat` gives for a path, None if it leads to nothing.

    Args:
        path: The path.
        follow: Follow a symbolic link at its end.

    Raises:
        AccessError: The system refuses to say.
    """
    try:
        return os.stat(path, follow_symlinks=follow)
    except ValueError:  # a NUL: no file has such a name
        return None
    except OSError as error:
        if error.errno in NOWHERE:
            return None
        raise _refused(path, error) from error


def is_file(path: str | os.PathLike[str]) -> bool:
    """Return whether a path leads to a regular file; raises `AccessError` where the system refuses to say."""
    status = status_of(path)
    return status is not None and stat.S_ISREG(status.st_mode)


def is_folder(path: str | os.PathLike[str]) -> bool:
    """Return whether a path leads to a directory; raises `AccessError` where the system refuses to say."""
    status = status_of(path)
    return status is not None and stat.S_ISDIR(status.st_mode)


def names_in(folder: str) -> list[str]:
    """Return the sorted names in a directory; none if there is no such directory.

    Raises:
        AccessError: The system refuses to read it.
    """
    try:
        with os.scandir(folder) as found:
            return sorted(entry.name for entry in found)
    except OSError as error:
        if error.errno in NOWHERE:
            return []
        raise _refused(folder, error) from error


def real_path(path: str | os.PathLike[str]) -> str:
    """Return the absolute path without links; what is missing at its end stays as it is written.

    Raises:
        AccessError: The system refuses to say whether a part of it is a link.
    """
    if os.name == "nt":
        return os.path.realpath(path)
    name = os.fspath(path)
    whole = name if os.path.isabs(name) else os.path.join(os.getcwd(), name)
    return resolve(whole, os.sep) or os.path.abspath(whole)


def resolve(path: str, root: str) -> str | None:
    """Return the real path of `path` in a tree, as a process would see it after `chroot` to `root`.

    What is missing at its end stays as it is written. None for a loop of links.

    Raises:
        AccessError: The system refuses to say whether a part of it is a link.
    """
    done: list[str] = []
    todo = path.split(os.sep)[::-1]
    links = 0
    while todo:
        part = todo.pop()
        if part in ("", "."):
            continue
        if part == "..":
            done = done[:-1]
            continue
        target = _link_target(os.path.join(root, *done, part))
        if target is None:
            done.append(part)
            continue
        links += 1
        if links > MOST_LINKS:
            return None
        if os.path.isabs(target):
            done = []
        todo += target.split(os.sep)[::-1]
    return os.path.join(root, *done)


def _link_target(path: str) -> str | None:
    """Return the text of a link; None for anything else, and where there is nothing."""
    try:
        return os.readlink(path)
    except ValueError:
        return None
    except OSError as error:
        if error.errno in _NO_LINK or error.errno in NOWHERE:
            return None
        raise _refused(path, error) from error


def system_fails(error: ArfixError) -> bool:
    """Return whether the system failed: it said neither that there is nothing, nor that we may not read it."""
    return isinstance(error.__cause__, OSError) and error.__cause__.errno not in {*NOWHERE, errno.EACCES}


def _refused(path: str | os.PathLike[str], error: OSError) -> AccessError:
    return AccessError(f"cannot read: {error.strerror}", where=Where(os.fspath(path)))
