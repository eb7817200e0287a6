"""A progress line for work that takes more than a second, on a terminal.

    checking  [###########             ] 12/26  3.4/s  0:04 left  libcrypto.a

It appears after a second of work, on standard error, and is erased before anything else is printed. A timer draws it,
so that it also moves during a long step; loops report to it (`arfix/steps.py`).

rich has a progress bar as well. It is not used, because it takes longer to import than most commands run (0.1 s), and
draws from a thread, with which `check` must not start its processes.
"""

from __future__ import annotations

import os
import shutil
import signal
import threading
from time import monotonic
from typing import TYPE_CHECKING

from arfix.report.text import clipped, printable
from arfix.steps import Loop

if TYPE_CHECKING:
    from types import FrameType
    from typing import Self, TextIO

#: Seconds of work before the line appears, and between two updates of it.
DELAY = 1.0
INTERVAL = 0.1

#: Seconds of a loop before its rate, and the time that it will take, are worth telling.
_SETTLED = 2.0

#: Cells of the bar; there is none on a terminal narrower than `_NARROW`.
_BAR = 24
_NARROW = 60


class ProgressLine:
    """The line of one run of the program. It draws nothing before it is started, and nothing without a terminal.

    Attributes:
        is_shown: There is a terminal to draw on.
        at_line_start: The last thing that was printed ended its line, so that nothing is drawn over a prompt.
    """

    def __init__(self, stream: TextIO, *, shown: bool) -> None:
        """Prepare the line for a stream."""
        self._stream = stream
        self.is_shown = shown
        self._loops: list[tuple[Loop, float]] = []
        self._start = self._next = float("inf")
        self._drawn = False
        self._label = ""
        self._has_timer = False
        self.at_line_start = True

    def start(self, label: str) -> None:
        """Start the clock; `label` is shown until a loop reports."""
        self._label = label
        if self.is_shown:
            self._start = monotonic()
            self._next = self._start + DELAY
            self._has_timer = _set_timer(self)

    def stop(self) -> None:
        """Erase the line, and draw no more."""
        self.erase()
        if self._has_timer:
            _end_timer()
        self._has_timer = False
        self._start = self._next = float("inf")

    def begin(self, loop: Loop) -> None:
        """Show this loop, inside those that have not ended."""
        self._loops.append((loop, monotonic()))

    def step(self, loop: Loop) -> None:  # noqa: ARG002 (the line shows all loops)
        """Draw if it is time."""
        self.tick()

    def end(self, loop: Loop) -> None:
        """Forget the loop, and those inside it."""
        for number, (one, _) in enumerate(self._loops):
            if one is loop:
                del self._loops[number:]
                return

    def tick(self) -> None:
        """Draw if it is time."""
        now = monotonic()
        if now >= self._next:
            self._next = now + INTERVAL
            if self.at_line_start:
                self._write(f"\r{self.text(now)}\x1b[K")
                self._drawn = True

    def erase(self) -> None:
        """Erase the line, if it was drawn."""
        if self._drawn:
            self._drawn = False
            self._write("\r\x1b[K")

    def _write(self, text: str) -> None:
        """Write to the terminal itself: a timer may interrupt the stream in the middle of a write."""
        try:
            os.write(self._stream.fileno(), text.encode("utf-8", "replace"))
        except (OSError, ValueError):
            self._start = self._next = float("inf")

    def text(self, now: float) -> str:
        """Return the line as it is at that time, no wider than the terminal."""
        width = shutil.get_terminal_size().columns - 1
        if not self._loops:
            return clipped(f"{self._label}  {_clock(now - self._start)}", width)
        outer, since = self._loops[0]
        inner = self._loops[-1][0]
        parts = [inner.label]
        share = self._share()
        spent = now - since
        if outer.total is not None:
            if width >= _NARROW:
                full = int(share * _BAR)
                parts.append(f"[{'#' * full}{' ' * (_BAR - full)}]")
            parts.append(f"{min(outer.done + 1, outer.total)}/{outer.total}")
            if spent >= _SETTLED and outer.done:
                parts.append(f"{_rate(outer.done / spent)}/s")
            if spent >= _SETTLED and share > 0:
                parts.append(f"{_clock(spent / share - spent)} left")
        else:
            parts.append(_clock(now - self._start))
        name = inner.name or outer.name
        return clipped("  ".join([*parts, *([printable(name)] if name else [])]), width)

    def _share(self) -> float:
        """Return the part of the outermost loop that is done, from 0 to 1, counting what inner loops have done."""
        share, weight = 0.0, 1.0
        for loop, _ in self._loops:
            if not loop.total:
                break
            share += weight * loop.done / loop.total
            weight /= loop.total
        return min(share, 1.0)


def _clock(seconds: float) -> str:
    """Return a duration: `0:07`, `12:30`, `1:00:05`."""
    whole = max(0, round(seconds))
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _rate(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}"


class CountedLoop:
    """A loop whose steps the caller counts. Use it in a `with` block."""

    def __init__(self, line: ProgressLine, label: str, total: int | None = None) -> None:
        """Prepare the loop, of unknown length without `total`."""
        self._line = line
        self._loop = Loop(label, total)
        self._is_running = False

    def step(self, name: str = "") -> None:
        """End the step that is running, and begin the next at `name`."""
        if not self._is_running:
            self.__enter__()
        elif self._loop.name:
            self._loop.done += 1
        self._loop.name = name or " "
        self._line.step(self._loop)

    def reach(self, done: int, total: int, name: str) -> None:
        """Set the number of finished steps and of all steps, and the subject of the one that runs."""
        self._loop.done, self._loop.total, self._loop.name = done, total, name
        self._line.step(self._loop)

    def __enter__(self) -> Self:
        """Begin the loop."""
        self._is_running = True
        self._line.begin(self._loop)
        return self

    def __exit__(self, *exception: object) -> None:
        """End the loop."""
        self._line.end(self._loop)


def _set_timer(line: ProgressLine) -> bool:
    """Let the timer of the process draw the line; return False where there is none, or another part of it uses it."""
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        return False
    if signal.getsignal(signal.SIGALRM) is not signal.SIG_DFL or signal.getitimer(signal.ITIMER_REAL)[0]:
        return False

    def draw(_signal: int, _frame: FrameType | None) -> None:
        line.tick()

    signal.signal(signal.SIGALRM, draw)
    signal.setitimer(signal.ITIMER_REAL, DELAY, INTERVAL)
    return True


def _end_timer() -> None:
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
