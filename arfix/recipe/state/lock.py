"""Locking a sysroot, so that one run works on it at a time: an operating-system lock on `.arfix/lock`.

The lock ends with its process, so a killed run does not block later ones, and a running one is never taken for dead,
on this machine, in another container or over a network file system.

The lock file stays between runs and has a second use: unpacking a sysroot cannot set the time of its creation. Files
that arfix writes into the folder record that time, which distinguishes them from files that came with the sysroot.
"""

from __future__ import annotations

import errno
import os
import time
from contextlib import ExitStack, contextmanager, suppress
from importlib import import_module
from typing import TYPE_CHECKING

from arfix.archive.files import explained
from arfix.errors import AccessError, EditError, Where

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType

    from arfix.archive.confined import Folder, Tree

fcntl: ModuleType | None = None
with suppress(ImportError):  # Windows has none
    fcntl = import_module("fcntl")

#: The folder below a sysroot or overlay.
STATE_NAME = ".arfix"
LOCK_NAME = "lock"

#: Seconds between two tries where the system cannot wait for a lock.
_PAUSE = 0.05

#: The errors of a call that does not wait for a lock which another process holds.
_HELD = frozenset({errno.EAGAIN, errno.EACCES, errno.EWOULDBLOCK, errno.EDEADLK})

_HINT = "`overlay=...` leaves a read-only sysroot alone."


@contextmanager
def exclusive(tree: Tree, *, wait: bool, tell: Callable[[str], None]) -> Iterator[Folder]:
    """Lock a sysroot or overlay during the block, and yield its `.arfix` folder, which is created if necessary.

    Args:
        tree: The sysroot or overlay.
        wait: Wait for another run.
        tell: Called once, before waiting.

    Raises:
        EditError: Another run holds the lock, and `wait` is false.
        AccessError: The folder or the lock cannot be made.
    """
    told = False
    with ExitStack() as held:
        while True:
            with ExitStack() as attempt:
                try:
                    state = attempt.enter_context(tree.folder(STATE_NAME, make=True))
                    with explained(Where(state.path_of(LOCK_NAME)), "cannot lock"):
                        descriptor = state.open_or_create(LOCK_NAME)
                    attempt.callback(_let_go, descriptor)
                    told = _wait(descriptor, state, told, wait=wait, tell=tell)
                except AccessError as error:
                    if isinstance(error.__cause__, FileNotFoundError):
                        continue  # `revert` removed the folder at this moment
                    raise AccessError(error.message, where=error.where, hint=_HINT) from error.__cause__
                if _is_current(descriptor, state):
                    held.push(attempt.pop_all())
                    break
        yield state


def _let_go(descriptor: int) -> None:
    with suppress(OSError):
        os.close(descriptor)


def _wait(descriptor: int, state: Folder, told: bool, *, wait: bool, tell: Callable[[str], None]) -> bool:  # noqa: FBT001
    with explained(Where(state.path_of(LOCK_NAME)), "cannot lock"):
        if lock_file(descriptor, wait=False):
            return told
        if not wait:
            raise EditError(
                "another arfix is at work here", where=Where(state.path), hint="Without `wait=False` arfix waits."
            )
        if not told:
            tell(f"another arfix is at work in {state.path}; waiting for it")
        lock_file(descriptor, wait=True)
    return True


def _is_current(descriptor: int, state: Folder) -> bool:
    """Return whether the locked file is still the one at its path, which others would lock."""
    found = state.status(LOCK_NAME)
    return found is not None and os.path.samestat(found, os.fstat(descriptor))


def anchor_of(state: Folder) -> str:
    """Return the mark of records written in this folder, the lock file's change time; empty if there is none."""
    found = state.status(LOCK_NAME)
    return "" if found is None else str(found.st_ctime_ns)


def lock_file(descriptor: int, *, wait: bool) -> bool:
    """Lock an open file exclusively until the descriptor is closed.

    Args:
        descriptor: A file that is open for writing, as NFS requires.
        wait: Wait while another process holds the lock.

    Returns:
        False if another process holds the lock and `wait` is false.

    Raises:
        OSError: The file system does not support locks.
    """
    while True:
        try:
            if fcntl is not None:
                fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            else:
                _lock_on_windows(descriptor)
        except OSError as error:
            if error.errno not in _HELD:
                raise
            if not wait:
                return False
            time.sleep(_PAUSE)
        else:
            return True


def _lock_on_windows(descriptor: int) -> None:
    """Lock the first byte, which need not exist. Source: Python's documentation of `msvcrt.locking`."""
    msvcrt = import_module("msvcrt")
    os.lseek(descriptor, 0, os.SEEK_SET)
    msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
