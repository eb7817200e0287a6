from __future__ import annotations

from arfix.formats.elf.section_kinds import SectionKind
from arfix.formats.model import Binding, SymbolType
from arfix.image.embedded import LibraryCopy, Searcher
from tests.elf_builder import ALLOC, COMMON, EXEC, FUNC, NOBITS, OBJECT, WRITE, Rel, Sec, Sym, elf
from tests.formats.linked_images import image, symbol
from tests.image.libraries import library

ONE = bytes(range(1, 65))
TWO = bytes(range(101, 165))
LONG = bytes(number * 7 % 251 for number in range(320))
STATE = Sec(".bss", bytes(16), type=NOBITS, flags=ALLOC | WRITE)


def code(data: bytes, *relocations: Rel) -> Sec:
    return Sec(".text", data, flags=ALLOC | EXEC, align=16, relocations=relocations)


def found(copy: LibraryCopy | None) -> list[tuple[str, str, int | None]]:
    """Return member, section and address of what is in an image."""
    return [] if copy is None else [(one.member, one.name, one.address) for one in copy.sections]


def test_members_are_found_by_their_bytes_without_symbols() -> None:
    lib = library("lib.a", one=elf("one", sections=(code(ONE),)), two=elf("two", sections=(code(TWO),)))
    (copy,) = Searcher([lib]).search(image((0x1000, b"\xcc" * 16 + TWO)))
    assert found(copy) == [("two.o", ".text", 0x1010)]
    assert copy is not None
    assert (copy.members, copy.other_build, copy.size_in_file, copy.state) == (("two.o",), (), 64, ())
    assert Searcher([lib]).search(image((0x1000, bytes(256)))) == (None,)


def test_what_was_found_implies_what_it_refers_to_and_what_is_about_it() -> None:
    data = elf(
        Sym("one", type=FUNC, size=64),
        Sym("counter", ".bss", type=OBJECT, size=16),
        Sym("unused", ".bss.unused", type=OBJECT, size=16),
        sections=(
            code(ONE, Rel(4, 2, "counter")),
            STATE,
            Sec(".bss.unused", bytes(16), type=NOBITS, flags=ALLOC | WRITE),
            Sec(".init_array", bytes(8), type=14, flags=ALLOC | WRITE, relocations=(Rel(0, 1, "one"),)),
        ),
    )
    linked = ONE[:4] + b"link" + ONE[8:]
    (copy,) = Searcher([library("lib.a", one=data)]).search(image((0x1000, linked)))
    assert found(copy) == [("one.o", ".text", 0x1000), ("one.o", ".bss", None), ("one.o", ".init_array", None)]
    assert copy is not None
    assert [(one.name, one.things) for one in copy.state] == [(".bss", ("counter",)), (".init_array", ())]
    assert copy.size_in_file == 64 + 8


def test_names_lead_to_what_has_no_bytes_once_the_member_is_known() -> None:
    data = elf(
        Sym("one", type=FUNC, size=64),
        Sym("counter", ".bss", binding=0, type=OBJECT, value=8, size=8),
        sections=(code(ONE), STATE),
    )
    counter = symbol("counter", 0x2008, binding=Binding.LOCAL, type_=SymbolType.OBJECT)
    searcher = Searcher([library("lib.a", one=data)])
    (copy,) = searcher.search(image((0x1000, ONE), symbols=(counter,)))
    assert found(copy) == [("one.o", ".text", 0x1000), ("one.o", ".bss", 0x2000)]
    assert searcher.search(image((0x1000, bytes(64)), symbols=(counter,))) == (None,)


def test_a_short_function_is_found_by_its_name_and_bytes() -> None:
    short = b"\x31\xc0\xc3"
    lib = library("lib.a", short=elf(Sym("short", type=FUNC, size=3), sections=(code(short),)))
    (copy,) = Searcher([lib]).search(image((0x1000, short + bytes(13)), symbols=(symbol("short", 0x1000, 3),)))
    assert found(copy) == [("short.o", ".text", 0x1000)]
    assert Searcher([lib]).search(image((0x1000, short + bytes(13)))) == (None,)


def test_two_names_of_one_function_count_once() -> None:
    """`strtol` and `strtoll` are one function where long has 64 bits."""
    data = elf(Sym("one", type=FUNC, size=64), Sym("also", type=FUNC, size=64), sections=(code(ONE),))
    names = (symbol("one", 0x1000, size=64), symbol("also", 0x1000, size=64))
    (copy,) = Searcher([library("lib.a", one=data)]).search(image((0x1000, TWO), symbols=names))
    assert copy is not None
    assert (copy.members, copy.other_build, copy.size_in_file) == ((), ("one.o",), 64)


def test_a_member_of_another_build_is_found_by_all_its_names() -> None:
    lib = library(
        "lib.a",
        one=elf(
            Sym("one", type=FUNC, size=32), Sym("uno", type=FUNC, value=32, size=32), sections=(code(ONE),)
        ),
    )  # fmt: skip
    names = (symbol("one", 0x1000, 40), symbol("uno", 0x1030, 24))
    (copy,) = Searcher([lib]).search(image((0x1000, TWO * 2), symbols=names))
    assert copy is not None
    assert (copy.members, copy.other_build, copy.size_in_file) == ((), ("one.o",), 64)
    assert Searcher([lib]).search(image((0x1000, TWO * 2), symbols=names[:1])) == (None,)


def test_of_libraries_with_one_member_alike_the_first_counts() -> None:
    data = elf(Sym("one", type=FUNC, size=64), sections=(code(ONE),))
    first, second = Searcher([library("a.a", one=data), library("b.a", one=data)]).search(
        image((0x1000, ONE), symbols=(symbol("one", 0x1000, 64),))
    )
    assert found(first) == [("one.o", ".text", 0x1000)]
    assert second is None


def test_a_member_that_libraries_share_is_of_the_one_that_more_is_found_of() -> None:
    shared = elf("one", sections=(code(ONE),))
    less = library("less.a", one=shared, other=elf("other", sections=(code(LONG),)))
    more = library("more.a", one=shared, two=elf("two", sections=(code(TWO),)))
    first, second = Searcher([less, more]).search(image((0x1000, ONE + TWO)))
    assert first is None
    assert second is not None
    assert second.members == ("one.o", "two.o")


def test_long_code_that_is_there_twice_was_linked_twice() -> None:
    lib = library("lib.a", long=elf("long", sections=(code(LONG),)))
    (copy,) = Searcher([lib]).search(image((0x1000, LONG + LONG)))
    assert found(copy) == [("long.o", ".text", 0x1000), ("long.o", ".text", 0x1140)]


def test_no_two_sections_share_a_byte_of_the_image() -> None:
    """What ends inside a section that was found is not there itself."""
    one, two = TWO + LONG[:256], LONG + TWO
    lib = library("lib.a", one=elf("one", sections=(code(one),)), two=elf("two", sections=(code(two),)))
    (copy,) = Searcher([lib]).search(image((0x1000, TWO + LONG + TWO)))
    assert found(copy) == [("two.o", ".text", 0x1040)]


def test_a_common_symbol_counts_once() -> None:
    def member(data: bytes) -> bytes:
        return elf(Sym("one"), Sym("pool", COMMON, type=OBJECT, value=8, size=64), sections=(code(data),))

    (copy,) = Searcher([library("lib.a", one=member(ONE), two=member(TWO))]).search(image((0x1000, ONE + TWO)))
    assert copy is not None
    assert [(one.kind, one.size, one.size_in_file, one.things) for one in copy.state] == [
        (SectionKind.BSS, 64, 0, ("pool",))
    ]


def test_a_grouped_section_counts_once() -> None:
    def member(data: bytes) -> bytes:
        thunk = Sec(".text.thunk", b"\x8b\x1c\x24\xc3", flags=ALLOC | EXEC, group="thunk")
        symbols = Sym("thunk", ".text.thunk", type=FUNC, size=4), Sym("other")
        return elf(*symbols, sections=(code(data, Rel(4, 2, "thunk")), thunk))

    lib = library("lib.a", one=member(ONE), two=member(TWO))
    (copy,) = Searcher([lib]).search(image((0x1000, ONE + TWO)))
    assert [(member, name) for member, name, _ in found(copy)] == [
        ("one.o", ".text"),
        ("one.o", ".text.thunk"),
        ("two.o", ".text"),
    ]


def test_a_short_grouped_section_is_no_proof() -> None:
    thunk = Sec(".text.thunk", b"\x8b\x1c\x24\xc3", flags=ALLOC | EXEC, group="thunk")
    lib = library("lib.a", one=elf(Sym("thunk", ".text.thunk", type=FUNC, size=4), sections=(code(ONE), thunk)))
    there = image((0x1000, b"\x8b\x1c\x24\xc3"), symbols=(symbol("thunk", 0x1000, 4),))
    (copy,) = Searcher([lib]).search(there)
    assert copy is None or copy.members == ()


def test_an_empty_member_puts_nothing_in_a_program() -> None:
    lib = library("lib.a", one=elf("one", sections=(code(ONE),)), none=elf(sections=(Sec(".comment", b"x", flags=0),)))
    assert (len(lib.objects), lib.count) == (2, 1)


def test_members_that_differ_only_in_what_they_refer_to_share_the_places() -> None:
    def member(name: str) -> bytes:
        return elf(name, "?a", sections=(code(LONG, Rel(20, 2, "a")),))

    (copy,) = Searcher([library("lib.a", one=member("one"), two=member("two"))]).search(image((0x1000, LONG + LONG)))
    assert found(copy) == [("one.o", ".text", 0x1000), ("two.o", ".text", 0x1140)]


def test_what_cannot_be_read_is_left_out() -> None:
    lib = library("lib.a", text=b"no object", broken=elf("x")[:70], one=elf("one", sections=(code(ONE),)))
    assert [label for label, _ in lib.objects] == ["one.o"]
    assert lib.definers == {"one": "one.o"}
    (copy,) = Searcher([lib]).search(image((0x1000, ONE)))
    assert found(copy) == [("one.o", ".text", 0x1000)]
