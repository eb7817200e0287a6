"""One run at a time: a lock file that says who holds it, so that one left by a dead process is told from a live one.

The file names process, start time and host. A process of this host that is gone, or whose number has gone to another
one since, holds nothing. Of a process on another host nothing can be known, so it is waited for.
"""

from __future__ import annotations

import os
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from arfix.errors import AccessError, EditError, Where

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: Seconds between two looks at a lock that another process holds.
_PAUSE = 0.05

#: Whether signals are those of Windows.
ON_WINDOWS = os.name == "nt"


@contextmanager
def exclusive(path: Path, *, wait: bool, tell: Callable[[str], None]) -> Iterator[None]:
    """Hold the lock file for as long as the block lasts.

    Args:
        path: The file; its folder must exist.
        wait: Wait for another process that holds it.
        tell: Is told, once, who is waited for.

    Raises:
        EditError: Another process holds it and `wait` is false.
        AccessError: The file cannot be made.
    """
    mine = f"{os.getpid()} {start_time(os.getpid())} {_host()}\n"
    told = False
    while not _take(path, mine):
        owner = _owner(path)
        if owner is None:
            continue
        if is_stale(owner):
            _break(path, owner)
            continue
        pid, _, rest = owner.strip().partition(" ")
        said = f"process {pid} on {rest.partition(' ')[2] or 'an unknown host'} is at work here"
        if not wait:
            hint = f"Without --no-wait arfix waits. If no arfix runs there, remove {path}."
            raise EditError(said, where=Where(str(path)), hint=hint)
        if not told:
            tell(f"{said}; waiting for it")
            told = True
        time.sleep(_PAUSE)
    try:
        yield
    finally:
        with suppress(OSError):
            path.unlink()


def _take(path: Path, content: str) -> bool:
    """Make the lock file, whole from the first moment: a name for a file that was written before."""
    temporary = path.with_name(f"{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
    try:
        temporary.write_text(content, "utf-8")
        try:
            return _link(temporary, path, content)
        finally:
            temporary.unlink()
    except FileExistsError:
        return False
    except OSError as error:
        raise AccessError(
            f"cannot make the lock: {error.strerror}",
            where=Where(str(path)),
            hint="--overlay DIR leaves a read-only sysroot alone.",
        ) from error


def _link(temporary: Path, path: Path, content: str) -> bool:
    try:
        os.link(temporary, path)
    except FileExistsError:
        return False
    except (OSError, AttributeError):  # a file system or system without hard links
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(content)
    return True


def _owner(path: Path) -> str | None:
    """Return what the lock says, or None where it has just gone."""
    try:
        return path.read_text("utf-8", "replace")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise AccessError(f"cannot read the lock: {error.strerror}", where=Where(str(path))) from error


def is_stale(owner: str) -> bool:
    """Tell whether the process that wrote this into a lock is known to be gone."""
    parts = owner.split(maxsplit=2)
    if len(parts) != 3 or not parts[0].isdecimal():
        return True  # no lock of arfix: they are whole from the first moment
    pid, started, host = int(parts[0]), parts[1], parts[2].strip()
    if host != _host():
        return False
    return not is_alive(pid) or start_time(pid) != started


def _break(path: Path, owner: str) -> None:
    """Take a stale lock away, unless another process was quicker and the lock is its own by now."""
    aside = path.with_name(f"{path.name}.stale.{os.urandom(4).hex()}")
    with suppress(OSError):
        path.rename(aside)
        if _owner(aside) != owner:
            with suppress(OSError):
                os.link(aside, path)
        aside.unlink()


def is_alive(pid: int) -> bool:
    """Tell whether a process of this host is there."""
    if ON_WINDOWS:
        return _is_alive_on_windows(pid)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True  # it is there, and somebody else's
    return True


def _is_alive_on_windows(pid: int) -> bool:
    """Ask for the process; there, `os.kill(pid, 0)` would interrupt it. Source: Python's documentation of `os.kill`."""
    import ctypes  # noqa: PLC0415 (Windows alone)

    kernel = getattr(ctypes, "windll", None)
    if kernel is None:
        return True
    query_limited_information, still_active = 0x1000, 259
    handle = kernel.kernel32.OpenProcess(query_limited_information, 0, pid)
    if not handle:
        return False
    code = ctypes.c_ulong()
    kernel.kernel32.GetExitCodeProcess(handle, ctypes.byref(code))
    kernel.kernel32.CloseHandle(handle)
    return code.value == still_active


def start_time(pid: int) -> str:
    """Return when a process started, in ticks since the system did, where the system tells; else `-`.

    Source: proc(5), `/proc/PID/stat`, field 22; the second field may hold blanks and brackets.
    """
    try:
        text = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace")
        return text.rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return "-"


def _host() -> str:
    import socket  # noqa: PLC0415 (start-up)

    return "-".join(socket.gethostname().split()) or "localhost"
