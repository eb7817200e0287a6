"""Locks of the operating system: two edits of one file exclude each other, and a mapped file keeps its size.

The kernel takes a lock back when its process ends, however that ends, so a killed run does not block others. Where a
system or a file system has no such locks, edits still notice before they replace a file that it is not the one they
read (`arfix/archive/files.py`).
"""

from __future__ import annotations

import os
import signal
import stat
import sys
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from arfix.errors import EditError, Where

if sys.platform != "win32":
    import fcntl

if TYPE_CHECKING:
    from collections.abc import Iterator

#: How long to wait for another process that holds a lock, in seconds, and how long between two tries.
WAIT = 30.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.002, 0.1

#: Which files this process has locked: device and inode. A second lock would wait for the first.
_held: set[tuple[int, int]] = set()


@contextmanager
def lock_for_edit(path: str) -> Iterator[None]:
    """Hold the lock on the file at `path` for the block: from reading it until it was replaced.

    The lock is a `flock` on the file itself, so that nothing is left beside it. Whoever waited for it looks whether
    the path still leads to the file that it locked, and takes the new one otherwise. Where the file cannot be opened
    or locked, the block runs without: reading the file gives the error.

    Raises:
        EditError: Another process has held the lock for `WAIT` seconds.
    """
    end = time.monotonic() + WAIT
    while True:
        descriptor = _open(path)
        if descriptor is None:
            yield
            return
        try:
            status = os.fstat(descriptor)
            key = status.st_dev, status.st_ino
            if key in _held or not _locked(descriptor, path, end):
                yield
                return
            if not _is_at(path, key):  # replaced while this process waited
                continue
            _held.add(key)
            try:
                yield
            finally:
                _held.discard(key)
        finally:
            with suppress(OSError):  # by now the file may have been replaced, and nothing was written through this
                os.close(descriptor)
        return


def _open(path: str) -> int | None:
    if sys.platform == "win32":
        return None
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except (OSError, ValueError):
        return None
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return descriptor
    os.close(descriptor)
    return None


def _locked(descriptor: int, path: str, end: float) -> bool:
    """Wait for the lock; False if the file system has none."""
    if sys.platform == "win32":
        return False
    pause = _FIRST_PAUSE
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > end:
                raise EditError(
                    f"another process has held a lock on the file for {WAIT:.0f} seconds, and nothing was written",
                    where=Where(path),
                    hint=f"`fuser {path}` names that process.",
                ) from None
            time.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)
        except OSError:
            return False
        else:
            return True


def _is_at(path: str, key: tuple[int, int]) -> bool:
    try:
        status = os.stat(path)  # noqa: PTH116 (the same)
    except OSError:
        return False
    return (status.st_dev, status.st_ino) == key


class _Leases:
    """Whether this process takes leases."""

    allowed = False


def allow_leases() -> None:
    """Let large files be mapped under a lease from now on: for a process that ends soon, such as a command.

    A program that kept an archive open while it let `ranlib` run on it would wait for itself, so the library reads
    files into memory instead.
    """
    _Leases.allowed = True


def take_lease(descriptor: int) -> bool:
    """Return whether others that open this file for writing or truncate it now wait until it is closed here.

    Linux grants read leases to the owner of a file, when nobody has it open for writing, on most local file systems,
    and keeps others waiting for 45 seconds at most. The signal that it sends then is ignored by default.

    Source: fcntl(2), "Leases"; proc(5), `/proc/sys/fs/lease-break-time`.
    """
    if sys.platform != "linux" or not _Leases.allowed:
        return False
    try:
        fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    except OSError:
        return False
    return True


def holds_lease(descriptor: int) -> bool:
    """Return whether the lease on this file holds: False once another process waits to write it."""
    if sys.platform != "linux":
        return False
    try:
        return bool(fcntl.fcntl(descriptor, fcntl.F_GETLEASE) == fcntl.F_RDLCK)
    except OSError:
        return False
