"""Mach-O and COFF objects made from literal values: the least that llvm-ar reads symbols from."""

from __future__ import annotations

import struct

#: `N_SECT | N_EXT`: defined in a section, and visible outside.
_MACHO_EXTERNAL = 0x0F
_COFF_EXTERNAL = 2


def macho(
    *names: str, payload: bytes = b"\xc3", platform: int | None = None, wants: tuple[tuple[str, ...], ...] = ()
) -> bytes:
    """Return a 64-bit little-endian x86-64 Mach-O object that defines `names` in its one section, and needs `?name`.

    Args:
        names: The symbols.
        payload: What the section holds.
        platform: That of its LC_BUILD_VERSION, version 13.1; without, it has no such command.
        wants: Its options for the linker (LC_LINKER_OPTION).
    """
    build = b"" if platform is None else struct.pack("<6I", 0x32, 24, platform, 0xD0100, 0, 0)
    build += b"".join(map(_linker_option, wants))
    count = 2 + (platform is not None) + len(wants)
    undefined = [name.startswith("?") for name in names]
    names = tuple(name.removeprefix("?") for name in names)
    commands_size = 72 + 80 + 24 + len(build)
    data_at = 32 + commands_size
    strings = b"\0" + b"".join(name.encode() + b"\0" for name in names)
    starts = [1 + sum(len(other) + 1 for other in names[:number]) for number in range(len(names))]
    symbols_at = data_at + len(payload)
    symbols = b"".join(
        struct.pack("<IBBHQ", start, 1 if missing else _MACHO_EXTERNAL, 0 if missing else 1, 0, 0)
        for start, missing in zip(starts, undefined, strict=True)
    )
    return b"".join(
        (
            struct.pack("<8I", 0xFEEDFACF, 0x01000007, 3, 1, count, commands_size, 0, 0),
            build,
            struct.pack("<II16s4Q4I", 0x19, 72 + 80, b"", 0, len(payload), data_at, len(payload), 7, 7, 1, 0),
            struct.pack("<16s16sQQ8I", b"__text", b"__TEXT", 0, len(payload), data_at, 0, 0, 0, 0x80000400, 0, 0, 0),
            struct.pack("<6I", 2, 24, symbols_at, len(names), symbols_at + len(symbols), len(strings)),
            payload + symbols + strings,
        )
    )


def _linker_option(words: tuple[str, ...]) -> bytes:
    text = b"".join(word.encode() + b"\0" for word in words)
    text += bytes(-len(text) % 8)
    return struct.pack("<3I", 0x2D, 16 + len(text), len(words)) + text + bytes(4)


def coff(*names: str, payload: bytes = b"\xc3", directives: str = "") -> bytes:
    """Return an x86-64 COFF object that defines `names` in its one section, and needs `?name`.

    `directives` are its words for the linker, in a section `.drectve` of their own.
    """
    said = directives.encode()
    headers = 20 + 40 * (2 if said else 1)
    symbols_at = headers + len(payload) + len(said)
    strings, symbols = b"", b""
    for name in names:
        field = struct.pack("<II", 0, 4 + len(strings))
        strings += name.removeprefix("?").encode() + b"\0"
        symbols += field + struct.pack("<IhHBB", 0, 0 if name.startswith("?") else 1, 0x20, _COFF_EXTERNAL, 0)
    words = struct.pack("<8s6IHHI", b".drectve", 0, 0, len(said), headers + len(payload), 0, 0, 0, 0, 0x100A00)
    return b"".join(
        (
            struct.pack("<HHIIIHH", 0x8664, 2 if said else 1, 0, symbols_at, len(names), 0, 0),
            struct.pack("<8s6IHHI", b".text", 0, 0, len(payload), headers, 0, 0, 0, 0, 0x60000020),
            (words if said else b"") + payload + said + symbols + struct.pack("<I", 4 + len(strings)) + strings,
        )
    )
