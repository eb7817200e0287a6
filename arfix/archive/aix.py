r"""AIX archives, big and small: read only.

They share nothing with the common format but the idea. The file begins with a header that holds the magic and, as
decimal text, the offsets of the member table, the symbol tables, the first and the last member, and the free list.
Members are a doubly linked list: each header has the offsets of the next and the previous one, and **that list is the
truth**, since AIX `ar` leaves removed members in place (on the free list) and puts gaps in front of members that the
loader maps. A header is followed by the name, a NUL if the name is odd, "`\n", the data, and a padding byte if the size
is odd.

                     big (`<bigaf>\n`)                              small (`<aiaff>\n`)
    file header      128 bytes: members, symbols (32-bit),          68 bytes: members, symbols, first, last,
                     symbols (64-bit), first, last, free;           free; 12 bytes each
                     20 bytes each
    member header    size, next, previous: 20 bytes each            12 bytes each
                     date, owner, group, mode (octal): 12 each      the same
                     length of the name: 4 bytes                    the same
    symbol table     a member without a name: count, offsets,       the same, numbers of 4 bytes
                     big-endian in 8 bytes each; names

Source: IBM AIX 7 Files Reference, "ar File Format"; BFD `bfd/coff-rs6000.c`; LLVM `BigArchive`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from arfix.archive.format import AIX_ATTRIBUTE_FIELD, AIX_BIG_MAGIC, AIX_NAME_SIZE_FIELD, FMAG, MAGIC_SIZE
from arfix.archive.header import decode_number
from arfix.archive.index import IndexTable, index_of
from arfix.archive.index_gnu import decode_gnu_index
from arfix.archive.model import Archive, Kind, Member
from arfix.archive.names import decode_name, quote
from arfix.archive.oddity import Oddity, OddityKind
from arfix.archive.source import Extent
from arfix.errors import FormatError

if TYPE_CHECKING:
    from arfix.archive.model import Index
    from arfix.errors import Where


class _Variant(NamedTuple):
    """The differences between big and small archives: sizes in bytes, and the words of the file header."""

    kind: Kind
    word: int
    symbol_word: int
    words: tuple[str, ...]

    @property
    def file_header_size(self) -> int:
        return MAGIC_SIZE + self.word * len(self.words)

    @property
    def member_header_size(self) -> int:
        return 3 * self.word + 4 * AIX_ATTRIBUTE_FIELD + AIX_NAME_SIZE_FIELD


_BIG = _Variant(Kind.AIX_BIG, 20, 8, ("members", "symbols", "symbols64", "first", "last", "free"))
_SMALL = _Variant(Kind.AIX_SMALL, 12, 4, ("members", "symbols", "first", "last", "free"))


class _Entry(NamedTuple):
    """A member as its header gives it; offsets in bytes from the start of the archive."""

    header: bytes
    name: bytes
    offset: int
    data_offset: int
    size: int
    next_offset: int


def read_aix(extent: Extent, where: Where) -> Archive:
    """Return the AIX archive that fills `extent`; its magic has been seen.

    A member's `header` is the fixed part: 112 bytes in a big archive, 88 in a small one. The name follows it in the
    file.

    Raises:
        FormatError: A number is none, an offset leads out of the file, or the list of members runs in a circle.
    """
    view = extent.view
    layout = _BIG if bytes(view[:MAGIC_SIZE]) == AIX_BIG_MAGIC else _SMALL
    if len(view) < layout.file_header_size:
        raise FormatError(f"an AIX archive of {len(view)} bytes: its header is cut short", where=where)
    words = {
        name: _number(bytes(view[at : at + layout.word]), f"the offset of {name}", where.at(at))
        for name, at in zip(layout.words, range(MAGIC_SIZE, layout.file_header_size, layout.word), strict=True)
    }
    entries = _walk(view, layout, words["first"], words["last"], where)
    _check_overlap(entries, where)
    members = tuple([_member(extent, entry) for entry in entries])
    oddities: list[Oddity] = []
    tables = [_symbols(view, layout, words.get(name, 0), where, oddities) for name in ("symbols", "symbols64")]
    return Archive(
        layout.kind,
        members,
        _index([table for table in tables if table is not None], entries, where, oddities),
        oddities=tuple(oddities),
        where=where,
        source=extent,
    )


def _walk(view: memoryview, layout: _Variant, first: int, last: int, where: Where) -> list[_Entry]:
    """Return the members along the list, from `first` (0: there are none) to `last`."""
    entries: list[_Entry] = []
    seen: set[int] = set()
    at = first
    while at:
        if at in seen:
            raise FormatError("the list of members runs in a circle", where=where.at(at))
        seen.add(at)
        entries.append(_entry_at(view, layout, at, where))
        if at == last:
            return entries
        at = entries[-1].next_offset
    if entries:
        raise FormatError(f"the list of members ends before the last member, at {last:#x}", where=where.at(last))
    return entries


def _entry_at(view: memoryview, layout: _Variant, at: int, where: Where) -> _Entry:
    """Return the member whose header starts at `at`."""
    name_at = at + layout.member_header_size
    header = bytes(view[at:name_at])
    if len(header) < layout.member_header_size:
        raise FormatError(f"a member header of {layout.member_header_size} bytes does not fit here", where=where.at(at))
    size = _number(header[: layout.word], "a member's size", where.at(at))
    next_offset = _number(header[layout.word : 2 * layout.word], "the offset of the next member", where.at(at))
    name_size = _number(header[-AIX_NAME_SIZE_FIELD:], "the length of a member's name", where.at(at))
    end_at = name_at + name_size + (name_size & 1)
    if bytes(view[end_at : end_at + len(FMAG)]) != FMAG:
        raise FormatError(f"no member header: {quote(FMAG)} does not follow the name", where=where.at(end_at))
    data_offset = end_at + len(FMAG)
    if size > len(view) - data_offset:
        raise FormatError(
            f"a member says that it has {size} bytes, but only {len(view) - data_offset} are left", where=where.at(at)
        )
    return _Entry(header, bytes(view[name_at : name_at + name_size]), at, data_offset, size, next_offset)


def _check_overlap(entries: list[_Entry], where: Where) -> None:
    """Check that no member begins inside another one."""
    end = 0
    for entry in sorted(entries, key=lambda entry: entry.offset):
        if entry.offset < end:
            raise FormatError(
                f"member {decode_name(entry.name)} begins inside another one", where=where.at(entry.offset)
            )
        end = entry.data_offset + entry.size


def _member(extent: Extent, entry: _Entry) -> Member:
    content = Extent(extent.source, extent.offset + entry.data_offset, entry.size)
    return Member(decode_name(entry.name), entry.header, content, entry.offset)


def _symbols(view: memoryview, layout: _Variant, at: int, where: Where, oddities: list[Oddity]) -> IndexTable | None:
    """Return the symbol table whose member starts at `at` (0: there is none); an unreadable one is an oddity."""
    if at == 0:
        return None
    try:
        entry = _entry_at(view, layout, at, where)
        data = view[entry.data_offset : entry.data_offset + entry.size]
        return decode_gnu_index(data, where.at(entry.data_offset), width=layout.symbol_word)
    except FormatError as error:
        oddities.append(Oddity(OddityKind.BAD_INDEX, error.where or where, error.message))
        return None


def _index(tables: list[IndexTable], entries: list[_Entry], where: Where, oddities: list[Oddity]) -> Index | None:
    """Return one index for the 32-bit and the 64-bit symbol table, in this order."""
    if not tables:
        return None
    names = [name for table in tables for name in table.names]
    offsets = [offset for table in tables for offset in table.offsets]
    positions = {entry.offset: position for position, entry in enumerate(entries)}
    return index_of(IndexTable(names, offsets), positions, where, oddities)


def _number(field: bytes, what: str, where: Where) -> int:
    number = decode_number(field.rstrip(b" \0"))
    if number is None or number < 0:
        raise FormatError(f"{what} is {quote(field)}, not a decimal number", where=where)
    return number
