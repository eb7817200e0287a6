from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from arfix.formats.elf.linked_image import Segment
from arfix.formats.elf.section_kinds import SectionKind
from arfix.image.anchors import Anchors
from arfix.image.linked_sections import ProgramSection

CODE = bytes(range(7, 107))


def section(data: bytes, *, alignment: int = 16, gaps: tuple[tuple[int, int], ...] = ()) -> ProgramSection:
    return ProgramSection(
        number=1,
        name=".text",
        kind=SectionKind.CODE,
        is_writable=False,
        size=len(data),
        alignment=alignment,
        data=memoryview(data),
        gaps=gaps,
        is_grouped=False,
        is_merged=False,
        refers_to=frozenset(),
        is_about=False,
    )


def segment(address: int, data: bytes) -> Segment:
    return Segment(address, len(data), memoryview(data), is_writable=False)


def test_a_section_is_found_at_its_addresses() -> None:
    data = b"\xcc" * 32 + CODE + b"\xcc" * 28 + CODE
    assert Anchors([section(CODE)]).find([segment(0x1000, data)]) == {0: (0x1020, 0x10A0)}


def test_a_place_that_is_not_aligned_is_none() -> None:
    assert Anchors([section(CODE)]).find([segment(0x1000, b"\xcc" * 40 + CODE)]) == {}
    assert Anchors([section(CODE, alignment=8)]).find([segment(0x1000, b"\xcc" * 40 + CODE)]) == {0: (0x1028,)}


def test_what_linkers_fill_in_does_not_count() -> None:
    one = section(CODE, gaps=((8, 12), (40, 48)))
    linked = bytearray(CODE)
    linked[8:12] = b"\xff" * 4
    linked[40:48] = b"\xff" * 8
    assert Anchors([one]).find([segment(0, bytes(linked))]) == {0: (0,)}
    linked[12] ^= 1
    assert Anchors([one]).find([segment(0, bytes(linked))]) == {}


def test_a_word_that_is_everywhere_does_not_lead_anywhere_else() -> None:
    alike = [section(b"\x66\x2e\x0f\x1f\x84\x00\x00\x01" * 4 + bytes([number]) * 4 + CODE[:60]) for number in range(3)]
    data = b"".join(bytes(one.data) for one in alike)
    assert Anchors(alike).find([segment(0, data)]) == {0: (0,), 1: (96,), 2: (192,)}


@given(
    alignment=st.sampled_from([1, 2, 4, 8, 16, 32]),
    front=st.binary(max_size=70),
    start=st.integers(0, 0xFFFF),
    data=st.binary(min_size=40, max_size=200),
)
def test_a_telling_section_is_found_wherever_it_may_stand(
    alignment: int, front: bytes, start: int, data: bytes
) -> None:
    one = section(data, alignment=alignment)
    padding = bytes(-(start + len(front)) % alignment)
    found = Anchors([one]).find([segment(start, front + padding + data)])
    rows = {data[at : at + 8] for at in range(0, len(data) - 7, 8)}
    if one.is_telling and any(len(set(row)) > 1 for row in rows):
        assert start + len(front) + len(padding) in found[0]
    else:
        assert found == {}
