from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from arfix.archive.confined import Tree
from arfix.errors import AccessError, EditError
from arfix.recipe.state import lock as locks
from arfix.recipe.state.lock import exclusive

ROOT = Path(__file__).parents[3]
HOLD = """
import sys, time
from arfix.archive.confined import Tree
from arfix.recipe.state import lock as locks
from arfix.recipe.state.lock import exclusive
with exclusive(Tree.at(sys.argv[1]), wait=True, tell=print):
    print("held", flush=True)
    time.sleep(60)
"""


def no_word(_: str) -> None:
    pytest.fail("nobody is to be waited for")


def test_a_second_run_is_refused_at_once_or_waits(tmp_path: Path) -> None:
    tree = Tree.at(str(tmp_path))
    told: list[str] = []
    order: list[str] = []

    def second() -> None:
        with exclusive(tree, wait=True, tell=told.append):
            order.append("second")

    with exclusive(tree, wait=True, tell=no_word):
        with (
            pytest.raises(EditError, match="another arfix is at work here"),
            exclusive(tree, wait=False, tell=no_word),
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


def test_a_living_process_holds_it_and_a_dead_one_does_not(tmp_path: Path) -> None:
    tree = Tree.at(str(tmp_path))
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    # what older versions wrote, of a process that is gone: the lock is the system's, not the text
    (tmp_path / ".arfix/lock").write_text("1 1 elsewhere\n")
    with pytest.raises(EditError), exclusive(tree, wait=False, tell=no_word):
        pass
    process.send_signal(signal.SIGKILL)
    process.wait()
    with exclusive(tree, wait=False, tell=no_word):
        pass


def test_a_lock_whose_folder_is_removed_meanwhile_is_taken_anew(tmp_path: Path) -> None:
    tree = Tree.at(str(tmp_path))
    done: list[bool] = []

    def second() -> None:
        with exclusive(tree, wait=True, tell=lambda _: None):
            done.append((tmp_path / ".arfix/lock").exists())

    with exclusive(tree, wait=True, tell=no_word):
        thread = threading.Thread(target=second)
        thread.start()
        time.sleep(0.2)
        (tmp_path / ".arfix/lock").unlink()
        (tmp_path / ".arfix").rmdir()
    thread.join()
    assert done == [True]


@pytest.mark.parametrize("kind", ["link", "pipe", "folder", "state is a link", "state is a file"])
def test_what_is_no_lock_is_refused(tmp_path: Path, kind: str) -> None:
    root, victim = tmp_path / "root", tmp_path / "victim"
    root.mkdir()
    state, lock = root / ".arfix", root / ".arfix/lock"
    match kind:
        case "state is a link":
            victim.mkdir()
            state.symlink_to(victim)
        case "state is a file":
            state.touch()
        case "link":
            state.mkdir()
            lock.symlink_to(victim)
        case "pipe":
            state.mkdir()
            os.mkfifo(lock)
        case _:
            lock.mkdir(parents=True)
    with pytest.raises(AccessError) as caught, exclusive(Tree.at(str(root)), wait=True, tell=no_word):
        pass
    assert "`overlay=...`" in str(caught.value.hint)
    assert not victim.exists() or not list(victim.iterdir())


def test_a_file_system_without_locks_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def flock(_descriptor: int, _how: int) -> None:
        raise OSError(37, "No locks available")

    monkeypatch.setattr(locks, "fcntl", SimpleNamespace(flock=flock, LOCK_EX=2, LOCK_NB=4))
    with (
        pytest.raises(AccessError, match="cannot lock: No locks available"),
        exclusive(Tree.at(str(tmp_path)), wait=True, tell=no_word),
    ):
        pass


def test_on_windows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A byte is locked; the system has no call that waits."""
    held = [True, True, False]

    def locking(_descriptor: int, _how: int, _size: int) -> None:
        if held.pop(0):
            raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(locks, "fcntl", None)
    monkeypatch.setitem(sys.modules, "msvcrt", SimpleNamespace(locking=locking, LK_NBLCK=2))
    told: list[str] = []
    with exclusive(Tree.at(str(tmp_path)), wait=True, tell=told.append):
        assert len(told) == 1
    assert not held
