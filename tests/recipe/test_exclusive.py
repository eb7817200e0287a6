from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

import pytest

from arfix.errors import AccessError, EditError
from arfix.recipe import exclusive as module
from arfix.recipe.exclusive import exclusive, is_alive, is_stale, start_time

if TYPE_CHECKING:
    from pathlib import Path


def no_word(_: str) -> None:
    pytest.fail("nobody is to be waited for")


def mine() -> str:
    return f"{os.getpid()} {start_time(os.getpid())} {module._host()}\n"


def test_the_lock_is_there_while_it_is_held_and_then_gone(tmp_path: Path) -> None:
    with exclusive(tmp_path / "lock", wait=True, tell=no_word):
        assert (tmp_path / "lock").read_text() == mine()
        assert [path.name for path in tmp_path.iterdir()] == ["lock"]
    assert not list(tmp_path.iterdir())


def test_a_second_one_is_refused_at_once_or_waits(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    told: list[str] = []
    order: list[str] = []

    def second() -> None:
        with exclusive(lock, wait=True, tell=told.append):
            order.append("second")

    with exclusive(lock, wait=True, tell=no_word):
        with (
            pytest.raises(EditError, match=f"process {os.getpid()} on .* is at work here"),
            exclusive(lock, wait=False, tell=no_word),
        ):
            pass
        thread = threading.Thread(target=second)
        thread.start()
        time.sleep(0.2)
        order.append("first")
    thread.join()
    assert order == ["first", "second"]
    assert len(told) == 1
    assert told[0].endswith("waiting for it")


def test_the_lock_of_a_dead_process_holds_nothing(tmp_path: Path) -> None:
    ran = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)
    for content in (f"{int(ran.stdout)} 1 {module._host()}\n", f"{os.getpid()} 1 {module._host()}\n", "", "x y z"):
        (tmp_path / "lock").write_text(content)
        assert is_stale(content)
        with exclusive(tmp_path / "lock", wait=False, tell=no_word):
            assert (tmp_path / "lock").read_text() == mine()
        assert not list(tmp_path.iterdir())


def test_of_another_host_nothing_is_known(tmp_path: Path) -> None:
    content = "1 1 some-other-host\n"
    assert not is_stale(content)
    (tmp_path / "lock").write_text(content)
    with (
        pytest.raises(EditError, match="process 1 on some-other-host"),
        exclusive(tmp_path / "lock", wait=False, tell=no_word),
    ):
        pass
    assert (tmp_path / "lock").read_text() == content


def test_a_lock_that_another_process_took_meanwhile_is_given_back(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    lock.write_text("quicker\n")
    module._break(lock, "stale\n")
    assert lock.read_text() == "quicker\n"
    module._break(lock, "quicker\n")
    assert not lock.exists()


def test_without_hard_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "link")
    with exclusive(tmp_path / "lock", wait=True, tell=no_word):
        assert (tmp_path / "lock").read_text() == mine()
        with pytest.raises(EditError), exclusive(tmp_path / "lock", wait=False, tell=no_word):
            pass


def test_a_folder_that_takes_no_lock_is_an_error(tmp_path: Path) -> None:
    with (
        pytest.raises(AccessError, match="cannot make the lock"),
        exclusive(tmp_path / "none" / "lock", wait=True, tell=no_word),
    ):
        pass


def test_processes_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    assert is_alive(os.getpid())
    assert is_alive(1)
    assert start_time(1 << 30) == "-"
    monkeypatch.setattr(module, "ON_WINDOWS", True)
    assert is_alive(os.getpid())
