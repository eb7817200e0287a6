from __future__ import annotations

from arfix.formats.elf.section_kinds import SectionKind
from arfix.image.duplicates import SharedMembers, find_duplicates
from arfix.image.embedded import Embedded, LibraryCopy


def section(member: str, size: int, *, state: bool = False) -> Embedded:
    kind = SectionKind.DATA if state else SectionKind.CODE
    return Embedded(member, ".data" if state else ".text", kind, state, size, size, 0x1000)


def copy(*sections: Embedded) -> LibraryCopy:
    return LibraryCopy(tuple(dict.fromkeys(one.member for one in sections)), (), sections)


def test_members_in_several_images_are_duplicates_and_the_largest_stays() -> None:
    state = section("a.o", 8, state=True)
    copies: dict[str, list[LibraryCopy | None]] = {
        "prog": [copy(section("a.o", 100), state, section("b.o", 10)), None],
        "x.so": [copy(section("a.o", 60), state), None],
        "y.so": [copy(section("c.o", 60)), None],
        "z.so": [copy(section("a.o", 50)), copy(section("q.o", 1))],
    }
    assert find_duplicates(copies) == (SharedMembers(0, ("prog", "x.so", "z.so"), ("a.o",), 68 + 50, (state,)),)


def test_nothing_is_no_duplicate() -> None:
    assert find_duplicates({}) == ()
    assert find_duplicates({"prog": [copy(section("a.o", 1))], "x.so": [None]}) == ()
