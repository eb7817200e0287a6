from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import Future, ThreadPoolExecutor
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest

from arfix.errors import AccessError, EditError, UnsupportedError
from arfix.survey import survey
from arfix.survey.worker import Task, read_files
from tests.survey.samples import (
    DAMAGED,
    FIXED,
    LIBRARIES,
    LOG,
    PACKAGES,
    SCRIPT,
    VENDORED,
    Call,
    InThread,
    deb,
    rows,
    write,
)

if TYPE_CHECKING:
    from pathlib import Path

#: Files of every kind, with content that occurs twice.
FILES = {
    **LIBRARIES,
    "lib/libcopy.a": LOG,
    "lib/libm.a": SCRIPT,
    "lib/libdamaged.a": DAMAGED,
    "pool/x_1_amd64.deb": PACKAGES["x_1_amd64.deb"],
    "pool/y_1_amd64.deb": deb({"usr/lib/liby.a": VENDORED, "usr/lib/liblog.a": LOG}),
    "pool/bad_1_amd64.deb": b"!<arch>\nno package",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write(tmp_path / "in", FILES)


def test_counts_and_rows(folder: Path, tmp_path: Path) -> None:
    result = survey([str(folder)], str(tmp_path / "out"), executor=InThread())
    assert (result.files, result.archives, result.failures) == (9, 5, 2)
    assert result.duplicates == 6  # three in x, two in y, and libcopy.a
    found = rows(tmp_path / "out")
    assert len(found["archives"]) == 11
    assert sum("libm.a" in row and "'linker-script'" in row for row in found["archives"]) == 1
    assert sum("bad_1_amd64.deb" in row and "unreadable-package" in row for row in found["findings"]) == 1
    assert sum("libdamaged.a" in row and "malformed" in row for row in found["findings"]) == 1


@pytest.mark.slow
def test_the_rows_do_not_depend_on_who_works(folder: Path, tmp_path: Path) -> None:
    survey([str(folder)], str(tmp_path / "one"), executor=InThread())
    with ThreadPoolExecutor(3) as executor:
        survey([str(folder)], str(tmp_path / "two"), executor=executor, workers=3)
    survey([str(folder)], str(tmp_path / "three"), workers=2)
    assert rows(tmp_path / "one") == rows(tmp_path / "two") == rows(tmp_path / "three")


def test_a_second_run_needs_resume_and_reads_only_what_is_new(folder: Path, tmp_path: Path) -> None:
    out = str(tmp_path / "out")
    survey([str(folder / "usr")], out, executor=InThread())
    with pytest.raises(EditError, match="has a survey already"):
        survey([str(folder)], out, executor=InThread())
    result = survey([str(folder / "usr"), str(folder / "pool")], out, executor=InThread(), resume=True)
    assert (result.skipped, result.archives, result.duplicates) == (3, 0, 5)
    again = survey([str(folder / "usr"), str(folder / "pool")], out, executor=InThread(), resume=True)
    assert (again.files, again.skipped) == (0, 6)
    survey([str(folder / "usr"), str(folder / "pool")], str(tmp_path / "at-once"), executor=InThread())
    assert rows(out) == rows(tmp_path / "at-once")


def test_a_file_that_changed_is_refused(folder: Path, tmp_path: Path) -> None:
    survey([str(folder)], str(tmp_path / "out"), executor=InThread())
    (folder / "usr/lib/liblog.a").write_bytes(FIXED)
    with pytest.raises(EditError, match="changed since"):
        survey([str(folder)], str(tmp_path / "out"), executor=InThread(), resume=True)


def test_a_file_that_kills_its_worker_is_one_finding(folder: Path, tmp_path: Path) -> None:
    executor = InThread("libfixed.a")
    result = survey([str(folder)], str(tmp_path / "out"), executor=executor)
    assert result.files == 9
    assert result.redone
    killed = [row for row in rows(tmp_path / "out")["findings"] if "was killed" in row]
    assert len(killed) == 1
    assert "libfixed.a" in killed[0]


def test_a_worker_that_is_killed_once_changes_nothing(folder: Path, tmp_path: Path) -> None:
    survey([str(folder)], str(tmp_path / "calm"), executor=InThread())
    result = survey([str(folder)], str(tmp_path / "out"), executor=InThread("libfixed.a", deaths=1))
    assert result.redone == 1
    assert rows(tmp_path / "out") == rows(tmp_path / "calm")


def test_an_interruption_keeps_what_is_done_and_resume_goes_on(folder: Path, tmp_path: Path) -> None:
    out = str(tmp_path / "out")

    def interrupt(_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        survey([str(folder)], out, executor=InThread(), progress=interrupt)
    result = survey([str(folder)], out, executor=InThread(), resume=True)
    assert result.skipped
    survey([str(folder)], str(tmp_path / "calm"), executor=InThread())
    assert rows(out) == rows(tmp_path / "calm")
    assert not (tmp_path / "out/staging").exists()


def test_a_failure_of_the_machine_is_no_finding(folder: Path, tmp_path: Path) -> None:
    class Full(InThread):
        def submit(self, fn: Call, /, *args: Task, **kwargs: Task) -> Future[Any]:  # type: ignore[override]  # noqa: ARG002
            future: Future[Any] = Future()
            future.set_exception(OSError(28, "No space left on device"))
            return future

    with pytest.raises(AccessError, match="No space left"):
        survey([str(folder)], str(tmp_path / "out"), executor=Full())


def test_the_library_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.delitem(sys.modules, "arfix.survey.parts")
    with pytest.raises(UnsupportedError, match="a survey needs the Python package pyarrow"):
        import_module("arfix.survey.parts")


def test_a_folder_that_cannot_be_written_is_named_before_anything_is_read(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    executor = InThread()
    with pytest.raises(AccessError, match="cannot write: Not a directory"):
        survey([str(folder)], str(tmp_path / "file"), executor=executor)
    assert not executor.tasks


def test_what_a_killed_run_left_is_not_read_and_goes_away(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    survey([str(folder)], str(out), executor=InThread())
    before = rows(out)
    stray = out / "symbols/machine=x86-64/stray.parquet"
    stray.write_bytes(b"half a file")
    assert rows(out) == before
    survey([str(folder)], str(out), executor=InThread(), resume=True)
    assert not stray.exists()
    assert rows(out) == before


def test_content_met_by_two_workers_at_once_is_in_the_tables_once(folder: Path, tmp_path: Path) -> None:
    class Late(InThread):
        """Gives every task what was known at the start, as workers that begin at the same time have it."""

        def submit(self, fn: Call, /, *args: Task, **kwargs: Task) -> Future[Any]:  # type: ignore[override]
            first = args[0] if len(self.tasks) > 4 else args[0]._replace(known=frozenset())
            return super().submit(fn, first, *args[1:], **kwargs)

    survey([str(folder)], str(tmp_path / "out"), executor=Late(), workers=4)
    survey([str(folder)], str(tmp_path / "calm"), executor=InThread())
    assert rows(tmp_path / "out") == rows(tmp_path / "calm")


def test_remote_folders(folder: Path, tmp_path: Path) -> None:
    from fsspec.implementations.memory import MemoryFileSystem  # noqa: PLC0415 (emptied below)

    memory = MemoryFileSystem()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            memory.pipe_file(f"/in/{path.relative_to(folder)}", path.read_bytes())
    try:
        result = survey(["memory://in"], "memory://out", executor=InThread())
        assert (result.files, result.archives, result.failures) == (9, 5, 2)
        survey([str(folder)], str(tmp_path / "out"), executor=InThread())
        remote, local = rows("memory://out"), rows(tmp_path / "out")
        assert remote["symbols"] == local["symbols"]
        assert remote["members"] == local["members"]
    finally:
        memory.rm("/", recursive=True)


@pytest.mark.slow
def test_a_run_that_is_killed_goes_on_with_the_same_tables(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    words = [sys.executable, "-m", "arfix", "survey", str(folder), "-o", str(out), "-j", "2"]
    running = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    while running.poll() is None and not list(out.glob("parts/*.json")):
        time.sleep(0.01)
    if running.poll() is None:
        os.kill(running.pid, signal.SIGKILL)
    running.wait()
    survey([str(folder)], str(out), executor=InThread(), resume=True)
    survey([str(folder)], str(tmp_path / "calm"), executor=InThread())
    assert rows(out) == rows(tmp_path / "calm")


def test_tasks_carry_paths_and_no_bytes(folder: Path, tmp_path: Path) -> None:
    executor = InThread()
    survey([str(folder)], str(tmp_path / "out"), executor=executor)
    assert all(len(repr(task)) < 20_000 for task in executor.tasks)
    assert read_files.__module__ == "arfix.survey.worker"
