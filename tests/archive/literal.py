"""Archives written out field by field, for tests where every byte counts."""

from __future__ import annotations

MAGIC = b"!<arch>\n"
THIN = b"!<thin>\n"


def field_header(
    name: bytes,
    size: bytes | int,
    *,
    date: bytes = b"0",
    uid: bytes = b"0",
    gid: bytes = b"0",
    mode: bytes = b"644",
    fmag: bytes = b"`\n",
) -> bytes:
    """Return a header whose fields hold exactly these bytes, blank padded."""
    size = str(size).encode() if isinstance(size, int) else size
    widths = ((name, 16), (date, 12), (uid, 6), (gid, 6), (mode, 8), (size, 10))
    built = b"".join(value.ljust(width) for value, width in widths) + fmag
    assert len(built) == 60
    return built


def stored(name: bytes, data: bytes = b"", *, padding: bytes = b"\n") -> bytes:
    """Return a member: header, data, and the padding byte if there must be one."""
    return field_header(name, len(data)) + data + padding * (len(data) % 2)


def archive(*members: bytes, magic: bytes = MAGIC) -> bytes:
    """Return the magic and these members."""
    return magic + b"".join(members)
