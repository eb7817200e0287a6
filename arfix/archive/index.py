"""The symbol index (armap): which member defines which symbol, as each variant stores it.

A linker reads the index to find members on demand; `ar s` and `ranlib` make it. It is stored as the first member, and
gives for each symbol the offset of the header of the member that defines it. The layouts are in `index_gnu.py` (GNU and
System V, and the first linker member of COFF), `index_bsd.py` (BSD and Darwin) and `index_coff.py` (the second linker
member of COFF). What they share is here: every decoder returns an `IndexTable`, or raises `FormatError`, and `index_of`
turns offsets into positions.
"""

from __future__ import annotations

from itertools import repeat
from typing import TYPE_CHECKING, NamedTuple

from arfix.archive.model import NO_MEMBER, Index
from arfix.archive.oddity import Oddity, OddityKind
from arfix.archive.stored_names import StoredNames
from arfix.errors import EditError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from arfix.errors import Where


class IndexTable(NamedTuple):
    """A symbol index as stored: names, and for each the header offset in bytes from the start of the archive."""

    names: Sequence[str]
    offsets: Sequence[int]
    sorted_by_name: bool = False
    byte_order: str = "big"


def index_of(table: IndexTable, positions: dict[int, int], where: Where, oddities: list[Oddity]) -> Index:
    """Return the index with member positions in place of offsets.

    Args:
        table: The stored index.
        positions: Header offset of each ordinary member -> its position.
        where: The archive.
        oddities: Takes one oddity that counts the entries whose offset is no ordinary member's header.
    """
    members = tuple(map(positions.get, table.offsets, repeat(NO_MEMBER)))
    astray = members.count(NO_MEMBER)
    if astray:
        first = members.index(NO_MEMBER)
        oddities.append(
            Oddity(
                OddityKind.INDEX_ENTRY_ASTRAY,
                where.at(table.offsets[first]),
                f"{astray} of {len(members)} index entries point at no member header; "
                f"the first is {table.names[first]!r} at offset {table.offsets[first]}",
            ),
        )
    names = table.names if isinstance(table.names, StoredNames) else tuple(table.names)
    return Index(names, members, table.sorted_by_name, table.byte_order)


def encode_index_names(index: Index) -> bytes:
    """Return the names one after another, each ended by NUL: the form they have in every index.

    Raises:
        EditError: A name holds a NUL, or an entry names no member (the index was stale when it was read).
    """
    if not index.names:
        return b""
    if NO_MEMBER in index.members:
        astray = index.names[index.members.index(NO_MEMBER)]
        raise EditError(
            f"the symbol index says that {astray!r} is defined where no member is",
            hint="Rebuild the index: `arfix index`.",
        )
    if isinstance(index.names, StoredNames):
        return index.names.stored
    names = ("\0".join(index.names) + "\0").encode("utf-8", "surrogateescape")
    if names.count(b"\0") != len(index):
        raise EditError("a symbol name holds a NUL, which would end it in the symbol index")
    return names
