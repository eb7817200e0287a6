"""DLLs, as GNU ld links with them."""

from __future__ import annotations

import contextlib
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arfix.errors import ArfixError
from arfix.formats.pe_image import is_pe_image, read_dll


def dll(*names: str, machine: int = 0x8664) -> bytes:
    """Return a DLL of one section, loaded at 0x1000, that exports the names."""
    is_64 = machine == 0x8664
    optional = bytearray(240 if is_64 else 224)
    struct.pack_into("<H", optional, 0, 0x20B if is_64 else 0x10B)
    struct.pack_into("<II", optional, 112 if is_64 else 96, 0x1000, 40)
    strings = b"".join(name.encode() + b"\0" for name in names)
    starts = [0x1000 + 40 + 4 * len(names) + sum(len(one) + 1 for one in names[:at]) for at in range(len(names))]
    table = struct.pack("<24xI4xI4x", len(names), 0x1028) + struct.pack(f"<{len(names)}I", *starts) + strings
    head = b"MZ".ljust(0x3C, b"\0") + struct.pack("<I", 0x40) + b"PE\0\0"
    head += struct.pack("<HHIIIHH", machine, 1, 0, 0, 0, len(optional), 0x2000) + bytes(optional)
    offset = len(head) + 40
    head += struct.pack("<8s4I16x", b".edata", len(table), 0x1000, len(table), offset)
    return head + table


@pytest.mark.parametrize(
    ("machine", "symbols"),
    [(0x8664, {"f", "g", "__imp_f", "__imp_g"}), (0x14C, {"_f", "_g", "__imp__f", "__imp__g"})],
)
def test_symbols_of_a_dll(machine: int, symbols: set[str]) -> None:
    view = memoryview(dll("f", "g", machine=machine))
    assert is_pe_image(view)
    assert read_dll(view).symbols == symbols


@given(st.integers(0, 500), st.binary(max_size=8))
def test_a_damaged_dll_is_read_or_refused(at: int, patch: bytes) -> None:
    data = dll("f", "g")
    at = min(at, len(data))
    for damaged in (data[:at], data[:at] + patch + data[at + len(patch) :]):
        with contextlib.suppress(ArfixError):
            read_dll(memoryview(damaged))
