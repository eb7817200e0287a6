"""What a Mach-O file is and which libraries it names, and the slices of a universal file; read without LIEF.

Source: cctools `mach-o/loader.h` and `mach-o/fat.h`; architecture names as LLVM's `Triple::getArchTypeForMachO` and
`arch(3)` have them.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final, NamedTuple

from arfix.archive.names import decode_name
from arfix.formats.constants import MACHO_MACHINES, MACHO_MAGICS, MACHO_UNIVERSAL_MAGICS, MACHO_UNIVERSAL_MAX_SLICES
from arfix.formats.errors import malformed

if TYPE_CHECKING:
    from collections.abc import Iterator

#: `filetype` of the header.
_OBJECT: Final = 1
_LC_LINKER_OPTION: Final = 0x2D
#: Commands of one file that are looked at.
_MOST_COMMANDS: Final = 4096
#: `-arch` -> the `cputype` word.
ARCHITECTURES: Final = {
    "x86_64": "x86-64",
    "x86_64h": "x86-64",
    "i386": "i386",
    "arm64": "aarch64",
    "arm64e": "aarch64",
    "arm64_32": "arm64_32",
    "ppc": "ppc",
    "ppc64": "ppc64",
    **dict.fromkeys(("armv6", "armv7", "armv7s", "armv7k", "armv6m", "armv7m", "armv7em"), "arm"),
}


class Slice(NamedTuple):
    """One file in a universal file: its machine's word, and where it is, in bytes."""

    machine: str
    offset: int
    size: int


def is_macho_object(view: memoryview) -> bool:
    """Return whether a Mach-O file is an object; others are linked already: programs, libraries, bundles."""
    if len(view) < 16:
        return True  # damaged, which the reader of objects says
    order = MACHO_MAGICS[bytes(view[:4])][1]
    return int.from_bytes(view[12:16], "little" if order == "little" else "big") == _OBJECT


def read_slices(view: memoryview) -> tuple[Slice, ...]:
    """Return the files in a universal file.

    Raises:
        FormatError: The table, or a file that it names, is not all there.
    """
    if bytes(view[:4]) not in MACHO_UNIVERSAL_MAGICS or len(view) < 8:
        raise malformed("the header of the universal file is cut short", 0)
    (count,) = struct.unpack_from(">I", view, 4)
    row = struct.Struct(">iiQQII" if bytes(view[:4]) == MACHO_UNIVERSAL_MAGICS[1] else ">iiIII")
    if count > MACHO_UNIVERSAL_MAX_SLICES or 8 + count * row.size > len(view):
        raise malformed(f"the table of {count} files is not all there", 8)
    found = []
    for number in range(count):
        kind, _, offset, size = row.unpack_from(view, 8 + number * row.size)[:4]
        if offset + size > len(view):
            raise malformed(f"a file should end at {offset + size:#x}, past the end of the universal file", offset)
        found.append(Slice(MACHO_MACHINES.get(kind, f"machine-{kind}"), offset, size))
    return tuple(found)


def read_linker_options(view: memoryview) -> tuple[tuple[str, ...], ...]:
    """Return the words for the linker that an object holds, an option of each: `("-framework", "Foundation")`.

    Never raises: what cannot be read is left out.
    """
    found = []
    for data in _commands(view, _LC_LINKER_OPTION):
        words = bytes(data[4:]).split(b"\0")
        (count,) = struct.unpack_from("<I" if _is_little(view) else ">I", data)
        found.append(tuple(decode_name(word) for word in words[: min(count, len(words))]))
    return tuple(found)


def has_objective_c(view: memoryview) -> bool:
    """Return whether an object has a class or a category of Objective-C, or code of Swift, for which `-ObjC` takes it.

    The names of sections and of their segments have 16 bytes each and follow one another. Source: lld
    `MachO/ObjC.cpp` (`hasObjCSection`).
    """
    data = bytes(view)
    return any(name in data for name in _OBJC_SECTIONS)


_OBJC_SECTIONS: Final = (
    b"__objc_classlist__DATA",
    b"__objc_catlist\0\0__DATA",
    b"__objc_nlcatlist__DATA",
    b"__swift5_",
)


def _is_little(view: memoryview) -> bool:
    return MACHO_MAGICS[bytes(view[:4])][1] == "little"


def _commands(view: memoryview, wanted: int) -> Iterator[memoryview]:
    """Yield the content of each load command of a kind, behind its kind and size."""
    bits, order = MACHO_MAGICS.get(bytes(view[:4]), (0, "little"))
    at = 32 if bits == 64 else 28
    if not bits or len(view) < at:
        return
    sign = "<" if order == "little" else ">"
    (count,) = struct.unpack_from(f"{sign}I", view, 16)
    for _ in range(min(count, _MOST_COMMANDS)):
        if at + 8 > len(view):
            return
        kind, size = struct.unpack_from(f"{sign}II", view, at)
        if kind == wanted and size >= 12 and at + size <= len(view):
            yield view[at + 8 : at + size]
        at += max(size, 8)
