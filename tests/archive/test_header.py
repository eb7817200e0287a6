from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arfix.archive.header import (
    HeaderFields,
    attribute_oddities,
    check_header_end,
    decode_attributes,
    decode_number,
    decode_size,
    encode_header,
    new_header,
)
from arfix.archive.oddity import Oddity, OddityKind
from arfix.errors import EditError, FormatError, Where
from tests.archive.literal import field_header

#: One header of libz.a as GNU ar 2.40 wrote it.
LITERAL = b"adler32.o/      0           0     0     644     3872      `\n"
HERE = Where("x.a", offset=8)


def test_a_literal_header_has_its_attributes() -> None:
    assert decode_attributes(LITERAL) == HeaderFields(date=0, uid=0, gid=0, mode=0o644)
    assert decode_size(LITERAL, HERE, []) == 3872


def test_attributes_of_an_old_header() -> None:
    header = field_header(b"x.o/", 10, date=b"1795422158", uid=b"1000", gid=b"65534", mode=b"100666")
    assert decode_attributes(header) == HeaderFields(1795422158, 1000, 65534, 0o100666)


def test_blank_attributes_are_zero_and_no_oddity() -> None:
    header = field_header(b"//", 10, date=b"", uid=b"", gid=b"", mode=b"")
    assert decode_attributes(header) == HeaderFields(0, 0, 0, 0)
    assert attribute_oddities(header, HERE) == []


def test_link_exe_dates_a_reproducible_member_minus_one() -> None:
    header = field_header(b"/", 10, date=b"-1", uid=b"", gid=b"", mode=b"0")
    assert decode_attributes(header).date == -1
    assert attribute_oddities(header, HERE) == []


@pytest.mark.parametrize(
    ("field", "value", "offset", "said"),
    [
        ("date", b"12a4", 16, 'date field is "12a4        ", not a decimal number; read as 0'),
        ("date", b" 1", 16, "date field"),
        ("uid", b"-2", 28, "owner field"),
        ("gid", b"1\x00", 34, 'group field is "1\\x00    "'),
        ("mode", b"648", 40, 'mode field is "648     ", not an octal number; read as 0'),
    ],
)
def test_an_unreadable_attribute_is_an_oddity_and_zero(field: str, value: bytes, offset: int, said: str) -> None:
    header = field_header(b"x.o/", 10, **{field: value})
    (oddity,) = attribute_oddities(header, HERE)
    assert oddity.kind is OddityKind.NUMBER_FIELD
    assert oddity.where == Where("x.a", offset=8 + offset)
    assert said in oddity.message
    assert decode_attributes(header) == HeaderFields(0, 0, 0, 0 if field == "mode" else 0o644)


@pytest.mark.parametrize(("size", "value"), [(b"  12", 12), (b"12\0\0\0\0\0\0\0\0", 12), (b" 7 \0", 7)])
def test_a_size_between_blanks_or_nuls_is_read_and_noted(size: bytes, value: int) -> None:
    oddities: list[Oddity] = []
    assert decode_size(field_header(b"x.o/", size), HERE, oddities) == value
    assert [oddity.where for oddity in oddities] == [Where("x.a", offset=8 + 48)]


@pytest.mark.parametrize("size", [b"", b"-60", b"10%", b"12a4", b"0x10", b"1_0", b"1 2", "٣".encode(), b"+4"])
def test_a_size_that_is_no_number_is_refused_with_its_place(size: bytes) -> None:
    with pytest.raises(FormatError, match="not a decimal number") as caught:
        decode_size(field_header(b"x.o/", size), HERE, [])
    assert caught.value.where == Where("x.a", offset=8 + 48)


def test_ten_nines_is_a_size() -> None:
    assert decode_size(field_header(b"x.o/", b"9999999999"), HERE, []) == 9_999_999_999


def test_the_end_of_a_header_is_checked() -> None:
    check_header_end(LITERAL, HERE)
    with pytest.raises(FormatError, match=r'expected "`\\x0a" at its end, found "``"') as caught:
        check_header_end(field_header(b"x.o/", 1, fmag=b"``"), HERE)
    assert caught.value.where == Where("x.a", offset=8 + 58)
    assert caught.value.hint is not None


def test_a_header_is_encoded_as_gnu_ar_does() -> None:
    assert encode_header(b"adler32.o/", HeaderFields(0, 0, 0, 0o644), 3872) == LITERAL


def test_a_new_header_is_deterministic() -> None:
    assert new_header() == field_header(b"", 0)
    assert decode_attributes(new_header(date=5, mode=0o755)) == HeaderFields(5, 0, 0, 0o755)


def test_large_owner_numbers_are_stored_as_llvm_does() -> None:
    header = encode_header(b"x/", HeaderFields(0, 1_234_567, 2_000_001, 0), 0)
    assert decode_attributes(header) == HeaderFields(0, 234_567, 1, 0)


@pytest.mark.parametrize(
    ("fields", "size"),
    [
        (HeaderFields(0, 0, 0, 0), 10_000_000_000),
        (HeaderFields(0, 0, 0, 0), -1),
        (HeaderFields(10**12, 0, 0, 0), 0),
        (HeaderFields(0, 0, 0, 8**8), 0),
    ],
)
def test_what_does_not_fit_is_refused(fields: HeaderFields, size: int) -> None:
    with pytest.raises(EditError, match="fit"):
        encode_header(b"x/", fields, size)


def test_a_name_field_of_17_bytes_is_refused() -> None:
    with pytest.raises(EditError, match="fit"):
        encode_header(b"seventeen-bytes!!", HeaderFields(0, 0, 0, 0), 0)


@given(st.integers(0, 10**12 - 1), st.integers(0, 999_999), st.integers(0, 999_999), st.integers(0, 8**8 - 1))
def test_attributes_survive_a_round_trip(date: int, uid: int, gid: int, mode: int) -> None:
    fields = HeaderFields(date, uid, gid, mode)
    assert decode_attributes(encode_header(b"x.o/", fields, 1)) == fields


@given(st.binary(max_size=12))
def test_a_number_is_digits_then_blanks_and_nothing_else(field: bytes) -> None:
    number = decode_number(field)
    text = field.decode("latin-1")
    stripped = text.rstrip(" ")
    expected = 0 if not stripped else int(stripped) if stripped.isascii() and stripped.isdigit() else None
    assert number == (-1 if stripped == "-1" else expected)


def test_source_date_epoch_is_the_date_of_new_members(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    assert new_header() == field_header(b"", 0, date=b"1700000000")
    assert new_header(date=7) == field_header(b"", 0, date=b"7")


@pytest.mark.parametrize("value", ["now", "-1", "1e9", " 5", "\u0663"])
def test_a_source_date_epoch_that_is_no_number_is_an_error(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", value)
    with pytest.raises(EditError, match="SOURCE_DATE_EPOCH"):
        new_header()
