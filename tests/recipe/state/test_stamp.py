from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from arfix.recipe import stamping
from arfix.recipe.state.stamp import JOURNAL_NAME, STAMP_VERSION, signature, stamp_key, stamped_answer
from arfix.version import __version__
from tests.recipe.sysroots import ORIGINALS, RECIPE, Place, make_place, settle

ROOT = Path(__file__).parents[3]
SAID = "nothing to do: 4 archives are as {} specifies"


@pytest.fixture
def place(tmp_path: Path) -> Place:
    place = make_place(tmp_path)
    settle()
    assert place.run("apply").code == 0
    return place


def answer(place: Place, overlay: str | None = None, version: str = __version__) -> str | None:
    return stamped_answer(str(place.recipe), str(place.sysroot), overlay, version)


def test_a_run_that_ended_well_is_fresh(place: Place) -> None:
    assert answer(place) == SAID.format(place.recipe)
    ran = place.run("apply", "-q", "--frozen", "-j", "4", "--no-wait")
    assert (ran.code, ran.stdout) == (0, "")
    assert place.run("apply", "--frozen", "-j8", "--no-wait").stdout == f"{SAID.format(place.recipe)}\n"


@pytest.mark.parametrize("options", [["--check"], ["--json"], ["--report", "{}/x.md"]])
def test_a_run_that_is_asked_for_more_works(place: Place, options: list[str]) -> None:
    ran = place.run("apply", *(option.format(place.sysroot.parent) for option in options))
    assert ran.code == 0
    assert ran.stdout != f"{SAID.format(place.recipe)}\n"
    assert "--report" not in options or (place.sysroot.parent / "x.md").exists()


def test_another_place_or_version_is_not_answered(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    assert answer(place, version="0.0") is None
    assert answer(place, overlay=str(place.sysroot.parent / "over")) is None
    monkeypatch.chdir(place.sysroot.parent)
    assert stamped_answer(str(place.recipe), ".", None, __version__) is None
    assert stamped_answer("more.toml", str(place.sysroot), None, __version__) is None
    assert stamped_answer("\0", str(place.sysroot), None, __version__) is None


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
    key = stamp_key(str(place.recipe), str(place.sysroot), None, __version__)
    stamp = place.sysroot / ".arfix" / "stamp"
    for rows in ((), (str(place.recipe), "1:2:3:4:5:6"), (str(place.sysroot), signature(str(place.sysroot)))):
        stamp.write_text("\0".join([STAMP_VERSION, key, "nothing to do", *rows]))
        assert answer(place) is None
    stamp.write_text("\0".join([STAMP_VERSION, key, "\x1b[2J", str(place.recipe), signature(str(place.recipe))]))
    assert answer(place) is None


def test_what_changed_within_a_tick_is_not_trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = make_place(tmp_path)
    with monkeypatch.context() as slow:
        slow.setattr(stamping, "TICK_NS", 10**12)
        slow.setattr(stamping.time, "sleep", lambda _: None)  # type: ignore[attr-defined]  # a test looks inside
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


def test_the_program_says_so_and_loads_nothing_of_a_repair(place: Place) -> None:
    script = (
        "import sys\nfrom arfix.__main__ import main\n"
        "code = main()\nprint(*sorted(sys.modules), sep='\\n', file=sys.stderr)\nsys.exit(code)"
    )
    command = [sys.executable, "-c", script, "apply", str(place.recipe), "--sysroot", str(place.sysroot)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout) == (0, f"{SAID.format(place.recipe)}\n")
    loaded = {name.split(".")[1] for name in ran.stderr.split() if name.startswith("arfix.")}
    assert not loaded & {"audit", "edits", "linkage", "formats", "stubs"}


def test_the_same_run_asked_with_values(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    recipe, sysroot = str(place.recipe), str(place.sysroot)
    assert stamped_answer(recipe, sysroot, None, __version__) == SAID.format(place.recipe)
    assert stamped_answer(recipe, sysroot, sysroot, __version__) == SAID.format(place.recipe)
    assert stamped_answer(recipe, sysroot, str(place.sysroot.parent / "over"), __version__) is None
    assert stamped_answer(recipe, sysroot, None, "0.0") is None
    assert stamped_answer("\0", sysroot, None, __version__) is None
    monkeypatch.chdir(place.sysroot)
    assert stamped_answer(os.path.relpath(recipe), ".", None, __version__) == SAID.format(place.recipe)


def test_a_key_holds_absolute_paths(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    assert stamp_key("arfix.toml", ".", None, "1") == stamp_key(f"{tmp_path}/arfix.toml", str(tmp_path), None, "1")
    assert stamp_key("arfix.toml", ".", "over", "1") != stamp_key("arfix.toml", ".", None, "1")


def test_a_signature_of_nothing(tmp_path: Path) -> None:
    assert signature(str(tmp_path / "none")) == "-"
