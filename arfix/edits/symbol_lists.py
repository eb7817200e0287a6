"""Reading lists of symbols in GNU objcopy's format.

Each line has one name, or `OLD NEW` for renames; `#` begins a comment, and blanks around names are ignored. Source: GNU
binutils manual, `objcopy`, `--localize-symbols` and `--redefine-syms`; measured with 2.40.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.errors import EditError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from arfix.errors import Where


def decode_names(text: str, where: Where) -> tuple[str, ...]:
    """Return the names in a list.

    Raises:
        EditError: A line holds more than one name, or the list holds none.
    """
    rows = _rows(text, where, 1, "one name")
    if not rows:
        raise EditError("the list names no symbol", where=where)
    return tuple(name for (name,) in rows)


def decode_renames(text: str, where: Where) -> tuple[tuple[str, str], ...]:
    """Return the (old, new) pairs in a list.

    Raises:
        EditError: A line does not hold two names, or the list holds none.
    """
    rows = _rows(text, where, 2, "OLD NEW")
    if not rows:
        raise EditError("the list renames no symbol", where=where)
    return tuple((old, new) for old, new in rows)


def _rows(text: str, where: Where, width: int, expected: str) -> list[list[str]]:
    """Return the words of the lines that hold any; raise `EditError` for a line with another number of words."""
    rows = []
    for number, line in enumerate(text.split("\n"), 1):
        words = line.partition("#")[0].split()
        if words and len(words) != width:
            raise EditError(f"line {number} is {' '.join(words)!r}, expected {expected}", where=where)
        rows += [words] if words else []
    return rows


def decode_rename(text: str) -> tuple[str, str]:
    """Return (old, new) of `OLD=NEW`.

    Raises:
        EditError: It has another form.
    """
    old, equals, new = text.partition("=")
    if not (old and equals and new):
        raise EditError(f'"{text}" is no rename, expected OLD=NEW')
    return old, new


def collect_renames(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return old -> new.

    Raises:
        EditError: One symbol would get two names.
    """
    renames: dict[str, str] = {}
    for old, new in pairs:
        if renames.setdefault(old, new) != new:
            raise EditError(f"{old} would be called both {renames[old]} and {new}")
    return renames
