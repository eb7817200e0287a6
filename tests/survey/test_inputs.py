from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from arfix.errors import AccessError
from arfix.survey.inputs import find_inputs, is_remote
from tests.survey.samples import write

if TYPE_CHECKING:
    from pathlib import Path


def test_a_folder_gives_archives_and_packages_each_once(tmp_path: Path) -> None:
    write(tmp_path, {"a/libx.a": b"1", "a/x.deb": b"2", "a/x.txt": b"3", "b.TAR.XZ": b"4", "c/lib.a/README": b"5"})
    (tmp_path / "a/link.a").symlink_to("libx.a")
    (tmp_path / "a/loop").symlink_to(tmp_path)
    found = list(find_inputs([str(tmp_path), str(tmp_path / "a")]))
    assert [one.path for one in found] == ["b.TAR.XZ", "a/libx.a", "a/x.deb"]
    assert [one.is_package for one in found] == [True, False, True]
    assert found[2].source == str(tmp_path / "a/x.deb")
    assert found[1].source == str(tmp_path)


def test_a_file_by_itself_is_taken_whatever_its_name(tmp_path: Path) -> None:
    write(tmp_path, {"library": b"!<arch>\n"})
    (found,) = find_inputs([str(tmp_path / "library")])
    assert (found.path, found.size, found.is_package) == ("library", 8, False)


def test_what_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(AccessError, match="No such file"):
        list(find_inputs([str(tmp_path / "missing")]))
    with pytest.raises(AccessError, match="no such file or folder"):
        list(find_inputs(["memory://missing"]))


@pytest.mark.parametrize(
    ("path", "remote"), [("s3://b/x", True), ("C:\\x", False), ("/a://b", False), ("x://y", False), ("gs://b", True)]
)
def test_urls(path: str, remote: bool) -> None:  # noqa: FBT001
    assert is_remote(path) is remote
