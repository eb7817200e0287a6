from __future__ import annotations

import pytest

from arfix.stubs.arm_attributes import read_attributes

#: Tag_CPU_name "7E-M", Tag_CPU_arch v7E-M, profile M, compatibility (number, string), Tag_conformance, Tag_BTI_use.
ATTRIBUTES = b"\x057E-M\0" + b"\x06\x0d" + b"\x07\x4d" + b"\x20\x01arm\0" + b"\x432.09\0" + b"\x4a\x01"


def section(attributes: bytes, byte_order: str = "little", vendor: bytes = b"aeabi") -> bytes:
    order = "little" if byte_order == "little" else "big"
    file = b"\x01" + (5 + len(attributes)).to_bytes(4, order) + attributes  # type: ignore[arg-type]
    inner = vendor + b"\0" + file
    return b"A" + (4 + len(inner)).to_bytes(4, order) + inner  # type: ignore[arg-type]


@pytest.mark.parametrize("byte_order", ["little", "big"])
def test_the_wanted_tags_are_found_between_the_others(byte_order: str) -> None:
    found = read_attributes(section(ATTRIBUTES, byte_order), byte_order)  # type: ignore[arg-type]
    assert found == {"arch": 13, "profile": ord("M"), "bti": 1}


def test_another_vendor_is_passed_over() -> None:
    both = section(b"\x06\x01", vendor=b"gnu") + section(ATTRIBUTES)[1:]
    assert read_attributes(both, "little")["arch"] == 13


def test_nonsense_says_nothing_and_ends() -> None:
    whole = section(ATTRIBUTES)
    for length in range(len(whole)):
        read_attributes(whole[:length], "little")
    assert read_attributes(b"", "little") == {}
    assert read_attributes(b"B\0\0\0\0", "little") == {}
    assert read_attributes(b"A" + bytes(100), "little") == {}
    assert read_attributes(b"A" + b"\xff" * 100, "little") == {}
    assert read_attributes(section(b"\x06" + b"\xff" * 20), "little").keys() <= {"arch"}
