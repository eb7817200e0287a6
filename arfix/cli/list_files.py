"""Files with lists of members, symbols or renames, as options such as --members-from name them."""

from __future__ import annotations

import sys

from arfix.archive.files import explained, read_text_file
from arfix.archive.names import decode_name
from arfix.errors import Where


def read_list_file(path: str) -> tuple[str, Where]:
    """Return the text of a list with newlines as line ends, and its place; `-` is standard input.

    Raises:
        AccessError: The file cannot be read.
    """
    where = Where(path)
    if path == "-":
        with explained(where, "cannot read"):
            data = sys.stdin.buffer.read()
    else:
        data = read_text_file(path, "a text")
    return decode_name(data).replace("\r\n", "\n"), where
