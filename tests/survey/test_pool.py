from __future__ import annotations

import os
import signal
import time

import pytest

from arfix.survey.pool import LocalPool, WorkerDiedError


def test_a_death_fails_one_task_and_the_next_gets_a_new_process() -> None:
    with LocalPool(1) as pool:
        first = pool.submit(os.getpid).result()
        with pytest.raises(WorkerDiedError):
            pool.submit(os._exit, 9).result()
        second = pool.submit(os.getpid).result()
        os.kill(second, signal.SIGKILL)
        with pytest.raises((WorkerDiedError, OSError)):
            pool.submit(os.getcwd).result()
        assert pool.submit(os.getpid).result() not in {first, second, os.getpid()}


def test_an_exception_comes_back_and_the_process_stays() -> None:
    with LocalPool(1) as pool:
        before = pool.submit(os.getpid).result()
        with pytest.raises(ValueError, match="invalid literal"):
            pool.submit(int, "x").result()
        assert pool.submit(os.getpid).result() == before
        assert pool.process_ids == (before,)


def test_cancelling_ends_the_processes_at_once_and_starts_no_more() -> None:
    pool = LocalPool(1)
    running = pool.submit(time.sleep, 3600)
    waiting = pool.submit(os.getpid)
    while not running.running() or not pool.process_ids:
        time.sleep(0.01)
    pool.shutdown(cancel_futures=True)
    assert waiting.cancelled()
    with pytest.raises(WorkerDiedError):
        running.result()
