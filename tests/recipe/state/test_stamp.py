from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from arfix import __main__
from arfix.recipe import commit as commit_module
from arfix.recipe.state.stamp import JOURNAL_NAME, STAMP_VERSION, command_key, fresh_answer, signature, stamped_answer
from arfix.version import __version__
from tests.recipe.sysroots import ORIGINALS, RECIPE, Place, make_place, settle

ROOT = Path(__file__).parents[3]
SAID = "nothing to do: 4 archives are as {} wants"


@pytest.fixture
def place(tmp_path: Path) -> Place:
    place = make_place(tmp_path)
    settle()
    assert place.run("apply").code == 0
    return place


def answer(place: Place, *options: str) -> str | None:
    return fresh_answer([str(place.recipe), "--sysroot", str(place.sysroot), *options], __version__)


def test_a_run_that_ended_well_is_fresh(place: Place) -> None:
    assert answer(place) == SAID.format(place.recipe)
    assert answer(place, "-q", "--frozen", "-j", "4", "-j8", "--jobs=2", "--no-wait") == SAID.format(place.recipe)


def test_other_command_lines_are_not_answered(place: Place) -> None:
    for options in (["--check"], ["--json"], ["--report", "x.md"], ["more.toml"], ["--overlay"], ["--frozen=1"]):
        assert answer(place, *options) is None
    assert fresh_answer([str(place.recipe)], __version__) is None
    assert answer(place, "--overlay", str(place.sysroot.parent / "over")) is None
    assert fresh_answer([str(place.recipe), "--sysroot", str(place.sysroot)], "0.0") is None


@pytest.mark.parametrize("name", [*ORIGINALS, "../arfix.toml", "../arfix.lock", ".arfix/state.json"])
def test_any_file_that_changes_ends_it(place: Place, name: str) -> None:
    path = place.sysroot / name
    status = path.stat()
    data = bytearray(path.read_bytes())
    data[-3] ^= 1
    path.write_bytes(data)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))  # as if nothing had happened
    assert answer(place) is None


def test_a_new_archive_a_lost_one_and_another_inode_end_it(place: Place) -> None:
    (place.sysroot / "lib/libnew.a").write_bytes(b"!<arch>\n")
    assert answer(place) is None
    (place.sysroot / "lib/libnew.a").unlink()
    place.run("apply")
    settle()
    place.run("apply")
    assert answer(place)
    path = place.sysroot / "lib/libz.a"
    data, status = path.read_bytes(), path.stat()
    path.unlink()
    path.write_bytes(data)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert answer(place) is None


def test_a_journal_ends_it(place: Place) -> None:
    (place.sysroot / ".arfix" / JOURNAL_NAME).write_text("{}")
    assert answer(place) is None


@pytest.mark.parametrize("stamp", [b"", b"\0", b"arfix stamp 1\0x\0y\0z", b"\xff\0" * 5])
def test_a_damaged_stamp_is_no_answer(place: Place, stamp: bytes) -> None:
    (place.sysroot / ".arfix" / "stamp").write_bytes(stamp)
    assert answer(place) is None


def test_a_stamp_that_came_with_the_sysroot_is_not_believed(place: Place) -> None:
    asked = command_key([str(place.recipe), "--sysroot", str(place.sysroot)], __version__)
    assert asked is not None
    stamp = place.sysroot / ".arfix" / "stamp"
    for rows in ((), (str(place.recipe), "1:2:3:4:5:6"), (str(place.sysroot), signature(str(place.sysroot)))):
        stamp.write_text("\0".join([STAMP_VERSION, asked[1], "nothing to do", *rows]))
        assert answer(place) is None
    stamp.write_text("\0".join([STAMP_VERSION, asked[1], "\x1b[2J", str(place.recipe), signature(str(place.recipe))]))
    assert answer(place) is None


def test_what_changed_within_a_tick_is_not_trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = make_place(tmp_path)
    with monkeypatch.context() as slow:
        slow.setattr(commit_module, "TICK_NS", 10**12)
        slow.setattr(commit_module.time, "sleep", lambda _: None)  # type: ignore[attr-defined]  # a test looks inside
        assert place.run("apply").code == 0
    assert answer(place) is None
    settle()
    assert place.run("apply").code == 0
    assert answer(place)


def test_a_run_that_found_something_leaves_no_stamp(place: Place) -> None:
    place.recipe.write_text(RECIPE.replace("bss_log.o", "*mem.o"))
    settle()
    assert place.run("apply").code == 1
    assert answer(place) is None


def test_the_program_says_so_and_loads_next_to_nothing(place: Place) -> None:
    script = (
        "import sys\nbefore = set(sys.modules)\nfrom arfix.__main__ import main\n"
        "code = main()\nprint(*sorted(set(sys.modules) - before), sep='\\n', file=sys.stderr)\nsys.exit(code)"
    )
    command = [sys.executable, "-c", script, "apply", str(place.recipe), "--sysroot", str(place.sysroot)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout) == (0, f"{SAID.format(place.recipe)}\n")
    loaded = set(ran.stderr.split()) - {"__future__"}  # loaded before in an editable install
    ours = {
        "arfix",
        "arfix.__main__",
        "arfix.recipe",
        "arfix.recipe.state",
        "arfix.recipe.state.stamp",
        "arfix.version",
    }
    assert loaded == {*ours, "gc"}


def test_in_process(place: Place, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    line = ["arfix", "apply", str(place.recipe), "--sysroot", str(place.sysroot)]
    monkeypatch.setattr(sys, "argv", line)
    assert __main__.main() == 0
    assert capsys.readouterr().out == f"{SAID.format(place.recipe)}\n"
    monkeypatch.setattr(sys, "argv", [*line, "-q"])
    assert __main__.main() == 0
    assert capsys.readouterr().out == ""


def test_the_same_run_asked_with_values(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    recipe, sysroot = str(place.recipe), str(place.sysroot)
    assert stamped_answer(recipe, sysroot, None, __version__) == SAID.format(place.recipe)
    assert stamped_answer(recipe, sysroot, sysroot, __version__) == SAID.format(place.recipe)
    assert stamped_answer(recipe, sysroot, str(place.sysroot.parent / "over"), __version__) is None
    assert stamped_answer(recipe, sysroot, None, "0.0") is None
    assert stamped_answer("\0", sysroot, None, __version__) is None
    monkeypatch.chdir(place.sysroot)
    assert stamped_answer(os.path.relpath(recipe), ".", None, __version__) == SAID.format(place.recipe)


def test_keys(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SYSROOT", raising=False)
    assert command_key([], "1") == command_key(["arfix.toml", "--sysroot=."], "1")
    assert command_key(["--sysroot"], "1") is None
    monkeypatch.setenv("SYSROOT", "root")
    assert command_key([], "1") == command_key(["--sysroot", "root"], "1")


def test_a_signature_of_nothing(tmp_path: Path) -> None:
    assert signature(str(tmp_path / "none")) == "-"
