"""Sysroots made to mislead, and other processes at work in them: nothing outside is touched, nothing is lost."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from arfix import open as open_archive
from arfix.archive import confined
from arfix.archive.confined import Folder
from tests.ar_builder import ar
from tests.elf_builder import elf
from tests.recipe.sysroots import CRYPTO, FFI, LIBZ, ORIGINALS, Place, make_place, settle
from tests.tools import give_up, need

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parents[2]
STRIP = """\
version = 1
[[archive]]
path = "lib/libcrypto.a"
[[archive.step]]
strip = ["bss_log.o"]
reason = "x"
"""


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return make_place(tmp_path)


@pytest.fixture
def victim(tmp_path: Path) -> Iterator[Path]:
    """A folder outside the sysroot, in which nothing may change."""
    folder = tmp_path / "victim"
    folder.mkdir()
    (folder / "precious").write_text("contents")
    yield folder
    assert [path.name for path in folder.iterdir()] == ["precious"]
    assert (folder / "precious").read_text() == "contents"


def digest(data: bytes) -> str:
    return sha256(data).hexdigest()


def names(path: Path) -> list[str]:
    with open_archive(path) as archive:
        return [member.name for member in archive]


@pytest.mark.parametrize(
    "at", ["originals/{}.tmp", "originals/{}", "originals/.{}.tmp", "state.json", ".state.json.tmp"]
)
def test_links_below_the_state_are_not_written_through(place: Place, victim: Path, at: str) -> None:
    os.link(place.sysroot / "lib/libcrypto.a", place.sysroot / "other.a")  # so that the original is copied
    link = place.sysroot / ".arfix" / at.format(digest(CRYPTO))
    link.parent.mkdir(parents=True)
    link.symlink_to(victim / "precious")
    ran = place.run("apply")
    assert ran.code in {0, 2}
    assert place.run("revert").code in {0, 2}
    assert place.contents() == {**ORIGINALS, "other.a": CRYPTO}


@pytest.mark.parametrize("folder", [".arfix", ".arfix/originals", "lib"])
@pytest.mark.parametrize("verb", ["apply", "revert"])
def test_a_folder_that_is_a_link(place: Place, victim: Path, folder: str, verb: str) -> None:
    if verb == "revert":
        assert place.run("apply").code == 0
    path = place.sysroot / folder
    if path.exists():
        shutil.rmtree(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(victim)
    ran = place.run(verb)
    assert ran.code in {0, 1, 2}
    assert ran.code or (verb, folder) == ("revert", ".arfix/originals") or verb == "revert"


@pytest.mark.parametrize("folder", ["lib", "."])
def test_an_overlay_whose_folder_is_a_link(place: Place, victim: Path, tmp_path: Path, folder: str) -> None:
    over = tmp_path / "over"
    if folder == "lib":
        over.mkdir()
        (over / "lib").symlink_to(victim)
    else:
        over.mkdir()
        (over / ".arfix").symlink_to(victim)
    ran = place.run("apply", "--overlay", over)
    assert ran.code == 2
    assert "a link" in ran.stderr or "leads out of" in ran.stderr


@pytest.mark.slow
def test_a_folder_that_becomes_a_link_at_any_moment(
    place: Place, victim: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Another process puts a link in place of `lib` before the n-th call; after it, `lib` comes back."""
    lib, aside = place.sysroot / "lib", tmp_path / "aside"
    real = Folder.enter
    moment = 0

    def enter(self: Folder, name: str) -> Folder:
        nonlocal moment
        moment -= 1
        if name == "lib" and moment == 0:
            lib.rename(aside)
            lib.symlink_to(victim)
            try:
                return real(self, name)
            finally:
                lib.unlink()
                aside.rename(lib)
        return real(self, name)

    monkeypatch.setattr(Folder, "enter", enter)
    for number in range(1, 400, 7):
        moment = number
        ran = place.run("apply", "-j", "1")
        assert ran.code in {0, 1, 2}
        assert ran.code == 0 or place.contents() == ORIGINALS
        moment = 0
        if ran.code == 0 and number > 300:
            break
        place.run("revert")
        place.recipe.with_suffix(".lock").unlink(missing_ok=True)
        assert place.contents() == ORIGINALS


def thin(stored: bytes, size: int) -> bytes:
    table = stored + b"/\n"
    table += b"\n" * (len(table) % 2)
    head = b"%-16b%-12d%-6d%-6d%-8o%-10d`\n"
    return b"!<thin>\n" + head % (b"//", 0, 0, 0, 0, len(table)) + table + head % (b"/0", 0, 0, 0, 0o644, size)


@pytest.mark.parametrize("stored", ["/etc/passwd", "../../victim/precious", "out/precious"])
@pytest.mark.parametrize("how", ["splice", "needed"])
def test_members_of_a_nested_thin_archive_are_not_fetched_from_outside(
    place: Place, victim: Path, stored: str, how: str
) -> None:
    size = Path(stored).stat().st_size if stored.startswith("/") else 8
    (place.sysroot / "lib/out").symlink_to(victim)
    (place.sysroot / "lib/libcrypto.a").write_bytes(ar(("inner.a", thin(stored.encode(), size)), ("x.o", elf("x"))))
    place.recipe.write_text(STRIP.replace('strip = ["bss_log.o"]', f'flatten = "{how}"'))
    before = place.contents()
    ran = place.run("apply")
    assert ran.code in {0, 1}
    if ran.code:
        assert "leads out of" in ran.stderr
        assert place.contents() == before
    assert b"contents" not in (place.sysroot / "lib/libcrypto.a").read_bytes()
    assert b"root:" not in (place.sysroot / "lib/libcrypto.a").read_bytes()


@pytest.mark.parametrize("version", [1, 2])
def test_a_state_that_came_with_the_sysroot_is_not_believed(place: Place, version: int) -> None:
    """It says that the archive is repaired, and what its original was."""
    place.recipe.write_text(STRIP)
    evil = ar(("evil.o", elf("evil")))
    state = place.sysroot / ".arfix"
    (state / "originals").mkdir(parents=True)
    (state / "originals" / digest(evil)).write_bytes(evil)
    (state / "lock").touch()
    step = {"do": 'strip = ["bss_log.o"]', "reason": "x", "members": [{"removed": "bss_log.o", "sha256": "0"}]}
    entry = {"input": digest(evil), "output": digest(CRYPTO), "steps": [{**step, "reindexed": False}], "seen": "-"}
    document = {"version": version, "anchor": "1", "files": {"lib/libcrypto.a": {**entry, "also": []}}}
    (state / "state.json").write_text(json.dumps(document))
    ran = place.run("revert")
    assert ran.code == 1
    assert "written in another copy" in ran.stderr
    assert place.contents() == ORIGINALS
    assert "not trusted" in place.run("status").stderr
    ran = place.run("apply")
    assert ran.code == 0
    assert names(place.sysroot / "lib/libcrypto.a") == ["libcrypto-lib-mem.o"]
    assert place.run("revert").code == 0
    assert place.contents() == ORIGINALS


def test_a_copied_sysroot_goes_by_the_lock(place: Place, tmp_path: Path) -> None:
    assert place.run("apply").code == 0
    repaired = place.contents()
    copy = tmp_path / "copy"
    shutil.copytree(place.sysroot, copy)
    copied = Place(copy, place.recipe)
    ran = copied.run("revert")
    assert ran.code == 1
    assert "--recipe" in ran.stderr
    assert copied.contents() == repaired
    assert copied.run("apply", "--frozen").code == 0
    assert copied.contents() == repaired
    shutil.rmtree(copy)
    shutil.copytree(place.sysroot, copy)
    assert copied.run("revert", "--recipe", place.recipe).code == 0
    assert copied.contents() == ORIGINALS
    shutil.rmtree(copy)
    shutil.copytree(place.sysroot, copy)
    assert copied.run("revert", "--force").code == 0
    assert copied.contents() == ORIGINALS


@pytest.mark.no_cover
def test_odd_files_stop_no_glob(place: Place) -> None:
    lib = place.sysroot / "lib"
    os.mkfifo(lib / "libpipe.a")
    (lib / "loop.a").symlink_to("loop.a")
    (lib / "ring").symlink_to("ring")
    (lib / "up").symlink_to(".")
    deep = "/".join(["d"] * 1200)
    with confined.Tree.at(str(place.sysroot)).folder(deep, make=True):
        pass
    place.recipe.write_text(STRIP.replace('path = "lib/libcrypto.a"', 'glob = "**/*.a"'))
    settle()  # a stamp needs files at rest
    try:
        ran = place.run("apply")
        again = place.run("apply")
    finally:  # deeper than pytest can remove
        subprocess.run(["rm", "-rf", place.sysroot / "d"], check=True)
    assert (ran.code, again.code) == (0, 0)
    assert "lib/libpipe.a is no regular file" in ran.stderr
    assert "lib/loop.a cannot open: Too many levels of symbolic links" in ran.stderr
    assert again.stdout.startswith("nothing to do")


@pytest.mark.parametrize("name", ["new\nline.a", " blank .a", "-dash.a", "`id`.a", "\\.a", os.fsdecode(b"\xff\xfe.a")])
def test_names_of_any_kind(place: Place, name: str) -> None:
    (place.sysroot / "lib" / name).write_bytes(LIBZ)
    place.recipe.write_text(
        STRIP.replace('path = "lib/libcrypto.a"', 'glob = "lib/*.a"').replace("bss_log.o", "deflate.o")
    )
    assert place.run("apply").code == 0
    assert names(place.sysroot / "lib" / name) == []
    assert place.run("apply", "--check").code == 0
    assert place.run("status", "--json").code == 0
    assert place.run("revert", f"lib/{name}").code == 0
    assert (place.sysroot / "lib" / name).read_bytes() == LIBZ
    assert place.run("revert").code == 0
    assert place.contents() == {**ORIGINALS, f"lib/{name}": LIBZ}


NEWER = ar(("libcrypto-lib-bss_log.o", elf("BIO_s_log", "?syslog")), ("newer.o", elf("newer")), index=(("newer", 1),))


def install(place: Place, data: bytes) -> None:
    """Replace a library as a build does."""
    path = place.sysroot / "lib/libcrypto.a"
    path.with_name("new").write_bytes(data)
    path.with_name("new").rename(path)


@pytest.fixture(params=["exchange", "rename"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "rename":
        monkeypatch.setattr(confined, "_renameat2", lambda: None)
    return str(request.param)


def before_exchange(action: Callable[[], None], calls: set[int], patch: pytest.MonkeyPatch) -> None:
    """Do something just before arfix exchanges the library, or tries to, for the first, second, ... time."""
    real = Folder.exchange
    count = 0

    def exchange(self: Folder, one: str, other: str) -> bool:
        nonlocal count
        if other == "libcrypto.a":
            count += 1
            if count in calls:
                action()
        return real(self, one, other)

    patch.setattr(Folder, "exchange", exchange)


@pytest.mark.usefixtures("way")
def test_what_a_build_installs_meanwhile_is_planned_again(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    before_exchange(lambda: install(place, NEWER), {1}, monkeypatch)
    ran = place.run("apply")
    assert ran.code == 0
    assert "another process changed the file meanwhile; planning again" in ran.stderr
    assert names(place.sysroot / "lib/libcrypto.a") == ["newer.o"]
    assert place.hidden() == []
    assert place.run("apply", "--check").code == 0
    assert place.run("revert").code == 0
    assert place.contents() == {**ORIGINALS, "lib/libcrypto.a": NEWER}


def test_the_newest_of_two_that_a_build_installs_stays(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """One comes before the files are exchanged, one before they are exchanged back."""
    versions = [LIBZ, NEWER]
    before_exchange(lambda: install(place, versions.pop(0)), {1, 2}, monkeypatch)
    assert place.run("apply").code == 0
    assert place.run("revert").code == 0
    assert place.contents() == {**ORIGINALS, "lib/libcrypto.a": NEWER}


def test_what_a_build_installs_again_and_again_is_left_alone(
    place: Place, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    versions = [NEWER, CRYPTO]
    calls = {1, 3} if way == "exchange" else {1, 2}
    before_exchange(lambda: install(place, versions.pop(0)), calls, monkeypatch)
    ran = place.run("apply")
    assert ran.code == 1
    assert "another process changed the file" in ran.stderr.splitlines()[-2]
    assert place.contents() == ORIGINALS
    assert place.hidden() == []
    assert not place.recipe.with_suffix(".lock").exists()
    assert not (place.sysroot / ".arfix").exists()


def test_a_stub_archive_that_somebody_else_makes_meanwhile_stays(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.recipe.write_text(
        STRIP + '[[stubs]]\npath = "lib/libs.a"\nlike = "lib/libz.a"\nsymbols = ["syslog"]\nreason = "x"\n'
    )
    theirs = place.sysroot / "lib/libs.a"
    real = Folder.link

    def link(self: Folder, old: str, other: Folder, new: str) -> None:
        if new == "libs.a":
            theirs.write_bytes(FFI)
        real(self, old, other, new)

    monkeypatch.setattr(Folder, "link", link)
    ran = place.run("apply")
    assert ran.code == 1
    assert "is there already, and is not what arfix made" in ran.stderr
    assert place.contents() == {**ORIGINALS, "lib/libs.a": FFI}


@pytest.mark.parametrize("like", ["lib/libcrypto.a", "lib/libfirst.a"])
def test_the_first_run_reaches_the_result(place: Place, like: str) -> None:
    """Stubs are made like what the recipe leaves: here the member that says "x86-64 with CET" goes."""
    place.recipe.write_text(
        STRIP
        + f'[[stubs]]\npath = "lib/libstubs.a"\nlike = "{like}"\nsymbols = ["syslog"]\nreason = "x"\n'
        + '[[stubs]]\npath = "lib/libfirst.a"\nlike = "lib/libcrypto.a"\nsymbols = ["openlog"]\nreason = "x"\n'
        + '[[archive]]\npath = "lib/libz.a"\nwhen = { exists = "lib/libfirst.a" }\n'
        + '[[archive.step]]\nindex = true\nreason = "x"\n'
    )
    assert place.run("apply").code == 0
    done, lock = place.contents(), place.recipe.with_suffix(".lock").read_bytes()
    assert place.run("apply", "--check").code == 0
    place.recipe.touch()
    assert place.run("apply").code == 0
    assert (place.contents(), place.recipe.with_suffix(".lock").read_bytes()) == (done, lock)
    place.recipe.with_suffix(".lock").unlink()
    assert place.run("apply").code == 0
    assert (place.contents(), place.recipe.with_suffix(".lock").read_bytes()) == (done, lock)


@pytest.mark.slow
def test_one_recipe_for_two_sysroots_at_once(tmp_path: Path) -> None:
    first = make_place(tmp_path)
    second = tmp_path / "second"
    shutil.copytree(first.sysroot, second)
    (second / "lib/libz.a").write_bytes(ar(("debug.o", elf("deflate", "?memcpy"))))
    for _ in range(4):
        command = [sys.executable, "-m", "arfix", "apply", str(first.recipe), "--sysroot"]
        runs = [
            subprocess.Popen([*command, root], cwd=ROOT, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL)
            for root in (first.sysroot, second)
        ]
        for ran in runs:
            assert ran.communicate()[1] == b""
            assert ran.returncode == 0
        for root in (first.sysroot, second):
            assert Place(root, first.recipe).run("revert").code == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["arfix.lock", "arfix.toml", "second", "sysroot"]


def test_a_file_that_cannot_be_replaced_leaves_all_as_it_was(place: Place, tmp_path: Path) -> None:
    """A bind mount, as containers have them: EBUSY."""
    target = place.sysroot / "lib/libffi.a"
    (tmp_path / "host.a").write_bytes(FFI)
    command = [need("mount"), "--bind", str(tmp_path / "host.a"), str(target)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        give_up("a bind mount is not permitted")
    try:
        for _ in range(2):
            ran = place.run("apply")
            assert ran.code == 2
            assert f"{target}: cannot write: Device or resource busy" in ran.stderr
            assert place.contents() == ORIGINALS
            assert place.hidden() == []
        assert place.run("status").code == 0
        assert place.run("revert").code == 0
    finally:
        subprocess.run(["umount", target], check=True)
    assert place.run("apply").code == 0


@pytest.mark.slow
@pytest.mark.parametrize("stream", ["stdout", "stderr"])
@pytest.mark.parametrize("how", ["full", "closed"])
@pytest.mark.parametrize("verb", ["apply", "apply again", "revert", "refused"])
def test_a_message_that_cannot_be_written_changes_nothing(place: Place, stream: str, how: str, verb: str) -> None:
    if verb != "apply":
        assert place.run("apply").code == 0
    if verb == "refused":
        place.recipe.write_text(STRIP.replace("bss_log.o", "none.o"))
    before = place.contents()
    number = {"stdout": 1, "stderr": 2}[stream]
    where = f"{number}>/dev/full" if how == "full" else f"{number}>&-"
    words = "revert" if verb == "revert" else f"apply {place.recipe}"
    command = f"{sys.executable} -m arfix {words} --sysroot {place.sysroot} {where}"
    ran = subprocess.run(["sh", "-c", command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert "Traceback" not in ran.stderr
    assert "internal" not in ran.stderr
    assert "Exception" not in ran.stderr
    match verb:
        case "apply":
            assert ran.returncode == 0
            assert place.contents() != ORIGINALS
        case "apply again":
            assert ran.returncode in ({0} if stream == "stderr" else {0, 2})
            assert place.contents() == before
        case "revert":
            assert ran.returncode == 0
            assert place.contents() == ORIGINALS
        case _:
            assert ran.returncode == 1
            assert place.contents() == before
