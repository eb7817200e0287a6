"""Hypothesis strategies for whole archives, of every kind that arfix writes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import strategies as st

from arfix.archive.header import new_header
from arfix.archive.model import Archive, Index, Kind, Member
from arfix.archive.names import decode_name
from arfix.archive.source import extent_of
from arfix.errors import Where

if TYPE_CHECKING:
    from collections.abc import Callable

WHERE = Where("<bytes>")
MACHO = bytes.fromhex("cffaedfe")
WRITABLE = (Kind.GNU, Kind.GNU64, Kind.BSD, Kind.DARWIN, Kind.DARWIN64, Kind.COFF)

#: Bytes that mean something to some reader, and enough others; NUL and newline end names.
_NAME_BYTES = st.sampled_from(b"ab./ #1:<>\\\xc3\xa9\xff0123456789_-")
_NAMES = st.lists(_NAME_BYTES, min_size=1, max_size=40).map(lambda each: decode_name(bytes(each)))
#: Names around the limits of the name field.
_LIMITS = st.integers(14, 17).map("x".__mul__)
_SYMBOLS = st.binary(max_size=8).map(lambda raw: decode_name(raw.replace(b"\0", b"")))
_HEADERS = st.builds(
    new_header,
    date=st.integers(0, 10**12 - 1),
    uid=st.integers(0, 10**6 - 1),
    gid=st.integers(0, 10**6 - 1),
    mode=st.integers(0, 8**8 - 1),
)


def _member(name: str, header: bytes, data: bytes) -> Member:
    return Member(name, header, extent_of(data, WHERE))


@st.composite
def archives(draw: Callable[[st.SearchStrategy[object]], object], kind: Kind) -> Archive:
    """Return an archive of `kind` that was never read, as an edit would make it."""
    return _draw(draw, kind)


def _draw(draw: Callable[..., object], kind: Kind) -> Archive:
    is_darwin = kind in {Kind.DARWIN, Kind.DARWIN64}
    has_index = kind in {Kind.GNU64, Kind.DARWIN64, Kind.COFF} or bool(draw(st.booleans()))
    needs_member = has_index or kind is not Kind.GNU  # else nothing tells the kind
    names = _NAMES | _LIMITS
    if kind is Kind.COFF:  # the table's NUL leaves no way to tell a terminator from a `/` that is part of the name
        names = names.filter(lambda name: not name.endswith("/"))
    data = st.binary(max_size=20)
    if is_darwin:  # data is padded to 8, and the padding counts
        data = st.integers(0, 3).flatmap(lambda words: st.binary(min_size=8 * words, max_size=8 * words))
    members = draw(st.lists(st.builds(_member, names, _HEADERS, data), min_size=1 if needs_member else 0, max_size=6))
    assert isinstance(members, list)
    if is_darwin:
        members[0] = _member(members[0].name, members[0].header, MACHO + bytes(4))
    index = None
    if has_index:
        index = _draw_index(draw, kind, len(members))
    return Archive(kind, tuple(members), index)


def _draw_index(draw: Callable[..., object], kind: Kind, member_count: int) -> Index:
    is_sorted = kind in {Kind.DARWIN, Kind.DARWIN64} and bool(draw(st.booleans()))
    unique = is_sorted or kind is Kind.COFF
    names = draw(st.lists(_SYMBOLS, max_size=8, unique=unique))
    assert isinstance(names, list)
    if is_sorted:
        names.sort(key=lambda name: name.encode("utf-8", "surrogateescape"))
    members = [draw(st.integers(0, member_count - 1)) for _ in names]
    order = "big"
    if kind in {Kind.BSD, Kind.DARWIN, Kind.DARWIN64}:
        order = str(draw(st.sampled_from(["big", "little"])))
    return Index(tuple(names), tuple(members), is_sorted, order)  # type: ignore[arg-type]  # drawn values are objects
