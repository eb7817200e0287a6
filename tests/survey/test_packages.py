from __future__ import annotations

import hashlib
import io
import lzma
import tarfile
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arfix.archive.source import BytesSource
from arfix.errors import ArfixError, Where
from arfix.survey import packages, survey
from arfix.survey.packages import MappedSource, read_package
from arfix.survey.query import ask
from tests.survey.samples import LIBRARIES, LOG, PACKAGES, InThread, deb, tar, zipped

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def contents(data: bytes) -> dict[str, bytes]:
    where = Where("package")
    found = {}
    for file in read_package(BytesSource(where, memoryview(data)), where):
        found[file.path] = bytes(file.source.view)
        assert file.hash == hashlib.sha256(file.source.view).hexdigest()
    return found


@pytest.mark.parametrize("name", PACKAGES)
def test_every_kind_of_package_gives_the_bytes_of_its_archives(name: str) -> None:
    assert contents(PACKAGES[name]) == dict(LIBRARIES)


@pytest.mark.parametrize("name", ["x_1_amd64.deb", "x.tar.gz", "x.zip", "x-1.conda", "x-1.rpm", "z_1_amd64.deb"])
def test_a_large_file_is_mapped_and_not_held_in_memory(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "IN_MEMORY", 100)
    where = Where("package")
    kinds = [type(one.source) for one in read_package(BytesSource(where, memoryview(PACKAGES[name])), where)]
    assert kinds == [MappedSource] * len(LIBRARIES)
    assert contents(PACKAGES[name]) == dict(LIBRARIES)


def test_a_hard_link_is_another_place_of_an_archive(tmp_path: Path) -> None:
    (tmp_path / "one.a").write_bytes(LOG)
    (tmp_path / "two.a").hardlink_to(tmp_path / "one.a")
    with tarfile.open(tmp_path / "x.tar", "w") as opened:
        opened.add(tmp_path / "one.a", "./usr/one.a")
        opened.add(tmp_path / "two.a", "./usr/two.a")
    survey([str(tmp_path / "x.tar")], str(tmp_path / "out"), executor=InThread())
    sql = "SELECT path, kind, size, defined FROM archives ORDER BY path"
    found = ask(str(tmp_path / "out"), "sql", [sql]).to_pylist()
    assert [row["path"] for row in found] == ["usr/one.a", "usr/two.a"]
    assert {(row["kind"], row["size"], row["defined"]) for row in found} == {("gnu", len(LOG), 3)}


@pytest.mark.parametrize("name", PACKAGES)
@pytest.mark.parametrize("cut", [1, 100, 400])
def test_a_package_that_is_cut_short_is_an_error_or_gives_right_bytes(name: str, cut: int) -> None:
    data = PACKAGES[name][:-cut]
    where = Where("package")
    try:
        for file in read_package(BytesSource(where, memoryview(data)), where):
            assert bytes(file.source.view) == LIBRARIES[file.path]
    except ArfixError as error:
        assert "package" in str(error)  # noqa: PT017 (only some cuts are errors)


@pytest.mark.parametrize(
    "data", [b"", b"text\n", b"!<arch>\ndebian-binary", b"PK\3\4", b"\xed\xab\xee\xdb", b"\x1f\x8b"]
)
def test_what_is_no_package_is_an_error(data: bytes) -> None:
    with pytest.raises(ArfixError):
        contents(data)


def test_a_compressed_file_without_a_tar_inside_is_an_error() -> None:
    with pytest.raises(ArfixError):
        contents(lzma.compress(b"no tar file" * 100))


def test_a_limit_holds_what_a_package_may_unpack_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "MOST_OF_A_FILE", 1000)
    with pytest.raises(ArfixError, match="more than 1,000 bytes"):
        contents(deb({"usr/lib/libbomb.a": bytes(5000)}))
    monkeypatch.setattr(packages, "MOST_OF_A_PACKAGE", 2000)
    with pytest.raises(ArfixError, match="more than 2,000 bytes"):
        contents(lzma.compress(tar({"usr/share/bomb": bytes(5000)})))


@pytest.mark.slow
@given(st.sampled_from(sorted(PACKAGES)), st.data())
def test_changed_bytes_never_crash(name: str, data: st.DataObject) -> None:
    changed = bytearray(PACKAGES[name])
    for _ in range(data.draw(st.integers(1, 4))):
        changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    with suppress(ArfixError):
        contents(bytes(changed))


def test_names_are_data() -> None:
    files: Mapping[str, bytes] = {"../../etc/lib\x1b[31m.a": b"!<arch>\n"}
    assert list(contents(zipped(files))) == ["../../etc/lib\x1b[31m.a"]


def test_nothing_is_left_in_the_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "IN_MEMORY", 100)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    where = Where("package")
    for file in read_package(BytesSource(where, memoryview(PACKAGES["x.zip"])), where):
        assert list(tmp_path.iterdir()) == []
        assert io.BytesIO(file.source.view).read(8) == b"!<arch>\n"
