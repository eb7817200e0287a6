from __future__ import annotations

import pytest

from arfix.archive.read import read
from arfix.edits.uses import Use, find_definers, find_needers
from tests.ar_builder import ar
from tests.elf_builder import elf
from tests.objects.elf_image import Part, symbol
from tests.objects.elf_image import elf as image
from tests.objects.test_lto import entry


def slim(*entries: bytes) -> bytes:
    """Return an object that holds GCC bytecode alone."""
    table = symbol(64, "<", 0, 0, 0, 0) + symbol(64, "<", 1, 0x11, 0, 0xFFF2)
    parts = [
        Part(b".gnu.lto_.symtab.a", 1, b"".join(entries)),
        Part(b".symtab", 2, table, link=3, info=1),
        Part(b".strtab", 3, b"\0__gnu_lto_slim\0"),
    ]
    return bytes(image(64, "<", parts))


@pytest.mark.parametrize("others", [(), tuple(f"other{number}" for number in range(20))])
def test_bytecode_needs_and_defines_too(others: tuple[str, ...]) -> None:
    archive = read(ar(("user.o", slim(entry(b"f", 2), entry(b"g", 3), entry(b"own", 0))), ("f.o", elf("f"))))
    names = ("f", "g", "own", *others)
    assert set(find_needers(archive, names).uses) == {Use(0, "f"), Use(0, "g", weak=True)}
    assert set(find_definers(archive, names)) == {Use(0, "own"), Use(1, "f")}


def test_a_default_version_satisfies_the_plain_name() -> None:
    archive = read(ar(("a.o", elf("f@@V2", "g@V1")), ("b.o", elf("?f", "?g"))))
    names = ("f", "g", "f@V2")
    assert find_definers(archive, names) == [Use(0, "f"), Use(0, "f@V2")]
    assert set(find_needers(archive, names).uses) == {Use(1, "f"), Use(1, "g")}
