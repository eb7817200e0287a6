from __future__ import annotations

import pytest

from arfix.stubs.features import write_property


@pytest.mark.parametrize(
    ("bits", "byte_order", "expected"),
    [
        (64, "little", "04000000 10000000 05000000 474e5500 020000c0 04000000 03000000 00000000"),
        (32, "little", "04000000 0c000000 05000000 474e5500 020000c0 04000000 03000000"),
        (64, "big", "00000004 00000010 00000005 474e5500 c0000002 00000004 00000003 00000000"),
    ],
)
def test_note_is_laid_out_as_the_gabi_says(bits: int, byte_order: str, expected: str) -> None:
    section = write_property(bits, byte_order, 0xC0000002, 3)
    assert (section.name, section.align, section.data) == (".note.gnu.property", bits // 8, bytes.fromhex(expected))
