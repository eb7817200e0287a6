"""Standard output and standard error that may be closed, full, or a pipe that nobody reads.

A message that cannot be written never stops an edit half way and never becomes a traceback: it is dropped, and what
kept it from being written is remembered for the end (`arfix/cli/app.py`).
"""

from __future__ import annotations

import errno
import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO


class SafeStream:
    """A text stream whose `write` and `flush` raise nothing; all else is the stream's own.

    Attributes:
        error: What the first write that failed met; None while all is well.
        stops_at_closed_pipe: Let a `BrokenPipeError` through: for work that is for nothing once nobody reads.
    """

    def __init__(self, stream: TextIO | None) -> None:
        """Wrap the stream; None stands for one that was closed before the program started."""
        self._stream = stream
        self.error: OSError | None = None
        self.stops_at_closed_pipe = False
        if stream is None:
            self.error = OSError(errno.EBADF, os.strerror(errno.EBADF))
        elif hasattr(stream, "reconfigure"):
            # Let no name stop the program: what the encoding cannot hold is written as an escape.
            stream.reconfigure(errors="backslashreplace")

    def write(self, text: str) -> int:
        """Write the text, or drop it once a write has failed; return its length."""
        if self.error is None and self._stream is not None:
            try:
                self._stream.write(text)
            except OSError as error:
                self._remember(error)
        return len(text)

    def flush(self) -> None:
        """Push out what was written, unless that has failed before."""
        if self.error is None and self._stream is not None:
            try:
                self._stream.flush()
            except OSError as error:
                self._remember(error)

    def _remember(self, error: OSError) -> None:
        self.error = error
        if isinstance(error, BrokenPipeError) and self.stops_at_closed_pipe:
            raise error

    def fileno(self) -> int:
        """Return the descriptor; raises `OSError` where the stream was closed."""
        if self._stream is None:
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        return self._stream.fileno()

    def isatty(self) -> bool:
        """Return whether it is a terminal."""
        return self._stream is not None and self._stream.isatty()

    def __getattr__(self, name: str) -> object:
        """Return what only the stream itself has."""
        return getattr(self._stream, name)


@contextmanager
def safe_streams() -> Iterator[tuple[SafeStream, SafeStream]]:
    """Put safe streams in the place of `sys.stdout` and `sys.stderr` for the block, and yield them."""
    before = sys.stdout, sys.stderr
    out, err = SafeStream(sys.stdout), SafeStream(sys.stderr)
    sys.stdout, sys.stderr = cast("TextIO", out), cast("TextIO", err)
    try:
        yield out, err
    finally:
        sys.stdout, sys.stderr = before
