"""What a kill, a full disk or a refusal leaves: the next run finishes or undoes it, and no archive is ever half."""

from __future__ import annotations

import errno
import json
import os
import subprocess
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest

from arfix.archive import confined
from arfix.errors import AccessError, RecipeError
from arfix.recipe.state.folder import State
from arfix.recipe.state.journal import FileChange, Transaction, _Journal, recover
from arfix.recipe.state.lock import anchor_of
from tests.recipe.sysroots import LIBC, LIBZ, ORIGINALS, Place, make_place
from tests.tools import give_up, need

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path


def digest(data: bytes) -> str:
    return sha256(data).hexdigest()


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return make_place(tmp_path)


@pytest.fixture(scope="module")
def repaired(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    place = make_place(tmp_path_factory.mktemp("repaired"))
    assert place.run("apply").code == 0
    return place.contents()


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


def hold(place: Place) -> AbstractContextManager[State]:
    return State.hold(str(place.sysroot), wait=True, tell=lambda _: None)


def plant(place: Place, name: str, content: str) -> None:
    """Write what a sysroot could bring along, the lock included."""
    state = place.sysroot / ".arfix"
    (state / name).parent.mkdir(parents=True, exist_ok=True)
    (state / "lock").touch()
    (state / name).write_text(content)


def planted_move(*values: object) -> dict[str, object]:
    return dict(zip(("name", "before", "after", "new", "old"), values, strict=True))


def planted_journal(**changes: object) -> str:
    move = planted_move("lib/libz.a", digest(LIBZ), digest(b"evil"), ".evil.tmp", ".evil.old")
    document = {"version": 3, "anchor": "1", "state": "commit", "moves": [move], "originals": []}
    return json.dumps({**document, **changes})


@pytest.mark.parametrize("state", ["staging", "commit", "back", "x"])
@pytest.mark.parametrize("verb", ["apply", "revert"])
def test_a_journal_that_came_with_the_sysroot_changes_nothing(place: Place, state: str, verb: str) -> None:
    (place.sysroot / "lib/.evil.tmp").write_bytes(b"evil")
    (place.sysroot / "lib/.evil.old").write_bytes(b"kept")
    plant(place, "journal", planted_journal(state=state))
    ran = place.run(verb)
    assert ran.code == 2
    assert "journal: not written by an arfix that ran here" in ran.stderr
    assert place.contents() == ORIGINALS
    assert place.hidden() == [".evil.old", ".evil.tmp"]
    ran = place.run("status")
    assert ran.code == 1
    assert "was interrupted" in ran.stderr


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "not JSON"),
        ("[]", "the root is an empty list, expected an object"),
        ("{}", "not written by an arfix that ran here"),
        ("[" * 100_000, "not JSON: nested too deep"),
        ('{"a": ' * 100_000, "not JSON: nested too deep"),
        ("1" * 5000, "not JSON"),
        (planted_journal(anchor=None), "not written by an arfix that ran here"),
    ],
    ids=range(7),
)
def test_a_damaged_journal_is_an_error(place: Place, text: str, reason: str) -> None:
    plant(place, "journal", text)
    ran = place.run("apply")
    assert ran.code == 2
    assert f"journal: {reason}" in ran.stderr
    assert len(ran.stderr.splitlines()) == 2
    assert place.contents() == ORIGINALS


@pytest.mark.parametrize("name", ["../victim", "/etc/passwd", "out/victim", "lib/../../victim", "a\0b", "\ud800", 7])
def test_a_journal_never_leads_out(place: Place, name: object) -> None:
    """Not even one that this arfix seems to have written."""
    victim = place.sysroot.parent / "victim"
    victim.write_text("mine")
    (place.sysroot / "out").symlink_to(place.sysroot.parent)
    with hold(place) as state:
        anchor = anchor_of(state._held_folder())
        for row in (
            [name, digest(b"mine"), "", ".a.tmp", ".a.old"],
            [name, digest(b"mine"), digest(b"evil"), ".a.tmp", ".a.old"],
            ["lib/libz.a", "", "", name, ".a.old"],
        ):
            (place.sysroot / ".arfix" / "journal").write_text(
                planted_journal(anchor=anchor, moves=[planted_move(*row)])
            )
            with pytest.raises((RecipeError, AccessError)):
                recover(state.tree, state._held_folder())
        (place.sysroot / ".arfix" / "journal").unlink()
    assert victim.read_text() == "mine"


@pytest.mark.parametrize("content", ["", "FIFO", "sparse", "[" * 100_000, '{"version":2}', "\0", "folder"])
@pytest.mark.parametrize("name", ["state.json", "journal", "stamp", "lock", "../../arfix.lock"])
def test_files_of_any_kind_in_place_of_ours(place: Place, name: str, content: str) -> None:
    path = place.sysroot / ".arfix" / name
    (place.sysroot / ".arfix").mkdir()
    if content == "FIFO":
        os.mkfifo(path)
    elif content == "folder":
        path.mkdir()
    else:
        path.write_text("" if content == "sparse" else content)
        os.truncate(path, 20 << 30 if content == "sparse" else len(content))
    for verb in ("apply", "status", "revert"):
        options: tuple[str | Path, ...] = ("--recipe", place.recipe) if verb == "revert" else ()
        ran = place.run(verb, *options)
        assert ran.code in {0, 1, 2}
        assert len(ran.stderr.splitlines()) <= 2 + (verb == "status")
        assert "internal" not in ran.stderr


@pytest.mark.parametrize("name", ["\ud800", "../libz.a", "a\0b", "/etc/passwd", ""])
def test_a_state_with_names_that_no_file_has(place: Place, name: str) -> None:
    entry = {"input": "x", "output": "y", "steps": [], "also": []}
    for files in ({name: entry}, {"lib/libz.a": {**entry, "also": [name]}}):
        plant(place, "state.json", json.dumps({"version": 2, "anchor": "", "files": files}))
        for verb in ("apply", "status", "revert"):
            ran = place.run(verb)
            assert ran.code == 2
            assert "state.json" in ran.stderr


def test_a_transaction_that_is_stopped_goes_forward_or_back(place: Place) -> None:
    target = place.sysroot / "lib/libz.a"
    changes = [
        FileChange("lib/libz.a", digest(LIBZ), digest(b"new"), [b"new"]),
        FileChange("lib/libc.a", digest(LIBC), ""),
        FileChange("lib/made.a", "", digest(b"made"), [b"made"]),
    ]

    class Stopped(Exception):  # noqa: N818 (as a kill: nothing is undone)
        pass

    for at, wanted in (("staging", "undone"), ("commit", "finished")):
        with hold(place) as state, pytest.MonkeyPatch.context() as patched:
            real = _Journal.write

            def write(self: _Journal, said: str, at: str = at, real: Callable[..., None] = real) -> None:
                real(self, said)
                if said == at and at == "commit":
                    raise Stopped

            patched.setattr(_Journal, "write", write)
            patched.setattr(_Journal, "go_back", lambda self: None)  # noqa: ARG005 (the process is gone)
            if at == "staging":
                patched.setattr(Transaction, "_stage", _raise(Stopped))
            with pytest.raises(Stopped):
                Transaction(state.tree, state._held_folder(), changes).run(lambda: None)
        assert place.contents() == ORIGINALS
        told: list[str] = []
        with State.hold(str(place.sysroot), wait=True, tell=told.append):
            assert told == [f"a run that was stopped is {wanted}"]
        assert place.hidden() == []
    assert target.read_bytes() == b"new"
    assert not (place.sysroot / "lib/libc.a").exists()
    assert (place.sysroot / "lib/made.a").read_bytes() == b"made"


def _raise(kind: type[Exception]) -> Callable[..., None]:
    def call(*_: object) -> None:
        raise kind

    return call


@pytest.mark.parametrize("exchange", [True, False])
@pytest.mark.parametrize("with_directory_calls", [True, False])
def test_the_same_without_calls_of_linux(
    place: Place,
    repaired: dict[str, bytes],
    monkeypatch: pytest.MonkeyPatch,
    *,
    exchange: bool,
    with_directory_calls: bool,
) -> None:
    if not exchange:
        monkeypatch.setattr(confined, "_renameat2", lambda: None)
    if not with_directory_calls:
        monkeypatch.setattr(confined, "HAS_DIRECTORY_CALLS", False)
        monkeypatch.delattr(os, "link")
    assert place.run("apply").code == 0
    assert place.contents() == repaired
    assert place.hidden() == []
    assert place.run("apply").code == 0
    assert place.run("revert").code == 0
    assert place.contents() == ORIGINALS
    assert not (place.sysroot / ".arfix").exists()


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


def test_an_original_that_was_planted_is_not_believed(place: Place) -> None:
    planted = place.sysroot / ".arfix" / "originals" / digest(LIBZ)
    planted.parent.mkdir(parents=True)
    planted.write_bytes(b"planted")
    assert place.run("apply").code == 0
    assert place.run("revert").code == 0
    assert place.contents() == ORIGINALS


def test_one_at_a_time(place: Place) -> None:
    with hold(place):
        ran = place.run("apply", "--no-wait")
        assert ran.code == 1
        assert "another arfix is at work here" in ran.stderr
        assert place.contents() == ORIGINALS
    assert place.run("apply", "--no-wait").code == 0
