"""Files with lists of members, symbols or renames, as options such as --members-from name them."""

from __future__ import annotations

import sys
from pathlib import Path

from arfix.archive.names import decode_name
from arfix.errors import AccessError, Where


def read_list_file(path: str) -> tuple[str, Where]:
    """Return the text of a list with newlines as line ends, and its place; `-` is standard input.

    Raises:
        AccessError: The file cannot be read.
    """
    where = Where(path)
    try:
        data = sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
    except OSError as error:
        raise AccessError(f"cannot read: {error.strerror}", where=where) from error
    return decode_name(data).replace("\r\n", "\n"), where
