"""A recipe's whole life on more than three hundred real archives with twenty planted faults."""

from __future__ import annotations

import hashlib
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from arfix.recipe.load import read_recipe
from tests.real_sysroot import FAULTS, build, plant
from tests.recipe.sysroots import Place, settle
from tests.run_arfix import arfix

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

pytestmark = pytest.mark.debian

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Place, list[Path]]:
    """The sysroot with its faults, a recipe that `recipe init` wrote, and the archives with faults."""
    folder = tmp_path_factory.mktemp("real")
    place = Place(folder / "sysroot", folder / "arfix.toml")
    archives = build(place.sysroot)
    assert len(archives) >= 300
    faults = plant(archives)
    ran = arfix("recipe", "init", place.sysroot, "-o", place.recipe)
    assert (ran.code, ran.stderr) == (0, "")
    entries = {entry.pattern for entry in read_recipe(str(place.recipe)).archives}
    assert entries == {path.relative_to(place.sysroot).as_posix() for path in faults}
    every = '\n[[archive]]\nglob = "**/*.a"\n\n[[archive.step]]\nindex = true\nreason = "linkers want one"\n'
    place.recipe.write_text(place.recipe.read_text() + every)
    return place, list(faults)


def files(place: Place) -> Iterator[Path]:
    """Yield every file of the sysroot, arfix's own left out."""
    for path in place.sysroot.rglob("*"):
        if path.is_file() and not path.is_symlink() and ".arfix" not in path.parts:
            yield path


def hashes(place: Place, paths: Iterable[Path] | None = None) -> dict[str, str]:
    """Return what every file of the sysroot holds, or each of the paths that is there."""
    return {
        path.relative_to(place.sysroot).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in (files(place) if paths is None else paths)
        if path.is_file()
    }


def untouched(place: Place, faulty: Iterable[Path]) -> dict[Path, tuple[int, ...]]:
    """Return what tells whether a file was written, for all but the faulty archives."""
    stats = {path: path.stat() for path in set(files(place)) - set(faulty)}
    return {path: (one.st_ino, one.st_size, one.st_mtime_ns, one.st_ctime_ns) for path, one in stats.items()}


def test_init_apply_verify_end_clean_and_revert_restores_every_byte(planted: tuple[Place, list[Path]]) -> None:
    place, faulty = planted
    before = hashes(place)
    settle()
    ran = place.run("apply")
    assert ran.code == 0
    assert re.search(rf"^{FAULTS} archives of \d+ changed$", ran.stdout, re.MULTILINE)
    repaired = hashes(place)
    assert {name for name in before if before[name] != repaired[name]} == {
        path.relative_to(place.sysroot).as_posix() for path in faulty
    }
    for path in faulty:
        assert arfix("check", path, "--target", "relocatable").code == 0
        assert arfix("verify", path, "--target", "relocatable", "--linker", "ld").code == 0
    stats = place.stats()
    ran = place.run("apply")
    assert (ran.code, ran.stdout[:13]) == (0, "nothing to do")
    assert (place.stats(), hashes(place)) == (stats, repaired)
    assert place.run("apply", "--check").code == 0
    assert place.run("revert").code == 0
    assert hashes(place) == before


def test_twenty_kills_lose_nothing(planted: tuple[Place, list[Path]]) -> None:
    """Only the faulty archives are hashed each time; that no other file is touched shows in its inode and times.

    A killed run may leave temporary files beside the archives; the next run removes them.
    """
    place, faulty = planted
    every = hashes(place)
    others = untouched(place, faulty)
    before = hashes(place, faulty)
    assert place.run("apply").code == 0
    repaired = hashes(place, faulty)
    assert place.run("revert").code == 0
    takes = _timed(lambda: os.waitpid(_start(place), 0))
    for number in range(20):
        assert place.run("revert").code == 0
        assert hashes(place, faulty) == before
        assert untouched(place, faulty) == others
        pid = _start(place)
        time.sleep(takes * number / 18)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        now = hashes(place, faulty)
        assert not [name for name in before if now.get(name) not in {before[name], repaired[name]}]
        left = untouched(place, faulty)
        assert {path: left.get(path) for path in others} == others
        assert all(_is_temporary(path) for path in left.keys() - others.keys())
    assert place.run("apply").code == 0
    assert hashes(place, faulty) == repaired
    assert untouched(place, faulty) == others
    assert place.run("revert").code == 0
    assert hashes(place) == every


def _is_temporary(path: Path) -> bool:
    return path.name.startswith(".") and path.suffix in {".tmp", ".old"}


def _start(place: Place) -> int:
    command = ["-m", "arfix", "apply", str(place.recipe), "--sysroot", str(place.sysroot), "-q"]
    return subprocess.Popen([sys.executable, *command], cwd=ROOT).pid


def _timed(run: Callable[[], object]) -> float:
    began = time.monotonic()
    run()
    return time.monotonic() - began
