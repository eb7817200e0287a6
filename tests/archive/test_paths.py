"""Questions about paths: what is not there is an answer, and a disk that fails is an error."""

from __future__ import annotations

import errno
import os
import sys
from typing import TYPE_CHECKING

import pytest

from arfix.archive.paths import is_file, is_folder, names_in, real_path, status_of, system_fails
from arfix.errors import AccessError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

posix = pytest.mark.skipif(sys.platform == "win32", reason="needs links")


def test_what_is_there_and_what_is_not(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x")
    assert is_file(tmp_path / "file")
    assert not is_folder(tmp_path / "file")
    assert is_folder(tmp_path)
    assert names_in(str(tmp_path)) == ["file"]
    for nothing in ("none", "file/below", "none/below", "a\0b", "n" * 300):
        assert status_of(tmp_path / nothing) is None
        assert not is_file(tmp_path / nothing)
        assert not is_folder(tmp_path / nothing)
    assert names_in(str(tmp_path / "none")) == []


@posix
def test_links_are_followed_as_the_system_does(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "up").symlink_to("../a/b/..")
    (tmp_path / "absolute").symlink_to(tmp_path / "a")
    (tmp_path / "dangling").symlink_to("none/below")
    (tmp_path / "loop").symlink_to("loop")
    for path in ("a/up/b", "absolute/b/../up", "dangling", "a/./b//", "none/../a", "absolute/none", "."):
        assert real_path(tmp_path / path) == os.path.realpath(tmp_path / path)
    assert status_of(tmp_path / "loop") is None
    assert status_of(tmp_path / "loop", follow=False) is not None
    assert real_path(tmp_path / "loop") == str(tmp_path / "loop")


@posix
@pytest.mark.parametrize("call", ["stat", "readlink", "scandir"])
def test_a_failing_disk_is_an_error(call: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(path: str, **_: object) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO), path)

    asked: dict[str, Callable[[], object]] = {
        "stat": lambda: is_file(tmp_path / "x"),
        "readlink": lambda: real_path(tmp_path),
        "scandir": lambda: names_in(str(tmp_path)),
    }
    monkeypatch.setattr(os, call, fail)
    with pytest.raises(AccessError, match=os.strerror(errno.EIO)) as caught:
        asked[call]()
    monkeypatch.undo()
    assert system_fails(caught.value)
