"""For which of Apple's platforms was a Mach-O object built? Read from its load commands, without LIEF."""

from __future__ import annotations

import struct
from typing import Final, NamedTuple

#: Load commands that name a platform. Source: LLVM, `BinaryFormat/MachO.h`.
_LC_BUILD_VERSION: Final = 0x32
_LC_VERSION_MIN: Final = {0x24: 1, 0x25: 2, 0x2F: 3, 0x30: 4}
#: `PLATFORM_*` -> what people call it, and what ld64 does. Source: the same; ld64's `-platform_version`.
_PLATFORMS: Final = {
    1: ("macOS", "macos"),
    2: ("iOS", "ios"),
    3: ("tvOS", "tvos"),
    4: ("watchOS", "watchos"),
    5: ("bridgeOS", "bridgeos"),
    6: ("Mac Catalyst", "mac-catalyst"),
    7: ("iOS Simulator", "ios-simulator"),
    8: ("tvOS Simulator", "tvos-simulator"),
    9: ("watchOS Simulator", "watchos-simulator"),
    10: ("DriverKit", "driverkit"),
    11: ("visionOS", "xros"),
    12: ("visionOS Simulator", "xros-simulator"),
}
#: The old commands do not distinguish simulator and device; code for x86 was for the simulator. Source: ld64 `ld.hpp`.
_SIMULATED: Final = {2: 7, 3: 8, 4: 9}
_X86: Final = (7, 0x01000007)
_MAGICS: Final = {
    b"\xce\xfa\xed\xfe": ("<", 28),
    b"\xcf\xfa\xed\xfe": ("<", 32),
    b"\xfe\xed\xfa\xce": (">", 28),
    b"\xfe\xed\xfa\xcf": (">", 32),
}
#: Commands of one object that are looked at.
_MOST_COMMANDS: Final = 256


class MachoPlatform(NamedTuple):
    """A platform, and the oldest version of it that the object runs on.

    Attributes:
        name: What people call it: `iOS Simulator`.
        word: What ld64 calls it: `ios-simulator`.
        version: `14.0`.
    """

    name: str
    word: str
    version: str

    @property
    def device(self) -> str:
        """The platform's name, `Simulator` removed."""
        return self.name.removesuffix(" Simulator")


def read_macho_platform(view: memoryview) -> MachoPlatform | None:
    """Return the platform of an object; None if it names none. Never raises.

    Offsets count from its start; commands begin behind its header. Source: `mach-o/loader.h`.
    """
    order, at = _MAGICS.get(bytes(view[:4]), ("", 0))
    if not order or len(view) < at:
        return None
    machine, count = struct.unpack_from(f"{order}i8xI", view, 4)
    for _ in range(min(count, _MOST_COMMANDS)):
        if at + 16 > len(view):
            return None
        command, size, first, second = struct.unpack_from(f"{order}4I", view, at)
        if command == _LC_BUILD_VERSION:
            name, word = _PLATFORMS.get(first, (f"platform {first}", "macos"))
            return MachoPlatform(name, word, _version(second))
        if command in _LC_VERSION_MIN:
            number = _LC_VERSION_MIN[command]
            number = _SIMULATED.get(number, number) if machine in _X86 else number
            return MachoPlatform(*_PLATFORMS[number], _version(first))
        if size < 8:
            return None
        at += size
    return None


def _version(number: int) -> str:
    """Return `14.0` for 0x000e0000: 16 bits, then twice 8."""
    return f"{number >> 16}.{number >> 8 & 0xFF}"
