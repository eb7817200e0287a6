"""Member names: how each variant stores them, and the one text codec of the project.

A name up to 15 or 16 bytes is in the header's name field. Longer ones are stored in two ways:

* GNU, System V and COFF: a special member `//` (the *name table*) holds them one after another, and the header says
  `/<decimal offset into that table>`. In a thin archive `/<offset>:<origin>` names a member of another archive: the
  table gives that archive's path, and `origin` is the offset of the member's header in it.
* BSD and Darwin: the header says `#1/<n>`, and the first n bytes of the data are the name.

Readers differ in what ends a short name. GNU ends it at the first NUL, else the first `/`, else the first blank; LLVM
at the first `/`, else it drops trailing blanks. arfix ends it at the first NUL, else the first `/`, else drops trailing
blanks, so a full field of 16 bytes without terminator keeps all of them (GNU loses the last).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from arfix.archive.format import (
    BSD_LONG_NAME,
    DARWIN_ALIGNMENT,
    GNU_SHORT_NAME_MAX,
    NAME_TABLE_TERMINATOR,
    PADDING,
)
from arfix.errors import EditError, FormatError

if TYPE_CHECKING:
    from arfix.errors import Where


def decode_name(raw: bytes) -> str:
    """Return bytes of a name as text: UTF-8, and any byte that is not UTF-8 as a lone surrogate, so nothing is lost."""
    return raw.decode("utf-8", "surrogateescape")


def encode_name(name: str) -> bytes:
    """Return the bytes of a name that `decode_name` gave, exactly."""
    return name.encode("utf-8", "surrogateescape")


def quote(field: bytes) -> str:
    r"""Return stored bytes in quotes for a message: printable ASCII as it is, anything else as `\xNN`."""
    return '"' + "".join(chr(byte) if 0x20 <= byte < 0x7F else f"\\x{byte:02x}" for byte in field) + '"'


class LongName(NamedTuple):
    """A reference into the name table: byte offset of the name, and the origin of a nested thin member (else None)."""

    offset: int
    origin: int | None


def decode_short_name(field: bytes) -> bytes:
    """Return the name in a header's 16-byte field, up to the first NUL, else the first `/`, else trailing blanks."""
    end = field.find(b"\0")
    if end < 0:
        end = field.find(b"/")
    return field.rstrip(b" ") if end < 0 else field[:end]


def is_untidy_short_name(field: bytes) -> bool:
    """Return whether the field holds no name, or more than one name and its padding."""
    name = decode_short_name(field)
    return not name or bool(field[len(name) :].strip(b"/ \0")) or field[len(name) :].count(b"/") > 1


def decode_long_name_reference(field: bytes) -> LongName | None:
    """Return what `/<offset>` or `/<offset>:<origin>` refers to; None when the field is no such reference.

    Old System V tools put a blank in place of the first `/`. GNU ar leaves a stray `/` in the last byte of the field
    when the name's own length happens to be 15 ("`/0             /`"); it means nothing.
    """
    text = field[1:-1].rstrip(b" ") if field.endswith(b" /") else field[1:].rstrip(b" ")
    if text.isdigit():
        return LongName(int(text), None)
    offset, _, origin = text.partition(b":")
    return LongName(int(offset), int(origin)) if offset.isdigit() and origin.isdigit() else None


def decode_bsd_name_size(field: bytes, where: Where) -> int:
    """Return n of `#1/<n>`: how many bytes at the start of the data are the name.

    Raises:
        FormatError: n is not a decimal number.
    """
    digits = field[len(BSD_LONG_NAME) :].rstrip(b" \0")
    if digits.isdigit():
        return int(digits)
    raise FormatError(f"name field is {quote(field)}: no decimal number follows #1/", where=where)


def decode_bsd_name(raw: bytes) -> bytes:
    """Return the name at the start of the data, without the NULs that Apple, LLVM and BFD pad it with."""
    name, _, _ = raw.partition(b"\0")
    return name


class NameTable:
    r"""The `//` member: resolves `/<offset>`.

    Names end at `\n` (GNU, System V) or NUL (COFF), whichever comes first; one `/` before that is no part of the name.
    A name that nothing ends runs to the end of the table.

    Args:
        table: The data of the `//` member.
        where: The archive; offsets of errors are those of the table's own bytes.
        data_offset: Where the table's data starts in the archive.
    """

    def __init__(self, table: bytes, where: Where, data_offset: int) -> None:
        self._table = table
        self._where = where
        self._data_offset = data_offset
        self._names: dict[int, str] = {}
        # Entries do not overlap in any real table. Without a limit a table of n bytes without terminator and n
        # references into it would ask for n * n / 2 bytes of names.
        self._budget = 4 * len(table)

    def __len__(self) -> int:
        """Return the size of the table in bytes."""
        return len(self._table)

    def name_at(self, offset: int) -> str | None:
        """Return the name that starts at `offset` (bytes from the start of the table); None past its end.

        Raises:
            FormatError: The table's names overlap without measure.
        """
        name = self._names.get(offset)
        if name is None and offset < len(self._table):
            raw = self._cut(offset)
            name = self._names[offset] = decode_name(raw)
            self._budget -= len(raw)
            if self._budget < 0:
                raise FormatError(
                    "the names in the name table overlap: no terminators, or offsets into the middle of names",
                    where=self._where.at(self._data_offset),
                )
        return name

    def _cut(self, offset: int) -> bytes:
        newline = self._table.find(b"\n", offset)
        end = newline if newline >= 0 else len(self._table)
        nul = self._table.find(b"\0", offset, end)
        return self._table[offset : end if nul < 0 else nul].removesuffix(b"/")


def says_short_name(field: bytes, name: bytes) -> bool:
    """Return whether a stored name field contains all of `name`, so that a rewritten archive can keep it."""
    if field.startswith(BSD_LONG_NAME) or decode_long_name_reference(field) is not None:
        return False
    return name in {decode_short_name(field), field.rstrip(b" ")}


class NameTableBuilder:
    r"""Gathers the names that do not fit a header into the data of a `//` member.

    Args:
        terminator: Ends each name: "/\n" (GNU), or NUL (COFF).
        share: Whether equal names share one entry. GNU writes each again, LLVM shares.
    """

    def __init__(self, terminator: bytes = NAME_TABLE_TERMINATOR, *, share: bool = False) -> None:
        self._terminator = terminator
        self._offsets: dict[bytes, int] | None = {} if share else None
        self._table = bytearray()

    def add(self, name: bytes) -> int:
        r"""Return the offset of `name` in the table, after adding it where needed.

        Raises:
            EditError: The name holds a NUL or `\n`: a reader would end it there.
        """
        if b"\0" in name or b"\n" in name:
            raise EditError(f"the name {quote(name)} cannot be stored: NUL and newline end a name in the name table")
        if self._offsets is not None and name in self._offsets:
            return self._offsets[name]
        offset = len(self._table)
        self._table += name + self._terminator
        if self._offsets is not None:
            self._offsets[name] = offset
        return offset

    def data(self) -> bytes:
        r"""Return the table, padded with `\n` to an even size; empty when no name was added."""
        return bytes(self._table) + PADDING * (len(self._table) % 2)


def encode_gnu_name(name: bytes, table: NameTableBuilder, stored: bytes = b"") -> bytes:
    """Return the 16 bytes of a name field: `name/`, or `/<offset>` after adding the name to `table`.

    A name of more than 15 bytes goes to the table, as does one that holds a `/`, and an empty one.

    Args:
        name: The full name.
        table: Takes what does not fit.
        stored: The field as it was read; empty for a new member. It stays where it says the name already, and of an old
            reference the last byte stays: GNU ar rewrites 15 bytes.

    Raises:
        EditError: The name cannot be stored.
    """
    if says_short_name(stored, name):
        return stored
    if name and len(name) <= GNU_SHORT_NAME_MAX and b"/" not in name:
        if b"\0" in name:
            raise EditError(f"the name {quote(name)} cannot be stored: NUL ends a name")
        return (name + b"/").ljust(16)
    return encode_long_name_reference(LongName(table.add(name), None), stored)


def encode_long_name_reference(reference: LongName, stored: bytes = b"") -> bytes:
    """Return the 16 bytes of `/<offset>` or `/<offset>:<origin>`; `stored` as in `encode_gnu_name`.

    Raises:
        EditError: The numbers are too large for 15 bytes.
    """
    text = b"/%d" % reference.offset + (b"" if reference.origin is None else b":%d" % reference.origin)
    last = b"/" if stored.startswith(b"/") and stored.endswith(b" /") else b" "
    if len(text) > 15:
        raise EditError(f"the reference {quote(text)} does not fit the name field")
    return text.ljust(15) + last


def encode_bsd_name(name: bytes, data_offset: int) -> tuple[bytes, bytes]:
    """Return the name field `#1/<n>` and the n bytes: the name, and the NULs that bring what follows to 8-alignment.

    Args:
        name: The full name.
        data_offset: The offset of the n bytes in the archive: right after the header.

    Raises:
        EditError: The name holds a NUL.
    """
    if b"\0" in name:
        raise EditError(f"the name {quote(name)} cannot be stored: NUL ends a name")
    prefix = name + bytes(-(data_offset + len(name)) % DARWIN_ALIGNMENT)
    return b"%b%-13d" % (BSD_LONG_NAME, len(prefix)), prefix
