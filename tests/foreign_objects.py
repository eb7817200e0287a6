"""Mach-O and COFF objects made from literal values: the least that llvm-ar reads symbols from."""

from __future__ import annotations

import struct

#: `N_SECT | N_EXT`: defined in a section, and visible outside.
_MACHO_EXTERNAL = 0x0F
_COFF_EXTERNAL = 2


def macho(*names: str, payload: bytes = b"\xc3", platform: int | None = None) -> bytes:
    """Return a 64-bit little-endian x86-64 Mach-O object that defines `names` in its one section.

    `platform` is that of its LC_BUILD_VERSION, version 13.1; without, it has no such command.
    """
    build = b"" if platform is None else struct.pack("<6I", 0x32, 24, platform, 0xD0100, 0, 0)
    commands_size = 72 + 80 + 24 + len(build)
    data_at = 32 + commands_size
    strings = b"\0" + b"".join(name.encode() + b"\0" for name in names)
    starts = [1 + sum(len(other) + 1 for other in names[:number]) for number in range(len(names))]
    symbols_at = data_at + len(payload)
    symbols = b"".join(struct.pack("<IBBHQ", start, _MACHO_EXTERNAL, 1, 0, 0) for start in starts)
    return b"".join(
        (
            struct.pack("<8I", 0xFEEDFACF, 0x01000007, 3, 1, 2 + bool(build), commands_size, 0, 0),
            build,
            struct.pack("<II16s4Q4I", 0x19, 72 + 80, b"", 0, len(payload), data_at, len(payload), 7, 7, 1, 0),
            struct.pack("<16s16sQQ8I", b"__text", b"__TEXT", 0, len(payload), data_at, 0, 0, 0, 0x80000400, 0, 0, 0),
            struct.pack("<6I", 2, 24, symbols_at, len(names), symbols_at + len(symbols), len(strings)),
            payload + symbols + strings,
        )
    )


def coff(*names: str, payload: bytes = b"\xc3") -> bytes:
    """Return an x86-64 COFF object that defines `names` in its one section."""
    symbols_at = 20 + 40 + len(payload)
    strings, symbols = b"", b""
    for name in names:
        field = struct.pack("<II", 0, 4 + len(strings))
        strings += name.encode() + b"\0"
        symbols += field + struct.pack("<IhHBB", 0, 1, 0x20, _COFF_EXTERNAL, 0)
    return b"".join(
        (
            struct.pack("<HHIIIHH", 0x8664, 1, 0, symbols_at, len(names), 0, 0),
            struct.pack("<8s6IHHI", b".text", 0, 0, len(payload), 60, 0, 0, 0, 0, 0x60000020),
            payload + symbols + struct.pack("<I", 4 + len(strings)) + strings,
        )
    )
