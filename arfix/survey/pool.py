"""Worker processes of this machine, as an executor that survives the death of a worker.

`ProcessPoolExecutor` gives up all its work when one of its processes dies. Here each process has a pipe of its own, so
a death fails one task, and the next task gets a new process.
"""

from __future__ import annotations

import signal
from concurrent.futures import Executor, Future
from contextlib import suppress
from multiprocessing import get_context
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection
    from multiprocessing.context import SpawnProcess

_Parameters = ParamSpec("_Parameters")
_Result = TypeVar("_Result")
_Call = tuple["Future[Any]", "Callable[..., Any]", tuple[Any, ...], dict[str, Any]]

#: Processes start anew: the threads of pyarrow do not survive a fork.
_CONTEXT = get_context("spawn")


class WorkerDiedError(Exception):
    """The process that worked on a task was killed, or ended by itself."""


class LocalPool(Executor):
    """Some processes of this machine, started when there is work for them."""

    def __init__(self, workers: int) -> None:
        """Use up to `workers` processes at once."""
        self._calls: SimpleQueue[_Call | None] = SimpleQueue()
        self._processes: dict[int, SpawnProcess] = {}
        self._threads = [Thread(target=self._serve, args=(number,), daemon=True) for number in range(workers)]
        for thread in self._threads:
            thread.start()

    def submit(
        self, fn: Callable[_Parameters, _Result], /, *args: _Parameters.args, **kwargs: _Parameters.kwargs
    ) -> Future[_Result]:
        """Have a process call a function of a module; the future fails with `WorkerDiedError` where that dies."""
        future: Future[_Result] = Future()
        self._calls.put((future, fn, args, kwargs))
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: FBT001, FBT002 (inherited)
        """End the processes: after their work, or with `cancel_futures` at once."""
        with suppress(Empty):
            while cancel_futures:
                call = self._calls.get_nowait()
                if call is not None:
                    call[0].cancel()
        for _ in self._threads:
            self._calls.put(None)
        if cancel_futures:
            for process in list(self._processes.values()):
                process.kill()
        if wait:
            for thread in self._threads:
                thread.join()

    @property
    def process_ids(self) -> tuple[int, ...]:
        """The processes that run now."""
        return tuple(process.pid for process in list(self._processes.values()) if process.pid is not None)

    def _serve(self, number: int) -> None:
        """Hand calls to one process, one after the other."""
        pipe: Connection | None = None
        while (call := self._calls.get()) is not None:
            future, *work = call
            if not future.set_running_or_notify_cancel():
                continue
            try:
                pipe = pipe or self._start(number)
                pipe.send(work)
                is_result, value = pipe.recv()
            except (EOFError, OSError) as error:
                pipe = None
                future.set_exception(WorkerDiedError(str(error)))
            except Exception as error:  # noqa: BLE001 (such as a call that cannot be pickled)
                future.set_exception(error)
            else:
                future.set_result(value) if is_result else future.set_exception(value)
        if pipe is not None:
            pipe.close()
            self._processes[number].join()

    def _start(self, number: int) -> Connection:
        ours, theirs = _CONTEXT.Pipe()
        process = _CONTEXT.Process(target=_work, args=(theirs,), daemon=True)
        process.start()
        theirs.close()
        self._processes[number] = process
        return ours


def _work(pipe: Connection) -> None:
    """Make calls until the pipe is closed. Ctrl-C is for the process at its other end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while True:
        try:
            function, arguments, named = pipe.recv()
        except (EOFError, OSError):
            return
        answer: tuple[bool, object]
        try:
            answer = True, function(*arguments, **named)
        except Exception as error:  # noqa: BLE001 (for whoever asked)
            answer = False, error
        with suppress(OSError):
            try:
                pipe.send(answer)
            except (TypeError, AttributeError, ValueError):  # an exception that cannot be pickled
                pipe.send((False, RuntimeError(str(answer[1]))))
