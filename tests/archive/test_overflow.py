"""A number too long for its field moves the rest of the header: the error names the field, not a missing header."""

from __future__ import annotations

import pytest

import arfix
from arfix.errors import FormatError
from tests.ar_builder import header


def fields(*, name: str = "b.o/", date: str = "0", uid: str = "0", gid: str = "0", mode: str = "644") -> bytes:
    """Return a header whose fields are padded and never cut, as careless writers do it."""
    return f"{name:<16}{date:<12}{uid:<6}{gid:<6}{mode:<8}{10:<10}`\n".encode()


def fault(second: bytes) -> FormatError:
    with pytest.raises(FormatError) as raised:
        arfix.read(b"!<arch>\n" + header("a.o/", 2) + b"hi" + second + bytes(10))
    return raised.value


@pytest.mark.parametrize(
    ("second", "says", "offset"),
    [
        (fields(uid="1234567"), "the owner field holds 1234567, which is 1 byte too long", 28),
        (fields(gid="12345678"), "the group field holds 12345678, which is 2 bytes too long", 34),
        (fields(date="1700000000123"), "the date field holds 1700000000123, which is 1 byte too long", 16),
        (fields(mode="100100644"), "the mode field holds 100100644, which is 1 byte too long", 40),
        (fields(name="a_name_of_17_by.o"), 'the name field holds "a_name_of_17_by.o", which is 1 byte too long', 0),
        (fields(uid="123456", gid="1234567"), "the owner or group field holds a number, which is 1 byte too long", 28),
        (fields(uid="4294967294", gid="4294967294"), "the owner or group field holds a number, which is 8 bytes", 28),
    ],
)
def test_the_field_that_overflows_is_named(second: bytes, says: str, offset: int) -> None:
    error = fault(second)
    assert error.message.startswith(says)
    assert error.where is not None
    assert error.where.offset == 8 + 62 + offset
    assert error.hint is not None
    assert "`ar crD`" in error.hint


def test_a_member_that_is_too_large_is_not_blamed_on_the_owner() -> None:
    error = fault(f"{'b.o/':<16}{0:<12}{0:<6}{0:<6}{644:<8}{12345678901}`\n".encode())
    assert error.message.startswith("the size field holds 12345678901")
    assert "9,999,999,999" in (error.hint or "")


@pytest.mark.parametrize("second", [b"x" * 70, fields()[:58] + b"  `\n"])
def test_other_damage_is_no_overflow(second: bytes) -> None:
    assert "no member header" in fault(second).message
