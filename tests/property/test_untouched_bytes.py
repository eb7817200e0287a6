"""An edit keeps every byte of the members it does not touch: header, data, and order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from arfix.archive.format import DATE_FIELD, MODE_FIELD, NAME_FIELD
from arfix.archive.model import Kind
from arfix.archive.read import read
from arfix.archive.write import write_archive
from tests.archive.edited import without
from tests.archive.literal import archive, field_header
from tests.property.archives import WRITABLE, archives

#: Fields as foreign tools have written them: without terminator, blank, signed, zero padded.
NAME_FIELDS = st.sampled_from(
    [b"a.o/", b"a.o", b"b c.o/", b"sixteen_chars__o", b"fifteen_chars_o/", b".", b"x.o\0junk"]
)
NUMBERS = st.sampled_from([b"", b"0", b"-1", b"100666", b"17 x", b"00012"])
DROPPED = st.sets(st.integers(0, 5))


@given(st.data(), DROPPED)
def test_attributes_names_and_data_stay_in_every_kind(data: st.DataObject, dropped: set[int]) -> None:
    kind = data.draw(st.sampled_from(WRITABLE))
    before = read(write_archive(data.draw(archives(kind))))
    if kind in {Kind.DARWIN, Kind.DARWIN64}:
        dropped = dropped - {0}  # without its first object nothing tells it from a BSD archive
    staying = [member for position, member in enumerate(before) if position not in dropped]
    if not staying:
        return
    after = read(write_archive(without(before, *dropped)))
    assert after.kind is before.kind or before.index is None
    for old, new in zip(staying, after, strict=True):
        assert (old.name, bytes(old.data)) == (new.name, bytes(new.data))
        assert old.header[DATE_FIELD.start : MODE_FIELD.stop] == new.header[DATE_FIELD.start : MODE_FIELD.stop]


@st.composite
def _stored(draw: st.DrawFn) -> tuple[bytes, bytes]:
    """Return a member with an odd header, and its data."""
    data = draw(st.binary(max_size=9))
    size = draw(st.sampled_from([b"%d", b"%05d"])) % len(data)
    fields = {name: draw(NUMBERS) for name in ("date", "uid", "gid", "mode")}
    return field_header(draw(NAME_FIELDS), size, **fields), data


@given(st.lists(_stored(), min_size=1, max_size=6), DROPPED)
def test_odd_headers_stay_byte_for_byte(members: list[tuple[bytes, bytes]], dropped: set[int]) -> None:
    def encoded(kept: list[tuple[bytes, bytes]]) -> bytes:
        return archive(*(header + data + b"\n" * (len(data) % 2) for header, data in kept))

    before = read(encoded(members))
    assert before.kind is Kind.GNU
    kept = [member for position, member in enumerate(members) if position not in dropped]
    assert write_archive(without(before, *dropped)) == encoded(kept)


@given(st.lists(_stored(), min_size=2, max_size=6), st.integers(0, 5))
def test_the_name_field_alone_changes_where_the_name_table_does(members: list[tuple[bytes, bytes]], at: int) -> None:
    table = b"first_of_the_long_names/\nsecond_of_the_long_names/\n\n"
    long = [(field_header(b"/%d" % offset, 3, mode=b"100644"), b"odd") for offset in (0, 25)]
    at = min(at, len(members))
    chain = [long[0], *members[:at], long[1], *members[at:]]
    special = field_header(b"//", len(table), date=b"", uid=b"", gid=b"", mode=b"") + table
    before = read(archive(special, *(header + data + b"\n" * (len(data) % 2) for header, data in chain)))
    after = read(write_archive(without(before, 0)))
    for old, new in zip(before.members[1:], after, strict=True):
        assert old.header[NAME_FIELD.stop :] == new.header[NAME_FIELD.stop :]
        assert (old.name, bytes(old.data)) == (new.name, bytes(new.data))
        if old.name != "second_of_the_long_names":
            assert old.header == new.header
