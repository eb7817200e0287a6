from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arfix.archive.names import (
    LongName,
    NameTable,
    NameTableBuilder,
    decode_bsd_name,
    decode_bsd_name_size,
    decode_long_name_reference,
    decode_name,
    decode_short_name,
    encode_bsd_name,
    encode_gnu_name,
    encode_long_name_reference,
    encode_name,
    is_untidy_short_name,
    quote,
    says_short_name,
)
from arfix.errors import EditError, FormatError, Where

HERE = Where("x.a")


@given(st.binary())
def test_any_bytes_survive_as_text(raw: bytes) -> None:
    assert encode_name(decode_name(raw)) == raw


@pytest.mark.parametrize(
    ("field", "name"),
    [
        (b"a.o/            ", b"a.o"),
        (b"a.o             ", b"a.o"),
        (b"fifteen-chars.o/", b"fifteen-chars.o"),
        (b"sixteen-chars-.o", b"sixteen-chars-.o"),
        (b"a b.o/          ", b"a b.o"),
        (b"a b.o           ", b"a b.o"),
        (b"a.o\0\0\0\0\0\0\0\0\0\0\0\0\0", b"a.o"),
        (b"a/b\0            ", b"a/b"),
        (b"a/b.o/          ", b"a"),
        (b"\xff\xfe.o/           ", b"\xff\xfe.o"),
        (b"                ", b""),
        (b"\0               ", b""),
        (b"..//            ", b".."),
        (b"evil\x1b[2J.o/     ", b"evil\x1b[2J.o"),
        (b"__.LIBDEP/      ", b"__.LIBDEP"),
    ],
)
def test_short_names(field: bytes, name: bytes) -> None:
    assert len(field) == 16
    assert decode_short_name(field) == name


@pytest.mark.parametrize(
    "field", [b"a.o/            ", b"a.o             ", b"a.o\0\0\0", b"sixteen-chars-.o", b"a b/   "]
)
def test_tidy_fields(field: bytes) -> None:
    assert not is_untidy_short_name(field)


@pytest.mark.parametrize("field", [b"                ", b"a/b.o/          ", b"a.o//           ", b"a\0b             "])
def test_untidy_fields(field: bytes) -> None:
    assert is_untidy_short_name(field)


@pytest.mark.parametrize(
    ("field", "reference"),
    [
        (b"/0              ", LongName(0, None)),
        (b"/123            ", LongName(123, None)),
        (b" 123            ", LongName(123, None)),
        (b"/16:992         ", LongName(16, 992)),
        (b"/0             /", LongName(0, None)),
        (b"/16:992        /", LongName(16, 992)),
        (b"/99999999999999 ", LongName(99999999999999, None)),
        (b"/-1             ", None),
        (b"/1_0            ", None),
        (b"/0x10           ", None),
        (b"/:5             ", None),
        (b"/5:             ", None),
        (b"/1 2            ", None),
        (b"/abc            ", None),
    ],
)
def test_long_name_references(field: bytes, reference: LongName | None) -> None:
    assert decode_long_name_reference(field) == reference


@pytest.mark.parametrize(
    ("table", "offset", "name"),
    [
        (b"a-long-name-of-an-object.o/\nx.o/\n", 0, "a-long-name-of-an-object.o"),
        (b"a-long-name-of-an-object.o/\nx.o/\n", 28, "x.o"),
        (b"sysv-without-slash.o\nx.o\n", 21, "x.o"),
        (b"z:\\dir\\msvc.obj\0x.obj\0", 0, "z:\\dir\\msvc.obj"),
        (b"z:\\dir\\msvc.obj\0x.obj\0", 16, "x.obj"),
        (b"nothing-ends-this", 0, "nothing-ends-this"),
        (b"sub/dir/thin.o/\n", 0, "sub/dir/thin.o"),
        (b"/\n", 0, ""),
        (b"a/\n", 3, None),
        (b"", 0, None),
    ],
)
def test_name_table(table: bytes, offset: int, name: str | None) -> None:
    assert NameTable(table, HERE, 68).name_at(offset) == name


def test_equal_references_to_a_long_name_cost_it_once() -> None:
    table = NameTable(b"n" * 64_000 + b"/\n", HERE, 68)
    assert len({table.name_at(0) for _ in range(10_000)}) == 1


def test_names_that_overlap_without_measure_are_refused() -> None:
    table = NameTable(b"n" * 1_000_000, HERE, 68)
    with pytest.raises(FormatError, match="overlap") as caught:
        list(map(table.name_at, range(1_000_000)))
    assert caught.value.where == Where("x.a", offset=68)


@pytest.mark.parametrize(
    ("field", "size"), [(b"#1/20           ", 20), (b"#1/0            ", 0), (b"#1/3\0           ", 3)]
)
def test_bsd_name_size(field: bytes, size: int) -> None:
    assert decode_bsd_name_size(field, HERE) == size


@pytest.mark.parametrize("field", [b"#1/             ", b"#1/-4           ", b"#1/abc          ", b"#1/1_0          "])
def test_a_bsd_name_size_that_is_no_number_is_refused(field: bytes) -> None:
    with pytest.raises(FormatError, match="no decimal number follows #1/"):
        decode_bsd_name_size(field, HERE)


@pytest.mark.parametrize(
    ("raw", "name"),
    [(b"a b.o", b"a b.o"), (b"__.SYMDEF SORTED\0\0\0\0", b"__.SYMDEF SORTED"), (b"\0\0\0\0", b""), (b"", b"")],
)
def test_bsd_names_end_at_nul(raw: bytes, name: bytes) -> None:
    assert decode_bsd_name(raw) == name


def test_quoted_bytes_cannot_reach_a_terminal() -> None:
    assert quote(b"a\x1b[2J\n\xff") == '"a\\x1b[2J\\x0a\\xff"'


def test_a_reference_that_does_not_fit_is_an_error() -> None:
    assert encode_long_name_reference(LongName(1234567, 123456)) == b"/1234567:123456 "
    with pytest.raises(EditError, match="does not fit"):
        encode_long_name_reference(LongName(12345678, 1234567))


def test_the_stray_byte_that_gnu_ar_leaves_stays() -> None:
    assert encode_long_name_reference(LongName(7, None), b"/0             /") == b"/7             /"
    assert encode_long_name_reference(LongName(7, None), b"fifteen_chars_o/") == b"/7              "


@pytest.mark.parametrize(
    ("field", "name", "says"),
    [
        (b"a.o/            ", b"a.o", True),
        (b"a.o             ", b"a.o", True),
        (b"a.o/            ", b"b.o", False),
        (b"sixteen_chars__o", b"sixteen_chars__o", True),
        (b"/               ", b"/", True),
        (b"/<XFGHASHMAP>/  ", b"/<XFGHASHMAP>/", True),
        (b"/12             ", b"/12", False),
        (b" 12             ", b" 12", False),
        (b"#1/12           ", b"#1/12", False),
        (b"", b"a.o", False),
    ],
)
def test_a_field_that_says_the_name_can_stay(field: bytes, name: bytes, says: bool) -> None:  # noqa: FBT001
    assert says_short_name(field, name) is says


@given(st.binary(min_size=1, max_size=30).filter(lambda name: not {0, 10} & set(name)))
def test_an_encoded_name_is_decoded_again(name: bytes) -> None:
    table = NameTableBuilder()
    field = encode_gnu_name(name, table)
    assert len(field) == 16
    reference = decode_long_name_reference(field)
    if reference is None:
        assert decode_short_name(field) == name
    else:
        assert NameTable(table.data(), HERE, 0).name_at(reference.offset) == decode_name(name)


@given(st.binary(max_size=30).filter(lambda name: 0 not in name), st.integers(0, 100))
def test_an_encoded_bsd_name_is_decoded_again_and_aligns_the_data(name: bytes, offset: int) -> None:
    field, prefix = encode_bsd_name(name, offset)
    assert decode_bsd_name_size(field, HERE) == len(prefix)
    assert decode_bsd_name(prefix) == name
    assert (offset + len(prefix)) % 8 == 0
    assert len(prefix) - len(name) < 8
