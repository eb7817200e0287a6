"""Build a `FormatError` at an offset in an object; the caller adds the file (`ArfixError.within`)."""

from __future__ import annotations

from arfix.errors import FormatError, Where


def malformed(message: str, offset: int) -> FormatError:
    """Return the error for wrong bytes at `offset`, in bytes from the start of the object."""
    return FormatError(message, where=Where("<bytes>", (), offset))
