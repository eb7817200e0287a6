"""Two processes that edit one file: the second waits, and no lock outlives its process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from arfix.archive import locks
from arfix.archive.files import open_archive
from arfix.archive.locks import lock_for_edit
from arfix.errors import EditError
from tests.ar_builder import ar

ROOT = Path(__file__).parents[2]

#: Holds the lock on a file, says so, and waits for a line.
HOLDER = """
import sys
from arfix.archive.locks import lock_for_edit
with lock_for_edit(sys.argv[1]):
    print("held", flush=True)
    sys.stdin.readline()
"""

if sys.platform == "win32":
    pytest.skip("Windows has no flock", allow_module_level=True)


@pytest.fixture
def library(tmp_path: Path) -> Path:
    path = tmp_path / "lib.a"
    path.write_bytes(ar(*[(f"{number}.o", b"x" * number) for number in range(8)]))
    return path


def holder(path: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, path], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def members(path: Path) -> list[str]:
    with open_archive(path) as archive:
        return [member.name for member in archive]


def test_edits_at_once_all_happen(library: Path) -> None:
    edits = [
        subprocess.Popen([sys.executable, "-m", "arfix", "-q", "strip", str(library), f"{number}.o"], cwd=ROOT)
        for number in range(7)
    ]
    assert [edit.wait() for edit in edits] == [0] * 7
    assert members(library) == ["7.o"]
    assert [path.name for path in library.parent.iterdir()] == ["lib.a"]


def test_a_lock_that_is_held_for_ever_is_an_error(library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locks, "WAIT", 0.2)
    with holder(library) as process:
        with pytest.raises(EditError, match="another process has held a lock"), lock_for_edit(str(library)):
            pass
        process.kill()
    with lock_for_edit(str(library)):  # the kernel took it back
        pass


def test_whoever_waited_reads_the_file_that_was_put_there_meanwhile(library: Path) -> None:
    command = [sys.executable, "-m", "arfix", "-q", "strip", str(library), "0.o"]
    with holder(library) as process:
        edit = subprocess.Popen(command, cwd=ROOT)
        time.sleep(1)
        (library.parent / "new").write_bytes(ar(("0.o", b"a"), ("new.o", b"b")))
        (library.parent / "new").replace(library)
        process.communicate("go\n")
        assert edit.wait() == 0
    assert members(library) == ["new.o"]


def test_a_stopped_process_is_not_taken_for_dead(library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locks, "WAIT", 0.2)
    with holder(library) as process:
        os.kill(process.pid, signal.SIGSTOP)
        with pytest.raises(EditError), lock_for_edit(str(library)):
            pass
        os.kill(process.pid, signal.SIGCONT)
        process.communicate("go\n")


def test_a_second_lock_in_one_process_does_not_wait_for_the_first(library: Path) -> None:
    with lock_for_edit(str(library)), lock_for_edit(str(library)):
        pass


@pytest.mark.parametrize("path", ["absent.a", "."])
def test_what_cannot_be_locked_is_left_to_who_reads_it(tmp_path: Path, path: str) -> None:
    with lock_for_edit(str(tmp_path / path)):
        pass
