from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import pytest

from arfix.archive.oddity import OddityKind
from arfix.archive.read import read_archive
from arfix.archive.source import BytesSource
from arfix.errors import AccessError, ArfixError, FormatError, Where
from tests.archive.literal import THIN, archive, field_header, stored
from tests.tools import need, output_of

if TYPE_CHECKING:
    from pathlib import Path

    from arfix.archive.model import Archive
    from arfix.archive.source import Source

HERE = Where("dir/t.a")


class Folder:
    """The files beside an archive; remembers which were opened and whether each was closed."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self.files = files
        self.opened: list[str] = []
        self.closed = 0

    def open(self, path: str, _size: int | None = None) -> Source:
        self.opened.append(path)
        if path not in self.files:
            raise AccessError("no such file", where=Where(path))
        return Closable(self, BytesSource(Where(path), memoryview(self.files[path])))


class Closable:
    descriptor = 99

    def __init__(self, folder: Folder, source: BytesSource) -> None:
        self.where, self.view, self._folder = source.where, source.view, folder

    def read(self, offset: int, size: int) -> bytes:
        return bytes(self.view[offset : offset + size])

    def forget(self) -> None:
        raise NotImplementedError

    def close(self) -> None:
        self._folder.closed += 1


def thin(table: bytes, *members: tuple[bytes, int]) -> bytes:
    front = stored(b"//", table)
    return archive(front, *(field_header(name, size) for name, size in members), magic=THIN)


def read_thin(data: bytes, files: dict[str, bytes]) -> tuple[Archive, Folder]:
    folder = Folder(files)
    return read_archive(BytesSource(HERE, memoryview(data)), HERE, open_beside=folder.open), folder


def test_members_are_opened_when_their_bytes_are_asked_for() -> None:
    data = thin(b"a.o/\nsub/b.o/\n", (b"/0", 5), (b"/5", 3))
    found, folder = read_thin(data, {"a.o": b"first", "sub/b.o": b"odd"})
    assert [(member.name, member.thin_path, member.size) for member in found] == [
        ("a.o", "a.o", 5),
        ("sub/b.o", "sub/b.o", 3),
    ]
    assert folder.opened == []
    assert [bytes(member.data) for member in found] == [b"first", b"odd"]
    assert found.members[0].content.source.descriptor == 99
    assert folder.opened == ["a.o", "sub/b.o"]
    found.close()
    found.close()
    assert folder.closed == 2


def test_an_index_and_sizes_of_absent_data_do_not_shift_offsets() -> None:
    names = b"f\0g\0"
    start = 8 + 60 + 16 + 60 + 6
    index = stored(b"/", struct.pack(">3I", 2, start, start + 60) + names)
    data = archive(index, stored(b"//", b"a/\nb/\n"), field_header(b"/0", 999), field_header(b"/3", 7), magic=THIN)
    found, _ = read_thin(data, {})
    assert found.index is not None
    assert list(found.index) == [("f", 0), ("g", 1)]
    assert found.oddities == ()


def test_gnu_ars_stray_slash_in_byte_15_means_nothing() -> None:
    found, _ = read_thin(thin(b"fifteenchars_.o/\n\n", (b"/0             /", 1)), {})
    assert [member.name for member in found] == ["fifteenchars_.o"]


def test_a_short_name_in_a_thin_archive_is_a_path_too() -> None:
    found, _ = read_thin(archive(field_header(b"a.o/", 5), magic=THIN), {"a.o": b"first"})
    assert bytes(found.members[0].data) == b"first"


INNER = archive(stored(b"//", b"a-name-of-20-chars.o/\n"), stored(b"/0", b"first"), stored(b"b.o/", b"second"))


def test_a_nested_member_is_found_by_its_origin() -> None:
    data = thin(b"sub/inner.a/\n\n", (b"/0:90", 5), (b"/0:156", 6))
    found, folder = read_thin(data, {"sub/inner.a": INNER})
    assert [(member.name, member.thin_path, member.thin_origin) for member in found] == [
        ("a-name-of-20-chars.o", "sub/inner.a", 90),
        ("b.o", "sub/inner.a", 156),
    ]
    assert [bytes(member.data) for member in found] == [b"first", b"second"]
    assert folder.opened == ["sub/inner.a"]


@pytest.mark.parametrize(
    ("files", "expected", "said"),
    [
        ({}, AccessError, "no such file"),
        ({"inner.a": b"text\n"}, FormatError, "not an archive but text"),
        ({"inner.a": INNER + bytes(60)}, FormatError, "no member header"),
        ({"inner.a": archive(stored(b"b.o/", b"second"))}, FormatError, "no member header at the origin"),
    ],
)
def test_a_nested_member_out_of_reach_is_listed_and_raises_later(
    files: dict[str, bytes], expected: type[ArfixError], said: str
) -> None:
    found, folder = read_thin(thin(b"inner.a/\n", (b"/0:90", 5), (b"/0:156", 6)), files)
    assert [(member.name, member.size) for member in found] == [("inner.a", 5), ("inner.a", 6)]
    for member in found:
        with pytest.raises(expected, match=said):
            member.data  # noqa: B018 (looking is what raises)
    assert folder.opened == ["inner.a"]
    found.close()


def test_a_missing_file_is_listed_and_raises_later() -> None:
    found, _ = read_thin(thin(b"gone.o/\n", (b"/0", 5)), {})
    assert found.members[0].size == 5
    with pytest.raises(AccessError, match="no such file"):
        found.members[0].data  # noqa: B018


def test_a_file_that_changed_size_is_refused() -> None:
    found, _ = read_thin(thin(b"a.o/\n\n", (b"/0", 5)), {"a.o": b"longer than it was"})
    with pytest.raises(FormatError, match="the file beside the archive has 18 bytes, but the archive says 5") as caught:
        found.members[0].data  # noqa: B018
    assert caught.value.hint is not None
    assert caught.value.where == Where("dir/t.a", ("a.o",))


def test_bytes_alone_say_where_the_members_are() -> None:
    found = read_archive(BytesSource(HERE, memoryview(thin(b"a.o/\ni.a/\n", (b"/0", 5), (b"/5:8", 5)))), HERE)
    for member in found:
        with pytest.raises(AccessError, match="given as bytes"):
            member.data  # noqa: B018


def test_an_archive_that_lists_itself_is_only_read_once() -> None:
    data = thin(b"t.a/\n\n", (b"/0", 0), (b"/0:8", 0), (b"/0:74", 0))
    found, folder = read_thin(data, {"t.a": data})
    assert [member.name for member in found] == ["t.a", "t.a", "t.a"]
    assert folder.opened == ["t.a"]


@pytest.mark.parametrize("path", ["../../etc/passwd", "/etc/passwd", "", "a\0b"])
def test_a_path_is_passed_on_as_stored(path: str) -> None:
    found, folder = read_thin(thin(path.encode() + b"/\n\n", (b"/0", 5)), {})
    with pytest.raises(AccessError):
        found.members[0].data  # noqa: B018
    assert folder.opened == [path.partition("\0")[0]]


def test_a_thin_archive_has_its_own_oddities() -> None:
    found, _ = read_thin(thin(b"a.o/\n\n", (b"/0", 5)) + b"!", {})
    assert [oddity.kind for oddity in found.oddities] == [OddityKind.TRAILING_BYTES]


def test_a_bsd_name_has_no_place_in_a_thin_archive() -> None:
    with pytest.raises(FormatError, match="a BSD name in a thin archive"):
        read_thin(archive(field_header(b"#1/4", 8), magic=THIN) + b"a.o\0data", {})


def test_a_name_that_begins_with_a_blank_is_a_path() -> None:
    found, _ = read_thin(archive(field_header(b" a.o/", 5), magic=THIN), {" a.o": b"first"})
    assert bytes(found.members[0].data) == b"first"


def test_maps_have_their_data_in_the_archive() -> None:
    data = archive(stored(b"/<ECSYMBOLS>/", b"map!"), field_header(b"a.o/", 5), magic=THIN)
    found, _ = read_thin(data, {})
    assert ([bytes(extra.data) for extra in found.extras], len(found)) == ([b"map!"], 1)
    with pytest.raises(FormatError, match="only 4 are left"):
        read_thin(archive(field_header(b"/<ECSYMBOLS>/", 5) + b"map!", magic=THIN), {})


@pytest.mark.oracle
def test_thin_archives_of_gnu_ar(tmp_path: Path) -> None:
    """One with paths, nested regular archives, a nested thin one, and a name of 15 bytes."""
    files = {"a.o": b"first", "sub/c.o": b"second!", "fifteenchars_.o": b"15", "b-name-of-20-chars.o": b"long"}
    (tmp_path / "sub").mkdir()
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    ar = need("ar")
    output_of(ar, "rc", "inner.a", "b-name-of-20-chars.o", "sub/c.o", cwd=tmp_path)
    output_of(ar, "rc", "sub/other.a", "a.o", cwd=tmp_path)
    output_of(ar, "rcT", "nested-thin.a", "a.o", cwd=tmp_path)
    parts = ("a.o", "sub/c.o", "inner.a", "sub/other.a", "nested-thin.a", "fifteenchars_.o")
    output_of(ar, "rcT", "t.a", *parts, cwd=tmp_path)
    folder = Folder(
        {str(path.relative_to(tmp_path)): path.read_bytes() for path in tmp_path.rglob("*.*") if path.is_file()}
    )
    found = read_archive(BytesSource(HERE, memoryview(folder.files["t.a"])), HERE, open_beside=folder.open)
    assert "".join(f"{member.name}\n" for member in found) == output_of(ar, "t", "t.a", cwd=tmp_path)
    assert b"".join(member.data for member in found) == output_of(ar, "p", "t.a", cwd=tmp_path).encode()
    assert found.oddities == ()
