"""Every kind of oddity: a sample that has it, and what its traits say held against what readers and edits do."""

from __future__ import annotations

import struct

import pytest

from arfix.archive.oddity import OddityKind
from arfix.archive.read import read
from arfix.archive.write import write_archive
from tests.archive.edited import rewritten
from tests.archive.literal import archive, field_header, stored


def gnu_index(name: bytes, offset: int) -> bytes:
    return stored(b"/", struct.pack(">2I", 1, offset) + name + b"\0")


_MEMBER = stored(b"a.o/", b"even")

#: Where a member starts behind two indexes of one entry and a map.
_BEHIND_MAP = 8 + (60 + 10) + (60 + 16) + (60 + 2)

#: The smallest archive with each kind of oddity, and no other.
SAMPLES = {
    OddityKind.PADDING_BYTE: archive(stored(b"a.o/", b"odd", padding=b"\0"), _MEMBER),
    OddityKind.MISSING_FINAL_PADDING: archive(stored(b"a.o/", b"odd"))[:-1],
    OddityKind.TRAILING_BYTES: archive(_MEMBER) + b"rest",
    OddityKind.NUMBER_FIELD: archive(field_header(b"a.o/", b"4", date=b"1x") + b"even"),
    OddityKind.NAME_FIELD: archive(stored(b"sub/a.o", b"even")),
    OddityKind.DUPLICATE_INDEX: archive(gnu_index(b"f", 148), gnu_index(b"g", 99), _MEMBER),
    OddityKind.DUPLICATE_NAME_TABLE: archive(
        stored(b"//", b"one.o/\n\n"), stored(b"/0", b"even"), stored(b"//", b"two.o/\n\n")
    ),
    OddityKind.LATE_SPECIAL_MEMBER: archive(_MEMBER, stored(b"/", bytes(8))),
    OddityKind.BAD_INDEX: archive(stored(b"/", b"\xff\xff\xff\xff"), _MEMBER),
    OddityKind.INDEX_ENTRY_ASTRAY: archive(gnu_index(b"f", 8), _MEMBER),
    OddityKind.UNKNOWN_SPECIAL_MEMBER: archive(
        gnu_index(b"f", _BEHIND_MAP),
        stored(b"/", struct.pack("<3IH", 1, _BEHIND_MAP, 1, 1) + b"f\0"),
        stored(b"/<NEW>/", b"??"),
        _MEMBER,
    ),
}


@pytest.mark.parametrize("kind", OddityKind, ids=lambda kind: kind.value)
def test_a_reader_notes_it(kind: OddityKind) -> None:
    assert kind in {oddity.kind for oddity in read(SAMPLES[kind]).oddities}


@pytest.mark.parametrize("kind", [kind for kind in OddityKind if not kind.traits.in_index], ids=lambda kind: kind.value)
def test_an_edit_mends_it_where_its_traits_say_so(kind: OddityKind) -> None:
    written = read(write_archive(rewritten(read(SAMPLES[kind]))))
    assert (kind not in {oddity.kind for oddity in written.oddities}) is kind.traits.mended_by_edit
