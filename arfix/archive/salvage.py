"""Reads what is left of a damaged archive: its members, and where bytes were lost.

Nothing is guessed. A member is kept when its header is whole and its bytes are there. Behind a damaged stretch reading
goes on where a row of sound headers leads to the end, or is long enough; headers inside a nested archive look the same,
so reading stops where the stretch holds the beginning of one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from arfix.archive.format import (
    FMAG,
    FMAG_FIELD,
    HEADER_SIZE,
    MAGIC,
    MAGIC_SIZE,
    SIZE_FIELD,
    THIN_MAGIC,
)
from arfix.archive.header import attribute_oddities, decode_size
from arfix.archive.model import Archive, Member
from arfix.archive.names import quote
from arfix.archive.overflow import OVERFLOW_SAMPLE, describe_overflow, mended_header
from arfix.archive.read import MemberNamer, kind_of
from arfix.archive.scan import RawMember, ReadContext, is_stored_in_thin
from arfix.archive.specials import find_specials, read_name_table
from arfix.errors import ArfixError, FormatError, UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from arfix.archive.model import OpenBeside
    from arfix.archive.source import Extent
    from arfix.errors import Where

#: So many sound headers in a row are taken for the archive's own, though they do not lead to its end.
_ENOUGH = 3


@dataclass(frozen=True, slots=True)
class LostBytes:
    """A stretch of the archive that could not be read.

    Attributes:
        offset: Where it starts, in bytes from the start of the archive.
        size: How many bytes it has.
        reason: What is wrong there.
        member: The member whose header could be read, or None.
    """

    offset: int
    size: int
    reason: str
    member: str | None = None


@dataclass(frozen=True, slots=True)
class Salvaged:
    """The readable part of an archive.

    Attributes:
        archive: Its members, without an index.
        lost: What could not be read, in file order.
        doubtful: Positions of members in front of a lost stretch: their size may be wrong.
        renamed: Positions of members whose names were lost.
        repaired: Positions of members whose header was too long and was read all the same.
    """

    archive: Archive
    lost: tuple[LostBytes, ...]
    doubtful: frozenset[int]
    renamed: frozenset[int]
    repaired: frozenset[int]


class _Scan(NamedTuple):
    slots: list[RawMember]
    lost: list[LostBytes]
    doubtful: set[int]
    repaired: set[int]


def salvage(extent: Extent, where: Where, *, open_beside: OpenBeside | None = None) -> Salvaged:
    """Return what can be read of the archive that fills `extent`.

    Raises:
        FormatError: The bytes are no archive at all.
        UnsupportedError: They are an archive of a kind that is not in the common format.
    """
    view = extent.view
    magic = bytes(view[:MAGIC_SIZE])
    lost = []
    if magic not in {MAGIC, THIN_MAGIC}:
        if bytes(view[MAGIC_SIZE + FMAG_FIELD.start : MAGIC_SIZE + HEADER_SIZE]) != FMAG:
            raise UnsupportedError(
                f"this begins with {quote(magic)} and has no member header behind it, so it is no archive that arfix "
                "can salvage",
                where=where,
            )
        lost.append(LostBytes(0, MAGIC_SIZE, f"the archive begins with {quote(magic)}, not {quote(MAGIC)}"))
    given = ReadContext(extent, view, where, magic == THIN_MAGIC, [])
    scan = _scan(given)
    lost += scan.lost
    doubtful = {slot.offset for number, slot in enumerate(scan.slots) if number in scan.doubtful}
    repaired = {slot.offset for number, slot in enumerate(scan.slots) if number in scan.repaired}
    specials = find_specials(given, scan.slots)
    for slot in specials.maps:
        lost.append(LostBytes(slot.offset, HEADER_SIZE + slot.size, "a special member that speaks of all members"))
    naming = MemberNamer(given, read_name_table(given, specials), open_beside)
    members: list[Member] = []
    renamed: set[int] = set()
    for slot in specials.ordinary:
        try:
            member = naming.member(slot)
            _ = member.data
        except FormatError as error:
            if slot.name_field.startswith(b"/"):
                renamed.add(len(members))
                member = Member(f"unnamed-{slot.offset:#x}.o", slot.header, given.content(slot), slot.offset)
                members.append(replace(member, header=b" " * 16 + slot.header[16:]))
            else:
                lost.append(LostBytes(slot.offset, HEADER_SIZE + slot.size, error.message))
        except ArfixError as error:  # the file of a thin member
            lost.append(LostBytes(slot.offset, HEADER_SIZE, error.message, slot.name_field.decode("latin-1").rstrip()))
        else:
            members.append(member)
    kind = kind_of(given, specials.kind, tuple(members), has_bsd_names=naming.has_bsd_names)
    archive = Archive(kind, tuple(members), None, thin=given.thin, where=where)
    return Salvaged(
        archive,
        tuple(sorted(lost, key=lambda one: one.offset)),
        _positions(members, doubtful),
        frozenset(renamed),
        _positions(members, repaired),
    )


def _positions(members: Iterable[Member], offsets: set[int]) -> frozenset[int]:
    return frozenset(position for position, member in enumerate(members) if member.header_offset in offsets)


def _scan(given: ReadContext) -> _Scan:
    """Return every member with a sound header and all its bytes, special ones included."""
    end = len(given.view)
    result = _Scan([], [], set(), set())
    search = _HeaderSearch(given)
    at = MAGIC_SIZE
    while end - at >= HEADER_SIZE:
        slot, reason, length = _slot_at(given, at)
        following = at if slot is None else _next_header_offset(given, slot, length)
        if slot is not None and following <= end:
            if length != HEADER_SIZE:
                result.repaired.add(len(result.slots))
            result.slots.append(slot)
            at = following
            continue
        name = None
        if slot is not None:
            name = _name_of(slot)
            left = end - slot.data_offset
            reason = f"it says that it has {slot.size:,} bytes, and {max(left, 0):,} are left"
        elif result.slots:
            result.doubtful.add(len(result.slots) - 1)
        found = search.next_header(at + 1)  # a byte that is missing or too many shifts all headers behind it
        stop = end if found is None else found
        result.lost.append(LostBytes(at, stop - at, reason, name))
        at = stop
    if at < end:
        result.lost.append(LostBytes(at, end - at, "too few bytes for a member header"))
    return result


def _slot_at(given: ReadContext, at: int) -> tuple[RawMember | None, str, int]:
    """Return the member whose header starts at `at`, what is wrong with it, and how long its header is."""
    where = given.where.at(at)
    header = bytes(given.view[at : at + HEADER_SIZE])
    try:
        if header[FMAG_FIELD] == FMAG:
            return RawMember(header, at, decode_size(header, where, [])), "", HEADER_SIZE
        sample = bytes(given.view[at : at + OVERFLOW_SAMPLE])
        overflow = describe_overflow(sample, where)
        if overflow is None:
            return None, f"no member header, which would end with {quote(FMAG)}", HEADER_SIZE
        mended = mended_header(sample)
        if mended is None:
            return None, overflow.message, HEADER_SIZE
        header, length = mended
        # The data follows the longer header; a slot counts from the end of one of 60 bytes.
        return RawMember(header, at + length - HEADER_SIZE, decode_size(header, where, [])), "", length
    except FormatError as error:
        return None, error.message, HEADER_SIZE


def _next_header_offset(given: ReadContext, slot: RawMember, length: int) -> int:
    """Return where the next header starts; past the end where bytes of the member are missing."""
    stored = 0 if given.thin and not is_stored_in_thin(slot.header) else slot.size
    start = slot.offset + HEADER_SIZE - length
    behind = start + length + stored
    if stored & 1 and behind < len(given.view):
        behind += 1
    return behind


def _name_of(slot: RawMember) -> str:
    return slot.name_field.decode("latin-1").rstrip(" ").removesuffix("/")


class _HeaderSearch:
    """Looks for a row of sound headers behind a damaged stretch; each byte is looked at a few times in all.

    Args:
        given: The archive.
    """

    def __init__(self, given: ReadContext) -> None:
        self._given = given
        self._bad: set[int] = set()
        self._data = b""
        self._magic = 0

    def next_header(self, start: int) -> int | None:
        """Return where a row of sound headers begins at or behind `start`; None if none does.

        None also where an archive begins in between: the headers behind that may be those of its members.
        """
        self._data = self._data or bytes(self._given.view)
        if 0 <= self._magic < start:
            self._magic = self._data.find(MAGIC, start)
        at = self._data.find(FMAG, start + FMAG_FIELD.start)
        while at >= 0:
            candidate = at - FMAG_FIELD.start
            if 0 <= self._magic < candidate:
                return None
            if candidate not in self._bad and _is_row(self._given, candidate, self._bad):
                return candidate
            at = self._data.find(FMAG, at + 1)
        return None


def _is_row(given: ReadContext, start: int, bad: set[int]) -> bool:
    """Return whether sound headers follow one another from `start` to the end, or at least a few do."""
    end = len(given.view)
    row: list[int] = []
    at = start
    while end - at >= HEADER_SIZE and at not in bad:
        header = bytes(given.view[at : at + HEADER_SIZE])
        digits = header[SIZE_FIELD].rstrip(b" ")
        if header[FMAG_FIELD] != FMAG or not digits.isdigit() or attribute_oddities(header, given.where.at(at)):
            break
        following = _next_header_offset(given, RawMember(header, at, int(digits)), HEADER_SIZE)
        if following > end:
            break
        row.append(at)
        at = following
        if at == end or len(row) >= _ENOUGH:
            return True
    bad.update(row)
    bad.add(start)
    return False
