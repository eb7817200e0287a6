"""Law: a pickled archive is the archive, as it was made, read or edited; so is a member."""

from __future__ import annotations

import pickle

from hypothesis import given
from hypothesis import strategies as st

import arfix
from tests.property.archives import WRITABLE, archives


def again(archive: arfix.Archive) -> arfix.Archive:
    found = pickle.loads(pickle.dumps(archive))
    assert isinstance(found, arfix.Archive)
    return found


@given(st.sampled_from(WRITABLE).flatmap(archives))
def test_a_pickled_archive_is_the_archive(made: arfix.Archive) -> None:
    read = arfix.read(arfix.write(made))
    edited = read.with_members(read.members[1:])
    for archive in (made, read, edited):
        copy = again(archive)
        assert copy == archive
        assert (copy.where, copy.oddities) == (archive.where, archive.oddities)
        assert copy.is_unedited == archive.is_unedited
        assert [one.header_offset for one in copy] == [one.header_offset for one in archive]
        assert arfix.write(copy) == arfix.write(archive)
        assert arfix.write(copy.with_members(copy.members[1:])) == arfix.write(
            archive.with_members(archive.members[1:])
        )
        assert pickle.loads(pickle.dumps(archive.members)) == archive.members
