"""What is rendered after an edit is what GNU ar in deterministic mode writes, byte for byte."""

from __future__ import annotations

import os
import struct
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from arfix.archive.files import open_archive, save
from arfix.archive.layout import lay_out
from arfix.archive.model import Kind
from arfix.archive.source import Extent
from arfix.archive.write import write_archive
from tests.archive.edited import rewritten, without
from tests.archive.literal import archive, field_header
from tests.elf_builder import elf
from tests.tools import need, output_of

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.oracle

#: Names at every limit of the name field, data of odd and even size, members with and without symbols.
FILES = {
    "a.o": elf("alpha", "beta"),
    "fifteen_chars.o": elf("gamma"),
    "sixteen_chars_.o": elf("delta", "?external"),
    "a_much_longer_name_than_fits.o": elf("epsilon") + b"\0",
    "text.txt": b"odd",
    "empty": b"",
    "name with blanks.o": elf("zeta"),
    "ümlaut_in_a_long_name.o": elf("eta", "ünicode"),
    "none.o": elf("?only_needs"),
    "z.o": elf("omega"),
}
SETS = {
    "all": tuple(FILES),
    "short names": ("a.o", "z.o", "text.txt"),
    "long names": ("a_much_longer_name_than_fits.o", "sixteen_chars_.o", "name with blanks.o"),
    "no symbols": ("none.o", "empty"),
    "one": ("a.o",),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files to archive, and some of them again in a folder of their own."""
    made = tmp_path_factory.mktemp("gnu")
    for place in (made, made / "sub"):
        place.mkdir(exist_ok=True)
        for name, data in FILES.items():
            (place / name).write_bytes(data)
    return made


def made_by_ar(folder: Path, options: str, *names: str) -> Path:
    path = folder / "made.a"
    path.unlink(missing_ok=True)
    output_of(need("ar"), options, path.name, *names, cwd=folder)
    return path


def after_ar(folder: Path, path: Path, options: str, *names: str) -> bytes:
    copy = folder / "copy.a"
    copy.write_bytes(path.read_bytes())
    output_of(need("ar"), options, copy.name, *names, cwd=folder)
    return copy.read_bytes()


@pytest.mark.parametrize("options", ["rcsD", "rcSD", "rcsDT"])
@pytest.mark.parametrize("names", SETS.values(), ids=SETS.keys())
def test_rendered_anew_it_is_what_ar_wrote(folder: Path, options: str, names: tuple[str, ...]) -> None:
    path = made_by_ar(folder, options, *names)
    with open_archive(path) as opened:
        assert opened.thin == ("T" in options)
        assert write_archive(opened) == path.read_bytes()
        assert write_archive(rewritten(opened)) == path.read_bytes()


@pytest.mark.parametrize(("make", "drop"), [("rcsD", "dD"), ("rcSD", "dSD"), ("rcsDT", "dDP")])
@pytest.mark.parametrize("name", FILES)
def test_without_a_member_it_is_what_ar_leaves(folder: Path, make: str, drop: str, name: str) -> None:
    path = made_by_ar(folder, make, *FILES)
    with open_archive(path) as opened:
        assert write_archive(without(opened, list(FILES).index(name))) == after_ar(folder, path, drop, name)


def test_without_its_last_member_it_has_no_index(folder: Path) -> None:
    path = made_by_ar(folder, "rcsD", "a.o")
    with open_archive(path) as opened:
        assert write_archive(without(opened, 0)) == after_ar(folder, path, "dD", "a.o") == b"!<arch>\n"


def test_members_with_one_name_are_told_apart(folder: Path) -> None:
    path = made_by_ar(folder, "qcsD", "a.o", "z.o", "a.o", "a_much_longer_name_than_fits.o", "a.o")
    copy = folder / "copy.a"
    with open_archive(path) as opened:
        assert write_archive(rewritten(opened)) == path.read_bytes()
        for count, position in ((1, 0), (2, 2), (3, 4)):
            copy.write_bytes(path.read_bytes())
            output_of(need("ar"), "dDN", str(count), copy, "a.o")
            assert write_archive(without(opened, position)) == copy.read_bytes()


def test_equal_long_names_are_stored_twice(folder: Path) -> None:
    path = made_by_ar(folder, "qcsD", "sixteen_chars_.o", "a.o", "sixteen_chars_.o")
    with open_archive(path) as opened:
        assert write_archive(rewritten(opened)) == path.read_bytes()


def test_paths_kept_with_p_stay(folder: Path) -> None:
    path = made_by_ar(folder, "rcsDP", "sub/a.o", "sub/sixteen_chars_.o", "z.o")
    with open_archive(path) as opened:
        assert write_archive(rewritten(opened)) == path.read_bytes()
        assert write_archive(without(opened, 2)) == after_ar(folder, path, "dDP", "z.o")


def test_headers_that_are_not_deterministic_stay(folder: Path) -> None:
    os.utime(folder / "z.o", (1_600_000_000, 1_600_000_000))
    path = made_by_ar(folder, "rcsU", "a.o", "z.o", "sixteen_chars_.o")
    with open_archive(path) as opened:
        assert opened.members[1].date == 1_600_000_000
        assert write_archive(without(opened, 0)) == after_ar(folder, path, "dD", "a.o")


def test_thin_members_of_nested_archives_keep_their_origin(folder: Path) -> None:
    output_of(need("ar"), "rcsD", "inner.a", "sub/a.o", "sub/sixteen_chars_.o", "sub/text.txt", cwd=folder)
    path = made_by_ar(folder, "qcsDT", "fifteen_chars.o", "inner.a", "sub/z.o", "none.o")
    with open_archive(path) as opened:
        assert [member.thin_origin is not None for member in opened] == [False, True, True, True, False, False]
        assert write_archive(rewritten(opened)) == path.read_bytes()
        for position, name in enumerate(("fifteen_chars.o", "a.o", "sixteen_chars_.o", "text.txt", "sub/z.o")):
            assert write_archive(without(opened, position)) == after_ar(folder, path, "dDP", name)


def test_an_edited_thin_archive_is_read_by_the_tools(folder: Path) -> None:
    path = made_by_ar(folder, "rcsDT", "a.o", "sub/z.o", "sixteen_chars_.o")
    with open_archive(path) as opened:
        save(without(opened, 0), folder / "saved.a")
    assert output_of(need("ar"), "t", "saved.a", cwd=folder).splitlines() == ["sub/z.o", "sixteen_chars_.o"]
    assert "omega in sub/z.o" in output_of(need("nm"), "-s", "saved.a", cwd=folder)


def sparse_archive(path: Path, *members: tuple[str, bytes | int], index: tuple[tuple[str, int], ...]) -> None:
    """Write an archive whose members are bytes, or a hole of so many bytes; the index gives (symbol, member)."""
    names = b"".join(name.encode() + b"\0" for name, _ in index)
    size = 8 * (1 + len(index)) + len(names)
    size += -size % 8
    offsets, at = [], 68 + size
    for _, data in members:
        offsets.append(at)
        length = data if isinstance(data, int) else len(data)
        at += 60 + length + length % 2
    numbers = struct.pack(f">{1 + len(index)}Q", len(index), *(offsets[member] for _, member in index))
    with path.open("wb") as file:
        file.write(archive(field_header(b"/SYM64/", size, mode=b"0"), (numbers + names).ljust(size, b"\0")))
        for (name, data), offset in zip(members, offsets, strict=True):
            file.seek(offset)
            length = data if isinstance(data, int) else len(data)
            file.write(field_header(name.encode() + b"/", length))
            if isinstance(data, int):
                file.seek(data, os.SEEK_CUR)
            else:
                file.write(data)
            file.write(b"\n" * (length % 2))


#: Puts the next header past 4 GiB.
HOLE = 0x1_0000_0001


def test_past_4_gib_the_index_has_64_bits_if_a_symbol_is_there(tmp_path: Path) -> None:
    # GNU ar 2.40 was seen to write these two archives so, but for the date of /SYM64/: the time of day, even with D.
    made = tmp_path / "made.a"
    index = (("low", 0), ("high", 2))
    sparse_archive(made, ("k.o", elf("low")), ("big", HOLE), ("l.o", elf("high")), index=index)
    with open_archive(made) as opened:
        assert opened.kind is Kind.GNU64
        as_gnu = replace(rewritten(opened), kind=Kind.GNU)
        layout = lay_out(as_gnu)
        assert layout.kind is Kind.GNU64
        assert lay_out(replace(without(opened, 2), kind=Kind.GNU)).kind is Kind.GNU
        head, rest = layout.chunks
        assert isinstance(head, bytes)
        assert isinstance(rest, Extent)
        with made.open("rb") as file:
            assert file.read(len(head)) == head
        assert (rest.offset, rest.size) == (len(head), made.stat().st_size - len(head))


def test_an_archive_past_4_gib_is_read_by_the_tools(tmp_path: Path) -> None:
    made = tmp_path / "made.a"
    sparse_archive(made, ("k.o", elf("low")), ("big", HOLE), ("l.o", elf("high")), index=(("low", 0), ("high", 2)))
    assert "high in l.o" in output_of(need("nm"), "-s", made, check=False)
    assert output_of(need("ar"), "t", made).split() == ["k.o", "big", "l.o"]
    assert "high in l.o" in output_of(need("llvm-nm-19", "llvm-nm-14", "llvm-nm"), "-M", made, check=False)
