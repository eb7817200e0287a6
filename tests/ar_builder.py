"""GNU archives made from literal members, for tests that need one with exactly these bytes."""

from __future__ import annotations

import struct


def header(name: str, size: int, *, date: int = 0, uid: int = 0, gid: int = 0, mode: int = 0o644) -> bytes:
    """Return a 60-byte header; `name` is the name field as stored."""
    return f"{name:<16}{date:<12}{uid:<6}{gid:<6}{mode:<8o}{size:<10}`\n".encode("utf-8", "surrogateescape")


def ar(*members: tuple[str, bytes], index: tuple[tuple[str, int], ...] | None = None, **attributes: int) -> bytes:
    """Return a GNU archive of `members` (name, bytes).

    Args:
        members: In order; names longer than 15 bytes go to a name table.
        index: (symbol, member position) for a symbol index; None for an archive without.
        attributes: `date`, `uid`, `gid`, `mode` of every header.
    """
    table = b"".join(f"{name}/\n".encode() for name, _ in members if len(name) > 15)
    front = b"" if index is None else _padded("/", bytes(4 + 4 * len(index)) + _names(index))
    if table:
        front += _padded("//", table)
    body, offsets, used = b"", [], 0
    for name, data in members:
        offsets.append(8 + len(front) + len(body))
        field = f"{name}/"
        if len(name) > 15:
            field, used = f"/{used}", used + len(name) + 2
        body += header(field, len(data), **attributes) + data + b"\n" * (len(data) % 2)
    if index is not None:
        words = struct.pack(f">{1 + len(index)}I", len(index), *(offsets[position] for _, position in index))
        front = front[:60] + words + front[60 + len(words) :]
    return b"!<arch>\n" + front + body


def _names(index: tuple[tuple[str, int], ...]) -> bytes:
    names = b"".join(name.encode() + b"\0" for name, _ in index)
    return names + b"\0" * (len(names) % 2)


def _padded(name: str, data: bytes) -> bytes:
    return header(name, len(data)) + data + b"\n" * (len(data) % 2)
