from __future__ import annotations

from contextlib import suppress
from typing import Literal

import pytest

from arfix.errors import FormatError
from arfix.formats.elf.attributes import decode_attributes

#: Tag_CPU_name "7E-M", Tag_CPU_arch v7E-M, profile M, compatibility (number, string), Tag_conformance, Tag_BTI_use.
ATTRIBUTES = b"\x057E-M\0" + b"\x06\x0d" + b"\x07\x4d" + b"\x20\x01arm\0" + b"\x432.09\0" + b"\x4a\x01"


def section(attributes: bytes, order: Literal["little", "big"] = "little", vendor: bytes = b"aeabi") -> bytes:
    file = b"\x01" + (5 + len(attributes)).to_bytes(4, order) + attributes
    inner = vendor + b"\0" + file
    return b"A" + (4 + len(inner)).to_bytes(4, order) + inner


def decode(data: bytes, order: Literal["little", "big"] = "little") -> dict[int, int | str]:
    return decode_attributes(memoryview(data), "aeabi", order)


@pytest.mark.parametrize("order", ["little", "big"])
def test_numbers_and_strings(order: Literal["little", "big"]) -> None:
    assert decode(section(ATTRIBUTES, order), order) == {5: "7E-M", 6: 13, 7: ord("M"), 67: "2.09", 74: 1}


def test_another_vendor_is_passed_over() -> None:
    assert decode(section(b"\x06\x01", vendor=b"gnu") + section(ATTRIBUTES)[1:])[6] == 13


def test_nonsense_is_an_error_or_says_nothing() -> None:
    whole = section(ATTRIBUTES)
    for length in range(len(whole)):
        with suppress(FormatError):
            decode(whole[:length])
    assert decode(b"") == decode(b"B\0\0\0\0") == {}
    for wrong in (b"A" + bytes(100), b"A" + b"\xff" * 100, section(b"\x06" + b"\xff" * 20)):
        with pytest.raises(FormatError):
            decode(wrong)
