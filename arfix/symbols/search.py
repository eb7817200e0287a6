"""The fast search for symbol names in the bytes of objects, which lets nearly all objects be passed over unread.

An object whose string table does not contain a name cannot mention it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.archive.names import encode_name
from arfix.errors import ArfixError
from arfix.formats.constants import LTO_SLIM_SYMBOL, SLIM_SYMBOLS
from arfix.formats.elf.file import locate_symbol_table

if TYPE_CHECKING:
    from collections.abc import Collection

#: Up to this many names a search for each in the string table is faster than reading every name out of it.
_FEW = 8


class NameSearch:
    """Symbol names, ready to be looked for in the bytes of objects.

    Attributes:
        names: The names.
        raw: Each name with its bytes.
    """

    def __init__(self, names: Collection[str]) -> None:
        self.names = frozenset(names)
        self.raw = {name: encode_name(name) for name in self.names}
        self._terminated = [raw + b"\0" for raw in self.raw.values()] if len(self.names) <= _FEW else None

    def may_be_in(self, view: memoryview) -> bool:
        """Return whether a member can have a symbol of one of the names: False is certain, True is not.

        Of an ELF object the string table is searched, where a name may be the tail of a longer one.
        """
        try:
            table = locate_symbol_table(view)
        except ArfixError:  # no ELF object, or a damaged one
            # A search for each of many names costs more than reading the member.
            data = b"" if self._terminated is None else bytes(view)
            return self._terminated is None or any(raw in data for raw in self.raw.values())
        if table is None or self._terminated is None:
            return table is not None
        strings = bytes(view[table.strings_offset : table.strings_offset + table.strings_size])
        if b"@" in strings and b"@@" in strings:  # the first alone takes a tenth of the time
            return True  # a default version, which a plain name may mean
        if table.symbol_count <= SLIM_SYMBOLS and LTO_SLIM_SYMBOL in strings:
            return True  # bytecode, whose names are elsewhere
        for name in self._terminated:  # noqa: SIM110 (a generator costs as much as the search)
            if name in strings:
                return True
        return False
