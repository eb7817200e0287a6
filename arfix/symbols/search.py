"""A fast search for symbol names in the bytes of objects, so that most objects need not be parsed.

An object whose string table does not contain a name cannot mention it.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import cached_property
from itertools import accumulate
from typing import TYPE_CHECKING

from arfix.archive.names import decode_name, encode_name
from arfix.errors import ArfixError
from arfix.formats.elf.constants import LTO_SLIM_SYMBOL, SLIM_SYMBOLS
from arfix.formats.elf.file import Elf
from arfix.formats.elf.symbol_table import SymbolTable, usual_symbol_table

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from arfix.archive.source import Extent

#: Up to this many names a search for each in the string table is faster than reading every name out of it.
_FEW = 8
#: Up to this many names a search for each in the bytes of a member is faster than a look at every place for all names.
_SOME = 500
#: Names are looked up by so many of their first bytes, or by fewer if they are shorter: a power of 2.
_WIDEST_START = 32
#: So many bytes of string tables are searched at once.
_BATCH = 1 << 20


class NameSearch:
    """A set of symbol names prepared for searching the bytes of objects.

    Attributes:
        names: The names.
        raw: Each name with its bytes.
    """

    def __init__(self, names: Collection[str]) -> None:
        self.names = frozenset(names)
        self.raw = {name: encode_name(name) for name in self.names}
        self._terminated = [raw + b"\0" for raw in self.raw.values()] if len(self.names) <= _FEW else None

    def may_be_in(self, elf: Elf) -> bool:
        """Return whether a member may have a symbol of one of the names; False is certain.

        In an ELF object, the string table is searched, where a name may be the tail of a longer one.
        """
        table = self._table_to_search(elf)
        if not isinstance(table, SymbolTable):
            return table
        strings = table.strings(elf.view)
        return _may_be_bytecode(table, strings) or bool(self._tables_with_names([strings]))

    def names_in(self, data: bytes) -> list[str]:
        """Return the names that the bytes contain at any place, sorted.

        For many names this takes time in proportion to the bytes, and not to names times bytes.
        """
        if len(self.raw) <= _SOME:
            return sorted(name for name, raw in self.raw.items() if raw and raw in data)
        found: set[str] = set()
        for width, sizes_of in self._starts.items():
            for at in range(len(data) - width + 1):
                for size in sizes_of.get(data[at : at + width], ()):
                    name = decode_name(data[at : at + size])
                    if name in self.names:
                        found.add(name)
        return sorted(found)

    @cached_property
    def _starts(self) -> dict[int, dict[bytes, frozenset[int]]]:
        """For each width the starts of that many bytes, each with the sizes of the names that begin so."""
        found: dict[int, dict[bytes, set[int]]] = {}
        for raw in filter(None, self.raw.values()):
            width = min(1 << (len(raw).bit_length() - 1), _WIDEST_START)
            found.setdefault(width, {}).setdefault(raw[:width], set()).add(len(raw))
        return {width: {start: frozenset(sizes) for start, sizes in starts.items()} for width, starts in found.items()}

    def filter(self, members: Iterable[tuple[int, Extent]]) -> Iterator[tuple[int, Extent]]:
        """Yield the members for whose bytes `may_be_in` returns True, in order.

        Many string tables are searched at once, which takes a third of the time of searching each.

        Args:
            members: Any number for each member, and its bytes.

        Raises:
            ArfixError: The bytes of a member cannot be read.
        """
        batch: list[tuple[int, Extent]] = []
        tables: list[bytes] = []
        certain: set[int] = set()
        size = 0
        for number, content in members:
            table: SymbolTable | bool | None = None
            if self._terminated is not None:
                table = usual_symbol_table(content.read, content.size)
            if table is None:
                table = self._table_to_search(Elf(content.view))
            if table is False:
                continue
            strings = b"" if table is True else content.read(table.strings_offset, table.strings_size)
            if table is True or _may_be_bytecode(table, strings):
                certain.add(len(batch))
            batch.append((number, content))
            tables.append(strings)
            size += len(tables[-1])
            if size > _BATCH:
                yield from [batch[at] for at in sorted(certain | self._tables_with_names(tables))]
                batch, tables, certain, size = [], [], set(), 0
        yield from [batch[at] for at in sorted(certain | self._tables_with_names(tables))]

    def _table_to_search(self, elf: Elf) -> SymbolTable | bool:
        """Return the table whose strings must be searched; True or False if the answer is known without them."""
        try:
            table = elf.symbol_table
        except ArfixError:  # no ELF object, or a damaged one
            if self._terminated is None:
                return True  # searching for each of many names costs more than reading the member
            data = bytes(elf.view)
            return any(raw in data for raw in self.raw.values())
        if table is None or self._terminated is None:
            return table is not None
        return table

    def _tables_with_names(self, tables: Sequence[bytes]) -> set[int]:
        """Return which string tables have one of the names, or a default version, which a plain name may mean."""
        joined = tables[0] if len(tables) == 1 else b"".join(tables)
        ends = list(accumulate(map(len, tables)))
        hits: set[int] = set()
        # A `@` alone is searched for in a tenth of the time of `@@`, and most objects have none.
        versions = (b"@@",) if b"@" in joined else ()
        for wanted in (*(self._terminated or ()), *versions):
            at = joined.find(wanted)
            while at >= 0:
                table = bisect_right(ends, at)
                hits.add(table)
                at = joined.find(wanted, ends[table])
        return hits


def _may_be_bytecode(table: SymbolTable, strings: bytes) -> bool:
    """Return whether the object may hold bytecode, whose names are not in its string table."""
    return table.symbol_count <= SLIM_SYMBOLS and LTO_SLIM_SYMBOL in strings
