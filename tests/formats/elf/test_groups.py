from __future__ import annotations

from struct import pack

import pytest

from arfix.errors import FormatError
from arfix.formats.elf.file import Elf as Reader
from tests.elf_builder import ALLOC, EXEC, Elf, Sec, Sym, elf
from tests.formats.elf_image import Part, symbol
from tests.formats.elf_image import elf as image

GROUPED = Elf(
    (Sym("inline", ".text.inline", binding=2), Sym("table", ".data.inline", binding=2), Sym("main")),
    (
        Sec(".text", b"\xc3", flags=ALLOC | EXEC),
        Sec(".text.inline", b"\xc3", flags=ALLOC | EXEC, group="inline"),
        Sec(".data.inline", b"\1", group="inline"),
    ),
)


def group_of(words: tuple[int, ...], *, info: int = 1, link: int = 3) -> memoryview:
    """Return an object with one group section of these words; symbol 2 is the section symbol of `.text`."""
    table = symbol(64, "<", 0, 0, 0, 0) + symbol(64, "<", 1, 0x12, 0, 2) + symbol(64, "<", 0, 0x03, 0, 2)
    parts = [
        Part(b".group", 17, pack(f"<{len(words)}I", *words), link=link, info=info, entry_size=4),
        Part(b".text", 1, b"\x90", flags=6),
        Part(b".symtab", 2, table, link=4, info=1, entry_size=24),
        Part(b".strtab", 3, b"\0f\0"),
    ]
    return image(64, "<", parts)


@pytest.mark.parametrize(("bits", "order"), [(32, "<"), (32, ">"), (64, "<"), (64, ">")])
def test_a_comdat_group_has_its_signature_and_sections(bits: int, order: str) -> None:
    view = memoryview(Elf(GROUPED.symbols, GROUPED.sections, bits=bits, order=order).encode())
    (group,) = Reader(view).groups
    assert (group.signature, group.comdat, group.linkonce) == ("inline", True, False)
    assert len(group.sections) == 2


def test_flags_tell_comdat_from_mere_company() -> None:
    assert Reader(group_of((1, 2))).groups[0].comdat
    assert not Reader(group_of((0, 2))).groups[0].comdat


def test_the_name_of_a_section_symbol_is_its_sections() -> None:
    assert Reader(group_of((1, 2), info=2)).groups[0].signature == ".text"


def test_a_linkonce_section_is_a_group_of_itself() -> None:
    sections = (Sec(".gnu.linkonce.t.f"), Sec(".gnu.linkonce.odd"), Sec(".text"))
    named = [(group.signature, group.linkonce) for group in Reader(memoryview(elf("f", sections=sections))).groups]
    assert named == [("f", True), (".gnu.linkonce.odd", True)]


def test_an_object_without_groups() -> None:
    assert Reader(memoryview(elf("f"))).groups == ()


@pytest.mark.parametrize(
    ("view", "message"),
    [
        (group_of(()), "0 bytes"),
        (group_of((1, 9)), "a section that is not there"),
        (group_of((1, 0)), "a section that is not there"),
        (group_of((1, 2), info=3), "no symbol that is there"),
        (group_of((1, 2), link=2), "no symbol that is there"),
        (group_of((1, 2, 2, 2, 2, 2, 2)), "28 bytes"),
    ],
)
def test_wrong_groups_are_told(view: memoryview, message: str) -> None:
    with pytest.raises(FormatError, match=message):
        _ = Reader(view).groups


def test_a_section_in_two_groups_is_wrong() -> None:
    parts = [Part(b".group", 17, pack("<2I", 1, 3), link=4, info=1)] * 2
    table = symbol(64, "<", 0, 0, 0, 0) + symbol(64, "<", 1, 0x12, 0, 3)
    parts += [Part(b".text", 1), Part(b".symtab", 2, table, link=5, info=1), Part(b".strtab", 3, b"\0f\0")]
    with pytest.raises(FormatError, match="another group"):
        _ = Reader(image(64, "<", parts)).groups
