"""Reports of how far a long piece of work is, from where it is done to whoever shows them.

    for library in steps("checking", libraries, name=lambda one: one.path):
        ...

costs nothing while nobody listens. The command line listens on a terminal (`arfix/cli/progress.py`); a program that
uses arfix as a library can listen too:

    with listening(listener):
        audit = run_audit(settings)
"""

from __future__ import annotations

from collections.abc import Sized
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_Item = TypeVar("_Item")


class Loop:
    """A loop that is running.

    Attributes:
        label: What is done, such as `checking`.
        total: The number of steps; None if it is not known.
        done: The number of finished steps.
        name: The subject of the step that is running.
    """

    __slots__ = ("done", "label", "name", "total")

    def __init__(self, label: str, total: int | None = None) -> None:
        """Start before the first step."""
        self.label = label
        self.total = total
        self.done = 0
        self.name = ""


class Listener(Protocol):
    """Takes reports. Its methods must not raise."""

    def begin(self, loop: Loop) -> None:
        """Take note of a loop that starts, inside those that have not ended."""

    def step(self, loop: Loop) -> None:
        """Take note of a step that starts or has ended."""

    def end(self, loop: Loop) -> None:
        """Take note of a loop that ends."""


_listener: ContextVar[Listener | None] = ContextVar("arfix_listener", default=None)


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Let the listener hear of all loops that start in the block, in this thread."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


def steps(label: str, items: Iterable[_Item], name: Callable[[_Item], str] | None = None) -> Iterable[_Item]:
    """Return the items again, and report each when it is taken.

    Args:
        label: What is done with them.
        items: The items; their number is reported if they have a length.
        name: Returns what to call an item.
    """
    listener = _listener.get()
    return items if listener is None else _reported(listener, label, items, name)


@contextmanager
def doing(label: str) -> Iterator[None]:
    """Report the block as one piece of work of unknown length."""
    listener = _listener.get()
    if listener is None:
        yield
        return
    loop = Loop(label)
    listener.begin(loop)
    try:
        listener.step(loop)
        yield
    finally:
        listener.end(loop)


def _reported(
    listener: Listener, label: str, items: Iterable[_Item], name: Callable[[_Item], str] | None
) -> Iterator[_Item]:
    loop = Loop(label, len(items) if isinstance(items, Sized) else None)
    listener.begin(loop)
    try:
        for item in items:
            loop.name = "" if name is None else name(item)
            listener.step(loop)
            yield item
            loop.done += 1
            listener.step(loop)
    finally:
        listener.end(loop)
