"""Reads the few build attributes of ARM that decide which instructions a stub may use.

Source: Addenda to, and Errata in, the ABI for the Arm Architecture: `.ARM.attributes`, section "aeabi".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Literal

#: Tag_CPU_arch, Tag_CPU_arch_profile, Tag_BTI_use.
_WANTED = {6: "arch", 7: "profile", 74: "bti"}
#: Tags below 32 whose value is a string; from 32 on the odd ones, and 32 itself is a number and a string.
_STRINGS = frozenset({4, 5})
_COMPATIBILITY = 32
_FILE = 1


def read_attributes(data: bytes, byte_order: Literal["little", "big"]) -> dict[str, int]:
    """Return `arch`, `profile` and `bti` as far as the section has them; nothing where it makes no sense."""
    found: dict[str, int] = {}
    place = 1
    while data[:1] == b"A" and place + 4 < len(data):
        size = int.from_bytes(data[place : place + 4], byte_order)
        end = min(place + size, len(data))
        name_end = data.find(b"\0", place + 4, end)
        if data[place + 4 : name_end] == b"aeabi":
            _read_vendor(data[name_end + 1 : end], byte_order, found)
        place += max(size, 4)
    return found


def _read_vendor(data: bytes, byte_order: Literal["little", "big"], found: dict[str, int]) -> None:
    place = 0
    while place + 5 <= len(data):
        size = int.from_bytes(data[place + 1 : place + 5], byte_order)
        if data[place] == _FILE:
            _read_file(data[place + 5 : place + size], found)
        place += max(size, 5)


def _read_file(data: bytes, found: dict[str, int]) -> None:
    place = 0
    while place < len(data):
        tag, place = _number(data, place)
        is_string = tag in _STRINGS or (tag > _COMPATIBILITY and tag % 2 == 1)
        value = 0
        if not is_string:
            value, place = _number(data, place)
        if is_string or tag == _COMPATIBILITY:
            end = data.find(b"\0", place)
            place = len(data) if end < 0 else end + 1
        if tag in _WANTED:
            found[_WANTED[tag]] = value


def _number(data: bytes, place: int) -> tuple[int, int]:
    """Return the ULEB128 number at `place`, and the place behind it."""
    value = shift = 0
    while place < len(data):
        byte = data[place]
        place += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80 or shift > 63:
            break
    return value, place
