from __future__ import annotations

import contextlib
import struct

import pytest

import arfix.archive
from arfix.archive.model import NO_MEMBER, Archive, Kind
from arfix.archive.oddity import OddityKind
from arfix.archive.read import read, read_archive
from arfix.archive.source import BytesSource, Extent
from arfix.errors import ArfixError, FormatError, UnsupportedError, Where
from tests.ar_builder import ar
from tests.archive.literal import MAGIC, THIN, archive, field_header, stored

OBJECT = b"\x7fELF, or so"  # 11 bytes: what members hold is none of this floor's business
MACHO = b"\xcf\xfa\xed\xfe" + bytes(28)


def gnu_index(*entries: tuple[str, int], name: bytes = b"/", code: str = "I") -> bytes:
    names = b"".join(symbol.encode() + b"\0" for symbol, _ in entries)
    numbers = struct.pack(f">{len(entries) + 1}{code}", len(entries), *(offset for _, offset in entries))
    return stored(name, numbers + names + b"\0" * (len(names) % 2))


def bsd_index(name: bytes, *entries: tuple[str, int], order: str = "<", code: str = "I", long: bool = False) -> bytes:
    strings, pairs = b"", []
    for symbol, offset in entries:
        pairs += [len(strings), offset]
        strings += symbol.encode() + b"\0"
    strings += b"\0" * (-len(strings) % 8)
    width = struct.calcsize(f"={code}")
    body = struct.pack(f"{order}{len(pairs) + 1}{code}", len(pairs) * width, *pairs)
    body += struct.pack(f"{order}{code}", len(strings)) + strings
    if not long:
        return stored(name, body)
    stored_name = name + b"\0" * (-(len(name) + 4) % 8)
    return stored(b"#1/%d" % len(stored_name), stored_name + body)


def names(found: Archive) -> list[str]:
    return [member.name for member in found]


def oddities(found: Archive) -> list[tuple[OddityKind, int | None]]:
    return [(oddity.kind, oddity.where.offset) for oddity in found.oddities]


# --- one literal archive per variant ----------------------------------------------------------------------------------


def test_an_empty_archive_is_gnu() -> None:
    found = read(MAGIC)
    assert (found.kind, found.members, found.index, found.thin, found.oddities) == (Kind.GNU, (), None, False, ())


def test_gnu() -> None:
    first, second = b"a.o/", b"/0"
    table = stored(b"//", b"a-name-of-20-chars.o/\n")
    start = 8 + len(gnu_index(("f", 0), ("g", 0))) + len(table)
    data = archive(gnu_index(("f", start), ("g", start + 72)), table, stored(first, OBJECT), stored(second, b"text"))
    found = read(data)
    assert found.kind is Kind.GNU
    assert names(found) == ["a.o", "a-name-of-20-chars.o"]
    assert [bytes(member.data) for member in found] == [OBJECT, b"text"]
    assert [member.header_offset for member in found] == [start, start + 72]
    assert found.members[0].header == data[start : start + 60]
    assert found.index is not None
    assert list(found.index) == [("f", 0), ("g", 1)]
    assert found.has_name_table
    assert found.oddities == ()


def test_gnu64() -> None:
    index = gnu_index(("f", 8 + 60 + 18), name=b"/SYM64/", code="Q")
    found = read(archive(index, stored(b"a.o/", OBJECT)))
    assert found.kind is Kind.GNU64
    assert found.index is not None
    assert list(found.index) == [("f", 0)]


@pytest.mark.parametrize("name", [b"__.SYMDEF", b"__.SYMDEF/"])
@pytest.mark.parametrize("order", ["<", ">"])
def test_bsd(name: bytes, order: str) -> None:
    index = bsd_index(name, ("f", 8 + 60 + 24), order=order)
    found = read(archive(index, stored(b"a.o", OBJECT), stored(b"#1/11", b"with blank\0text")))
    assert found.kind is Kind.BSD
    assert names(found) == ["a.o", "with blank"]
    assert bytes(found.members[1].data) == b"text"
    assert found.index is not None
    assert list(found.index) == [("f", 0)]
    assert found.index.byte_order == {"<": "little", ">": "big"}[order]


def test_bsd_without_an_index_shows_in_its_long_names() -> None:
    assert read(archive(stored(b"a.o", OBJECT), stored(b"#1/4", b"b.o\0"))).kind is Kind.BSD


def test_plain_short_names_are_taken_for_gnu_as_both_ars_do() -> None:
    found = read(archive(stored(b"debian-binary", b"2.0\n"), stored(b"control.tar.gz", b"\x1f\x8b")))
    assert (found.kind, names(found), found.oddities) == (Kind.GNU, ["debian-binary", "control.tar.gz"], ())


@pytest.mark.parametrize(
    ("name", "code", "kind", "is_sorted"),
    [
        (b"__.SYMDEF", "I", Kind.DARWIN, False),
        (b"__.SYMDEF SORTED", "I", Kind.DARWIN, True),
        (b"__.SYMDEF_64", "Q", Kind.DARWIN64, False),
        (b"__.SYMDEF_64 SORTED", "Q", Kind.DARWIN64, True),
    ],
)
def test_darwin(name: bytes, code: str, kind: Kind, is_sorted: bool) -> None:  # noqa: FBT001
    index = bsd_index(name, ("_f", 0), code=code, long=True)
    index = bsd_index(name, ("_f", 8 + len(index)), code=code, long=True)
    found = read(archive(index, stored(b"#1/12", b"a.o".ljust(12, b"\0") + MACHO)))
    assert (found.kind, names(found), bytes(found.members[0].data)) == (kind, ["a.o"], MACHO)
    assert found.index is not None
    assert list(found.index) == [("_f", 0)]
    assert found.index.sorted_by_name is is_sorted
    assert found.oddities == ()


def test_darwin_without_an_index_shows_in_its_first_member() -> None:
    assert read(archive(stored(b"#1/4", b"a.o\0" + MACHO))).kind is Kind.DARWIN


def test_a_short_sorted_name_fills_its_field() -> None:
    assert read(archive(bsd_index(b"__.SYMDEF SORTED"), stored(b"a.o", MACHO))).kind is Kind.DARWIN


def coff_library(*extras: bytes, second: bytes | None = None) -> bytes:
    """A library of two members, as link.exe writes it: blank owner and group, date -1, NULs in the name table."""
    first_size, second_size = 4 + 8 + 4, 4 + 8 + 4 + 4 + 4
    start = 8 + 60 + first_size + 60 + second_size + 60 + 16 + sum(map(len, extras))
    first = struct.pack(">3I", 2, start, start + 62) + b"f\0g\0"
    if second is None:
        second = struct.pack("<3I", 2, start, start + 62) + struct.pack("<I2H", 2, 1, 2) + b"f\0g\0"
    assert (len(first), len(second)) == (first_size, second_size)
    blank = {"date": b"-1", "uid": b"", "gid": b"", "mode": b"0"}
    return archive(
        field_header(b"/", len(first), **blank) + first,
        field_header(b"/", len(second), **blank) + second,
        field_header(b"//", 16, **blank) + b"z:\\dir\\longish\0\0",
        *extras,
        stored(b"/0", b"a\n"),
        stored(b"b.obj/", b"b\n"),
    )


def test_coff() -> None:
    found = read(coff_library())
    assert (found.kind, names(found), found.oddities) == (Kind.COFF, ["z:\\dir\\longish", "b.obj"], ())
    assert found.index is not None
    assert list(found.index) == [("f", 0), ("g", 1)]


def test_coff_maps_are_carried_along() -> None:
    found = read(coff_library(stored(b"/<ECSYMBOLS>/", b"\0\0\0\0"), stored(b"/<HYBRIDMAP>/", b"??")))
    assert [extra.name for extra in found.extras] == ["/<ECSYMBOLS>/", "/<HYBRIDMAP>/"]
    assert (bytes(found.extras[1].data), names(found)[1], found.oddities) == (b"??", "b.obj", ())


def test_an_unknown_map_is_carried_along_and_noted() -> None:
    found = read(coff_library(stored(b"/<NEWMAP>/", b"??")))
    assert [kind for kind, _ in oddities(found)] == [OddityKind.UNKNOWN_SPECIAL_MEMBER]
    assert len(found.members) == 2


def test_thin_members_are_listed_from_bytes_alone() -> None:
    data = archive(stored(b"//", b"sub/a.o/\n"), field_header(b"/0", 400), field_header(b"/0", 5), magic=THIN)
    found = read(data)
    assert (found.kind, found.thin, names(found)) == (Kind.GNU, True, ["sub/a.o", "sub/a.o"])
    assert [member.size for member in found] == [400, 5]


@pytest.mark.parametrize("magic", [MAGIC, THIN])
def test_archives_without_members(magic: bytes) -> None:
    assert read(magic).members == ()


def test_an_index_may_be_all_there_is() -> None:
    found = read(archive(stored(b"/", bytes(4))))
    assert (found.kind, found.members) == (Kind.GNU, ())
    assert found.index is not None
    assert len(found.index) == 0


# --- names that mean nothing special --------------------------------------------------------------------------------


def test_members_may_repeat_and_be_called_anything() -> None:
    wanted = ["x.o", "x.o", "__.LIBDEP", ".", "..", "a b", "\udcff", "-rf", "evil\x1b[2J"]
    data = archive(*(stored(name.encode("utf-8", "surrogateescape") + b"/", b"!") for name in wanted))
    found = read(data)
    assert (names(found), found.oddities) == (wanted, ())


def test_a_name_table_may_hold_paths_and_64_kilobytes() -> None:
    wanted = ["/etc/passwd", "../../up", "c:\\temp\\x.obj", "n" * 65_536, "..", ""]
    table = b"".join(name.encode() + b"/\n" for name in wanted)
    offsets = [sum(len(name) + 2 for name in wanted[:position]) for position in range(len(wanted))]
    found = read(archive(stored(b"//", table), *(stored(b"/%d" % offset) for offset in offsets)))
    assert names(found) == wanted


def test_an_archive_in_an_archive_is_a_member() -> None:
    inner = archive(stored(b"a.o/", OBJECT))
    outer = read(archive(stored(b"x.o/", b"!"), stored(b"liba.a/", inner)))
    extent = outer.members[1].content
    found = read_archive(extent, Where("x.a", ("liba.a",)))
    assert (names(found), bytes(found.members[0].data)) == (["a.o"], OBJECT)
    assert found.members[0].content.source is outer.members[0].content.source
    assert found.members[0].header_offset == 8


def test_members_are_views_of_the_source() -> None:
    data = memoryview(bytearray(archive(stored(b"a.o/", b"abcd"))))
    found = read_archive(BytesSource(Where("x.a"), data), Where("x.a"))
    data[68:72] = b"wxyz"
    assert found.members[0].content == Extent(found.members[0].content.source, 68, 4)
    assert bytes(found.members[0].data) == b"wxyz"


# --- odd but understood ---------------------------------------------------------------------------------------------


def test_go_pads_with_nul() -> None:
    found = read(archive(stored(b"__.PKGDEF", b"odd", padding=b"\0"), stored(b"_go_.o", b"x")))
    assert oddities(found) == [(OddityKind.PADDING_BYTE, 8 + 60 + 3)]
    assert names(found) == ["__.PKGDEF", "_go_.o"]


def test_a_missing_final_padding_byte() -> None:
    found = read(archive(stored(b"a.o/", b"odd"))[:-1])
    assert oddities(found) == [(OddityKind.MISSING_FINAL_PADDING, 71)]
    assert bytes(found.members[0].data) == b"odd"


@pytest.mark.parametrize("left", [1, 2, 30, 59])
def test_bytes_too_few_for_a_header_are_trailing(left: int) -> None:
    found = read(archive(stored(b"a.o/", b"even")) + b"\n" * left)
    assert oddities(found) == [(OddityKind.TRAILING_BYTES, 72)]
    assert names(found) == ["a.o"]


def test_a_cut_header_is_trailing_bytes_too() -> None:
    whole = archive(stored(b"a.o/", b"even"), stored(b"b.o/", b"even"))
    assert oddities(read(whole[: 72 + 59])) == [(OddityKind.TRAILING_BYTES, 72)]


def test_numbers_between_blanks_and_strange_attributes() -> None:
    found = read(archive(field_header(b"a.o/", b"  4", date=b"1x", mode=b"9") + b"even"))
    assert oddities(found) == [
        (OddityKind.NUMBER_FIELD, 24),
        (OddityKind.NUMBER_FIELD, 48),
        (OddityKind.NUMBER_FIELD, 56),
    ]
    assert (found.members[0].size, found.members[0].date, found.members[0].mode) == (4, 0, 0)


@pytest.mark.parametrize(
    ("field", "name"),
    [
        (b"", ""),
        (b"\0", ""),
        (b"a.o//", "a.o"),
        (b"sub/a.o", "sub"),
        (b" lead.o/", " lead.o"),
        (b"a.o/rest", "a.o"),
    ],
)
def test_untidy_names(field: bytes, name: str) -> None:
    found = read(archive(stored(field, b"even")))
    assert (names(found), oddities(found)) == ([name], [(OddityKind.NAME_FIELD, 8)])


@pytest.mark.parametrize("prefix", [b"", bytes(4)])
def test_an_empty_bsd_name(prefix: bytes) -> None:
    found = read(archive(stored(b"#1/%d" % len(prefix), prefix + b"data")))
    assert (names(found), oddities(found)) == ([""], [(OddityKind.NAME_FIELD, 8)])
    assert bytes(found.members[0].data) == b"data"


def test_the_old_form_of_a_long_name() -> None:
    found = read(archive(stored(b"ARFILENAMES/", b"first.o\nsecond.o\n"), stored(b" 8", b"even")))
    assert (names(found), found.oddities, found.has_name_table) == (["second.o"], (), True)


def test_a_second_index_that_is_not_coff() -> None:
    index = gnu_index(("f", 8 + 70 + 70))
    found = read(archive(index, gnu_index(("g", 99)), stored(b"a.o/", b"even")))
    assert found.kind is Kind.GNU
    assert oddities(found) == [(OddityKind.DUPLICATE_INDEX, 8 + len(index))]
    assert found.index is not None
    assert list(found.index) == [("f", 0)]
    assert names(found) == ["a.o"]


def test_a_second_name_table_is_a_member() -> None:
    data = archive(stored(b"//", b"one.o/\n"), stored(b"/0", b"even"), stored(b"//", b"two.o/\n"))
    found = read(data)
    assert names(found) == ["one.o", "//"]
    assert oddities(found) == [(OddityKind.DUPLICATE_NAME_TABLE, 8 + 68 + 64)]


def test_a_name_table_behind_members_is_used_all_the_same() -> None:
    found = read(archive(stored(b"/0", b"even"), stored(b"//", b"late.o/\n")))
    assert (names(found), oddities(found)) == (["late.o"], [(OddityKind.LATE_SPECIAL_MEMBER, 72)])


@pytest.mark.parametrize("name", [b"/", b"/SYM64/", b"/<ECSYMBOLS>/"])
def test_an_index_behind_members_is_a_member(name: bytes) -> None:
    found = read(archive(stored(b"a.o/", b"even"), stored(name, bytes(8))))
    assert names(found) == ["a.o", name.decode()]
    assert found.index is None
    assert oddities(found) == [(OddityKind.LATE_SPECIAL_MEMBER, 72)]


def test_an_index_behind_the_name_table_still_counts() -> None:
    table = stored(b"//", b"a.o/\n\n")
    found = read(archive(table, gnu_index(("f", 8 + 66 + 70)), stored(b"/0", b"even")))
    assert found.index is not None
    assert list(found.index) == [("f", 0)]


@pytest.mark.parametrize(
    "data", [b"", b"\xff\xff\xff\xff", struct.pack(">2I", 1, 8), struct.pack("<2I", 1, 72) + b"f\0"]
)
def test_an_unreadable_index_is_noted_and_left_out(data: bytes) -> None:
    found = read(archive(stored(b"/", data), stored(b"a.o/", b"even")))
    assert (found.kind, found.index, names(found)) == (Kind.GNU, None, ["a.o"])
    assert oddities(found) == [(OddityKind.BAD_INDEX, 68)]


def test_an_unreadable_bsd_index_is_noted_and_left_out() -> None:
    found = read(archive(stored(b"__.SYMDEF", b"\xff" * 16), stored(b"a.o", b"even")))
    assert (found.kind, found.index) == (Kind.BSD, None)
    assert oddities(found) == [(OddityKind.BAD_INDEX, 68)]


def test_an_unreadable_first_linker_member_leaves_the_second() -> None:
    data = coff_library()
    found = read(data[:68] + b"\xff\xff\xff\xff" + data[72:])
    assert found.kind is Kind.COFF
    assert found.index is not None
    assert list(found.index) == [("f", 0), ("g", 1)]
    assert oddities(found) == [(OddityKind.BAD_INDEX, 68)]


def test_linker_members_that_disagree_are_noted() -> None:
    data = coff_library()
    second_names = data.rindex(b"f\0g\0", 0, data.index(b"z:"))
    found = read(data[:second_names] + b"f\0h\0" + data[second_names + 4 :])
    assert [kind for kind, _ in oddities(found)] == [OddityKind.BAD_INDEX]
    assert "'g'" in found.oddities[0].message or "'h'" in found.oddities[0].message


@pytest.mark.parametrize("offset", [0, 8, 68 + 4, 8 + 70 + 60, 0xFFFFFFFF])
def test_an_index_entry_that_points_at_no_member(offset: int) -> None:
    found = read(archive(gnu_index(("f", offset)), stored(b"a.o/", b"even")))
    assert found.index is not None
    assert list(found.index) == [("f", NO_MEMBER)]
    assert oddities(found) == [(OddityKind.INDEX_ENTRY_ASTRAY, offset)]


# --- unreadable -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "offset", "said"),
    [
        (archive(field_header(b"a.o/", b"12a4")), 8 + 48, 'size field is "12a4      ", not a decimal number'),
        (archive(field_header(b"a.o/", b"")), 8 + 48, "not a decimal number"),
        (archive(field_header(b"a.o/", b"-60")), 8 + 48, "not a decimal number"),
        (archive(field_header(b"a.o/", b"9999999999")), 8 + 48, "a.o says that it has 9999999999 bytes, but only 0"),
        (archive(stored(b"a.o/", b"even"))[:-1], 8 + 48, "says that it has 4 bytes, but only 3 are left"),
        (archive(field_header(b"a.o/", 0, fmag=b"\n`")), 8 + 58, "no member header"),
        (archive(stored(b"a.o/", b"even")) + bytes(60), 72 + 58, "no member header"),
        (archive(stored(b"a.o/", b"odd", padding=b""), stored(b"b.o/"), stored(b"c.o/")), 72 + 58, "no member header"),
        (archive(stored(b"/5", b"")), 8, "the archive has no name table"),
        (archive(stored(b"//", b"a/\n"), stored(b"/4", b"")), 72, "the name table has 3 bytes"),
        (archive(stored(b"//", b"a/\n"), stored(b"/-1", b"")), 72, "not a name or an offset into the name table"),
        (archive(stored(b"#1/5", b"abcd")), 8, "name of 5 bytes in a member of 4"),
        (archive(stored(b"#1/x", b"abcd")), 8, "no decimal number follows #1/"),
        (archive(stored(b"#1/99999999999", b"abcd")), 8, "name of 99999999999 bytes"),
    ],
)
def test_unreadable_bytes_are_an_error_with_a_place(data: bytes, offset: int, said: str) -> None:
    with pytest.raises(FormatError) as caught:
        read(data)
    assert caught.value.where == Where("<bytes>", (), offset)
    assert said in caught.value.message
    assert caught.value.hint


def test_a_place_in_a_nested_archive_is_spelled_inward() -> None:
    source = BytesSource(Where("libffi.a"), memoryview(archive(field_header(b"a.o/", b"12a4"))))
    with pytest.raises(FormatError) as caught:
        read_archive(source, Where("libffi.a", ("libposix.a",)))
    assert str(caught.value).startswith("libffi.a(libposix.a)+0x38: size field is")


@pytest.mark.parametrize("system", [b"\x02\x0b", b"\x02\x10", b"\x02\x14"])
def test_a_som_library_is_named(system: bytes) -> None:
    with pytest.raises(UnsupportedError, match="HP-UX"):
        read(archive(stored(b"/", system + b"\x06\x19" + bytes(40)), stored(b"a.o/", b"even")))


def test_hostile_name_tables_take_no_time() -> None:
    table = b"n" * 200_000
    members = b"".join(field_header(b"/%d" % offset, 0) for offset in range(10_000))
    with pytest.raises(FormatError, match="overlap"):
        read(archive(stored(b"//", table), members))


@pytest.mark.parametrize("cut", range(0, 8 + 70 + 82 + 72 + 64, 3))
def test_an_archive_cut_anywhere_is_an_archive_or_an_error(cut: int) -> None:
    whole = archive(gnu_index(("f", 160)), stored(b"//", b"a-name-of-20-chars.o/\n"), stored(b"/0", OBJECT))
    with contextlib.suppress(ArfixError):
        found = read(whole[:cut])
        assert cut >= 8
        assert all(member.content.offset + member.size <= cut for member in found)


def test_the_archive_in_the_package_docstring_is_a_real_one() -> None:
    members = (("main.o", b"\x7fELF".ljust(1233)), ("a_rather_long_name_of_1.o", b"\x7fELF".ljust(840)))
    data = ar(*members, index=(("main", 0), ("f", 1)))
    found = read(data)
    assert found.oddities == ()
    assert len(data) == 2370
    assert data[68:88] == b"\0\0\0\2\0\0\0\xb0\0\0\5\xbemain\0f\0\0"
    assert data[148:176] == b"a_rather_long_name_of_1.o/\n\n"
    drawn = {line[:8].strip(): line[10:] for line in (arfix.archive.__doc__ or "").splitlines() if line[:8].strip()}
    for member in found:
        assert member.header_offset is not None
        assert drawn[str(member.header_offset)].startswith(member.header[:58].decode() + "`\\n ")
        assert drawn[str(member.content.offset)].startswith("\\x7fELF")


def test_a_gnu_member_may_be_called_like_the_mark_of_bsd_names() -> None:
    found = read(archive(stored(b"#1/", b"text")))
    assert (found.kind, found.members[0].name, bytes(found.members[0].data)) == (Kind.GNU, "#1", b"text")
