"""Lays out an archive that is written: an `Archive` becomes chunks, rendered bytes or extents of files.

The symbol index holds header offsets, and comes before the headers that it points at. So the sizes come first:
the index's follows from its names, the name table's from the members', and then every offset is known. What is the
same as in the file a member came from stays an `Extent` of that file (`chunks.py`): dropping a member of a large
archive gives a few chunks, whatever the number of members.

An edited archive is rendered as GNU ar renders GNU kinds, in deterministic mode, and as llvm-ar renders BSD, Darwin
and COFF. What GNU ar and llvm-ar would change in members that stay is left alone: names keep their directories,
headers their dates.

Source: BFD `_bfd_write_archive_contents`, `coff_write_armap`; LLVM `writeArchiveToStream`; both measured.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, NamedTuple, assert_never

from arfix.archive.chunks import Chunk, join_pieces
from arfix.archive.format import (
    BSD_INDEX_NAME,
    COFF_EC_SYMBOLS_NAME,
    COFF_MAX_MEMBERS,
    DARWIN64_INDEX_NAME,
    DARWIN64_SORTED_INDEX_NAME,
    DARWIN_SORTED_INDEX_NAME,
    FMAG,
    GNU64_INDEX_NAME,
    GNU_INDEX_NAME,
    HEADER_SIZE,
    MAGIC,
    MAGIC_SIZE,
    MAX_OFFSET_32,
    NAME_FIELD,
    NAME_TABLE_NAME,
    THIN_MAGIC,
)
from arfix.archive.header import HeaderFields, encode_header
from arfix.archive.index import encode_index_names
from arfix.archive.index_bsd import bsd_index_size, encode_bsd_index
from arfix.archive.index_coff import (
    encode_second_linker_member,
    member_offsets,
    renumber_ec_symbols,
    second_linker_member_size,
)
from arfix.archive.index_gnu import encode_gnu_index, gnu_index_size
from arfix.archive.member_layout import (
    RenderedMember,
    place_bsd_member,
    place_gnu_member,
    place_special_member,
    place_thin_members,
)
from arfix.archive.model import Index, Kind
from arfix.archive.names import NameTableBuilder, encode_bsd_name, encode_name
from arfix.archive.source import Extent
from arfix.archive.specials import BSD_INDEX_NAMES, is_special_name
from arfix.errors import EditError, UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from arfix.archive.model import Archive, Member

#: What GNU ar and llvm-ar write in the header of an index: everything 0.
_ZEROES = HeaderFields(0, 0, 0, 0)

#: What llvm-ar writes for the names of an index without entries, for old Solaris tools.
_NO_NAMES = bytes(3)


class ArchiveLayout(NamedTuple):
    """An archive as it will be written.

    Attributes:
        kind: As the archive's, except where offsets past 4 GiB made it a 64-bit kind.
        chunks: Every byte, in order.
        header_offsets: The offset of each member's header, in bytes from the start.
    """

    kind: Kind
    chunks: tuple[Chunk, ...]
    header_offsets: tuple[int, ...]

    @property
    def size(self) -> int:
        """Size of the whole archive in bytes."""
        return sum([chunk.size if isinstance(chunk, Extent) else len(chunk) for chunk in self.chunks])


def _check_index(archive: Archive) -> None:
    """Refuse an index that names members which are not there."""
    count = len(archive.members)
    if archive.index is not None and archive.index.members and max(archive.index.members) >= count:
        raise EditError(
            f"the index names members beyond the {count} that there are",
            where=archive.where,
            hint="Replace `index` by None as well, or apply a plan, which keeps the index.",
        )


def lay_out(archive: Archive, *, largest_offset: int = MAX_OFFSET_32) -> ArchiveLayout:
    """Return the layout of `archive` as it will be written; one that was not edited is its source, whole.

    The index becomes a 64-bit one where a header starts past `largest_offset`: in a GNU archive one that the index
    names, as with GNU ar; in a Darwin archive any, as with llvm-ar. An archive that had a 64-bit index keeps it.

    Args:
        archive: As read, or as edited: then its `source` is None.
        largest_offset: What a 32-bit index holds at most; smaller in tests.

    Raises:
        UnsupportedError: The archive is of a kind that arfix does not write.
        EditError: A name, a size or an offset does not fit the kind, or an index entry names no member.
    """
    if archive.source is not None:
        offsets = tuple([member.header_offset or 0 for member in archive.members])
        return ArchiveLayout(archive.kind, (archive.source,), offsets)
    _refuse_special_first(archive)
    _check_index(archive)
    match archive.kind:
        case Kind.GNU | Kind.GNU64:
            return _lay_out_gnu(archive, largest_offset)
        case Kind.BSD | Kind.DARWIN | Kind.DARWIN64:
            return _lay_out_bsd(archive, archive.kind, largest_offset)
        case Kind.COFF:
            return _lay_out_coff(archive, largest_offset)
        case Kind.AIX_BIG | Kind.AIX_SMALL:
            raise UnsupportedError(
                "arfix reads AIX archives but does not write edited ones",
                where=archive.where,
                hint="Edit it with AIX's ar, or take its members out with `arfix extract`.",
            )
    assert_never(archive.kind)


def _lay_out_gnu(archive: Archive, largest_offset: int) -> ArchiveLayout:
    """Index, name table, members; the same for thin archives, but for the magic and the members' bytes."""
    magic, table = (THIN_MAGIC if archive.thin else MAGIC), NameTableBuilder()
    if archive.thin:
        pieces = place_thin_members(archive.members, table)
    else:
        pieces = [place_gnu_member(member, table) for member in archive.members]
    name_table = _name_table(table, archive.members)
    maps, maps_size = _maps(archive)
    index, kind = archive.index, archive.kind
    if index is None or not pieces:  # GNU ar gives an archive without objects no index
        offsets = _header_offsets(pieces, MAGIC_SIZE + len(name_table) + maps_size)
        return ArchiveLayout(kind, join_pieces((magic, name_table), (*maps, *pieces)), offsets)
    names = encode_index_names(index)
    width = 8 if kind is Kind.GNU64 else 4
    while True:
        index_size = HEADER_SIZE + gnu_index_size(len(index), names, width=width)
        offsets = _header_offsets(pieces, MAGIC_SIZE + index_size + len(name_table) + maps_size)
        entries = list(map(offsets.__getitem__, index.members))
        if width == 8 or max(entries, default=0) <= largest_offset:
            break
        width, kind = 8, Kind.GNU64
    name = GNU_INDEX_NAME if width == 4 else GNU64_INDEX_NAME
    head = (magic, *_special(name, encode_gnu_index(entries, names, width=width)), name_table)
    return ArchiveLayout(kind, join_pieces(head, (*maps, *pieces)), offsets)


def _lay_out_bsd(archive: Archive, kind: Kind, largest_offset: int) -> ArchiveLayout:
    """Index and members; the offset of a member decides how its name is padded."""
    has_index = archive.members or kind is not Kind.BSD  # on Darwin the linker wants one even in an empty archive
    index, is_sorted = _in_promised_order(archive.index if has_index else None, kind)
    width = 8 if kind is Kind.DARWIN64 else 4
    names, start = b"", MAGIC_SIZE
    field, prefix = encode_bsd_name(_bsd_index_name(kind, is_sorted=is_sorted), MAGIC_SIZE + HEADER_SIZE)
    if index is not None:
        names = encode_index_names(index) or (_NO_NAMES if archive.members else b"")
        start += HEADER_SIZE + len(prefix) + bsd_index_size(len(index), names, width=width)
    pieces, offsets, at = [], [], start
    for member in archive.members:
        piece = place_bsd_member(member, at, is_darwin=kind is not Kind.BSD)
        pieces.append(piece)
        offsets.append(at)
        at += piece.size
    head: tuple[bytes, ...] = (MAGIC,)
    if index is not None:
        if width == 4 and offsets and offsets[-1] > largest_offset:
            if kind is Kind.BSD:
                raise _too_large(archive, "a BSD archive has no 64-bit symbol index")
            return _lay_out_bsd(archive, Kind.DARWIN64, largest_offset)
        entries = [offsets[member] for member in index.members]
        data = encode_bsd_index(entries, names, width=width, byte_order=index.byte_order)
        head = (MAGIC, encode_header(field, _ZEROES, len(prefix) + len(data)), prefix, data)
    return ArchiveLayout(kind, join_pieces(head, pieces), tuple(offsets))


def _bsd_index_name(kind: Kind, *, is_sorted: bool) -> bytes:
    if kind is Kind.DARWIN64:
        return DARWIN64_SORTED_INDEX_NAME if is_sorted else DARWIN64_INDEX_NAME
    return DARWIN_SORTED_INDEX_NAME if is_sorted else BSD_INDEX_NAME


def _in_promised_order(index: Index | None, kind: Kind) -> tuple[Index | None, bool]:
    """Return the index, sorted by name if it was, and whether it may say so.

    An index that was `SORTED` is sorted again after an edit. With one name twice it cannot be searched by halves, so
    it then keeps its order and loses the word, as with Apple's libtool.
    """
    if index is None or not index.sorted_by_name or kind is Kind.BSD:
        return index, False
    keys = [encode_name(name) for name in index.names]
    order = sorted(range(len(keys)), key=keys.__getitem__)
    if any(keys[this] == keys[following] for this, following in pairwise(order)):
        return index, False
    names = tuple([index.names[entry] for entry in order])
    return replace(index, names=names, members=tuple([index.members[entry] for entry in order])), True


def _lay_out_coff(archive: Archive, largest_offset: int) -> ArchiveLayout:
    """First linker member, second linker member, name table, opaque maps, members."""
    if len(archive.members) > COFF_MAX_MEMBERS:
        raise _too_large(archive, f"a COFF library holds at most {COFF_MAX_MEMBERS} members")
    table = NameTableBuilder(b"\0", share=True)
    pieces = [place_gnu_member(member, table) for member in archive.members]
    name_table = _name_table(table, archive.members)
    maps, maps_size = _maps(archive)
    between = len(name_table) + maps_size
    if archive.index is None:
        offsets = _header_offsets(pieces, MAGIC_SIZE + between)
        return ArchiveLayout(Kind.COFF, join_pieces((MAGIC, name_table), (*maps, *pieces)), offsets)
    index = _without_repeats(archive.index)
    names = encode_index_names(index)
    first_size = gnu_index_size(len(index), names, width=4)
    second_size = second_linker_member_size(len(pieces), len(index), names)
    offsets = _header_offsets(pieces, MAGIC_SIZE + 2 * HEADER_SIZE + first_size + second_size + between)
    if offsets and offsets[-1] > largest_offset:
        raise _too_large(archive, "a COFF library has no 64-bit symbol index")
    first = encode_gnu_index([offsets[member] for member in index.members], names, width=4)
    second = encode_second_linker_member(offsets, index.members, names)
    head = (MAGIC, *_special(GNU_INDEX_NAME, first), *_special(GNU_INDEX_NAME, second), name_table)
    return ArchiveLayout(Kind.COFF, join_pieces(head, (*maps, *pieces)), offsets)


def _maps(archive: Archive) -> tuple[list[RenderedMember], int]:
    """Return the opaque special members, and how many bytes they take.

    What they say is not known here, so they are carried along; but for the index of ARM64EC symbols, whose numbers of
    members would no longer hold.
    """
    pieces = []
    for extra in archive.extras:
        data = None
        if extra.header_offset is not None and extra.name == COFF_EC_SYMBOLS_NAME.decode("ascii"):
            data = _renumbered(extra, archive.members)
        pieces.append(place_special_member(extra, data))
    return pieces, sum([piece.size for piece in pieces])


def _renumbered(extra: Member, members: Sequence[Member]) -> bytes:
    """Return the data of the ARM64EC index `extra`, for the members that its library has now."""
    start = _start_of_archive(extra)
    now = {
        member.header_offset: position
        for position, member in enumerate(members)
        if member.content.source is extra.content.source and _start_of_archive(member) == start
    }
    before = member_offsets(extra.content.source.view[start:], extra.content.source.where)
    return renumber_ec_symbols(extra.data, [now.get(offset) for offset in before], extra.content.source.where)


def _start_of_archive(member: Member) -> int | None:
    """Return where in its source the archive starts that a member was read from, if its data follows its header."""
    return None if member.header_offset is None else member.content.offset - HEADER_SIZE - member.header_offset


def _without_repeats(index: Index) -> Index:
    """Return the index with the first entry of each name: what a COFF linker finds, and all that llvm-ar writes."""
    first: dict[str, int] = {}
    for name, member in index:
        first.setdefault(name, member)
    return index if len(first) == len(index) else replace(index, names=tuple(first), members=tuple(first.values()))


def _too_large(archive: Archive, reason: str) -> EditError:
    return EditError(f"the archive becomes too large: {reason}", where=archive.where, hint="Split it in two.")


def _special(name: bytes, data: bytes) -> tuple[bytes, bytes]:
    """Return header and data of an index; `data` is of even size."""
    return encode_header(name, _ZEROES, len(data)), data


def _name_table(table: NameTableBuilder, members: Sequence[Member]) -> bytes:
    """Return the `//` member. Of its header only name and size are filled (GNU and LLVM).

    It is left out without long names, unless an ordinary member is called so and would be taken for it.
    """
    data = table.data()
    if not data and not any(_stored_name(member) == NAME_TABLE_NAME for member in members):
        return b""
    return b"%-48b%-10d%b%b" % (NAME_TABLE_NAME, len(data), FMAG, data)


def _stored_name(member: Member) -> bytes:
    return member.header[NAME_FIELD].rstrip(b" ")


def _refuse_special_first(archive: Archive) -> None:
    """Raise `EditError` for a member that an edit has put in front, where it would be taken for an index or a table.

    A `/` behind other members is one of them to every linker, and so it is here.
    """
    if not archive.members or archive.kind in {Kind.AIX_BIG, Kind.AIX_SMALL}:
        return
    first = archive.members[0]
    name = _stored_name(first)
    if is_special_name(name) or (archive.index is None and name.removesuffix(b"/") in BSD_INDEX_NAMES):
        raise EditError(
            f'the member "{first.name}" would be first, where it is taken for a special member of the archive',
            where=archive.where,
            hint="Remove it as well: `arfix strip`.",
        )


def _header_offsets(pieces: Iterable[RenderedMember], start: int) -> tuple[int, ...]:
    """Return where each header starts if the first one is at `start`, in bytes from the start of the archive."""
    *offsets, _ = accumulate([piece.size for piece in pieces], initial=start)
    return tuple(offsets)
