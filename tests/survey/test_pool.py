from __future__ import annotations

import os
import signal

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
