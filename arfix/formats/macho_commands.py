"""What a Mach-O file is and which libraries it names; read without LIEF.

Source: cctools `mach-o/loader.h` and `mach-o/fat.h`; architecture names as LLVM's `Triple::getArchTypeForMachO` and
`arch(3)` have them.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

from arfix.archive.names import decode_name
from arfix.formats.constants import MACHO_MAGICS

if TYPE_CHECKING:
    from collections.abc import Iterator

#: `filetype` of the header.
_OBJECT: Final = 1
_LC_LINKER_OPTION: Final = 0x2D
#: Commands of one file that are looked at.
_MOST_COMMANDS: Final = 4096


def is_macho_object(view: memoryview) -> bool:
    """Return whether a Mach-O file is an object; others are linked already: programs, libraries, bundles."""
    if len(view) < 16:
        return True  # damaged, which the reader of objects says
    order = MACHO_MAGICS[bytes(view[:4])][1]
    return int.from_bytes(view[12:16], "little" if order == "little" else "big") == _OBJECT


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
