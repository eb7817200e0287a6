"""Build attributes: the contents of `.ARM.attributes`, `.riscv.attributes` and `.gnu.attributes`."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Final

from arfix.archive.names import decode_name
from arfix.formats.errors import malformed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Literal


class ArmTag(IntEnum):
    """Tags of `.ARM.attributes`: `CPU_ARCH` is Tag_CPU_arch. Source: addenda32, "Public aeabi attribute tags"."""

    CPU_RAW_NAME = 4
    CPU_NAME = 5
    CPU_ARCH = 6
    CPU_ARCH_PROFILE = 7
    BTI_USE = 74


class ArmArch(IntEnum):
    """Values of Tag_CPU_arch. Source: addenda32, "Target-related attributes"."""

    V4 = 1
    V4T = 2
    V6T2 = 8
    V7 = 10
    V6_M = 11
    V6S_M = 12
    V7E_M = 13
    V8_A = 14
    V8_R = 15
    V8_M_BASE = 16
    V8_M_MAIN = 17
    V8_1_M_MAIN = 21
    V9_A = 22


_TAG_FILE: Final = 1
_TAG_COMPATIBILITY: Final = 32
#: Arm's tags below 32 that have a string.
_ARM_STRINGS: Final = (ArmTag.CPU_RAW_NAME, ArmTag.CPU_NAME)
_MAX_LEB: Final = 10


def decode_attributes(part: memoryview, vendor: str, byteorder: Literal["little", "big"]) -> dict[int, int | str]:
    """Return tag -> value of the attributes that hold for the whole file, of one vendor (`aeabi`, `riscv`, `gnu`).

    The section is `A`, then for each vendor a 32-bit size, its name, and parts of a tag, a 32-bit size and
    (tag, value) pairs: ULEB128 numbers, or strings for odd tags. Source: "Build Attributes for the Arm Architecture"
    (addenda32); RISC-V ELF psABI, "Attributes", which follows it.

    Raises:
        FormatError: A part is longer than what holds it, or a value has no end.
    """
    found: dict[int, int | str] = {}
    if bytes(part[:1]) != b"A":
        return found
    for name, body in _vendors(part[1:], byteorder):
        if name == vendor:
            for tag, values in _parts(body, byteorder):
                if tag == _TAG_FILE:
                    found.update(_pairs(values, arm=vendor == "aeabi"))
    return found


def _vendors(part: memoryview, byteorder: Literal["little", "big"]) -> Iterator[tuple[str, memoryview]]:
    at = 0
    while at + 4 <= len(part):
        size = int.from_bytes(part[at : at + 4], byteorder)
        if size < 5 or at + size > len(part):
            raise malformed(f"build attributes of {size} bytes do not fit their section", at)
        name, _, rest = bytes(part[at + 4 : at + size]).partition(b"\0")
        yield decode_name(name), memoryview(rest)
        at += size


def _parts(body: memoryview, byteorder: Literal["little", "big"]) -> Iterator[tuple[int, memoryview]]:
    at = 0
    while at < len(body):
        tag, start = _uleb(body, at)
        size = int.from_bytes(body[start : start + 4], byteorder)
        if size < start + 4 - at or at + size > len(body):
            raise malformed(f"a part of {size} bytes does not fit its build attributes", at)
        yield tag, body[start + 4 : at + size]
        at += size


def _pairs(values: memoryview, *, arm: bool) -> Iterator[tuple[int, int | str]]:
    at = 0
    while at < len(values):
        tag, at = _uleb(values, at)
        if tag == _TAG_COMPATIBILITY:
            _, at = _uleb(values, at)
            _, at = _string(values, at)
        elif tag in _ARM_STRINGS if arm and tag < _TAG_COMPATIBILITY else tag % 2:
            text, at = _string(values, at)
            yield tag, text
        else:
            number, at = _uleb(values, at)
            yield tag, number


def _uleb(part: memoryview, at: int) -> tuple[int, int]:
    """Return an unsigned LEB128 number and where it ends."""
    value = 0
    for step in range(_MAX_LEB):
        if at + step >= len(part):
            break
        byte = part[at + step]
        value |= (byte & 0x7F) << (7 * step)
        if byte < 0x80:
            return value, at + step + 1
    raise malformed("a number in build attributes has no end", at)


def _string(part: memoryview, at: int) -> tuple[str, int]:
    text, end, _ = bytes(part[at:]).partition(b"\0")
    if not end:
        raise malformed("a string in build attributes has no end", at)
    return decode_name(text), at + len(text) + 1
