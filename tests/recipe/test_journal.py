"""What a kill, a full disk or a refusal leaves: the next run finishes or undoes it, and no archive is ever half."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from arfix.errors import RecipeError
from arfix.recipe.exclusive import exclusive
from arfix.recipe.journal import Transaction, recover
from tests.recipe.sysroots import ORIGINALS, Place, make_place
from tests.tools import give_up, need

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return make_place(tmp_path)


@pytest.fixture(scope="module")
def repaired(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    place = make_place(tmp_path_factory.mktemp("repaired"))
    assert place.run("apply").code == 0
    return place.contents()


def kill(folder: Path, mode: str) -> tuple[int, int]:
    """Return how many runs were killed and how many ended; whatever was left wrong fails the test."""
    command = [sys.executable, "-m", "tests.recipe.kills", str(folder), mode]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
    killed, ended = map(int, ran.stdout.split())
    return killed, ended


@pytest.mark.slow
def test_a_process_killed_at_any_call_loses_nothing(tmp_path: Path) -> None:
    killed, ended = kill(tmp_path, "calls")
    assert killed > 50
    assert ended == 1


@pytest.mark.slow
def test_fifty_kills_at_random_moments_lose_nothing(tmp_path: Path) -> None:
    killed, ended = kill(tmp_path, "moments")
    assert killed + ended == 50
    assert killed > 10


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    disk = tmp_path / "disk"
    disk.mkdir()
    command = [need("mount"), "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        give_up("mounting a small disk is not permitted")
    yield disk
    subprocess.run(["umount", disk], check=True)


def test_a_full_disk_in_the_middle_rolls_back(small_disk: Path, repaired: dict[str, bytes]) -> None:
    place = make_place(small_disk)
    refused = 0
    for free in range(0, 40_960, 4096):
        filler = small_disk / "filler"
        filler.write_bytes(b"")
        status = os.statvfs(small_disk)
        filler.write_bytes(bytes(max(status.f_bavail * status.f_bsize - free, 0)))
        ran = place.run("apply")
        if ran.code:
            refused += 1
            assert os.strerror(errno.ENOSPC) in ran.stderr
            assert place.contents() == ORIGINALS
            assert place.hidden() == []
        else:
            assert place.contents() == repaired
            break
        filler.unlink()
    assert refused


def test_a_journal_that_leads_out_is_not_followed(place: Place) -> None:
    state = place.sysroot / ".arfix"
    state.mkdir()
    victim = place.sysroot.parent / "victim"
    victim.write_text("mine")
    (place.sysroot / "out").symlink_to(place.sysroot.parent)
    for name in ("../victim", str(victim), "out/victim", 7):
        for document in (
            {"state": "staging", "moves": [[name, "lib/libz.a"]], "removals": [], "originals": []},
            {"state": "commit", "moves": [], "removals": [name], "originals": []},
            {"state": "staging", "moves": [], "removals": [], "originals": [name]},
        ):
            (state / "journal").write_text(json.dumps(document))
            with pytest.raises(RecipeError, match="leads out"):
                recover(place.sysroot, state)
    assert victim.read_text() == "mine"
    assert place.run("apply").code == 2


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"moves": [["a"]]}', '{"moves": [], "removals": 1}'])
def test_a_damaged_journal_is_an_error(place: Place, text: str) -> None:
    (place.sysroot / ".arfix").mkdir()
    (place.sysroot / ".arfix" / "journal").write_text(text)
    ran = place.run("apply")
    assert ran.code == 2
    assert "journal" in ran.stderr
    assert place.contents() == ORIGINALS


def test_recovery_says_which_way_it_went(place: Place) -> None:
    state = place.sysroot / ".arfix"
    state.mkdir()
    target = place.sysroot / "lib/libz.a"
    transaction = Transaction(place.sysroot, state)
    transaction.plan(target)
    transaction.remove(place.sysroot / "lib/libc.a")
    transaction.begin()
    transaction.stage(target, [b"new"])
    assert "cleaned up" in recover(place.sysroot, state)
    assert place.contents() == ORIGINALS
    assert place.hidden() == []
    transaction.begin()
    transaction.stage(target, [b"new"])
    transaction._write("commit")
    assert transaction.is_committed
    assert "finished" in recover(place.sysroot, state)
    assert target.read_bytes() == b"new"
    assert not (place.sysroot / "lib/libc.a").exists()
    assert recover(place.sysroot, state) == ""


def test_a_link_of_the_sysroot_in_place_of_the_state_is_refused(place: Place, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (place.sysroot / ".arfix").symlink_to(tmp_path / "elsewhere")
    ran = place.run("apply")
    assert ran.code == 2
    assert "a link" in ran.stderr
    assert list((tmp_path / "elsewhere").iterdir()) == []


@pytest.mark.parametrize("name", ["originals", "state.json", "stamp"])
def test_a_link_among_arfix_s_own_files_is_refused(place: Place, tmp_path: Path, name: str) -> None:
    (place.sysroot / ".arfix").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (place.sysroot / ".arfix" / name).symlink_to(tmp_path / "elsewhere")
    assert place.run("apply").code == 2
    assert place.contents() == ORIGINALS
    assert list((tmp_path / "elsewhere").iterdir()) == []


@pytest.mark.parametrize("verb", ["apply", "revert", "status"])
def test_a_state_that_leads_out_is_not_followed(place: Place, verb: str) -> None:
    assert place.run("apply").code == 0
    state = place.sysroot / ".arfix" / "state.json"
    (place.sysroot / ".arfix" / "stamp").unlink(missing_ok=True)
    state.write_text(state.read_text().replace('"lib/libz.a"', '"../libz.a"'))
    ran = place.run(verb)
    assert ran.code == 2
    assert "no path inside the sysroot" in ran.stderr


def test_an_original_that_was_planted_is_not_believed(place: Place) -> None:
    planted = place.sysroot / ".arfix" / "originals" / hashlib.sha256(ORIGINALS["lib/libz.a"]).hexdigest()
    planted.parent.mkdir(parents=True)
    planted.write_bytes(b"planted")
    assert place.run("apply").code == 0
    assert place.run("revert").code == 0
    assert place.contents() == ORIGINALS


def test_one_at_a_time(place: Place) -> None:
    (place.sysroot / ".arfix").mkdir()
    with exclusive(place.sysroot / ".arfix" / "lock", wait=True, tell=lambda _: None):
        ran = place.run("apply", "--no-wait")
        assert ran.code == 1
        assert "is at work here" in ran.stderr
        assert place.contents() == ORIGINALS
    assert place.run("apply", "--no-wait").code == 0
