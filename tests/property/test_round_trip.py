"""read(write(archive)) == archive, for any archive of every kind that is written."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arfix.archive.format import MACHO_MAGICS
from arfix.archive.header import new_header
from arfix.archive.layout import lay_out
from arfix.archive.model import Archive, Kind, Member
from arfix.archive.read import read, read_archive
from arfix.archive.source import BytesSource, Source, extent_of
from arfix.archive.write import write_archive
from tests.archive.edited import rewritten
from tests.property.archives import WHERE, WRITABLE, archives


@pytest.mark.parametrize("kind", WRITABLE, ids=lambda kind: kind.value)
@given(st.data())
def test_what_is_written_is_read_back(kind: Kind, data: st.DataObject) -> None:
    archive = data.draw(archives(kind))
    written = write_archive(archive)
    back = read(written)
    if archive.kind is Kind.BSD and back.kind is Kind.DARWIN:  # the first member's magic decides between the two
        assert bytes(back.members[0].data[:4]) in MACHO_MAGICS
        return
    assert back == archive
    assert [oddity for oddity in back.oddities if "read as" not in oddity.message] == []
    assert write_archive(rewritten(back)) == written
    layout = lay_out(archive)
    assert layout.size == len(written)
    assert list(layout.header_offsets) == [member.header_offset for member in back]


@given(st.data())
def test_offsets_that_do_not_fit_32_bits_change_only_the_kind(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from([(Kind.GNU, Kind.GNU64), (Kind.DARWIN, Kind.DARWIN64)]))
    archive = data.draw(archives(kind[0]).filter(lambda each: each.index is not None and len(each.index) > 0))
    layout = lay_out(archive, largest_offset=0)
    assert layout.kind is kind[1]
    assert layout.chunks == lay_out(replace(archive, kind=kind[1])).chunks


@given(
    st.lists(st.tuples(st.text("abc./é", min_size=1, max_size=20), st.binary(max_size=9)), max_size=6),
)
def test_thin_archives_too(files: list[tuple[str, bytes]]) -> None:
    contents = dict(files)
    members = tuple(
        Member(path, new_header(), extent_of(data, WHERE), thin_path=path) for path, data in contents.items()
    )
    archive = Archive(Kind.GNU, members, None, thin=True)

    def open_beside(path: str, _size: int | None) -> Source:
        return BytesSource(WHERE, memoryview(contents[path]))

    written = write_archive(archive)
    back = read_archive(BytesSource(WHERE, memoryview(written)), WHERE, open_beside=open_beside)
    assert back == archive
    assert write_archive(rewritten(back)) == written
