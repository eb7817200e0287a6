"""A progress line for work that takes more than a second, on a terminal."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

from arfix.report.text import printable

if TYPE_CHECKING:
    from typing import Self, TextIO

#: Seconds of work before the line appears, and between two updates of it.
DELAY = 1.0
INTERVAL = 0.1


class Progress:
    """A line `label 12/300 name` that is redrawn in place and erased at the end. Use it in a `with` block.

    If the number of steps is unknown, `total` is None and the line is `label name`.
    """

    def __init__(self, label: str, total: int | None, stream: TextIO, *, shown: bool) -> None:
        """Start the clock; nothing is drawn yet."""
        self._label = label
        self._total = total
        self._stream = stream
        self._done = 0
        self._drawn = 0
        self._next = monotonic() + DELAY if shown else float("inf")

    def step(self, name: str = "") -> None:
        """Count one step, now at `name`; draws at most ten times a second."""
        self._done += 1
        now = monotonic()
        if now < self._next:
            return
        self._next = now + INTERVAL
        count = "" if self._total is None else f"{self._done}/{self._total} "
        line = f"{self._label} {count}{printable(name)}".rstrip()[:79]
        self._stream.write(f"\r{line}{' ' * (self._drawn - len(line))}")
        self._stream.flush()
        self._drawn = len(line)

    def __enter__(self) -> Self:
        """Return the progress itself."""
        return self

    def __exit__(self, *exception: object) -> None:
        """Erase the line, if one was drawn."""
        if self._drawn:
            self._stream.write(f"\r{' ' * self._drawn}\r")
            self._stream.flush()
