"""Named pipes, devices and directories where a command reads or writes a text: an error at once, and nothing waits."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.ar_builder import ar
from tests.elf_builder import elf
from tests.run_arfix import arfix

if TYPE_CHECKING:
    from pathlib import Path

READS = (
    "check lib.a --baseline {}",
    "diagnose {}",
    "ar -M {}",
    "symbols lib.a --rename-from {} -o out.a",
    "strip lib.a --members-from {}",
    "check lib.a --config {}",
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "lib.a").write_bytes(ar(("a.o", elf("a"))))
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "dir").mkdir()
    return tmp_path


@pytest.mark.parametrize("name", ["pipe", "dir", "/dev/zero"])
@pytest.mark.parametrize("line", READS)
def test_a_text_that_is_no_file(folder: Path, line: str, name: str) -> None:
    ran = arfix(*line.format(name).split())
    assert ran.code == 2
    assert ran.stderr.startswith(f"arfix: {name}: ")
    assert {one.name for one in folder.iterdir()} == {"dir", "lib.a", "pipe"}


def test_a_pipe_of_a_shell_is_read(folder: Path) -> None:
    read, write = os.pipe()
    os.write(write, b"a.o\n")
    os.close(write)
    ran = arfix("strip", "lib.a", "--members-from", f"/dev/fd/{read}", "--dry-run")
    os.close(read)
    assert "would remove a.o" in ran.stdout, folder


def test_no_list_is_the_null_device(folder: Path) -> None:
    assert arfix("check", "lib.a", "--baseline", os.devnull).code == 2, "an empty text is no baseline"
    assert arfix("ar", "-M", os.devnull).code == 0, folder


def test_a_baseline_is_written_as_a_whole_file(folder: Path) -> None:
    (folder / "old.json").write_text("{}")
    os.link(folder / "old.json", folder / "other-name.json")
    assert arfix("check", "lib.a", "--write-baseline", "old.json").code == 0
    assert (folder / "other-name.json").read_text() == "{}", "the new file has taken the place of the old one"
    assert "findings" in (folder / "old.json").read_text()
