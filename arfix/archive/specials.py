"""Finds the special members of an archive: symbol index, name table, opaque maps. They also show its kind.

They stand in front of the ordinary members: the symbol index first, then (COFF) its second form, the name table and
opaque maps. GNU and LLVM look for them nowhere else. So a `/` further back is an ordinary member here too, since every
linker takes it as one, and an oddity says so; only a late name table is used, as no other reading of the names is left.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from arfix.archive.format import (
    BSD_INDEX_NAME,
    BSD_LONG_NAME,
    COFF_MAP_END,
    COFF_MAP_START,
    COFF_OPAQUE_NAMES,
    DARWIN64_INDEX_NAME,
    DARWIN64_SORTED_INDEX_NAME,
    DARWIN_SORTED_INDEX_NAME,
    GNU64_INDEX_NAME,
    GNU_INDEX_NAME,
    NAME_TABLE_NAME,
    OLD_NAME_TABLE_NAME,
    SOM_INDEX_MAGICS,
)
from arfix.archive.index import index_of
from arfix.archive.index_bsd import decode_bsd_index
from arfix.archive.index_coff import decode_second_linker_member
from arfix.archive.index_gnu import decode_gnu_index
from arfix.archive.model import Kind
from arfix.archive.names import NameTable, decode_bsd_name, quote
from arfix.archive.oddity import OddityKind
from arfix.errors import FormatError, UnsupportedError

if TYPE_CHECKING:
    from arfix.archive.index import IndexTable
    from arfix.archive.model import Index
    from arfix.archive.scan import RawMember, ReadContext

#: BSD and Darwin indexes: bytes in a number, whether the entries are sorted, and the kind. (`__.SYMDEF` may be
#: Darwin's.)
_BSD_INDEXES = {
    BSD_INDEX_NAME: (4, False, Kind.BSD),
    DARWIN_SORTED_INDEX_NAME: (4, True, Kind.DARWIN),
    DARWIN64_INDEX_NAME: (8, False, Kind.DARWIN64),
    DARWIN64_SORTED_INDEX_NAME: (8, True, Kind.DARWIN64),
}
#: The names of these indexes, without terminators.
BSD_INDEX_NAMES = frozenset(_BSD_INDEXES)
#: More bytes of a `#1/` name than any index has.
_ENOUGH_OF_A_NAME = 64
_GNU_INDEXES = frozenset({GNU_INDEX_NAME, GNU64_INDEX_NAME})
_NAME_TABLES = frozenset({NAME_TABLE_NAME, OLD_NAME_TABLE_NAME})


@dataclass(slots=True)
class Specials:
    """The special members, and the ordinary ones.

    Attributes:
        index: The member that is the symbol index.
        bsd_name: That member's name in the BSD and Darwin variants, terminators removed; else empty.
        second: The entries of the second linker member; not None in a COFF library alone.
        name_table: The `//` member.
        maps: Opaque members that are carried along.
        ordinary: The others, in file order.
    """

    index: RawMember | None = None
    bsd_name: bytes = b""
    second: IndexTable | None = None
    name_table: RawMember | None = None
    maps: list[RawMember] = field(default_factory=list)
    ordinary: list[RawMember] = field(default_factory=list)

    @property
    def kind(self) -> Kind | None:
        """The variant that the index shows; None without an index. `BSD` may still turn out to be `DARWIN`."""
        if self.index is None:
            return None
        if self.bsd_name:
            return _BSD_INDEXES[self.bsd_name][2]
        if self.second is not None:
            return Kind.COFF
        return Kind.GNU64 if _name(self.index) == GNU64_INDEX_NAME else Kind.GNU


def find_specials(given: ReadContext, slots: list[RawMember]) -> Specials:
    """Return the special members among `slots`, apart from the ordinary ones."""
    specials = Specials()
    for position, slot in enumerate(slots):
        name = _name(slot)
        if position == 0:
            specials.bsd_name = _bsd_index_name(given, slot)
        if name in _GNU_INDEXES or (position == 0 and specials.bsd_name):
            _take_index(given, specials, slot)
        elif name in _NAME_TABLES and specials.name_table is None:
            specials.name_table = slot
        elif name.startswith(COFF_MAP_START) and name.endswith(COFF_MAP_END):
            specials.maps.append(slot)
            if name not in COFF_OPAQUE_NAMES:
                message = f"special member {quote(name)} is not one that arfix knows; it is carried along"
                given.odd(OddityKind.UNKNOWN_SPECIAL_MEMBER, slot.offset, message)
        else:
            specials.ordinary = slots[position:]
            break
    _look_for_late_ones(given, specials)
    return specials


def _take_index(given: ReadContext, specials: Specials, slot: RawMember) -> None:
    """Keep an index. Two `/` members are those of a COFF library if the second has that layout."""
    if specials.index is None:
        specials.index = slot
        return
    if specials.second is None and _name(slot) == _name(specials.index) == GNU_INDEX_NAME:
        try:
            specials.second = decode_second_linker_member(given.data(slot), given.where.at(slot.data_offset))
        except FormatError:
            pass  # just another index
        else:
            return
    message = f"another symbol index, {quote(_name(slot))}; the first one counts"
    given.odd(OddityKind.DUPLICATE_INDEX, slot.offset, message)


def _look_for_late_ones(given: ReadContext, specials: Specials) -> None:
    """Note special members behind ordinary ones; take the first late name table out if there is none in front."""
    late_table = None
    for slot in specials.ordinary:
        if not slot.header.startswith(b"/"):
            continue
        name = _name(slot)
        if name == NAME_TABLE_NAME and specials.name_table is not None:
            message = "another name table; the first one counts, and linkers take this one as a member"
            given.odd(OddityKind.DUPLICATE_NAME_TABLE, slot.offset, message)
        elif name == NAME_TABLE_NAME:
            specials.name_table = late_table = slot
            message = "the name table follows members; GNU and LLVM look for it only in front of them"
            given.odd(OddityKind.LATE_SPECIAL_MEMBER, slot.offset, message)
        elif name in _GNU_INDEXES or name.startswith(COFF_MAP_START):
            message = f"special member {quote(name)} behind ordinary ones, where linkers take it as one of them"
            given.odd(OddityKind.LATE_SPECIAL_MEMBER, slot.offset, message)
    if late_table is not None:
        specials.ordinary = [slot for slot in specials.ordinary if slot is not late_table]


def is_special_name(name: bytes) -> bool:
    """Return whether a name field (blanks removed) is that of a special member, wherever the member is."""
    return name in _GNU_INDEXES or name == NAME_TABLE_NAME or name.startswith(COFF_MAP_START)


def read_name_table(given: ReadContext, specials: Specials) -> NameTable | None:
    """Return the name table, or None if the archive has none."""
    slot = specials.name_table
    return None if slot is None else NameTable(bytes(given.data(slot)), given.where, slot.data_offset)


def read_index(given: ReadContext, specials: Specials) -> Index | None:
    """Return the symbol index; None if there is none, or if it cannot be read (which is an oddity).

    Raises:
        UnsupportedError: It is the index of an HP-UX SOM library.
    """
    slot = specials.index
    if slot is None:
        return None
    try:
        table = _index_table(given, specials, slot)
    except FormatError as error:
        if bytes(given.data(slot)[:4]) in SOM_INDEX_MAGICS:
            raise UnsupportedError("an HP-UX SOM library, which arfix does not read", where=given.where) from error
        given.odd(OddityKind.BAD_INDEX, slot.data_offset, error.message)
        if specials.second is None:
            return None
        table = specials.second
    positions = {member.offset: position for position, member in enumerate(specials.ordinary)}
    return index_of(table, positions, given.where, given.oddities)


def _index_table(given: ReadContext, specials: Specials, slot: RawMember) -> IndexTable:
    data, where = given.data(slot), given.where.at(slot.data_offset)
    if specials.bsd_name:
        width, is_sorted, _ = _BSD_INDEXES[specials.bsd_name]
        return decode_bsd_index(data[_bsd_name_size(slot) :], where, width=width, sorted_by_name=is_sorted)
    table = decode_gnu_index(data, where, width=8 if specials.kind is Kind.GNU64 else 4)
    if specials.second is not None:
        _compare_linker_members(given, table, specials.second, slot.data_offset)
    return table


def _compare_linker_members(given: ReadContext, first: IndexTable, second: IndexTable, offset: int) -> None:
    """Note an oddity if the second linker member of a COFF library differs from the first."""
    pairs = set(zip(first.names, first.offsets, strict=True))
    strays = [pair for pair in zip(second.names, second.offsets, strict=True) if pair not in pairs]
    missing = set(first.names).difference(second.names)
    if strays or missing:
        name = strays[0][0] if strays else min(missing)
        message = f"the two linker members disagree on {name!r}; the first one counts (link.exe reads the second)"
        given.odd(OddityKind.BAD_INDEX, offset, message)


def _name(slot: RawMember) -> bytes:
    return slot.name_field.rstrip(b" ")


def _bsd_index_name(given: ReadContext, slot: RawMember) -> bytes:
    """Return the name of a BSD or Darwin index, short or long; empty when the member is none."""
    size = _bsd_name_size(slot)
    if size:
        name = decode_bsd_name(bytes(given.data(slot)[: min(size, _ENOUGH_OF_A_NAME)]))
    else:
        name = _name(slot).removesuffix(b"/")
    return name if name in _BSD_INDEXES else b""


def _bsd_name_size(slot: RawMember) -> int:
    """Return n of a sound `#1/<n>`, else 0."""
    prefix, digits = slot.name_field[: len(BSD_LONG_NAME)], slot.name_field[len(BSD_LONG_NAME) :].rstrip(b" \0")
    return int(digits) if prefix == BSD_LONG_NAME and digits.isdigit() else 0
