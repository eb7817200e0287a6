from __future__ import annotations

import struct
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from arfix.archive.format import COFF_MAX_MEMBERS
from arfix.archive.header import new_header
from arfix.archive.layout import lay_out
from arfix.archive.model import NO_MEMBER, Archive, Index, Kind, Member
from arfix.archive.read import read
from arfix.archive.source import BytesSource, Extent, extent_of
from arfix.archive.write import write_archive
from arfix.errors import ArfixError, EditError, FormatError, UnsupportedError, Where
from tests.ar_builder import ar, header
from tests.archive.edited import rewritten, without
from tests.archive.literal import archive, field_header, stored

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

WHERE = Where("x.a")


def member(name: str, data: bytes = b"data") -> Member:
    return Member(name, new_header(), extent_of(data, WHERE))


def made(kind: Kind, members: Iterable[Member], *entries: tuple[str, int]) -> Archive:
    index = Index(tuple(name for name, _ in entries), tuple(at for _, at in entries)) if entries else None
    return Archive(kind, tuple(members), index, where=WHERE)


# --- chunks -----------------------------------------------------------------------------------------------------------


def test_an_unedited_archive_is_one_extent_whatever_is_odd_in_it() -> None:
    data = ar(("a.o", b"odd"), ("b.o", b"even"))[:-1] + b"tail"
    opened = read(data)
    assert lay_out(opened).chunks == (opened.source,)
    assert write_archive(opened) == data


def test_what_stays_together_is_one_extent() -> None:
    opened = read(ar(*((f"{number}.o", b"x" * number) for number in range(9)), index=(("f", 3),)))
    layout = lay_out(without(opened, 4))
    head, before, after = layout.chunks
    assert isinstance(head, bytes)
    assert isinstance(before, Extent)
    assert isinstance(after, Extent)
    assert before.offset == opened.members[0].header_offset
    assert after.offset == opened.members[5].header_offset
    assert sum(each.size for each in (before, after)) == layout.size - len(head)


def test_extents_of_different_files_are_not_joined() -> None:
    bytes_ = archive(stored(b"a.o/", b"data"))
    sources = [BytesSource(WHERE, memoryview(bytes_)) for _ in range(2)]
    members = [Member("a.o", bytes_[8:68], Extent(source, 68, 4), 8) for source in sources]
    assert len(lay_out(made(Kind.GNU, members)).chunks) == 3


def test_header_offsets_are_where_the_headers_are() -> None:
    archive_ = made(Kind.GNU, [member("a.o", b"odd"), member("a_name_for_the_table.o"), member("c.o")], ("f", 2))
    written, layout = write_archive(archive_), lay_out(archive_)
    assert [written[offset : offset + 3] for offset in layout.header_offsets] == [b"a.o", b"/0 ", b"c.o"]


# --- what a member's header says --------------------------------------------------------------------------------------


def test_a_new_member_gets_its_size_and_padding() -> None:
    assert write_archive(made(Kind.GNU, [member("a.o", b"odd")])) == archive(stored(b"a.o/", b"odd"))


def test_a_missing_final_padding_byte_is_written_and_an_odd_one_replaced() -> None:
    data = archive(stored(b"a.o/", b"odd", padding=b"\0"), stored(b"b.o/", b"odd"))
    assert write_archive(rewritten(read(data[:-1]))) == archive(stored(b"a.o/", b"odd"), stored(b"b.o/", b"odd"))


def test_a_member_of_a_bsd_archive_gets_a_gnu_name_in_a_gnu_archive() -> None:
    bsd = read(archive(field_header(b"#1/12", 16) + b"name.o".ljust(12, b"\0") + b"data"))
    [theirs] = bsd.members
    assert write_archive(made(Kind.GNU, [theirs])) == archive(stored(b"name.o/", b"data"))


def test_a_member_of_a_gnu_archive_gets_a_bsd_name_in_a_bsd_archive() -> None:
    [theirs] = read(archive(stored(b"name.o/", b"data"))).members
    assert write_archive(made(Kind.BSD, [theirs])) == archive(
        field_header(b"#1/12", 16) + b"name.o".ljust(12, b"\0") + b"data"
    )


def test_bsd_names_that_kept_no_alignment_stay_as_they_are() -> None:
    # FreeBSD's ar does not pad names.
    data = archive(field_header(b"#1/6", 10) + b"name.odata", stored(b"short", b"data"))
    assert write_archive(rewritten(read(data))) == data


def test_bsd_data_that_was_aligned_stays_aligned() -> None:
    names = archive(
        field_header(b"#1/4", 6) + b"a.o\0" + b"12", field_header(b"#1/10", 14) + b"b.o".ljust(10, b"\0") + b"data"
    )
    before = read(names)
    assert [each.content.offset % 8 for each in before] == [0, 0]
    assert [each.content.offset % 8 for each in read(write_archive(without(before, 0)))] == [0]


def test_attributes_of_an_aix_member_are_carried_over() -> None:
    fields = b"".join(text.ljust(width) for text, width in ((b"5", 20), (b"0", 20), (b"0", 20)))
    fields += b"".join(text.ljust(12) for text in (b"7", b"8", b"9", b"600")) + b"3   "
    [kept] = read(write_archive(made(Kind.GNU, [Member("a.o", fields, extent_of(b"12345", WHERE), 128)]))).members
    assert (kept.date, kept.uid, kept.gid, kept.mode, kept.size) == (7, 8, 9, 0o600, 5)


# --- what cannot be written -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [Kind.AIX_BIG, Kind.AIX_SMALL])
def test_an_edited_aix_archive_is_refused_with_advice(kind: Kind) -> None:
    with pytest.raises(UnsupportedError, match="AIX") as caught:
        lay_out(made(kind, []))
    assert caught.value.where == WHERE
    assert caught.value.hint is not None


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (Kind.GNU, "nul\0"),
        (Kind.GNU, "nul_in_a_long_name\0"),
        (Kind.GNU, "newline_in_a_long_name\n"),
        (Kind.GNU, "slash/and\n"),
        (Kind.COFF, "nul_in_a_long_name\0.o"),
        (Kind.BSD, "nul\0"),
        (Kind.DARWIN, "nul\0"),
    ],
)
def test_a_name_that_would_be_read_back_as_another_is_refused(kind: Kind, name: str) -> None:
    with pytest.raises(EditError, match="cannot be stored"):
        lay_out(made(kind, [member(name)]))


@pytest.mark.parametrize("kind", [Kind.GNU, Kind.BSD, Kind.DARWIN, Kind.COFF])
def test_an_index_that_points_nowhere_or_holds_a_nul_is_refused(kind: Kind) -> None:
    with pytest.raises(EditError, match="'lost' is defined where no member is") as caught:
        lay_out(made(kind, [member("a.o")], ("found", 0), ("lost", NO_MEMBER)))
    assert "arfix index" in (caught.value.hint or "")
    with pytest.raises(EditError, match="NUL"):
        lay_out(made(kind, [member("a.o")], ("a\0b", 0)))


@pytest.mark.parametrize("kind", [Kind.BSD, Kind.COFF])
def test_kinds_without_a_64_bit_index_have_an_end(kind: Kind) -> None:
    archive_ = made(kind, [member("a.o"), member("b.o")], ("f", 1))
    assert lay_out(archive_, largest_offset=lay_out(archive_).header_offsets[-1]).kind is kind
    with pytest.raises(EditError, match="no 64-bit symbol index"):
        lay_out(archive_, largest_offset=lay_out(archive_).header_offsets[-1] - 1)


@pytest.mark.no_cover
@pytest.mark.slow
def test_a_coff_library_holds_so_many_members_and_no_more() -> None:
    one = member("a.o", b"")
    assert lay_out(made(Kind.COFF, [one] * COFF_MAX_MEMBERS, ("f", COFF_MAX_MEMBERS - 1))).kind is Kind.COFF
    with pytest.raises(EditError, match="65534 members"):
        lay_out(made(Kind.COFF, [one] * (COFF_MAX_MEMBERS + 1)))


def test_a_member_of_ten_digits_and_no_more() -> None:
    class Huge(BytesSource):
        """Claims to be large; nothing looks at it."""

    source = Huge(WHERE, memoryview(b""))
    fits = Member("a", new_header(), Extent(source, 0, 9_999_999_999))
    assert lay_out(made(Kind.GNU, [fits])).size == 8 + 60 + 9_999_999_999 + 1
    with pytest.raises(EditError, match="ten digits"):
        lay_out(made(Kind.GNU, [replace(fits, content=Extent(source, 0, 10_000_000_000))]))


# --- indexes ----------------------------------------------------------------------------------------------------------


def test_the_switch_to_64_bits_happens_one_byte_past_the_limit() -> None:
    archive_ = made(Kind.GNU, [member("a.o"), member("b.o"), member("c.o")], ("f", 1))
    last_named = lay_out(archive_).header_offsets[1]
    assert lay_out(archive_, largest_offset=last_named).kind is Kind.GNU
    assert lay_out(archive_, largest_offset=last_named - 1).kind is Kind.GNU64


def test_an_archive_without_members_has_an_index_only_where_the_linker_wants_one() -> None:
    empty = Index((), ())
    for kind, magic_only in ((Kind.GNU, True), (Kind.BSD, True), (Kind.DARWIN, False), (Kind.COFF, False)):
        written = write_archive(replace(made(kind, []), index=empty))
        assert (written == b"!<arch>\n") == magic_only


def test_a_coff_library_without_an_index_is_one_without_linker_members() -> None:
    long = "a_name_for_the_table.obj"
    written = write_archive(made(Kind.COFF, [member(long), member(long)]))
    assert written[8:68] == field_header(b"//", 26, date=b"", uid=b"", gid=b"", mode=b"")
    assert written[68:94] == long.encode() + b"\0\n"
    assert [each.name for each in read(written)] == [long, long]


def test_a_sorted_index_is_sorted_again() -> None:
    names = made(Kind.DARWIN, [member("a.o", b"\xcf\xfa\xed\xfe....")], ("b", 0), ("a", 0))
    assert names.index is not None
    written = write_archive(replace(names, index=replace(names.index, sorted_by_name=True)))
    back = read(written).index
    assert back is not None
    assert (back.names, back.sorted_by_name) == (("a", "b"), True)


def test_a_sorted_index_with_a_name_twice_is_no_longer_sorted() -> None:
    names = made(Kind.DARWIN, [member("a.o", b"\xcf\xfa\xed\xfe....")], ("b", 0), ("a", 0), ("b", 0))
    assert names.index is not None
    back = read(write_archive(replace(names, index=replace(names.index, sorted_by_name=True)))).index
    assert back is not None
    assert (back.names, back.sorted_by_name) == (("b", "a", "b"), False)


def test_opaque_members_of_a_coff_library_are_carried_along() -> None:
    opaque = Member("/<XFGHASHMAP>/", field_header(b"/<XFGHASHMAP>/", 3), extent_of(b"odd", WHERE), 0)
    archive_ = replace(made(Kind.COFF, [member("a.obj")], ("f", 0)), extras=(opaque,))
    back = read(write_archive(archive_))
    assert back.extras == (opaque,)
    assert back == archive_


def test_opaque_members_of_a_gnu_archive_are_carried_along_too() -> None:
    data = archive(stored(b"/<UNHEARD>/", b"odd"), stored(b"a.o/", b"data"), stored(b"b.o/", b"data"))
    assert write_archive(without(read(data), 1)) == data[:-64]


def ec_library(*numbers_and_names: tuple[int, str]) -> Archive:
    """Return a read COFF library of three members whose ARM64EC index holds these entries."""
    numbers, names = [number for number, _ in numbers_and_names], [name for _, name in numbers_and_names]
    data = struct.pack(f"<I{len(numbers)}H", len(numbers), *numbers) + b"".join(name.encode() + b"\0" for name in names)
    data += bytes(len(data) % 2)
    ec = Member("/<ECSYMBOLS>/", field_header(b"/<ECSYMBOLS>/", len(data)), extent_of(data, WHERE), None)
    members = [member("a.obj"), member("b.obj"), member("c.obj")]
    return read(write_archive(replace(made(Kind.COFF, members, ("f", 0)), extras=(ec,))))


def test_the_index_of_arm64ec_symbols_follows_the_members() -> None:
    library = ec_library((3, "#one"), (1, "#two"), (2, "#three"))
    assert write_archive(rewritten(library)) == write_archive(library)
    after = read(write_archive(without(library, 0)))
    assert bytes(after.extras[0].data) == struct.pack("<I2H", 2, 2, 1) + b"#one\0#three\0"
    assert bytes(read(write_archive(without(after, 0, 1))).extras[0].data) == struct.pack("<I", 0)


def test_a_damaged_index_of_arm64ec_symbols_is_an_error() -> None:
    with pytest.raises(FormatError, match="none of the 3 members"):
        lay_out(rewritten(ec_library((4, "#one"))))


@pytest.mark.corpus
def test_every_foreign_archive_is_written_back_and_survives_an_edit(corpus: Path) -> None:
    for path in sorted(corpus.glob("*.[al]*")):
        data = path.read_bytes()
        try:
            opened = read(data)
        except ArfixError:
            continue
        assert write_archive(opened) == data
        if opened.thin or opened.kind in {Kind.AIX_BIG, Kind.AIX_SMALL}:
            continue
        again = read(write_archive(rewritten(opened)))
        assert again.members == opened.members
        assert again.kind is opened.kind
        assert opened.index is None or again.index == opened.index


def test_an_ordinary_member_called_as_a_name_table_stays_one() -> None:
    data = ar(("a.o", b"even"), ("a-name-of-more-than-15.o", b"even"), ("b.o", b"text"))
    data += header("//", 4) + b"text" + header("c.o/", 4) + b"text"
    found = read(data)
    edited = replace(found, index=None, members=(*found.members[:1], *found.members[2:]), source=None)
    assert [member.name for member in read(write_archive(edited))] == ["a.o", "b.o", "//", "c.o"]


def test_a_special_name_is_not_left_in_front() -> None:
    found = read(ar(("a.o", b"even")) + header("/", 4) + b"text")
    assert [member.name for member in found] == ["a.o", "/"]
    with pytest.raises(EditError, match='"/" would be first'):
        write_archive(replace(found, members=found.members[1:], source=None))


def test_a_copy_with_other_members_is_never_written_as_what_was_read() -> None:
    """`dataclasses.replace` hands the source on, and the edit would be lost in silence."""
    read_back = read(ar(("a.o", b"one"), ("b.o", b"two"), index=(("f", 1), ("g", 0))))
    written = read(write_archive(replace(read_back, members=read_back.members[:1])))
    assert [member.name for member in written] == ["a.o"]
    assert list(written.index or ()) == [("g", 0)]
    with pytest.raises(EditError, match="names members beyond the 1"):
        lay_out(replace(read_back, members=read_back.members[:1], index=Index(("f",), (1,))))
    assert write_archive(replace(read_back)) == write_archive(read_back)
