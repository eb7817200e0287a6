"""The stamp of a run of `apply`, by which the next run sees from `stat` alone that there is nothing to do.

A build runs `arfix apply` every time, and nearly every time there is nothing to do. So a run that ends well leaves a
stamp: the files that its answer depended on, and the result of `stat` for each. As long as these are unchanged, the
next run with the same recipe, sysroot and overlay ends here. The verb asks before it imports anything that a repair
needs, so this module imports no other of arfix.

A stamp is a row of texts with NUL between them: version, key of the run, the sentence to print, then path and signature
by turns. It is never trusted over a changed inode, size, modification or status-change time.
"""

from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

#: Raised when stamps change their form, or an arfix may answer otherwise than the one before.
STAMP_VERSION = "arfix stamp 1"

#: No stamp that arfix writes is longer; bytes.
_LONGEST = 64 << 20

STAMP_NAME = "stamp"
JOURNAL_NAME = "journal"

#: A file whose status changed so shortly (in nanoseconds) before it was looked at may change again within one tick of
#: the file system's clock, and `stat` would not show it. Linux ticks every 1 to 10 ms.
TICK_NS = 20_000_000

#: What `stat` answers if there is no file that we could read.
_NO_FILE = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.EACCES, errno.ENAMETOOLONG)


def signature(path: str) -> str:
    """Return the `stat` result by which a change of a file is noticed; `-` if there is no file.

    Lets every `OSError` pass that means something else.
    """
    try:
        status = os.stat(path)  # noqa: PTH116 (pathlib costs more than the whole answer)
    except ValueError:  # no file can have such a name
        return "-"
    except OSError as error:
        if error.errno in _NO_FILE:
            return "-"
        raise
    return (
        f"{status.st_mode}:{status.st_dev}:{status.st_ino}:{status.st_size}:{status.st_mtime_ns}:{status.st_ctime_ns}"
    )


def stamp_key(recipe: str, sysroot: str, overlay: str | None, version: str) -> str:
    """Return what a stamp has to carry so that it answers this run: the version, and absolute paths, on a line each.

    Raises:
        OSError: The current directory does not exist any more.
    """
    paths = [os.path.abspath(one) for one in (recipe, sysroot, overlay or sysroot)]  # noqa: PTH100
    return "\n".join([version, *paths])


def state_folder(root: str) -> str:
    """Return where arfix keeps what it must remember of a sysroot or overlay."""
    return os.path.join(root, ".arfix")  # noqa: PTH118


def stamped_answer(recipe: str, sysroot: str, overlay: str | None, version: str) -> str | None:
    """Return the sentence with which this run of `apply` can end at once; None if it has work to do, or may have.

    Not for runs with `--check`, `--report` or `--json`: a stamp keeps the sentence alone.

    Args:
        recipe: The recipe's file.
        sysroot: The sysroot.
        overlay: Where repaired copies go; None for in place.
        version: arfix's own; another version's stamps do not count.
    """
    try:
        return _answer(state_folder(overlay or sysroot), stamp_key(recipe, sysroot, overlay, version))
    except (OSError, ValueError):  # a NUL in a path, a current directory that is gone
        return None


def _answer(folder: str, key: str) -> str | None:
    try:
        return _sentence(_read(folder), key)
    except (OSError, ValueError):  # a failing disk too: the full run reports it
        return None


def _sentence(stored: Sequence[str], key: str) -> str | None:
    """Return the sentence of a stamp if it belongs to this command and everything is as it was then."""
    if len(stored) < 4 or stored[:2] != [STAMP_VERSION, key] or len(stored) % 2 == 0:
        return None
    recipe = key.split("\n")[1]  # its inode and times are nothing a sysroot from elsewhere could know
    if recipe not in stored[3::2] or not stored[2].isprintable():
        return None
    rows = iter(stored[3:])
    return stored[2] if all(signature(path) == said for path, said in zip(rows, rows, strict=True)) else None


def _read(folder: str) -> list[str]:
    """Return the texts of a stamp; none if there is a journal too, or anything that arfix does not write."""
    no_follow = getattr(os, "O_NOFOLLOW", 0)
    if stat.S_ISLNK(os.lstat(folder).st_mode) or _is_there(os.path.join(folder, JOURNAL_NAME)):  # noqa: PTH118
        return []
    flags = os.O_RDONLY | no_follow | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    descriptor = os.open(os.path.join(folder, STAMP_NAME), flags)  # noqa: PTH118
    try:
        size = os.fstat(descriptor).st_size
        data = os.read(descriptor, size) if size <= _LONGEST else b""
    finally:
        os.close(descriptor)
    return data.decode("utf-8", "surrogateescape").split("\0")


def _is_there(path: str) -> bool:
    """Return whether anything has this name. Not `os.path.lexists`, which says no for a failing disk too."""
    try:
        os.lstat(path)
    except FileNotFoundError:
        return False
    return True


def encode_stamp(key: str, sentence: str, paths: Iterable[str]) -> str:
    """Return the stamp of a run that looked at these paths."""
    rows = [part for path in paths for part in (os.path.abspath(path), signature(path))]  # noqa: PTH100
    return "\0".join([STAMP_VERSION, key, sentence, *rows])
