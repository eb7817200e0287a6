from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from arfix.archive.files import open_archive, opener_beside
from arfix.archive.model import Archive, Kind
from arfix.archive.read import read
from arfix.edits.gathered_members import GatheredArchive, empty_like, gather
from arfix.edits.nested_archives import outermost
from arfix.errors import FormatError, UnsupportedError, Where
from tests.ar_builder import ar
from tests.archive.literal import field_header
from tests.elf_builder import elf

if TYPE_CHECKING:
    from pathlib import Path

CUT = b"BC\xc0\xde" + bytes(8)  # bytecode that ends where its symbols should be


def gathered(data: bytes, kind: Kind = Kind.GNU) -> GatheredArchive:
    return gather(outermost(read(data)), kind)


def test_members_of_nested_archives_stand_in_their_place() -> None:
    deep = ar(("deep.o", elf("deep")))
    inner = ar(("x.o", elf("one")), ("deep.a", deep), ("x.o", elf("two")))
    found = gathered(ar(("a.o", elf("a")), ("n.a", inner), ("empty.a", ar()), ("z.o", elf("z"))))
    assert [str(one.origin) for one in found.members] == [
        "<bytes>(a.o)",
        "<bytes>(n.a(x.o))",
        "<bytes>(n.a(deep.a(deep.o)))",
        "<bytes>(n.a(x.o#2))",
        "<bytes>(z.o)",
    ]
    assert [one.entries for one in found.members] == [("a",), ("one",), ("deep",), ("two",), ("z",)]
    assert [str(place) for place in found.nested] == ["<bytes>(n.a)", "<bytes>(n.a(deep.a))", "<bytes>(empty.a)"]


def test_a_damaged_nested_archive_stops_it() -> None:
    with pytest.raises(FormatError, match=r"n\.a"):
        gathered(ar(("n.a", ar(("a.o", elf("a")))[:-1] + b"x" * 70)))


def test_entries_of_what_cannot_be_read_come_from_its_index() -> None:
    data = ar(("w.o", CUT), ("v.o", CUT), index=(("w1", 0), ("w2", 0)))
    assert [one.entries for one in gathered(data).members] == [("w1", "w2"), None]
    assert [one.symbols for one in gathered(data).members] == [2, 0]


def test_a_member_of_the_same_family_is_the_same_member() -> None:
    opened = outermost(read(ar(("a.o", elf("a")), date=7, uid=8, gid=9, mode=0o600)))
    for kind in (Kind.GNU, Kind.GNU64, Kind.COFF):
        assert gather(opened, kind).members[0].member is opened.archive.members[0]


@pytest.mark.parametrize("kind", [Kind.BSD, Kind.DARWIN, Kind.DARWIN64])
def test_a_member_of_another_family_keeps_attributes_and_bytes(kind: Kind) -> None:
    before = read(ar(("a.o", elf("a")), date=7, uid=8, gid=9, mode=0o600)).members[0]
    after = gather(outermost(read(ar(("a.o", elf("a")), date=7, uid=8, gid=9, mode=0o600))), kind).members[0].member
    assert after == before
    assert after.header_offset is None
    assert not after.header[:16].strip()


def test_thin_members_are_taken_in_under_their_file_name(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a.o").write_bytes(elf("a"))
    (tmp_path / "b.a").write_bytes(ar(("in.o", elf("in"))))
    size = len(elf("a"))
    table = b"sub/a.o/\nb.a/\n"
    data = b"!<thin>\n" + field_header(b"//", b"%d" % len(table)) + table
    data += field_header(b"/0", b"%d" % size)
    data += field_header(b"/9:8", b"%d" % len(elf("in")))
    path = tmp_path / "thin.a"
    path.write_bytes(data)
    with open_archive(path) as thin:
        assert thin.thin
        found = gather(outermost(thin, opener_beside(str(path))), Kind.GNU)
        members = [one.member for one in found.members]
        assert [member.name for member in members] == ["a.o", "in.o"]
        assert [bytes(member.data) for member in members] == [elf("a"), elf("in")]
        assert all(member.thin_path is None and member.thin_origin is None for member in members)


@pytest.mark.parametrize(
    ("kind", "expected", "byte_order"),
    [(Kind.GNU, Kind.GNU, "big"), (Kind.GNU64, Kind.GNU, "big"), (Kind.DARWIN, Kind.DARWIN, "little")],
)
def test_an_empty_archive_like_another(kind: Kind, expected: Kind, byte_order: str) -> None:
    made = empty_like(Archive(kind, (), None), Where("out.a"))
    assert (made.kind, made.members, made.where) == (expected, (), Where("out.a"))
    assert made.index is not None
    assert (len(made.index), made.index.byte_order) == (0, byte_order)


def test_kinds_that_cannot_be_written_are_refused() -> None:
    with pytest.raises(UnsupportedError, match="does not write"):
        empty_like(Archive(Kind.AIX_BIG, (), None), Where("out.a"))
