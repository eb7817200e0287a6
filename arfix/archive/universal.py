"""Mach-O universal ("fat") files: which machines they hold, and where.

A universal file holds one whole file, often an archive, for each machine. It begins with a magic and a count, then a
record for each machine, all numbers big-endian: cputype, cpusubtype, offset, size, alignment, with offset and size in
four bytes, or in eight in the 64-bit form, whose records end with four reserved bytes.

Source: cctools `<mach-o/fat.h>`.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple

from arfix.errors import FormatError

if TYPE_CHECKING:
    from arfix.errors import Where

#: Magic -> layout of a record. Source: cctools, `FAT_MAGIC` and `FAT_MAGIC_64`.
UNIVERSAL_MAGICS = {b"\xca\xfe\xba\xbe": ">5I", b"\xca\xfe\xba\xbf": ">2I2Q2I"}
#: A Java class begins with the same magic, and then with a version of at least 43 where a count of machines would be.
MAX_JAVA_FREE_COUNT = 42

#: cputype -> the name that lipo knows it by. Source: cctools `<mach/machine.h>`.
_MACHINES = {
    7: "i386",
    12: "arm",
    18: "ppc",
    0x0100_0007: "x86_64",
    0x0100_000C: "arm64",
    0x0100_0012: "ppc64",
    0x0200_000C: "arm64_32",
}


class Slice(NamedTuple):
    """One machine's file: offset and size in bytes."""

    machine: str
    offset: int
    size: int


def decode_universal(view: memoryview, where: Where) -> list[Slice]:
    """Return the slices of a universal file, in stored order.

    Raises:
        FormatError: The records do not fit the file, or a slice overlaps another one or reaches past the end.
    """
    record = struct.Struct(UNIVERSAL_MAGICS[bytes(view[:4])])
    count = int.from_bytes(view[4:8], "big")
    records_end = 8 + count * record.size
    if records_end > len(view):
        raise FormatError(
            f"a Mach-O universal file that claims {count} machines, more than its {len(view)} bytes hold", where=where
        )
    slices = []
    for cputype, _, offset, size, *_ in record.iter_unpack(view[8:records_end]):
        slices.append(Slice(_MACHINES.get(cputype, f"cputype-{cputype:#x}"), offset, size))
    end = records_end
    for part in sorted(slices, key=lambda part: part.offset):
        if part.offset < end or part.size > len(view) - part.offset:
            raise FormatError(
                f"the slice for {part.machine} ({part.size} bytes) overlaps another one or the end of the file",
                where=where.at(part.offset),
            )
        end = part.offset + part.size
    return slices
