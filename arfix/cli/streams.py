"""Wrappers of standard output and standard error, which may be closed, full, or a pipe without a reader.

A message that cannot be written never interrupts an edit and never causes a traceback: it is dropped, and the error is
kept for the end of the run (`arfix/cli/app.py`).
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

    from arfix.cli.progress import ProgressLine


class SafeStream:
    """A text stream whose `write` and `flush` raise nothing; everything else is passed on to the stream.

    Attributes:
        error: The error of the first failed write; None without one.
        stops_at_closed_pipe: Raise `BrokenPipeError` all the same, for commands that only print.
        line: The progress line, which is erased before anything is written to the same terminal.
    """

    def __init__(self, stream: TextIO | None) -> None:
        """Wrap the stream, or None if it was closed before the program started."""
        self._stream = stream
        self.error: OSError | None = None
        self.stops_at_closed_pipe = False
        self.line: ProgressLine | None = None
        if stream is None:
            self.error = OSError(errno.EBADF, os.strerror(errno.EBADF))
        elif hasattr(stream, "reconfigure"):
            # A name that the encoding cannot represent is written as an escape instead of stopping the program.
            stream.reconfigure(errors="backslashreplace")

    def write(self, text: str) -> int:
        """Write the text, or drop it after a failed write; return its length."""
        if self.error is None and self._stream is not None:
            if self.line is not None:
                self.line.erase()
                self.line.at_line_start = text.endswith("\n")
            try:
                self._stream.write(text)
            except OSError as error:
                self._remember(error)
        return len(text)

    def flush(self) -> None:
        """Flush the stream, unless a write has failed before."""
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
        """Return the descriptor; raise `OSError` if the stream was closed."""
        if self._stream is None:
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        return self._stream.fileno()

    def isatty(self) -> bool:
        """Return whether it is a terminal."""
        return self._stream is not None and self._stream.isatty()

    def __getattr__(self, name: str) -> object:
        """Return an attribute of the stream itself."""
        return getattr(self._stream, name)


@contextmanager
def safe_streams() -> Iterator[tuple[SafeStream, SafeStream]]:
    """Replace `sys.stdout` and `sys.stderr` with safe streams for the block, and yield them."""
    before = sys.stdout, sys.stderr
    out, err = SafeStream(sys.stdout), SafeStream(sys.stderr)
    sys.stdout, sys.stderr = cast("TextIO", out), cast("TextIO", err)
    try:
        yield out, err
    finally:
        sys.stdout, sys.stderr = before
